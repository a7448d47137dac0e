"""The API of governance."""

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, expected_version
from accounts.permissions import Permission
from governance.actions import comments, decisions, risks, signals
from governance.models import Comment, Decision, Risk, RiskMove, Signal
from governance.queries.comments import visible_comments
from governance.queries.decisions import touched_records, with_touched_ids
from governance.queries.records import (
    GOALS,
    KINDS,
    STEERED,
    Kind,
    Record,
    kind_of,
    visible_decisions,
)
from governance.queries.risks import visible_risks
from governance.queries.signals import named_records, visible_signals, with_named_ids
from governance.serializers import (
    AssessSerializer,
    CommentSerializer,
    DecideSerializer,
    DecisionSerializer,
    MoveRiskSerializer,
    RiskMoveSerializer,
    RiskSerializer,
    SignalSerializer,
)

P = Permission
SOME_ID = "0190c2a4-7a5e-7d3c-9c2f-3f0d5b6a7c81"
UNKNOWN = "Choose one that exists."


class AboutRecords(Resource):
    """A resource whose rows name records: those hidden from the principal count as unknown."""

    def one_of(self, data: dict[str, Any], kinds: Iterable[Kind]) -> Record:
        """Take the one record that a body names by its key."""
        given = {k.key: data.pop(k.key) for k in kinds if data.get(k.key) is not None}
        for kind in kinds:
            data.pop(kind.key, None)
        if len(given) != 1:
            names = ", ".join(kind.key for kind in kinds)
            raise exceptions.ValidationError({"detail": [f"Name exactly one of: {names}."]})
        ((key, record),) = given.items()
        self.demand_sight(kinds, key, [record])
        return record  # type: ignore[no-any-return]

    def all_of(
        self, data: dict[str, Any], kinds: Iterable[Kind], before: Iterable[Record] = ()
    ) -> list[Record]:
        """Take the records that a body lists, a list a kind; other kinds stay as `before`."""
        lists = {k: data.pop(plural(k)) for k in kinds if plural(k) in data}
        for kind, rows in lists.items():
            self.demand_sight([kind], plural(kind), rows)
        kept = [record for record in before if kind_of(record) not in lists]
        return [*kept, *(row for rows in lists.values() for row in rows)]

    def demand_sight(self, kinds: Iterable[Kind], field: str, rows: Iterable[Record]) -> None:
        for row in rows:
            kind = next(kind for kind in kinds if isinstance(row, kind.model))
            if not kind.visible(self.access).filter(pk=row.pk).exists():
                raise exceptions.ValidationError({field: [UNKNOWN]})


def plural(kind: Kind) -> str:
    return kind.slug.replace("-", "_")


class Comments(AboutRecords):
    """What people say about records, the answers to it, and whom they mention."""

    model = Comment
    serializer_class = CommentSerializer
    permissions: ClassVar = {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "create": P.COMMENT_WRITE,
        "partial_update": P.COMMENT_WRITE,
        "destroy": P.COMMENT_WRITE,
    }
    filters: ClassVar = {
        **{kind.key: f"{kind.key}_id" for kind in KINDS},
        "parent": "parent_id",
        "author": "author_id",
    }
    examples: ClassVar = {
        "create": {"objective": SOME_ID, "text": "@Kim Lee, does the June number hold?"},
        "partial_update": {"text": "@Kim Lee, does the July number hold?"},
    }

    def visible(self) -> models.QuerySet[Comment]:
        return visible_comments(self.access)

    def perform_create(self, data: dict[str, Any]) -> Comment:
        record = self.one_of(data, KINDS)
        return comments.add_comment(self.access, record, **data).comment

    def perform_edit(self, row: Comment, data: dict[str, Any], version: int) -> Comment:
        """Only the words can be changed."""
        fixed = sorted(set(data) - {"text"})
        if fixed:
            raise exceptions.ValidationError({fixed[0]: ["This cannot be changed."]})
        text = data.get("text", row.text)
        return comments.edit_comment(self.access, row, text=text, expected_version=version).comment

    def perform_archive(self, row: Comment, version: int | None) -> None:
        comments.delete_comment(self.access, row, expected_version=version)


class Decisions(AboutRecords):
    """What was decided and what is proposed, with the records that it touches."""

    model = Decision
    serializer_class = DecisionSerializer
    permissions: ClassVar = {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "create": P.DECISION_WRITE,
        "partial_update": P.DECISION_WRITE,
        "destroy": P.DECISION_WRITE,
        "decide": P.DECISION_DECIDE,
    }
    filters: ClassVar = {
        "kind": "kind",
        "state": "state",
        "decided_from": "decided_on__gte",
        "decided_until": "decided_on__lte",
        "review_until": "review_on__lte",
        **{kind.key: f"touches__{kind.key}_id" for kind in GOALS},
    }
    bodies: ClassVar = {"decide": (DecideSerializer, DecisionSerializer)}
    examples: ClassVar = {
        "create": {
            "title": "Wallets before invoices in this quarter",
            "kind": "trade-off",
            "context": "Acquiring is asked for 58 people-weeks and has 46.",
            "options": "Split the team\nPut invoices off",
            "outcome": "Invoices wait until next quarter.",
            "consequences": "Firms keep paying by transfer until then.",
            "decided_on": "2026-10-05",
            "review_on": "2027-01-15",
            "products": [SOME_ID],
        },
        "partial_update": {"options": "Split the team\nPut invoices off\nHire"},
        "decide": {"outcome": "Invoices wait until next quarter."},
    }

    def visible(self) -> models.QuerySet[Decision]:
        return with_touched_ids(visible_decisions(self.access))

    def perform_create(self, data: dict[str, Any]) -> Decision:
        touches = self.all_of(data, GOALS)
        day, person = data.pop("decided_on", None), data.pop("decided_by", None)
        if day is None:
            return decisions.propose_decision(self.access, touches=touches, **data)
        return decisions.record_decision(
            self.access,
            touches=touches,
            decided_on=day,
            decided_by=person,
            **{"outcome": "", **data},
        )

    def perform_edit(self, row: Decision, data: dict[str, Any], version: int) -> Decision:
        """A proposal can be changed; deciding it is an operation of its own."""
        touches = self.all_of(data, GOALS, touched_records(row))
        for name in ("decided_on", "decided_by"):
            if data.pop(name, None) is not None:
                raise exceptions.ValidationError({name: ["Decide it instead."]})
        return decisions.edit_decision(
            self.access, row, expected_version=version, touches=touches, **data
        )

    def perform_archive(self, row: Decision, version: int | None) -> None:
        decisions.withdraw_decision(self.access, row, expected_version=version)

    def decide(self, request: Request, pk: UUID) -> Response:
        """Make a decision that was proposed; from here on it can only be superseded."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        given = self.checked(DecideSerializer, request)
        decisions.decide(self.access, row, expected_version=version, **given)
        return self.answer(pk)


class Risks(AboutRecords):
    """What may happen to portfolios, products and objectives, and what is done about it."""

    model = Risk
    serializer_class = RiskSerializer
    permissions: ClassVar = {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "create": P.RISK_WRITE,
        "partial_update": P.RISK_WRITE,
        "destroy": P.RISK_WRITE,
        "move": P.RISK_WRITE,
    }
    filters: ClassVar = {
        **{kind.key: f"{kind.key}_id" for kind in STEERED},
        "state": "state",
        "owner": "owner_id",
        "exposure_from": "exposure__gte",
        "due_until": "due_on__lte",
    }
    bodies: ClassVar = {"move": (MoveRiskSerializer, RiskSerializer)}
    examples: ClassVar = {
        "create": {
            "title": "The card scheme certifies us too late",
            "objective": SOME_ID,
            "likelihood": 3,
            "impact": 4,
            "response": "reduce",
            "response_text": "Book the laboratory now, for two weeks.",
            "due_on": "2026-11-30",
        },
        "partial_update": {"likelihood": 2},
        "move": {"to": "mitigated", "reason": "The laboratory is booked."},
    }

    def visible(self) -> models.QuerySet[Risk]:
        return visible_risks(self.access)

    def perform_create(self, data: dict[str, Any]) -> Risk:
        about = self.one_of(data, STEERED)
        return risks.raise_risk(self.access, about, **data)

    def perform_edit(self, row: Risk, data: dict[str, Any], version: int) -> Risk:
        """Everything can be changed but the record that the risk hangs on."""
        fixed = sorted(set(data) & {kind.key for kind in STEERED})
        if fixed:
            raise exceptions.ValidationError({fixed[0]: ["This cannot be changed."]})
        return risks.edit_risk(self.access, row, expected_version=version, **data)

    def perform_archive(self, row: Risk, version: int | None) -> None:
        risks.archive_risk(self.access, row, expected_version=version)

    def move(self, request: Request, pk: UUID) -> Response:
        """Say what became of a risk."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        given = self.checked(MoveRiskSerializer, request)
        risks.move_risk(self.access, row, expected_version=version, **given)
        return self.answer(pk)


class RiskMoves(Resource):
    """The steps of risks, with how they were judged then. They are never edited."""

    model = RiskMove
    serializer_class = RiskMoveSerializer
    permissions: ClassVar = {"list": P.ORG_READ, "retrieve": P.ORG_READ}
    filters: ClassVar = {"risk": "risk_id", "to_state": "to_state", "since": "at__gte"}

    def visible(self) -> models.QuerySet[RiskMove]:
        return RiskMove.objects.filter(risk__in=visible_risks(self.access))


class Signals(AboutRecords):
    """What happened outside, with its source, and what it means for the strategy."""

    model = Signal
    serializer_class = SignalSerializer
    permissions: ClassVar = {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "create": P.SIGNAL_WRITE,
        "partial_update": P.SIGNAL_WRITE,
        "destroy": P.SIGNAL_WRITE,
        "assess": P.SIGNAL_ASSESS,
    }
    filters: ClassVar = {
        "kind": "kind",
        "assessment": "assessment",
        "from": "happened_on__gte",
        "until": "happened_on__lte",
        **{kind.key: f"touches__{kind.key}_id" for kind in STEERED},
    }
    bodies: ClassVar = {"assess": (AssessSerializer, SignalSerializer)}
    examples: ClassVar = {
        "create": {
            "title": "A competitor drops its monthly fee",
            "kind": "competitor",
            "happened_on": "2026-10-12",
            "source": "Their price page",
            "source_url": "https://example.com/prices",
            "products": [SOME_ID],
        },
        "partial_update": {"description": "For new shops only, until the end of the year."},
        "assess": {"assessment": "watch", "note": "Sign-ups have not moved yet."},
    }

    def visible(self) -> models.QuerySet[Signal]:
        return with_named_ids(visible_signals(self.access))

    def perform_create(self, data: dict[str, Any]) -> Signal:
        touches = self.all_of(data, STEERED)
        return signals.file_signal(self.access, touches=touches, **data)

    def perform_edit(self, row: Signal, data: dict[str, Any], version: int) -> Signal:
        touches = self.all_of(data, STEERED, named_records(row))
        return signals.edit_signal(
            self.access, row, expected_version=version, touches=touches, **data
        )

    def perform_archive(self, row: Signal, version: int | None) -> None:
        signals.archive_signal(self.access, row, expected_version=version)

    def assess(self, request: Request, pk: UUID) -> Response:
        """Say what a signal means for the strategy."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        given = self.checked(AssessSerializer, request)
        signals.assess_signal(self.access, row, expected_version=version, **given)
        return self.answer(pk)
