"""Giving connections and pulls into somebody's care."""

from django.core.exceptions import ValidationError

from accounts.models import Member
from integrations.queries.owners import people


def check_owner(owner: Member) -> None:
    """Refuse, at `owner`, who cannot be told that something is wrong."""
    if not people().filter(pk=owner.pk).exists():
        raise ValidationError({"owner": "Choose a person who is a member."})
