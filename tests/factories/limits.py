"""How much an organisation takes on at once, in the bound organisation."""

from typing import Any

import factory

from okrs.choices import LimitRule
from okrs.models import GoalLimits, LimitOverride
from tests.factories.okrs import ObjectiveFactory


class GoalLimitsFactory(factory.django.DjangoModelFactory[GoalLimits]):
    """The limits of the method, stored."""

    class Meta:
        model = GoalLimits


class LimitOverrideFactory(factory.django.DjangoModelFactory[LimitOverride]):
    """One objective more than a level may have."""

    class Meta:
        model = LimitOverride

    objective: Any = factory.SubFactory(ObjectiveFactory)
    rule = LimitRule.LEVEL_OBJECTIVES
    count = 6
    at_most = 5
    finding = "6 objectives are more than 5."
    reason = "One of them ends soon."
    actor = factory.SelfAttribute("objective.owner")
