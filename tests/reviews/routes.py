"""Every route of planning and reviewing."""

from typing import Any

from accounts.permissions import Permission
from okrs.choices import ObjectiveState
from portfolio.models import Portfolio, Product
from reviews.models import (
    CounteredTerm,
    CounterProposal,
    PlanningRound,
    RoundConstraint,
    RoundMove,
)
from tests.factories.okrs import KeyResultFactory, ObjectiveFactory
from tests.factories.reviews import (
    CounteredTermFactory,
    CounterProposalFactory,
    PlanningRoundFactory,
    RoundConstraintFactory,
    RoundMoveFactory,
)
from tests.personas import World
from tests.route_table import Route

P = Permission
READ, DECIDE = P.ORG_READ, P.OKR_DECIDE


def the_round() -> PlanningRound:
    found = PlanningRound.objects.first()
    return found or PlanningRoundFactory.create(portfolio=Portfolio.objects.get())


def a_round(_: World) -> dict[str, Any]:
    return {"pk": the_round().pk}


def a_move(world: World) -> dict[str, Any]:
    move = RoundMove.objects.first()
    return {"pk": (move or RoundMoveFactory.create(round=the_round(), actor=world["lead"])).pk}


def a_constraint(_: World) -> dict[str, Any]:
    row = RoundConstraint.objects.first()
    return {"pk": (row or RoundConstraintFactory.create(round=the_round())).pk}


def the_counter(world: World) -> CounterProposal:
    """An open counter to a proposal of the world's product."""
    found = CounterProposal.objects.first()
    if found is not None:
        return found
    objective = ObjectiveFactory.create(
        product=Product.objects.get(),
        owner=world["lead"],
        state=ObjectiveState.CHANGES_REQUESTED,
    )
    KeyResultFactory.create(objective=objective)
    return CounterProposalFactory.create(objective=objective, made_by=world["lead"])


def a_counter(world: World) -> dict[str, Any]:
    return {"pk": the_counter(world).pk}


def a_proposal(world: World) -> dict[str, Any]:
    objective = ObjectiveFactory.create(
        product=Product.objects.get(), owner=world["lead"], state=ObjectiveState.PROPOSED
    )
    return {"pk": objective.pk}


def a_term(world: World) -> dict[str, Any]:
    term = CounteredTerm.objects.first()
    return {"pk": (term or CounteredTermFactory.create(counter=the_counter(world))).pk}


PAGES = [
    Route("reviews:rounds", "GET", READ),
    Route("reviews:create-round", "GET", DECIDE),
    Route("reviews:create-round", "POST", DECIDE, 422),
    Route("reviews:round", "GET", READ, arguments=a_round),
    Route("reviews:board", "GET", READ, arguments=a_round),
    Route("reviews:board-csv", "GET", READ, arguments=a_round),
    Route("reviews:findings-csv", "GET", READ, arguments=a_round),
    Route("reviews:edit-round", "GET", DECIDE, arguments=a_round),
    Route("reviews:edit-round", "POST", DECIDE, 422, arguments=a_round),
    Route("reviews:move-round", "GET", DECIDE, arguments=a_round),
    Route("reviews:move-round", "POST", DECIDE, 422, arguments=a_round),
    Route("reviews:archive-round", "POST", DECIDE, 302, arguments=a_round),
    Route("reviews:restore-round", "POST", DECIDE, 302, arguments=a_round),
    Route("reviews:add-constraint", "GET", DECIDE, arguments=a_round),
    Route("reviews:add-constraint", "POST", DECIDE, 422, arguments=a_round),
    Route("reviews:edit-constraint", "GET", DECIDE, arguments=a_constraint),
    Route("reviews:edit-constraint", "POST", DECIDE, 422, arguments=a_constraint),
    Route("reviews:remove-constraint", "POST", DECIDE, 302, arguments=a_constraint),
    Route("reviews:counter", "GET", DECIDE, arguments=a_proposal),
    Route("reviews:counter", "POST", DECIDE, 422, arguments=a_proposal),
    Route("reviews:accept-counter", "GET", P.OKR_WRITE, arguments=a_counter),
    Route("reviews:accept-counter", "POST", P.OKR_WRITE, 409, arguments=a_counter),
    Route("reviews:decline-counter", "GET", P.OKR_WRITE, arguments=a_counter),
    Route("reviews:decline-counter", "POST", P.OKR_WRITE, 422, arguments=a_counter),
    Route("reviews:withdraw-counter", "POST", DECIDE, 302, arguments=a_counter),
]
API = [
    Route("api:planning-rounds", "GET", READ),
    Route("api:planning-rounds", "POST", DECIDE, 422),
    Route("api:planning-rounds-record", "GET", READ, arguments=a_round),
    Route("api:planning-rounds-record", "PATCH", DECIDE, 428, arguments=a_round),
    Route("api:planning-rounds-record", "DELETE", DECIDE, 428, arguments=a_round),
    Route("api:planning-rounds-move", "POST", DECIDE, 428, arguments=a_round),
    Route("api:round-moves", "GET", READ),
    Route("api:round-moves-record", "GET", READ, arguments=a_move),
    Route("api:round-constraints", "GET", READ),
    Route("api:round-constraints", "POST", DECIDE, 422),
    Route("api:round-constraints-record", "GET", READ, arguments=a_constraint),
    Route("api:round-constraints-record", "PATCH", DECIDE, 428, arguments=a_constraint),
    Route("api:round-constraints-record", "DELETE", DECIDE, 428, arguments=a_constraint),
    Route("api:counter-proposals", "GET", READ),
    Route("api:counter-proposals", "POST", DECIDE, 422),
    Route("api:counter-proposals-record", "GET", READ, arguments=a_counter),
    Route("api:counter-proposals-answer", "POST", P.OKR_WRITE, 428, arguments=a_counter),
    Route("api:counter-proposals-withdraw", "POST", DECIDE, 428, arguments=a_counter),
    Route("api:countered-terms", "GET", READ),
    Route("api:countered-terms-record", "GET", READ, arguments=a_term),
]
ROUTES = [*PAGES, *API]
