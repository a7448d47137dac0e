"""Forms about people and organisations."""

from datetime import timedelta
from typing import Any, ClassVar
from zoneinfo import available_timezones

from allauth.account.forms import SignupForm
from django import forms
from django.http import HttpRequest
from django.utils import timezone

from accounts import actions
from accounts.adapter import INVITATION_IN_SESSION
from accounts.choices import MoneyAccess, OrgRole, TokenScope
from accounts.models import Member, Organization, Person


class SignUpForm(SignupForm):  # type: ignore[misc]
    """An account, and an organisation unless an invitation brought the person here."""

    name = forms.CharField(max_length=120, label="Your name")
    organization = forms.CharField(max_length=120, label="Your organisation", required=False)
    field_order: ClassVar = ["name", "organization", "email", "password1"]

    def __init__(self, *args: Any, invited: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].required = not invited
        if invited:
            del self.fields["organization"]

    def signup(self, request: HttpRequest, user: Person) -> None:
        """Called by allauth once the account exists."""
        if INVITATION_IN_SESSION in request.session:
            return  # accepted when the address is confirmed, from the invitation page
        actions.create_organization(user, name=self.cleaned_data["organization"])


def time_zone_choices() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone] + [
        ("UTC", "UTC")
    ]


class OrganizationForm(forms.ModelForm[Organization]):
    version = forms.IntegerField(widget=forms.HiddenInput)
    time_zone = forms.ChoiceField(choices=time_zone_choices)

    class Meta:
        model = Organization
        fields = (
            "name",
            "slug",
            "time_zone",
            "currency",
            "fiscal_year_start",
            "behind_after",
            "at_risk_after",
        )


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(choices=OrgRole, initial=OrgRole.MEMBER)
    money = forms.ChoiceField(
        choices=MoneyAccess, initial=MoneyAccess.NONE, label="Money", required=False
    )


class MemberForm(forms.ModelForm[Member]):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Member
        fields = ("name", "role", "money")


class ServiceAccountForm(forms.Form):
    name = forms.CharField(max_length=120)
    role = forms.ChoiceField(choices=OrgRole, initial=OrgRole.MEMBER)
    money = forms.ChoiceField(
        choices=MoneyAccess, initial=MoneyAccess.NONE, label="Money", required=False
    )


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="What it is for, such as Nightly export.")
    scope = forms.ChoiceField(choices=TokenScope, initial=TokenScope.READ)
    days = forms.IntegerField(
        label="Valid for (days)", min_value=1, max_value=365, initial=90
    )
    member = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="For",
        empty_label="Myself",
    )

    def __init__(self, *args: Any, service_accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if service_accounts is None:
            del self.fields["member"]
        else:
            self.fields["member"].queryset = service_accounts  # type: ignore[attr-defined]

    @property
    def expires_at(self) -> Any:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class ProfileForm(forms.ModelForm[Person]):
    time_zone = forms.ChoiceField(choices=lambda: [("", "As the organisation"), *time_zone_choices()], required=False)

    class Meta:
        model = Person
        fields = ("name", "time_zone", "shortcuts")
