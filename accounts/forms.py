"""Forms about people and organisations."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.forms import SignupForm
from allauth.core import context
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from accounts import actions
from accounts.choices import MoneyAccess, OrgRole, TokenScope, time_zones
from accounts.invitations import remembered
from accounts.models import AT_RISK_TOO_SOON, Member, Notification, Organization, Person
from accounts.notifications import NotificationKind
from lib.form_fields import CurrencyField


class SignUpForm(SignupForm):  # type: ignore[misc]
    """An account, and an organisation unless an invitation brought the person here."""

    name = forms.CharField(max_length=120, label="Your name")
    organization = forms.CharField(max_length=120, label="Your organisation")
    field_order: ClassVar = ["name", "organization", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"
        self.fields["password1"].help_text = "At least 12 characters."
        self.invitation = remembered(context.request)
        if self.invitation:
            del self.fields["organization"]

    def signup(self, request: HttpRequest, user: Person) -> None:
        """Called by allauth once the account exists; invitations wait for the confirmation."""
        if not self.invitation:
            actions.create_organization(user, name=self.cleaned_data["organization"])


def time_zone_choices() -> list[tuple[str, str]]:
    zones = sorted(zone for zone in time_zones() if is_place(zone))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]


def is_place(zone: str) -> bool:
    return "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "SystemV/"))


class NewOrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    time_zone = forms.ChoiceField(
        choices=time_zone_choices, initial="UTC", help_text="Days begin and end by its clock."
    )

    class Meta:
        model = Organization
        fields = ("name", "time_zone", "currency")
        field_classes: ClassVar = {"currency": CurrencyField}


MONTHS = [(month, date(2000, month, 1).strftime("%B")) for month in range(1, 13)]


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    version = forms.IntegerField(widget=forms.HiddenInput)
    time_zone = forms.ChoiceField(
        choices=time_zone_choices, help_text="Days begin and end by its clock."
    )
    fiscal_year_start = forms.TypedChoiceField(
        choices=MONTHS, coerce=int, label="First month of the fiscal year"
    )

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
        field_classes: ClassVar = {"currency": CurrencyField}
        labels: ClassVar = {"behind_after": "Behind from", "at_risk_after": "At risk from"}
        help_texts: ClassVar = {
            "slug": "Part of every link. Links with the former address keep working.",
            "behind_after": "Points below the expected progress, more than which is behind.",
            "at_risk_after": "Points below the expected progress, more than which is at risk.",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        behind, at_risk = cleaned.get("behind_after"), cleaned.get("at_risk_after")
        if behind is not None and at_risk is not None and at_risk < behind:
            self.add_error("at_risk_after", AT_RISK_TOO_SOON)
        return cleaned


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(choices=OrgRole, initial=OrgRole.MEMBER)
    money = forms.ChoiceField(
        choices=MoneyAccess, initial=MoneyAccess.NONE, label="Money", required=False
    )


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
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
    days = forms.IntegerField(label="Valid for (days)", min_value=1, max_value=365, initial=90)
    member: Any = forms.ModelChoiceField(
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
    def expires_at(self) -> datetime:
        lifetime = timedelta(days=self.cleaned_data["days"])
        return timezone.now() + lifetime


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    time_zone = forms.ChoiceField(
        choices=lambda: [("", "As the organisation"), *time_zone_choices()], required=False
    )

    class Meta:
        model = Person
        fields = ("name", "time_zone", "mail_rhythm", "shortcuts")
        labels: ClassVar = {"shortcuts": "Use single-key shortcuts"}
        help_texts: ClassVar = {
            "mail_rhythm": "One e-mail about everything that you have not read by then."
        }


class NotificationFilterForm(forms.Form):
    """What to show of a member's notifications; what is not valid counts as not given."""

    show = forms.ChoiceField(
        required=False, label="Read or unread", choices=[("", "All"), ("unread", "Unread")]
    )
    kind = forms.ChoiceField(required=False, label="Kind")

    def __init__(self, data: QueryDict, *, kinds: Iterable[NotificationKind]) -> None:
        super().__init__(data, auto_id="filter_%s")
        offered = [("", "Every kind"), *((kind.name, kind.label) for kind in kinds)]
        self.fields["kind"].choices = offered  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    def narrowed(self, rows: QuerySet[Notification]) -> QuerySet[Notification]:
        if self.cleaned_data.get("show"):
            rows = rows.filter(read_at=None)
        if self.cleaned_data.get("kind"):
            rows = rows.filter(kind=self.cleaned_data["kind"])
        return rows


class AuditFilterForm(forms.Form):
    """What to show of the audit log; everything is optional."""

    table = forms.ChoiceField(required=False, label="Kind of record")
    actor = forms.ChoiceField(required=False, label="Person")
    row = forms.UUIDField(required=False, widget=forms.HiddenInput)
    first = forms.DateField(required=False, label="From", widget=day_input())
    last = forms.DateField(required=False, label="Until", widget=day_input())

    def __init__(
        self, *args: Any, tables: list[tuple[str, str]], actors: Mapping[UUID, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [("", "Everybody"), *((str(pk), name) for pk, name in actors.items())]
        self.fields["table"].choices = [("", "Everything"), *tables]  # type: ignore[attr-defined]
        self.fields["actor"].choices = offered  # type: ignore[attr-defined]

    def clean_actor(self) -> UUID | None:
        actor = self.cleaned_data["actor"]
        return UUID(actor) if actor else None
