"""What people said about key results, what was counted, and the scores that followed."""

from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from okrs.choices import ReportedStatus, Shape
from okrs.models import CheckIn, CountedItem, Override, ScorePoint
from tests.factories.okrs import KeyResultFactory


class CheckInFactory(factory.django.DjangoModelFactory[CheckIn]):
    """A word of the owner, with a value that was not recorded for the metric."""

    class Meta:
        model = CheckIn

    key_result: Any = factory.SubFactory(KeyResultFactory)
    author = factory.SelfAttribute("key_result.owner")
    value = Decimal(40)
    status = ReportedStatus.ON_TRACK


class CountedItemFactory(factory.django.DjangoModelFactory[CountedItem]):
    class Meta:
        model = CountedItem

    key_result: Any = factory.SubFactory(
        KeyResultFactory, shape=Shape.COUNT, baseline=None, target=Decimal(5)
    )
    name = factory.Sequence(lambda n: f"Thing {n}")
    met_on = factory.LazyFunction(timezone.localdate)


class OverrideFactory(factory.django.DjangoModelFactory[Override]):
    """A value that stands until it is released."""

    class Meta:
        model = Override

    key_result: Any = factory.SubFactory(KeyResultFactory)
    value = Decimal(50)
    reason = "Counted twice"
    author = factory.SelfAttribute("key_result.owner")


class ScorePointFactory(factory.django.DjangoModelFactory[ScorePoint]):
    """The score of a key result from now on."""

    class Meta:
        model = ScorePoint

    key_result: Any = factory.SubFactory(KeyResultFactory)
    score = Decimal("0.4")
