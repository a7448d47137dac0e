"""How allauth's flows meet our people."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import Person

INVITATION_IN_SESSION = "invitation"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(
        self, request: HttpRequest, user: Person, form: Any, commit: bool = True  # noqa: FBT001, FBT002
    ) -> Person:
        user.name = form.cleaned_data.get("name", "")
        saved: Person = super().save_user(request, user, form, commit=commit)
        return saved

    def get_user_search_fields(self) -> list[str]:
        return ["name", "email"]
