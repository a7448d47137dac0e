"""Planning and reviewing over the API."""

from typing import Any
from uuid import UUID

from django.db.models import Case, Value, When
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, TenantSerializer, expected_version
from accounts.permissions import Permission
from governance.queries.records import visible_decisions
from okrs.api.base import MOMENT, READ, GoalResource, changed, moment_in
from reviews.actions import counters, meetings, reviews, rounds, updates
from reviews.choices import TermField
from reviews.freezing import freeze
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
from reviews.queries.evidence import evidence_of
from reviews.queries.reviews import visible_follow_ups, visible_reviews
from reviews.queries.rounds import visible_rounds
from reviews.queries.updates import visible_updates
from reviews.serializers import (
    AgendaItemSerializer,
    AnswerCounterSerializer,
    CounteredTermSerializer,
    CounterProposalSerializer,
    EvidenceSerializer,
    FinishFollowUpSerializer,
    FollowUpSerializer,
    MoveRoundSerializer,
    NewCounterProposalSerializer,
    PlanningRoundSerializer,
    ReviewDecisionSerializer,
    ReviewSerializer,
    RoundConstraintSerializer,
    RoundConstraintWithMoneySerializer,
    RoundMoveSerializer,
    TeamUpdateSerializer,
)

ID = "0197a000-0000-7000-8000-00000000000{}"
DECIDE = Permission.OKR_DECIDE
RUN = {**READ, **dict.fromkeys(("create", "partial_update", "destroy"), DECIDE)}


class PlanningRounds(Resource):
    """Planning rounds: which portfolio plans which cycle, and how far it has come."""

    model = PlanningRound
    serializer_class = PlanningRoundSerializer
    permissions = {**RUN, "move": DECIDE}
    filters = {"portfolio": "portfolio_id", "cycle": "cycle_id", "step": "step"}
    bodies = {"move": (MoveRoundSerializer, PlanningRoundSerializer)}
    examples = {
        "create": {
            "portfolio": ID.format(1),
            "cycle": ID.format(2),
            "note": "Fewer things, finished.",
            "themes_by": "2026-11-27",
            "goals_by": "2026-12-04",
            "proposals_by": "2026-12-18",
            "negotiation_by": "2026-12-28",
            "commitment_by": "2026-12-31",
        },
        "partial_update": {"proposals_by": "2026-12-21"},
        "move": {"to": "goals"},
    }

    def visible(self) -> Any:
        return visible_rounds(self.access)

    def perform_create(self, data: dict[str, Any]) -> PlanningRound:
        return rounds.open_round(self.access, **data)

    def perform_edit(self, row: PlanningRound, data: dict[str, Any], version: int) -> PlanningRound:
        changes = changed(row, data, never=("portfolio", "cycle"))
        return rounds.edit_round(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: PlanningRound, version: int | None) -> None:
        rounds.archive_round(self.access, row, expected_version=version)

    def move(self, request: Request, pk: UUID) -> Response:
        """One step on, or one step back with a reason."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(MoveRoundSerializer, request)
        rounds.move_round(self.access, row, expected_version=version, **body)
        return self.answer(pk)


class RoundMoves(Resource):
    """The history of a round."""

    model = RoundMove
    serializer_class = RoundMoveSerializer
    permissions = READ
    filters = {"round": "round_id"}

    def visible(self) -> Any:
        return RoundMove.objects.filter(round__in=visible_rounds(self.access))


class RoundConstraints(Resource):
    """What leadership holds fixed in a round."""

    model = RoundConstraint
    serializer_class = RoundConstraintSerializer
    permissions = RUN
    filters = {"round": "round_id", "kind": "kind", "product": "product_id"}
    bodies = {
        "create": (RoundConstraintWithMoneySerializer, RoundConstraintWithMoneySerializer),
        "partial_update": (RoundConstraintWithMoneySerializer, RoundConstraintWithMoneySerializer),
        "retrieve": (None, RoundConstraintWithMoneySerializer),
    }
    examples = {
        "create": {
            "round": ID.format(1),
            "kind": "people",
            "text": "The platform team keeps a fifth of its time for repairs.",
            "people_weeks": "42.0",
        },
        "partial_update": {"people_weeks": "40.0"},
    }

    def visible(self) -> Any:
        return RoundConstraint.objects.filter(round__in=visible_rounds(self.access))

    def get_serializer_class(self) -> type[TenantSerializer]:
        sees_money = self.access.allows(Permission.MONEY_READ)
        return RoundConstraintWithMoneySerializer if sees_money else RoundConstraintSerializer

    def perform_create(self, data: dict[str, Any]) -> RoundConstraint:
        return rounds.add_constraint(self.access, data.pop("round"), **data)

    def perform_edit(
        self, row: RoundConstraint, data: dict[str, Any], version: int
    ) -> RoundConstraint:
        changes = changed(row, data, never=("round",))
        return rounds.edit_constraint(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: RoundConstraint, version: int | None) -> None:
        rounds.archive_constraint(self.access, row, expected_version=version)


class CounterProposals(GoalResource):
    """Other terms that the side above asks for, and the answers."""

    model = CounterProposal
    serializer_class = CounterProposalSerializer
    permissions = {**READ, "create": DECIDE, "answer_to": Permission.OKR_WRITE, "withdraw": DECIDE}
    filters = {"objective": "objective_id", "state": "state"}
    objectives = ("objective",)
    bodies = {
        "create": (NewCounterProposalSerializer, CounterProposalSerializer),
        "answer_to": (AnswerCounterSerializer, CounterProposalSerializer),
        "withdraw": (None, CounterProposalSerializer),
    }
    examples = {
        "create": {
            "objective": ID.format(1),
            "note": "The theme needs twice of this.",
            "terms": [{"key_result": ID.format(2), "field": "target", "new": "80"}],
        },
        "answer_to": {"accept": True},
    }

    def perform_create(self, data: dict[str, Any]) -> CounterProposal:
        wanted = data.pop("terms", [])
        terms = [
            counters.Term(
                TermField(term["field"]),
                counters.from_text(term["field"], term["new"]),
                term.get("key_result"),
            )
            for term in wanted
        ]
        objective = data.pop("objective")
        return counters.counter_proposal(self.access, objective, terms=terms, **data)

    def answer_to(self, request: Request, pk: UUID) -> Response:
        """Take the terms over, or decline them with a reason."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(AnswerCounterSerializer, request)
        act = counters.accept_counter if body["accept"] else counters.decline_counter
        act(self.access, row, answer=body["answer"], expected_version=version)
        return self.answer(pk)

    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take the counter-proposal back before it is answered."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        counters.withdraw_counter(self.access, row, expected_version=version)
        return self.answer(pk)


class CounteredTerms(GoalResource):
    """The changed terms of counter-proposals: old and new."""

    model = CounteredTerm
    serializer_class = CounteredTermSerializer
    permissions = READ
    filters = {"counter": "counter_id", "key_result": "key_result_id"}
    objectives = ("counter__objective",)


# --- Reviews ----------------------------------------------------------------------------------
NOTE = Permission.OKR_WRITE
MEET = {**READ, **dict.fromkeys(("create", "partial_update", "destroy"), NOTE)}


class Reviews(Resource):
    """Reviews: the meetings in which a portfolio, product or team answers the four questions."""

    model = Review
    serializer_class = ReviewSerializer
    permissions = {
        **READ,
        "create": DECIDE,
        "partial_update": NOTE,
        "destroy": DECIDE,
        "start": DECIDE,
        "close": DECIDE,
        "evidence": Permission.ORG_READ,
    }
    filters = {
        "portfolio": "portfolio_id",
        "product": "product_id",
        "team": "team_id",
        "cycle": "cycle_id",
        "agenda": "agenda",
        "state": "state",
        "held_from": "held_on__gte",
        "held_until": "held_on__lte",
    }
    bodies = {
        "start": (None, ReviewSerializer),
        "close": (None, ReviewSerializer),
        "evidence": (None, EvidenceSerializer),
    }
    query_parameters = {"evidence": MOMENT}
    examples = {
        "create": {
            "portfolio": ID.format(1),
            "cycle": ID.format(2),
            "agenda": "portfolio",
            "held_on": "2026-11-25",
        },
        "partial_update": {"summary": "Two goals are at risk; the checkout gets the people."},
    }

    def visible(self) -> Any:
        return visible_reviews(self.access)

    def perform_create(self, data: dict[str, Any]) -> Review:
        return reviews.plan_review(self.access, **data)

    def perform_edit(self, row: Review, data: dict[str, Any], version: int) -> Review:
        changes = changed(row, data, never=("portfolio", "product", "team", "cycle", "agenda"))
        return reviews.edit_review(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: Review, version: int | None) -> None:
        reviews.archive_review(self.access, row, expected_version=version)

    def start(self, request: Request, pk: UUID) -> Response:
        """Begin the meeting."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        reviews.start_review(self.access, row, expected_version=version)
        return self.answer(pk)

    def close(self, request: Request, pk: UUID) -> Response:
        """End the meeting, and keep what it showed."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        reviews.close_review(self.access, row, expected_version=version)
        return self.answer(pk)

    def evidence(self, request: Request, pk: UUID) -> Response:
        """The answers to the four questions, and the meeting; of a past moment what is known."""
        row, moment = self.get_row(pk), moment_in(request, self.access)
        told = {"money": None, **freeze(evidence_of(self.access, row, moment))}
        if moment.is_past:
            told |= {"reallocate": None, "meeting": None}
        return Response(told)


class OfReview(Resource):
    """Records of a meeting: seen by whoever sees the review."""

    def visible(self) -> Any:
        rows: Any = self.model.objects
        seen = visible_reviews(self.access).values("pk")
        return rows.filter(review__in=seen).select_related("review")


class AgendaItems(OfReview):
    """The points of a meeting, with what was said about them."""

    model = AgendaItem
    serializer_class = AgendaItemSerializer
    permissions = MEET
    filters = {"review": "review_id", "question": "question"}
    examples = {
        "create": {"review": ID.format(1), "title": "The new price list"},
        "partial_update": {"note": "Support is ready.", "is_done": True},
    }

    def perform_create(self, data: dict[str, Any]) -> AgendaItem:
        place = data.pop("position", None)
        item = meetings.add_item(self.access, data.pop("review"), **data)
        if place is not None:
            meetings.move_item(self.access, item, to=place)
        return item

    def perform_edit(self, row: AgendaItem, data: dict[str, Any], version: int) -> AgendaItem:
        changes = changed(row, data, never=("review",))
        place = changes.pop("position", None)
        item = meetings.edit_item(self.access, row, expected_version=version, **changes)
        if place is not None:
            meetings.move_item(self.access, item, to=place)
        return item

    def perform_archive(self, row: AgendaItem, version: int | None) -> None:
        meetings.archive_item(self.access, row, expected_version=version)


class FollowUps(OfReview):
    """Who does what by when after a review; `state` finds "open" and "done" ones."""

    model = FollowUp
    serializer_class = FollowUpSerializer
    permissions = {**MEET, "finish": Permission.COMMENT_WRITE}
    filters = {
        "review": "review_id",
        "owner": "owner_id",
        "state": "state",
        "due_until": "due_on__lte",
    }
    bodies = {"finish": (FinishFollowUpSerializer, FollowUpSerializer)}
    examples = {
        "create": {
            "review": ID.format(1),
            "text": "Ask Warehouse for an earlier day",
            "owner": ID.format(2),
            "due_on": "2026-12-02",
        },
        "partial_update": {"due_on": "2026-12-09"},
        "finish": {"done": True},
    }

    def visible(self) -> Any:
        state = Case(When(done_at=None, then=Value("open")), default=Value("done"))
        return visible_follow_ups(self.access).annotate(state=state)

    def perform_create(self, data: dict[str, Any]) -> FollowUp:
        return meetings.add_follow_up(self.access, data.pop("review"), **data)

    def perform_edit(self, row: FollowUp, data: dict[str, Any], version: int) -> FollowUp:
        changes = changed(row, data, never=("review",))
        return meetings.edit_follow_up(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: FollowUp, version: int | None) -> None:
        meetings.archive_follow_up(self.access, row, expected_version=version)

    def finish(self, request: Request, pk: UUID) -> Response:
        """Note that it is done, or that it is not."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(FinishFollowUpSerializer, request)
        meetings.finish_follow_up(self.access, row, expected_version=version, done=body["done"])
        return self.answer(pk)


class ReviewDecisions(OfReview):
    """The decisions that reviews list; each is a record of its own at `decisions`."""

    model = ReviewDecision
    serializer_class = ReviewDecisionSerializer
    permissions = {**READ, "create": NOTE, "destroy": NOTE}
    filters = {"review": "review_id", "decision": "decision_id"}
    examples = {"create": {"review": ID.format(1), "decision": ID.format(2)}}

    def visible(self) -> Any:
        seen = visible_decisions(self.access).values("pk")
        return super().visible().filter(decision__in=seen)

    def perform_create(self, data: dict[str, Any]) -> ReviewDecision:
        return meetings.list_decision(self.access, **data)

    def perform_archive(self, row: ReviewDecision, version: int | None) -> None:
        meetings.unlist_decision(self.access, row)


class TeamUpdates(Resource):
    """What a unit tells those around it: drafted by itself, edited and sent by a person."""

    model = TeamUpdate
    serializer_class = TeamUpdateSerializer
    permissions = {**MEET, "send": NOTE}
    filters = {"portfolio": "portfolio_id", "product": "product_id", "team": "team_id"}
    bodies = {"send": (None, TeamUpdateSerializer)}
    examples = {
        "create": {"product": ID.format(1)},
        "partial_update": {"text": "What moved\n- The checkout: 0.42 → 0.61."},
    }

    def visible(self) -> Any:
        return visible_updates(self.access)

    def perform_create(self, data: dict[str, Any]) -> TeamUpdate:
        return updates.draft_update(self.access, **data)

    def perform_edit(self, row: TeamUpdate, data: dict[str, Any], version: int) -> TeamUpdate:
        changes = {"text": row.text, **changed(row, data, never=("portfolio", "product", "team"))}
        return updates.edit_update(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: TeamUpdate, version: int | None) -> None:
        updates.archive_update(self.access, row, expected_version=version)

    def send(self, request: Request, pk: UUID) -> Response:
        """Tell those who have a role on the unit or answer for its goals."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        updates.send_update(self.access, row, expected_version=version)
        return self.answer(pk)
