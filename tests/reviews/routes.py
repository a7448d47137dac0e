"""Every route of planning and reviewing."""

from typing import Any

from accounts.permissions import Permission
from okrs.choices import ObjectiveState
from reviews.choices import ReviewState
from reviews.models import (
    AgendaItem,
    CounteredTerm,
    CounterProposal,
    FollowUp,
    PlanningRound,
    Review,
    ReviewDecision,
    RoundConstraint,
    RoundMove,
    TeamUpdate,
)
from tests.factories.okrs import KeyResultFactory, ObjectiveFactory
from tests.factories.reviews import (
    AgendaItemFactory,
    CounteredTermFactory,
    CounterProposalFactory,
    FollowUpFactory,
    PlanningRoundFactory,
    ReviewDecisionFactory,
    ReviewFactory,
    RoundConstraintFactory,
    RoundMoveFactory,
    TeamUpdateFactory,
)
from tests.personas import World
from tests.route_table import Arguments, Route

P = Permission
READ, DECIDE = P.ORG_READ, P.OKR_DECIDE
WRITE, COMMENT = P.OKR_WRITE, P.COMMENT_WRITE


def the_round(world: World) -> PlanningRound:
    found = PlanningRound.objects.first()
    return found or PlanningRoundFactory.create(portfolio=world.portfolio)


def a_round(world: World) -> dict[str, Any]:
    return {"pk": the_round(world).pk}


def a_move(world: World) -> dict[str, Any]:
    move = RoundMove.objects.first()
    return {"pk": (move or RoundMoveFactory.create(round=the_round(world), actor=world["lead"])).pk}


def a_constraint(world: World) -> dict[str, Any]:
    row = RoundConstraint.objects.first()
    return {"pk": (row or RoundConstraintFactory.create(round=the_round(world))).pk}


def the_counter(world: World) -> CounterProposal:
    """An open counter to a proposal of the world's product."""
    found = CounterProposal.objects.first()
    if found is not None:
        return found
    objective = ObjectiveFactory.create(
        product=world.product,
        owner=world["lead"],
        state=ObjectiveState.CHANGES_REQUESTED,
    )
    KeyResultFactory.create(objective=objective)
    return CounterProposalFactory.create(objective=objective, made_by=world["lead"])


def a_counter(world: World) -> dict[str, Any]:
    return {"pk": the_counter(world).pk}


def a_proposal(world: World) -> dict[str, Any]:
    objective = ObjectiveFactory.create(
        product=world.product, owner=world["lead"], state=ObjectiveState.PROPOSED
    )
    return {"pk": objective.pk}


def a_term(world: World) -> dict[str, Any]:
    term = CounteredTerm.objects.first()
    return {"pk": (term or CounteredTermFactory.create(counter=the_counter(world))).pk}


def the_review(world: World) -> Review:
    """A planned review of the world's portfolio."""
    found = Review.objects.exclude(state=ReviewState.CLOSED).first()
    return found or ReviewFactory.create(portfolio=world.portfolio)


def a_review(world: World) -> dict[str, Any]:
    return {"pk": the_review(world).pk}


def a_running_review(world: World) -> dict[str, Any]:
    found = Review.objects.filter(state=ReviewState.RUNNING).first()
    made = found or ReviewFactory.create(portfolio=world.portfolio, running=True)
    return {"pk": made.pk}


def an_item(world: World) -> dict[str, Any]:
    item = AgendaItem.objects.first()
    return {"pk": (item or AgendaItemFactory.create(review=the_review(world))).pk}


def a_follow_up(world: World) -> dict[str, Any]:
    row = FollowUp.objects.first()
    made = row or FollowUpFactory.create(review=the_review(world), owner=world["lead"])
    return {"pk": made.pk}


def a_listed_decision(world: World) -> dict[str, Any]:
    row = ReviewDecision.objects.first()
    return {"pk": (row or ReviewDecisionFactory.create(review=the_review(world))).pk}


def a_decision_of_a_review(world: World) -> dict[str, Any]:
    row = ReviewDecision.objects.first() or ReviewDecisionFactory.create(review=the_review(world))
    return {"pk": row.review_id, "decision": row.decision_id}


def an_update(world: World) -> dict[str, Any]:
    """The administrator's draft about the portfolio, which nobody else sees."""
    row = TeamUpdate.objects.first()
    made = row or TeamUpdateFactory.create(portfolio=world.portfolio, author=world["admin"])
    return {"pk": made.pk}


# Who contributes to the product does not write in the review of the portfolio.
BELOW = {"contributor": 403}
# The world's follow-up is the lead's, in the review of the portfolio.
OTHERS = {"contributor": 403, "viewer": 403, "bystander": 403}


def noting(name: str, arguments: Arguments, *, stored: int = 422) -> list[Route]:
    """A form of those who take notes; an empty one is refused or overtaken."""
    return [
        Route(name, "GET", WRITE, arguments=arguments, out_of_reach=BELOW),
        Route(name, "POST", WRITE, stored, arguments=arguments, out_of_reach=BELOW),
    ]


def pressing(name: str, arguments: Arguments) -> Route:
    """A button of those who take notes."""
    return Route(name, "POST", WRITE, 302, arguments=arguments, out_of_reach=BELOW)


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
REVIEWS_API = [
    Route("api:reviews", "GET", READ),
    Route("api:reviews", "POST", DECIDE, 422),
    Route("api:reviews-record", "GET", READ, arguments=a_review),
    Route("api:reviews-record", "PATCH", WRITE, 428, arguments=a_review),
    Route("api:reviews-record", "DELETE", DECIDE, 428, arguments=a_review),
    Route("api:reviews-start", "POST", DECIDE, 428, arguments=a_review),
    Route("api:reviews-close", "POST", DECIDE, 428, arguments=a_review),
    Route("api:reviews-evidence", "GET", READ, arguments=a_review),
    Route("api:agenda-items", "GET", READ),
    Route("api:agenda-items", "POST", WRITE, 422),
    Route("api:agenda-items-record", "GET", READ, arguments=an_item),
    Route("api:agenda-items-record", "PATCH", WRITE, 428, arguments=an_item),
    Route("api:agenda-items-record", "DELETE", WRITE, 428, arguments=an_item),
    Route("api:follow-ups", "GET", READ),
    Route("api:follow-ups", "POST", WRITE, 422),
    Route("api:follow-ups-record", "GET", READ, arguments=a_follow_up),
    Route("api:follow-ups-record", "PATCH", WRITE, 428, arguments=a_follow_up),
    Route("api:follow-ups-record", "DELETE", WRITE, 428, arguments=a_follow_up),
    Route("api:follow-ups-finish", "POST", COMMENT, 428, arguments=a_follow_up),
    Route("api:review-decisions", "GET", READ),
    Route("api:review-decisions", "POST", WRITE, 422),
    Route("api:review-decisions-record", "GET", READ, arguments=a_listed_decision),
    Route(
        "api:review-decisions-record",
        "DELETE",
        WRITE,
        204,
        arguments=a_listed_decision,
        out_of_reach=BELOW,
    ),
]
REVIEW_PAGES = [
    Route("reviews:reviews", "GET", READ),
    Route("reviews:reviews-csv", "GET", READ),
    Route("reviews:create-review", "GET", DECIDE),
    Route("reviews:create-review", "POST", DECIDE, 422),
    Route("reviews:review", "GET", READ, arguments=a_review),
    Route("reviews:pack", "GET", READ, arguments=a_review),
    Route("reviews:review-csv", "GET", READ, arguments=a_review),
    *noting("reviews:edit-review", a_review),
    Route("reviews:start-review", "POST", DECIDE, 302, arguments=a_review),
    Route("reviews:close-review", "GET", DECIDE, arguments=a_running_review),
    Route("reviews:close-review", "POST", DECIDE, 409, arguments=a_running_review),
    Route("reviews:archive-review", "POST", DECIDE, 302, arguments=a_review),
    Route("reviews:restore-review", "POST", DECIDE, 302, arguments=a_review),
    *noting("reviews:add-item", a_review),
    Route("reviews:decide-in-review", "GET", P.DECISION_DECIDE, arguments=a_review),
    Route("reviews:decide-in-review", "POST", P.DECISION_DECIDE, 422, arguments=a_review),
    pressing("reviews:unlist-decision", a_decision_of_a_review),
    *noting("reviews:add-follow-up", a_review),
    *noting("reviews:edit-item", an_item),
    *noting("reviews:note-item", an_item, stored=409),
    pressing("reviews:tick-item", an_item),
    pressing("reviews:move-item", an_item),
    pressing("reviews:remove-item", an_item),
    Route("reviews:follow-ups", "GET", READ),
    Route("reviews:follow-ups-csv", "GET", READ),
    *noting("reviews:edit-follow-up", a_follow_up),
    Route("reviews:finish-follow-up", "POST", COMMENT, 302, a_follow_up, out_of_reach=OTHERS),
    Route("reviews:reopen-follow-up", "POST", COMMENT, 302, a_follow_up, out_of_reach=OTHERS),
    pressing("reviews:remove-follow-up", a_follow_up),
]
# A draft is its author's.
HIDDEN = dict.fromkeys(("facilitator", "lead", "contributor", "viewer", "bystander"), 404)


def drafted(name: str, method: str, permission: Permission, ok: int = 200) -> Route:
    """A route of an update that was not sent yet."""
    return Route(name, method, permission, ok, an_update, out_of_reach=HIDDEN)


UPDATES = [
    Route("reviews:updates", "GET", READ),
    Route("reviews:updates-csv", "GET", READ),
    Route("reviews:create-update", "GET", WRITE),
    Route("reviews:create-update", "POST", WRITE, 422),
    drafted("reviews:update", "GET", READ),
    drafted("reviews:edit-update", "GET", WRITE),
    drafted("reviews:edit-update", "POST", WRITE, 422),
    drafted("reviews:send-update", "POST", WRITE, 302),
    drafted("reviews:discard-update", "POST", WRITE, 302),
    Route("api:team-updates", "GET", READ),
    Route("api:team-updates", "POST", WRITE, 422),
    drafted("api:team-updates-record", "GET", READ),
    drafted("api:team-updates-record", "PATCH", WRITE, 428),
    drafted("api:team-updates-record", "DELETE", WRITE, 428),
    drafted("api:team-updates-send", "POST", WRITE, 428),
]
ROUTES = [*PAGES, *API, *REVIEWS_API, *REVIEW_PAGES, *UPDATES]
