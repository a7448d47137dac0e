"""What backs goals and how they add up, in the bound organisation."""

from typing import Any

import factory

from okrs.models import Commitment, UnitScore
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import CycleFactory, ObjectiveFactory, TierFactory


class CommitmentFactory(factory.django.DjangoModelFactory[Commitment]):
    class Meta:
        model = Commitment

    objective: Any = factory.SubFactory(ObjectiveFactory)
    made_by: Any = factory.SubFactory(MemberFactory)


class UnitScoreFactory(factory.django.DjangoModelFactory[UnitScore]):
    class Meta:
        model = UnitScore

    cycle: Any = factory.SubFactory(CycleFactory)
    tier: Any = factory.SubFactory(TierFactory)
