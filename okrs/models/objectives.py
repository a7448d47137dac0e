"""Objectives: where we want to go, who answers for it, and how far it has come."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.choices import ObjectiveState, RollUpMode, TierKind
from okrs.constraints import ClosedWithCycle, Remembered
from okrs.fields import ScoreField
from okrs.models.cycles import Cycle, Tier
from portfolio.models import Portfolio, Product, Team, Theme, exactly_one

REMEMBERED = (
    "title", "state", "condition", "roll_up", "theme_id", "owner_id", "assessed_score",
    "assessed_by_id", "assessment",
)  # fmt: skip
FIXED_AT_CLOSE = (
    "title", "cycle_id", "tier_id", "portfolio_id", "product_id", "team_id", "state", "condition",
    "roll_up", "assessed_score", "assessment", "score", "lowest", "highest", "reporting",
    "counted", "archived_at",
)  # fmt: skip
OWN_CYCLE = "{row}.cycle_id"
CYCLE_OF_OBJECTIVE = "SELECT o.cycle_id FROM public.okrs_objective o WHERE o.id = {{row}}.{key}"


def cycle_of_objective(key: str = "objective_id") -> str:
    """The cycle of the objective that a row refers to by `key`, for `ClosedWithCycle`."""
    return CYCLE_OF_OBJECTIVE.format(key=key)


def score_range(table: str, field: str = "score") -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}": None}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 1}),
        name=f"{table}_{field}_range",
    )


class Objective(EditableModel):
    """A qualitative goal of one tier, owned by exactly one unit or by the organisation."""

    audit = {
        "silent": ["score", "lowest", "highest", "reporting", "counted", "confidence", "scored_at"]
    }

    title = models.CharField(max_length=240)
    description = models.TextField(blank=True, default="")
    tier = TenantForeignKey(Tier, related_name="objectives")
    cycle = TenantForeignKey(Cycle, related_name="objectives")
    portfolio = TenantForeignKey(Portfolio, null=True, blank=True, related_name="objectives")
    product = TenantForeignKey(Product, null=True, blank=True, related_name="objectives")
    team = TenantForeignKey(Team, null=True, blank=True, related_name="objectives")
    theme = TenantForeignKey(
        Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="objectives"
    )
    owner = TenantForeignKey(
        Member, verbose_name="accountable person", related_name="objectives_owned"
    )
    state = models.CharField(
        max_length=20, choices=ObjectiveState, default=ObjectiveState.DRAFT, editable=False
    )
    condition = models.CharField(
        "accepted on condition", max_length=500, blank=True, default="", editable=False
    )
    roll_up = models.CharField(max_length=16, choices=RollUpMode, default=RollUpMode.OWN)
    continued_from = TenantForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="continued_by"
    )

    # What a person judged, beside what was computed.
    assessed_score = models.DecimalField(
        max_digits=3, decimal_places=2, null=True, blank=True, editable=False
    )
    assessed_by = TenantForeignKey(Member, null=True, editable=False, related_name="+")
    assessed_at = models.DateTimeField(null=True, editable=False)
    assessment = models.TextField(blank=True, default="", editable=False)

    # Computed by `okrs.actions.recompute`, never typed.
    score = ScoreField(null=True, editable=False)
    lowest = ScoreField(null=True, editable=False)
    highest = ScoreField(null=True, editable=False)
    confidence = models.DecimalField(max_digits=2, decimal_places=1, null=True, editable=False)
    reporting = models.PositiveSmallIntegerField(default=0, editable=False)
    counted = models.PositiveSmallIntegerField(default=0, editable=False)
    scored_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("portfolio", "product", "team")
                | Q(portfolio=None, product=None, team=None),
                name="objective_one_owner",
                violation_error_message="An objective belongs to one portfolio, product or team.",
            ),
            score_range("objective"),
            score_range("objective", "assessed_score"),
            Remembered(
                name="okrs_objective_remembered",
                history="okrs_objectivepast",
                columns=REMEMBERED,
            ),
            ClosedWithCycle(
                name="okrs_objective_closed",
                cycle=OWN_CYCLE,
                columns=FIXED_AT_CLOSE,
                adds="false",
                in_sets=True,
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "cycle", "tier", "id"], name="objective_by_cycle"),
            models.Index(fields=["organization", "product", "cycle"], name="objective_by_product"),
            models.Index(
                fields=["organization", "portfolio", "cycle"], name="objective_by_portfolio"
            ),
            models.Index(fields=["organization", "team", "cycle"], name="objective_by_team"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("okrs:objective", args=[self.organization.slug, self.pk])

    @property
    def unit_id(self) -> UUID | None:
        """The portfolio, product or team that owns it; None when the organisation does."""
        return self.portfolio_id or self.product_id or self.team_id

    @property
    def unit(self) -> Portfolio | Product | Team | None:
        unit: Portfolio | Product | Team | None = self.portfolio or self.product or self.team
        return unit

    @property
    def unit_kind(self) -> TierKind:
        if self.portfolio_id:
            return TierKind.PORTFOLIO
        if self.product_id:
            return TierKind.PRODUCT
        return TierKind.TEAM if self.team_id else TierKind.ORGANIZATION


class ObjectiveCoOwner(TenantModel):
    """A unit that answers for an objective together with its owner."""

    objective = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="co_owners")
    product = TenantForeignKey(Product, null=True, blank=True, related_name="+")
    team = TenantForeignKey(Team, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("product", "team"),
                name="co_owner_one_unit",
                violation_error_message="Choose one product or team.",
            ),
            models.UniqueConstraint(
                fields=["organization", "objective", "product", "team"],
                nulls_distinct=False,
                name="co_owner_once",
                violation_error_message="This unit is already a co-owner.",
            ),
        ]


class ObjectiveMove(TenantModel):
    """A step of an objective from one state to another, with its reason. Append-only."""

    audit = None

    objective = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="moves")
    from_state = models.CharField(max_length=20, choices=ObjectiveState)
    to_state = models.CharField(max_length=20, choices=ObjectiveState)
    reason = models.TextField(blank=True, default="")
    actor = TenantForeignKey(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [
            AppendOnly(name="okrs_objectivemove_append_only"),
            ClosedWithCycle(name="okrs_objectivemove_closed", cycle=cycle_of_objective()),
        ]
