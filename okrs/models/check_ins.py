"""How often people check in, when they are reminded, and what they put off."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import Weekday
from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.choices import AlertKind
from okrs.models.key_results import KeyResult
from portfolio.choices import CADENCE_BY_STAGE, Cadence, CadenceRule, LifecycleStage

HOUR: dict[str, Any] = {"validators": [MaxValueValidator(23)]}
DAYS: dict[str, Any] = {"validators": [MinValueValidator(1), MaxValueValidator(366)]}
LAST_HOUR = 23


def cadence_field(label: str, default: str) -> "models.CharField[Any, Any]":
    return models.CharField(label, max_length=16, choices=Cadence, default=default)


class CheckInSettings(EditableModel):
    """The rhythm of an organisation; without a row it keeps to these defaults."""

    exploration = cadence_field(
        "products in exploration", CADENCE_BY_STAGE[LifecycleStage.EXPLORATION]
    )
    introduction = cadence_field(
        "products in introduction", CADENCE_BY_STAGE[LifecycleStage.INTRODUCTION]
    )
    growth = cadence_field("products in growth", CADENCE_BY_STAGE[LifecycleStage.GROWTH])
    maturity = cadence_field("mature products", CADENCE_BY_STAGE[LifecycleStage.MATURITY])
    decline = cadence_field("products in decline", CADENCE_BY_STAGE[LifecycleStage.DECLINE])
    portfolios = cadence_field("portfolios and the organisation", Cadence.MONTHLY)
    teams = cadence_field("teams without a product", Cadence.BIWEEKLY)
    rule = models.CharField(
        "for portfolios, products and teams",
        max_length=12,
        choices=CadenceRule,
        default=CadenceRule.SUGGESTED,
    )
    remind_on = models.PositiveSmallIntegerField(
        "day of the reminder", choices=Weekday, default=Weekday.MONDAY
    )
    remind_at = models.PositiveSmallIntegerField("hour of the reminder", default=9, **HOUR)
    escalate_after = models.PositiveSmallIntegerField(
        "tell the lead after (days)",
        default=14,
        null=True,
        blank=True,
        help_text="Days after a number went out of date. Empty: never.",
        **DAYS,
    )

    class Meta:
        verbose_name = "check-in settings"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="check_in_settings_once"),
            models.CheckConstraint(
                condition=Q(remind_on__lte=Weekday.SUNDAY, remind_at__lte=LAST_HOUR),
                name="check_in_settings_reminder_in_week",
            ),
            models.CheckConstraint(
                condition=Q(escalate_after=None) | Q(escalate_after__gte=1),
                name="check_in_settings_escalation_positive",
            ),
        ]


class ReminderChoice(EditableModel):
    """When a member wants to be reminded; what is empty is as the organisation has it."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="reminder_choices")
    is_wanted = models.BooleanField("remind me of check-ins", default=True)
    remind_on = models.PositiveSmallIntegerField("on", choices=Weekday, null=True, blank=True)
    remind_at = models.PositiveSmallIntegerField("at", null=True, blank=True, **HOUR)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "member"], name="reminder_choice_once"),
            models.CheckConstraint(
                condition=Q(remind_on=None) | Q(remind_on__lte=Weekday.SUNDAY),
                name="reminder_choice_weekday",
            ),
            models.CheckConstraint(
                condition=Q(remind_at=None) | Q(remind_at__lte=LAST_HOUR),
                name="reminder_choice_hour",
            ),
        ]


class ReminderTurn(TenantModel):
    """That a member's check-ins were looked through on a day of theirs, and how many were owed.

    It is written with the notification, so whoever comes second finds the turn taken.
    """

    audit = None

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="reminder_turns")
    day = models.DateField()
    owed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "member", "day"], name="reminder_turn_once"
            ),
        ]


class Escalation(TenantModel):
    """That a lead was told about a long silence, once for each silence. Append-only."""

    audit = None

    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="escalations")
    # The day of the last evidence, or the first day of the key result.
    silent_since = models.DateField()
    told = TenantForeignKey(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            AppendOnly(name="okrs_escalation_append_only"),
            models.UniqueConstraint(
                fields=["organization", "key_result", "silent_since"], name="escalation_once"
            ),
        ]


class Postponement(TenantModel):
    """A check-in that somebody put off, with the reason; empty `until` takes it up again.

    Append-only. The number is no fresher for it: it counts as postponed, not as current.
    """

    audit = None

    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="postponements")
    author = TenantForeignKey(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, default="")

    # Told apart from check-ins in a list of both.
    is_postponement: ClassVar = True

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints = [
            AppendOnly(name="okrs_postponement_append_only"),
            models.CheckConstraint(
                condition=Q(until=None) | ~Q(reason=""),
                name="postponement_reason",
                violation_error_message="Say why the check-in has to wait.",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "key_result", "-at"], name="postponement_latest"),
        ]


class HiddenAlert(TenantModel):
    """An alert about a key result that a member does not want to see again."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="hidden_alerts")
    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=AlertKind)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "member", "key_result", "kind"], name="hidden_alert_once"
            ),
        ]
