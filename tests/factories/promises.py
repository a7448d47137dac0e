"""What backs goals and how they add up, in the bound organisation."""

from decimal import Decimal
from typing import Any

import factory

from okrs.choices import CommitmentState, DependencyState
from okrs.models import Commitment, CommitmentMove, CommittedTeam, DependencyMove, UnitScore
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import CycleFactory, DependencyFactory, ObjectiveFactory, TierFactory
from tests.factories.portfolio import TeamFactory


class CommitmentFactory(factory.django.DjangoModelFactory[Commitment]):
    class Meta:
        model = Commitment

    objective: Any = factory.SubFactory(ObjectiveFactory)
    made_by: Any = factory.SubFactory(MemberFactory)


class CommitmentMoveFactory(factory.django.DjangoModelFactory[CommitmentMove]):
    """The step by which a draft came to stand."""

    class Meta:
        model = CommitmentMove

    commitment: Any = factory.SubFactory(CommitmentFactory)
    from_state = CommitmentState.DRAFT
    to_state = CommitmentState.STANDING
    actor = factory.SelfAttribute("commitment.made_by")


class CommittedTeamFactory(factory.django.DjangoModelFactory[CommittedTeam]):
    class Meta:
        model = CommittedTeam

    commitment: Any = factory.SubFactory(CommitmentFactory)
    team: Any = factory.SubFactory(TeamFactory)
    people_weeks = Decimal(4)


class DependencyMoveFactory(factory.django.DjangoModelFactory[DependencyMove]):
    """The provider's word that it will deliver."""

    class Meta:
        model = DependencyMove

    dependency: Any = factory.SubFactory(DependencyFactory)
    from_state = DependencyState.ASKED
    to_state = DependencyState.ACCEPTED
    promised_by = factory.SelfAttribute("dependency.needed_by")
    actor = factory.SelfAttribute("dependency.needer_owner")


class UnitScoreFactory(factory.django.DjangoModelFactory[UnitScore]):
    """The roll-up of the whole organisation."""

    class Meta:
        model = UnitScore

    cycle: Any = factory.SubFactory(CycleFactory)
    tier: Any = factory.SubFactory(TierFactory)
