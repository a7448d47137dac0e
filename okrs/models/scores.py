"""Stored scores: their history, and the roll-ups that dashboards read."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import TenantForeignKey
from accounts.tenant_models import TenantModel
from okrs.constraints import ClosedWithCycle
from okrs.fields import AmountField, RawScoreField, ScoreField
from okrs.models.cycles import Cycle, Tier
from okrs.models.key_results import KeyResult
from okrs.models.objectives import OWN_CYCLE, Objective, score_range
from portfolio.models import Portfolio, Product, Team, exactly_one


class ScorePoint(TenantModel):
    """The score of a key result, objective or unit from a moment on; one a change."""

    audit = None

    key_result = TenantForeignKey(
        KeyResult, null=True, on_delete=models.CASCADE, related_name="points"
    )
    objective = TenantForeignKey(
        Objective, null=True, on_delete=models.CASCADE, related_name="points"
    )
    unit_score = TenantForeignKey(
        "UnitScore", null=True, on_delete=models.CASCADE, related_name="points"
    )
    at = models.DateTimeField(default=timezone.now)
    score = ScoreField(null=True, editable=False)
    raw = RawScoreField(null=True)
    value = AmountField(null=True)
    cause = models.CharField(max_length=24, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("key_result", "objective", "unit_score"),
                name="score_point_of_one",
            ),
            score_range("score_point"),
        ]
        # A point stands in the one index of what it is of. Dashboards read the past scores of many
        # objectives and units at once, and find them in the index itself.
        indexes = [
            models.Index(
                fields=["organization", "key_result", "at"],
                condition=~Q(key_result=None),
                name="score_point_of_key_result",
            ),
            *(
                models.Index(
                    fields=["organization", key, "at"],
                    include=["score"],
                    condition=~Q(**{key: None}),
                    name=f"scores_of_{key}",
                )
                for key in ("objective", "unit_score")
            ),
        ]


class UnitScore(TenantModel):
    """The roll-up of one unit's objectives of one tier in one cycle, over distinct records."""

    audit = None

    cycle = TenantForeignKey(Cycle, on_delete=models.CASCADE, related_name="unit_scores")
    tier = TenantForeignKey(Tier, on_delete=models.CASCADE, related_name="+")
    portfolio = TenantForeignKey(
        Portfolio, null=True, on_delete=models.CASCADE, related_name="unit_scores"
    )
    product = TenantForeignKey(
        Product, null=True, on_delete=models.CASCADE, related_name="unit_scores"
    )
    team = TenantForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="unit_scores")
    score = ScoreField(null=True, editable=False)
    objectives = models.PositiveIntegerField(default=0)
    objectives_reporting = models.PositiveIntegerField(default=0)
    key_results = models.PositiveIntegerField(default=0)
    reporting = models.PositiveIntegerField(default=0)
    on_track = models.PositiveIntegerField(default=0)
    behind = models.PositiveIntegerField(default=0)
    at_risk = models.PositiveIntegerField(default=0)
    # Without evidence for too long; counted here and in none of the three above.
    outdated = models.PositiveIntegerField(default=0)
    confidence = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    evidence_at = models.DateTimeField(null=True)
    outdated_from = models.DateTimeField(null=True)
    scored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("portfolio", "product", "team")
                | Q(portfolio=None, product=None, team=None),
                name="unit_score_one_unit",
            ),
            models.UniqueConstraint(
                fields=["organization", "cycle", "tier", "portfolio", "product", "team"],
                nulls_distinct=False,
                name="unit_score_once",
            ),
            ClosedWithCycle(
                name="okrs_unitscore_closed",
                cycle=OWN_CYCLE,
                columns=["score", "objectives"],
                adds="false",
                in_sets=True,
            ),
            score_range("unit_score"),
        ]
