"""How much an organisation takes on at once, and where somebody decided to go beyond it."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.choices import LimitRule
from okrs.limits import HIGHEST, METHOD
from okrs.models.objectives import Objective

RANGES = (
    "themes",
    "theme_objectives",
    "portfolio_objectives",
    "level_objectives",
    "key_results",
)
COUNT: dict[str, Any] = {"validators": [MinValueValidator(1), MaxValueValidator(HIGHEST)]}


def range_in_order(name: str) -> models.CheckConstraint:
    """At least one, at most `HIGHEST`, and the lower limit not above the upper one."""
    return models.CheckConstraint(
        condition=Q(
            **{
                f"{name}_at_least__gte": 1,
                f"{name}_at_least__lte": F(f"{name}_at_most"),
                f"{name}_at_most__lte": HIGHEST,
            }
        ),
        name=f"goal_limits_{name}_in_order",
        violation_error_message="A lower limit must not lie above its upper limit.",
    )


class GoalLimits(EditableModel):
    """The limits of an organisation; without a row it keeps to those of the method."""

    themes_at_least = models.PositiveSmallIntegerField(default=METHOD.themes.least, **COUNT)
    themes_at_most = models.PositiveSmallIntegerField(default=METHOD.themes.most, **COUNT)
    theme_objectives_at_least = models.PositiveSmallIntegerField(
        default=METHOD.theme_objectives.least, **COUNT
    )
    theme_objectives_at_most = models.PositiveSmallIntegerField(
        default=METHOD.theme_objectives.most, **COUNT
    )
    portfolio_objectives_at_least = models.PositiveSmallIntegerField(
        default=METHOD.portfolio_objectives.least, **COUNT
    )
    portfolio_objectives_at_most = models.PositiveSmallIntegerField(
        default=METHOD.portfolio_objectives.most, **COUNT
    )
    level_objectives_at_least = models.PositiveSmallIntegerField(
        default=METHOD.level_objectives.least, **COUNT
    )
    level_objectives_at_most = models.PositiveSmallIntegerField(
        default=METHOD.level_objectives.most, **COUNT
    )
    key_results_at_least = models.PositiveSmallIntegerField(
        default=METHOD.key_results.least, **COUNT
    )
    key_results_at_most = models.PositiveSmallIntegerField(default=METHOD.key_results.most, **COUNT)
    overload_from = models.PositiveSmallIntegerField(default=METHOD.overload_from, **COUNT)

    class Meta:
        verbose_name = "limits"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="goal_limits_once"),
            *map(range_in_order, RANGES),
            models.CheckConstraint(
                condition=Q(
                    portfolio_objectives_at_most__gte=F("themes_at_least")
                    * F("theme_objectives_at_least")
                ),
                name="goal_limits_room_for_each_theme",
                violation_error_message="The fewest themes, with the fewest objectives each, "
                "already exceed what a portfolio may have in all.",
            ),
            models.CheckConstraint(
                condition=Q(
                    portfolio_objectives_at_least__lte=F("themes_at_most")
                    * F("theme_objectives_at_most")
                ),
                name="goal_limits_reachable_in_all",
                violation_error_message="The most themes, with the most objectives each, "
                "never reach what a portfolio needs in all.",
            ),
            models.CheckConstraint(
                condition=Q(
                    overload_from__gt=F("portfolio_objectives_at_most"), overload_from__lte=HIGHEST
                )
                & Q(overload_from__gt=F("level_objectives_at_most")),
                name="goal_limits_overload_above_limits",
                violation_error_message="Overload begins above the upper limits of objectives.",
            ),
        ]

    def clean(self) -> None:
        """The same rules as the constraints, beside the field that breaks them."""
        errors = {
            f"{name}_at_most": "This lies below its lower limit."
            for name in RANGES
            if getattr(self, f"{name}_at_most") < getattr(self, f"{name}_at_least")
        }
        highest = max(self.portfolio_objectives_at_most, self.level_objectives_at_most)
        if self.overload_from <= highest:
            errors["overload_from"] = f"Overload begins above {highest} objectives."
        if errors:
            raise ValidationError(errors)


class LimitOverride(TenantModel):
    """A limit that somebody set aside when an objective was committed. Append-only."""

    audit = None

    objective = TenantForeignKey(
        Objective, on_delete=models.CASCADE, related_name="limit_overrides"
    )
    rule = models.CharField(max_length=24, choices=LimitRule)
    count = models.PositiveSmallIntegerField()
    at_most = models.PositiveSmallIntegerField()
    # The finding in words, as it stood then.
    finding = models.CharField(max_length=500)
    reason = models.CharField(max_length=500)
    actor = TenantForeignKey(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [
            AppendOnly(name="okrs_limitoverride_append_only"),
            models.CheckConstraint(
                condition=Q(count__gt=F("at_most")),
                name="limit_override_of_a_breach",
                violation_error_message="Nothing is above its limit.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="limit_override_reason",
                violation_error_message="Say why this limit does not hold.",
            ),
        ]
