"""How allauth's flows meet our people."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from django.urls import reverse

from accounts.invitations import accept_remembered, remembered
from accounts.models import Person


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "No account has this e-mail address and password.",
    }

    def save_user(
        self,
        request: HttpRequest,
        user: Person,
        form: Any,
        commit: bool = True,  # noqa: FBT001, FBT002
    ) -> Person:
        user.name = form.cleaned_data.get("name", "")
        saved: Person = super().save_user(request, user, form, commit=commit)
        return saved

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Once the address is proved, the invitation that led here makes its owner a member."""
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            accept_remembered(request, email_address.user)
        return confirmed

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        raw = remembered(request)
        if raw:
            return reverse("accounts:accept-invitation", args=[raw])
        target: str = super().get_login_redirect_url(request)
        return target

    def get_user_search_fields(self) -> list[str]:
        return ["name", "email"]
