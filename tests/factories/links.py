"""What ties goals to units, to each other and to work, in the bound organisation."""

from typing import Any

import factory

from okrs.choices import LinkState, ObjectiveState, Side
from okrs.models import (
    InitiativeKeyResult,
    LinkMove,
    ObjectiveCoOwner,
    ObjectiveMove,
    ObjectiveSupport,
    SharedPlacement,
)
from tests.factories.okrs import (
    InitiativeFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
)
from tests.factories.portfolio import TeamFactory


class ObjectiveCoOwnerFactory(factory.django.DjangoModelFactory[ObjectiveCoOwner]):
    """A team that answers for the objective as well."""

    class Meta:
        model = ObjectiveCoOwner

    objective: Any = factory.SubFactory(ObjectiveFactory)
    team: Any = factory.SubFactory(TeamFactory)


class ObjectiveMoveFactory(factory.django.DjangoModelFactory[ObjectiveMove]):
    """The step by which the objective came to be committed."""

    class Meta:
        model = ObjectiveMove

    objective: Any = factory.SubFactory(ObjectiveFactory)
    from_state = ObjectiveState.ACCEPTED
    to_state = ObjectiveState.COMMITTED
    actor = factory.SelfAttribute("objective.owner")


class ObjectiveSupportFactory(factory.django.DjangoModelFactory[ObjectiveSupport]):
    """A proposed support of a key result above."""

    class Meta:
        model = ObjectiveSupport

    child: Any = factory.SubFactory(ObjectiveFactory)
    key_result: Any = factory.SubFactory(
        KeyResultFactory, objective__cycle=factory.SelfAttribute("...child.cycle")
    )
    asked_by = factory.SelfAttribute("child.owner")


class LinkMoveFactory(factory.django.DjangoModelFactory[LinkMove]):
    """The side above counters an alignment."""

    class Meta:
        model = LinkMove

    alignment: Any = factory.SubFactory(ObjectiveAlignmentFactory)
    from_state = LinkState.PROPOSED
    to_state = LinkState.COUNTERED
    actor = factory.SelfAttribute("alignment.parent.owner")
    side = Side.ABOVE


class SharedPlacementFactory(factory.django.DjangoModelFactory[SharedPlacement]):
    """A key result that another objective of its cycle shows as well."""

    class Meta:
        model = SharedPlacement

    key_result: Any = factory.SubFactory(KeyResultFactory)
    objective: Any = factory.SubFactory(
        ObjectiveFactory, cycle=factory.SelfAttribute("..key_result.objective.cycle")
    )


class InitiativeKeyResultFactory(factory.django.DjangoModelFactory[InitiativeKeyResult]):
    class Meta:
        model = InitiativeKeyResult

    initiative: Any = factory.SubFactory(InitiativeFactory)
    key_result: Any = factory.SubFactory(KeyResultFactory)
