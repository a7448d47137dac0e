"""Who looks after a connection or a pull, and who hears of it in their place."""

from django.db.models import QuerySet

from accounts.choices import OrgRole
from accounts.models import Member


def people() -> QuerySet[Member]:
    """Members who can be told something: present, no script, and able to sign in; by name."""
    present = Member.objects.filter(left_at=None, person__is_active=True)
    return present.select_related("person").order_by("name", "id")


def who_hears(owner: Member) -> list[Member]:
    """The owner, or the administrators when the owner left or is no person."""
    own = list(people().filter(pk=owner.pk))
    return own or list(people().filter(role=OrgRole.ADMIN))
