"""What a closed cycle came to: scores as fixed, their corrections, and what was learned."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.constraints import AppendOnly, RecordedNow
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.choices import ObjectiveState, Outcome, ScoreBand
from okrs.fields import AmountField, ConfidenceField, RawScoreField, ScoreField, WeightField
from okrs.models.cycles import Cycle, Tier
from okrs.models.key_results import KeyResult, KeyResultVersion
from okrs.models.objectives import Objective, score_range
from portfolio.models import Portfolio, Product, Team, exactly_one


class ClosingRevision(TenantModel):
    """The moment at which scores of a cycle were fixed: 0 is its close, the others correct it.

    A correction names the key result or objective that it is about, and says why. Append-only.
    """

    audit = None

    cycle = TenantForeignKey(Cycle, related_name="revisions")
    number = models.PositiveIntegerField()
    key_result = TenantForeignKey(KeyResult, null=True, related_name="corrections")
    objective = TenantForeignKey(Objective, null=True, related_name="corrections")
    reason = models.CharField(max_length=500, blank=True, default="")
    actor = TenantForeignKey(Member, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints = [
            AppendOnly(name="okrs_closingrevision_append_only"),
            RecordedNow(name="okrs_closingrevision_recorded_now"),
            models.UniqueConstraint(
                fields=["organization", "cycle", "number"], name="closing_revision_once"
            ),
            models.CheckConstraint(
                condition=Q(number=0, key_result=None, objective=None)
                | Q(number__gt=0) & ~Q(reason="") & exactly_one("key_result", "objective"),
                name="closing_revision_says_why",
            ),
        ]

    @property
    def is_correction(self) -> bool:
        return self.number > 0


class Frozen(TenantModel):
    """A number as a revision fixed it. `score` is what counts, 0 where there was none."""

    audit = None

    score = ScoreField(null=True)
    band = models.CharField(max_length=16, choices=ScoreBand, blank=True, default="")

    class Meta:
        abstract = True


class ClosedKeyResult(Frozen):
    """`computed` follows from the values, `judged` is what a person gave instead."""

    revision = TenantForeignKey(ClosingRevision, related_name="key_results")
    key_result = TenantForeignKey(KeyResult, related_name="frozen")
    definition = TenantForeignKey(KeyResultVersion, null=True, related_name="+")
    weight = WeightField()
    value = AmountField(null=True)
    computed = ScoreField(null=True)
    raw = RawScoreField(null=True)
    judged = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    confidence = ConfidenceField(null=True)

    class Meta:
        constraints = [
            AppendOnly(name="okrs_closedkeyresult_append_only"),
            models.UniqueConstraint(
                fields=["organization", "revision", "key_result"], name="closed_key_result_once"
            ),
            score_range("closed_key_result"),
        ]


class ClosedObjective(Frozen):
    """`computed` rolls up what is below, `assessed` is what a person judged of the whole."""

    revision = TenantForeignKey(ClosingRevision, related_name="objectives")
    objective = TenantForeignKey(Objective, related_name="frozen")
    state = models.CharField(max_length=20, choices=ObjectiveState)
    computed = ScoreField(null=True)
    assessed = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    lowest = ScoreField(null=True)
    highest = ScoreField(null=True)
    reporting = models.PositiveSmallIntegerField(default=0)
    counted = models.PositiveSmallIntegerField(default=0)
    confidence = models.DecimalField(max_digits=2, decimal_places=1, null=True)

    class Meta:
        constraints = [
            AppendOnly(name="okrs_closedobjective_append_only"),
            models.UniqueConstraint(
                fields=["organization", "revision", "objective"], name="closed_objective_once"
            ),
            score_range("closed_objective"),
        ]


class ClosedUnit(Frozen):
    """The objectives of one unit and tier taken together; `kept` of them scored 0.7 or more."""

    revision = TenantForeignKey(ClosingRevision, related_name="units")
    tier = TenantForeignKey(Tier, related_name="+")
    portfolio = TenantForeignKey(Portfolio, null=True, related_name="closed_scores")
    product = TenantForeignKey(Product, null=True, related_name="closed_scores")
    team = TenantForeignKey(Team, null=True, related_name="closed_scores")
    objectives = models.PositiveIntegerField(default=0)
    scored = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    significant_miss = models.PositiveIntegerField(default=0)
    fell_short = models.PositiveIntegerField(default=0)
    strong = models.PositiveIntegerField(default=0)
    full = models.PositiveIntegerField(default=0)
    key_results = models.PositiveIntegerField(default=0)
    reporting = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            AppendOnly(name="okrs_closedunit_append_only"),
            models.CheckConstraint(
                condition=exactly_one("portfolio", "product", "team")
                | Q(portfolio=None, product=None, team=None),
                name="closed_unit_one_unit",
            ),
            models.UniqueConstraint(
                fields=["organization", "revision", "tier", "portfolio", "product", "team"],
                nulls_distinct=False,
                name="closed_unit_once",
            ),
            score_range("closed_unit"),
        ]


class Learned(EditableModel):
    """What a cycle taught; it may be written after the close as well."""

    drivers = models.TextField(
        "what drove it", blank=True, default="", help_text="Why it came out as it did."
    )
    keep = models.TextField("what we keep", blank=True, default="")
    change = models.TextField("what we change", blank=True, default="")
    author = TenantForeignKey(Member, editable=False, related_name="+")

    class Meta:
        abstract = True


class ObjectiveRetrospective(Learned):
    """Of one objective, with what becomes of it in the next cycle."""

    objective = TenantForeignKey(Objective, editable=False, related_name="retrospectives")
    outcome = models.CharField(
        "what becomes of it", max_length=12, choices=Outcome, blank=True, default=""
    )
    reason = models.CharField(
        "why", max_length=500, blank=True, default="", help_text="Needed when it is dropped."
    )

    class Meta:
        verbose_name = "retrospective"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "objective"],
                name="objective_retrospective_once",
                violation_error_message="This objective has a retrospective already.",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.DROP) | ~Q(reason=""),
                name="dropped_with_a_reason",
                violation_error_code="reason",
                violation_error_message="Say why it is dropped.",
            ),
        ]


class PortfolioRetrospective(Learned):
    """Of a portfolio and everything at home in it, for one cycle."""

    portfolio = TenantForeignKey(Portfolio, editable=False, related_name="retrospectives")
    cycle = TenantForeignKey(Cycle, editable=False, related_name="retrospectives")

    class Meta:
        verbose_name = "portfolio retrospective"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "portfolio", "cycle"],
                name="portfolio_retrospective_once",
                violation_error_message="This portfolio has a retrospective of the cycle already.",
            ),
        ]
