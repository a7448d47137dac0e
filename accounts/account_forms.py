"""The forms of the account pages: allauth's, in our words."""

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account import forms as account

EMAIL = "E-mail address"
NEW, AGAIN = "New password", "New password, again"


class InOurWords:
    """A form of allauth with other labels, by the name of the field."""

    labels: ClassVar[Mapping[str, str]]
    fields: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            self.fields[name].label = label
            if label == NEW:
                self.fields[name].help_text = "At least 12 characters."


class SignInForm(InOurWords, account.LoginForm):  # type: ignore[misc]
    labels = {"login": EMAIL, "remember": "Stay signed in"}


class AddEmailForm(InOurWords, account.AddEmailForm):  # type: ignore[misc]
    labels = {"email": EMAIL}


class ForgottenPasswordForm(InOurWords, account.ResetPasswordForm):  # type: ignore[misc]
    labels = {"email": EMAIL}


class NewPasswordForm(InOurWords, account.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {"password1": NEW, "password2": AGAIN}


class ChangePasswordForm(InOurWords, account.ChangePasswordForm):  # type: ignore[misc]
    labels = {"oldpassword": "Current password", "password1": NEW, "password2": AGAIN}
