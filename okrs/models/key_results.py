"""Key results: how we know that we are getting there, and what people said about it."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly, RecordedNow
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.choices import (
    ContributionMode,
    KeyResultSource,
    PaceCurve,
    ReportedStatus,
    Shape,
    takes_value,
)
from okrs.constraints import ClosedWithCycle, Remembered
from okrs.fields import AmountField, ConfidenceField, RawScoreField, ScoreField, WeightField
from okrs.models.objectives import Objective, cycle_of_objective, score_range
from portfolio.choices import ValueSource
from portfolio.models import Metric

WEIGHT = {
    "max_digits": 9,
    "decimal_places": 3,
    "default": Decimal(1),
    "validators": [MinValueValidator(Decimal("0.001"), "A weight must be greater than 0.")],
}


FIXED_AT_CLOSE = (
    "title", "objective_id", "metric_id", "shape", "source", "contribution_mode", "baseline",
    "target", "lower", "upper", "condition", "weight", "starts_on", "ends_on", "curve",
    "curve_points", "definition_version", "current_value", "score", "raw", "final_score",
    "judgement", "archived_at",
)  # fmt: skip
CYCLE_OF_KEY_RESULT = (
    "SELECT o.cycle_id FROM public.okrs_keyresult k JOIN public.okrs_objective o"
    " ON o.id = k.objective_id WHERE k.id = {{row}}.{key}"
)


def cycle_of_key_result(key: str = "key_result_id") -> str:
    """The cycle of the key result that a row refers to by `key`, for `ClosedWithCycle`."""
    return CYCLE_OF_KEY_RESULT.format(key=key)


def weight_positive(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(weight__gt=0),
        name=f"{table}_weight_positive",
        violation_error_code="weight",
        violation_error_message="A weight must be greater than 0.",
    )


class KeyResult(EditableModel):
    """A metric with a shape, a source, and what it should reach by when."""

    audit = {
        "silent": [
            "current_value", "current_at", "current_source", "score", "raw", "is_overridden",
            "pace", "pace_gap", "expected", "outdated_from", "evidence_at", "scored_at",
            "confidence", "reported_status", "last_note", "checked_in_at", "checked_in_by_id",
            "postponed_until", "definition_version",
        ]
    }  # fmt: skip

    objective = TenantForeignKey(Objective, related_name="key_results")
    title = models.CharField(max_length=240)
    description = models.TextField(blank=True, default="")
    metric = TenantForeignKey(Metric, related_name="key_results")
    owner = TenantForeignKey(Member, related_name="key_results_owned")
    shape = models.CharField(max_length=12, choices=Shape, default=Shape.FROM_TO)
    source = models.CharField(
        max_length=16, choices=KeyResultSource, default=KeyResultSource.BY_HAND
    )
    contribution_mode = models.CharField(
        max_length=8, choices=ContributionMode, blank=True, default=""
    )
    baseline = AmountField(null=True, blank=True)
    target = AmountField(null=True, blank=True)
    lower = AmountField("lower edge", null=True, blank=True)
    upper = AmountField("upper edge", null=True, blank=True)
    condition = models.CharField(
        max_length=240, blank=True, default="", help_text="What a thing must meet to be counted."
    )
    weight = WeightField()
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    curve = models.CharField(
        "expected pace", max_length=8, choices=PaceCurve, default=PaceCurve.LINEAR
    )
    curve_points = models.JSONField(
        "points of the curve",
        default=list,
        blank=True,
        help_text="Pairs of day and expected share, as in [['2026-02-01', '0.2']].",
    )
    definition_version = models.PositiveIntegerField(default=1, editable=False)

    # The latest word of a person.
    confidence = ConfidenceField(null=True, blank=True, editable=False)
    reported_status = models.CharField(
        max_length=8, choices=ReportedStatus, blank=True, default="", editable=False
    )
    last_note = models.CharField(max_length=500, blank=True, default="", editable=False)
    checked_in_at = models.DateTimeField(null=True, editable=False)
    checked_in_by = TenantForeignKey(Member, null=True, editable=False, related_name="+")
    # The last day on which nobody asks for the check-in (`Postponement` says why).
    postponed_until = models.DateField(null=True, editable=False)

    # Computed by `okrs.actions.recompute`, never typed.
    current_value = AmountField(null=True, blank=True, editable=False)
    current_at = models.DateTimeField(null=True, editable=False)
    current_source = models.CharField(
        max_length=8, choices=ValueSource, blank=True, default="", editable=False
    )
    is_overridden = models.BooleanField(default=False, editable=False)
    score = ScoreField(null=True, editable=False)
    raw = RawScoreField(null=True, editable=False)
    expected = ScoreField(null=True, editable=False)
    pace = models.CharField(max_length=8, blank=True, default="", editable=False)
    pace_gap = models.DecimalField(max_digits=7, decimal_places=2, null=True, editable=False)
    evidence_at = models.DateTimeField(null=True, editable=False)
    outdated_from = models.DateTimeField(null=True, editable=False)
    scored_at = models.DateTimeField(null=True, editable=False)

    # Judged by a person when the cycle closes.
    final_score = models.DecimalField(max_digits=3, decimal_places=2, null=True, editable=False)
    judgement = models.CharField(
        max_length=500, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        constraints = [
            Remembered(
                name="okrs_keyresult_remembered",
                history="okrs_keyresultpast",
                columns=["title", "owner_id", "final_score"],
            ),
            ClosedWithCycle(
                name="okrs_keyresult_closed",
                cycle=cycle_of_objective(),
                columns=FIXED_AT_CLOSE,
                adds="false",
                in_sets=True,
            ),
            weight_positive("key_result"),
            score_range("key_result"),
            score_range("key_result", "final_score"),
            models.CheckConstraint(
                condition=~Q(shape=Shape.FROM_TO)
                | Q(baseline__isnull=False, target__isnull=False) & ~Q(baseline=F("target")),
                name="key_result_from_to",
                violation_error_message="From-to needs a baseline and a target that differ.",
            ),
            models.CheckConstraint(
                condition=~Q(shape__in=[Shape.AT_LEAST, Shape.AT_MOST, Shape.COUNT])
                | Q(target__isnull=False),
                name="key_result_target_needed",
                violation_error_message="A target is needed.",
            ),
            models.CheckConstraint(
                condition=Q(baseline__isnull=True)
                | Q(target__isnull=True)
                | ~Q(baseline=F("target")),
                name="key_result_baseline_is_not_target",
                violation_error_message="The baseline must differ from the target.",
            ),
            models.CheckConstraint(
                condition=~Q(shape=Shape.WITHIN)
                | Q(lower__isnull=False, upper__isnull=False, lower__lte=F("upper")),
                name="key_result_band",
                violation_error_message="The lower edge must not lie above the upper one.",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="key_result_dates_in_order",
                violation_error_code="ends_on",
                violation_error_message="The last day must not come before the first.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "pace_gap", "id"],
                condition=Q(pace__in=["behind", "at-risk"]),
                name="key_result_off_pace",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("okrs:key-result", args=[self.organization.slug, self.pk])

    @property
    def takes_value(self) -> bool:
        return takes_value(self.source, self.shape)

    @property
    def offered_value(self) -> Decimal | None:
        """What a check-in begins with; the value of an override is no reading, so it is none."""
        return None if self.is_overridden else self.current_value


class KeyResultVersion(TenantModel):
    """The definition of a key result from a moment on. Append-only: old scores keep theirs."""

    audit = None

    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    effective_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)
    definition = models.JSONField()
    reason = models.CharField(max_length=500, blank=True, default="")
    actor = TenantForeignKey(Member, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints = [
            AppendOnly(name="okrs_keyresultversion_append_only"),
            RecordedNow(name="okrs_keyresultversion_recorded_now"),
            ClosedWithCycle(
                name="okrs_keyresultversion_closed",
                cycle=cycle_of_key_result(),
                adds="NEW.number > 1",
            ),
            models.UniqueConstraint(
                fields=["organization", "key_result", "number"], name="key_result_version_once"
            ),
        ]


class Milestone(EditableModel):
    """A step of a key result of the milestones shape."""

    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=240)
    weight = WeightField()
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints = [
            weight_positive("milestone"),
            ClosedWithCycle(name="okrs_milestone_closed", cycle=cycle_of_key_result()),
        ]

    def __str__(self) -> str:
        return self.title


class CountedItem(EditableModel):
    """A thing that met the condition of a count, so that the count can be read back."""

    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="counted_items")
    name = models.CharField(max_length=160)
    met_on = models.DateField()
    note = models.CharField(max_length=240, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["met_on", "id"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "key_result",
                models.functions.Lower("name"),
                condition=Q(archived_at=None),
                name="counted_item_once",
                violation_error_message="This is already counted.",
            ),
            ClosedWithCycle(name="okrs_counteditem_closed", cycle=cycle_of_key_result()),
        ]

    def __str__(self) -> str:
        return self.name


class Override(TenantModel):
    """A value that stands in for the automatic one, with its reason, until it is released."""

    key_result = TenantForeignKey(KeyResult, on_delete=models.CASCADE, related_name="overrides")
    value = AmountField()
    reason = models.CharField(max_length=500)
    author = TenantForeignKey(Member, related_name="+")
    from_at = models.DateTimeField("from", default=timezone.now)
    until_at = models.DateTimeField("until", null=True, blank=True)
    released_at = models.DateTimeField(null=True, editable=False)
    # When the release became known: of a cycle that is over, later than the moment it is true of.
    release_recorded_at = models.DateTimeField(null=True, editable=False)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["-from_at", "-id"]
        constraints = [
            RecordedNow(name="okrs_override_recorded_now"),
            ClosedWithCycle(name="okrs_override_closed", cycle=cycle_of_key_result()),
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gte=F("from_at")),
                name="override_dates_in_order",
                violation_error_code="until_at",
                violation_error_message="The override must not end before it begins.",
            ),
            models.UniqueConstraint(
                fields=["organization", "key_result"],
                condition=Q(until_at=None, released_at=None),
                name="override_one_open",
                violation_error_message="Release the present override first.",
            ),
        ]


class CheckIn(TenantModel):
    """What a person said about a key result at a moment, frozen. Append-only."""

    audit = None

    key_result = TenantForeignKey(KeyResult, related_name="check_ins")
    author = TenantForeignKey(Member, related_name="check_ins")
    at = models.DateTimeField(default=timezone.now)
    value = AmountField(null=True, blank=True)
    confidence = ConfidenceField(
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    status = models.CharField(max_length=8, choices=ReportedStatus, blank=True, default="")
    note = models.CharField("one line", max_length=500, blank=True, default="")
    # The day by which it was owed, None where nothing was owed yet, and how many such days had
    # gone by in silence before it.
    due_on = models.DateField(null=True, editable=False)
    missed = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # The score as it stood after this check-in, so that a later correction does not rewrite it.
    score = ScoreField(null=True, editable=False)
    raw = RawScoreField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints = [
            AppendOnly(name="okrs_checkin_append_only"),
            ClosedWithCycle(name="okrs_checkin_closed", cycle=cycle_of_key_result()),
            models.CheckConstraint(
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
                name="check_in_confidence_range",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "key_result", "-at"], name="check_in_latest"),
            models.Index(fields=["organization", "author", "-at"], name="check_in_by_author"),
        ]
