"""Changing how often an organisation checks in, and when its people are reminded."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import outbox
from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import EditableModel, save_edit
from okrs.models import CheckInSettings, HiddenAlert, KeyResult, ReminderChoice
from okrs.queries.key_results import visible_key_results
from portfolio.models import Portfolio, Product, ProductPlacement, Team, TeamProduct

# Due days follow from the cadence, so every key result is judged anew.
JUDGE_ANEW = "okrs.tasks.refresh_pace"
LINK = frozenset(
    {"created_at", "archived_at", "from_date", "until_date", "product", "portfolio", "team"}
)
MOVES_CADENCES: Mapping[type[EditableModel], frozenset[str]] = {
    Portfolio: frozenset({"cadence", "cadence_rule"}),
    Product: frozenset({"cadence", "cadence_rule", "lifecycle_stage"}),
    Team: frozenset({"cadence"}),
    ProductPlacement: LINK | {"is_home"},
    TeamProduct: LINK | {"tie"},
}


@transaction.atomic
def edit_check_in_settings(
    access: Access, *, expected_version: int | None, **changes: Any
) -> CheckInSettings:
    """Adjust the rhythm of the organisation. Raises `ValidationError` by field."""
    access.require(Permission.CYCLE_MANAGE)
    row, _ = CheckInSettings.objects.get_or_create()
    for name, value in changes.items():
        setattr(row, name, value)
    save_edit(row, fields=list(changes), expected_version=expected_version)
    outbox.enqueue(JUDGE_ANEW)
    return row


def follow_cadences(row: EditableModel, changed: frozenset[str]) -> None:
    """After a change of the map that may move somebody's cadence."""
    if changed & MOVES_CADENCES.get(type(row), frozenset()):
        outbox.enqueue(JUDGE_ANEW)


@transaction.atomic
def choose_reminder(
    access: Access, *, expected_version: int | None, **changes: Any
) -> ReminderChoice:
    """Set when `access.member` is reminded; None is as the organisation has it."""
    access.require(Permission.NOTIFICATION_WRITE)
    row, _ = ReminderChoice.objects.get_or_create(member=access.member)
    for name, value in changes.items():
        setattr(row, name, value)
    return save_edit(row, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def hide_alert(access: Access, key_result: KeyResult, kind: str) -> HiddenAlert:
    """Show an alert no more to `access.member`; others keep it."""
    access.require(Permission.NOTIFICATION_WRITE)
    if not visible_key_results(access).filter(pk=key_result.pk).exists():
        raise ValidationError({"key_result": "Choose one that exists."})
    row, _ = HiddenAlert.objects.get_or_create(
        member=access.member, key_result=key_result, kind=kind
    )
    return row


@transaction.atomic
def show_alert(access: Access, key_result: KeyResult, kind: str) -> None:
    """Take `hide_alert` back."""
    access.require(Permission.NOTIFICATION_WRITE)
    HiddenAlert.objects.filter(member=access.member, key_result=key_result, kind=kind).delete()
