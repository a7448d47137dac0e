"""Key results, what people say of them, and how their scores came about."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import expected_version
from accounts.permissions import Permission
from okrs.actions import check_ins, closing, cycles
from okrs.actions import key_results as actions
from okrs.actions.weights import weigh_by_share
from okrs.api.base import ADD_AND_REMOVE, MOMENT, READ, WRITE, GoalResource, changed, moment_in
from okrs.api.writing import (
    WrittenResource,
    advice_on_key_result_draft,
    advice_on_stored_key_result,
)
from okrs.models import (
    CheckIn,
    CountedItem,
    KeyResult,
    KeyResultVersion,
    Milestone,
    Override,
    ScorePoint,
    SharedPlacement,
    UnitScore,
)
from okrs.queries.explain import key_results_at, standing_moment
from okrs.queries.key_results import (
    key_results_with_place,
    visible_key_results,
    with_shown_pace,
)
from okrs.queries.writing import Advice
from okrs.serializers.explanations import KeyResultExplanationSerializer, explained_key_result
from okrs.serializers.records import (
    CheckInSerializer,
    CountedItemSerializer,
    KeyResultSerializer,
    KeyResultVersionSerializer,
    MilestoneSerializer,
    OverrideSerializer,
    ScorePointSerializer,
    SharedPlacementSerializer,
    UnitScoreSerializer,
)
from okrs.serializers.requests import JudgementSerializer, KeyResultCorrectionSerializer
from okrs.serializers.writing import (
    KeyResultAdviceSerializer,
    KeyResultDraftSerializer,
    WrittenKeyResultSerializer,
    told_advice,
)
from portfolio.choices import ValueSource

KEY_RESULT = "0197a000-0000-7000-8000-000000000001"


class KeyResults(WrittenResource):
    """How we know that we are getting there: a metric with a shape, a baseline and a target."""

    model = KeyResult
    serializer_class = KeyResultSerializer
    permissions = {
        **WRITE,
        "explain": Permission.ORG_READ,
        "judge": Permission.OKR_WRITE,
        "correct": Permission.CYCLE_MANAGE,
        "weigh": Permission.OKR_DECIDE,
        "check": Permission.OKR_WRITE,
    }
    filters = {
        "objective": "objective_id",
        "cycle": "objective__cycle_id",
        "product": "objective__product_id",
        "team": "objective__team_id",
        "owner": "owner_id",
        "metric": "metric_id",
        "pace": "shown_pace",
        "source": "source",
    }
    bodies = {
        "create": (KeyResultSerializer, WrittenKeyResultSerializer),
        "partial_update": (KeyResultSerializer, WrittenKeyResultSerializer),
        "check": (KeyResultDraftSerializer, KeyResultAdviceSerializer),
        "explain": (None, KeyResultExplanationSerializer),
        "judge": (JudgementSerializer, KeyResultSerializer),
        "correct": (KeyResultCorrectionSerializer, KeyResultSerializer),
        "weigh": (None, KeyResultSerializer),
    }
    query_parameters = {"explain": MOMENT}
    # The one stores nothing, the other changes the links only.
    unguarded = ("check", "weigh")
    examples = {
        "check": {"title": "Launch the new pricing page", "objective": KEY_RESULT},
        "create": {
            "objective": KEY_RESULT,
            "title": "Days from sign-up to first sale",
            "unit": "0197a000-0000-7000-8000-000000000005",
            "shape": "from-to",
            "baseline": "14",
            "target": "7",
        },
        "partial_update": {"target": "6", "reason": "The pilot already reached 7."},
        "judge": {"final_score": "0.70"},
        "correct": {"final_score": "0.60", "reason": "The survey came in after the close."},
    }

    def visible(self) -> Any:
        return with_shown_pace(visible_key_results(self.access), timezone.now())

    def advice(self, pk: UUID) -> Advice:
        return advice_on_stored_key_result(pk)

    def check(self, request: Request) -> Response:
        """Have a draft read over: outcome or task, and what is missing. Nothing is stored."""
        draft = self.checked(KeyResultDraftSerializer, request)
        said = advice_on_key_result_draft(self.access, draft)
        return Response({**told_advice(said), "verdict": said.verdict.value})

    def perform_create(self, data: dict[str, Any]) -> KeyResult:
        data.pop("reason", None)
        return actions.create_key_result(self.access, data.pop("objective"), **data)

    def perform_edit(self, row: KeyResult, data: dict[str, Any], version: int) -> KeyResult:
        data.pop("unit", None)
        changes = changed(row, data, never=("objective", "metric"))
        return actions.edit_key_result(self.access, row, expected_version=version, **changes)

    def perform_archive(self, row: KeyResult, version: int | None) -> None:
        actions.archive_key_result(self.access, row, expected_version=version)

    def explain(self, request: Request, pk: UUID) -> Response:
        """The score with its arithmetic, its value and its source, now or at a past moment."""
        self.get_row(pk)
        key_result = key_results_with_place(self.access).get(pk=pk)
        moment = standing_moment(key_result, moment_in(request, self.access))
        then = key_results_at([key_result], moment)[pk]
        return Response(explained_key_result(key_result, then, moment))

    def judge(self, request: Request, pk: UUID) -> Response:
        """Set what it finally counts, while its cycle is closing."""
        row = self.get_row(pk)
        expected_version(request, row)
        body = self.checked(JudgementSerializer, request)
        cycles.judge_key_result(self.access, row, **body)
        return self.answer(pk)

    def correct(self, request: Request, pk: UUID) -> Response:
        """Correct the final score after the cycle was closed; a revision keeps both."""
        row = self.get_row(pk)
        expected_version(request, row)
        body = self.checked(KeyResultCorrectionSerializer, request)
        closing.correct_key_result(self.access, row, **body)
        return self.answer(pk)

    def weigh(self, request: Request, pk: UUID) -> Response:
        """Weigh the agreed contributions by their shares of the amounts, in percent."""
        weigh_by_share(self.access, self.get_row(pk))
        return self.answer(pk)


class KeyResultVersions(GoalResource):
    """The definitions of key results through time."""

    model = KeyResultVersion
    serializer_class = KeyResultVersionSerializer
    permissions = READ
    filters = {"key_result": "key_result_id"}
    key_results = ("key_result",)


class CheckIns(GoalResource):
    """What people said about key results, frozen as they said it."""

    model = CheckIn
    serializer_class = CheckInSerializer
    permissions = {**READ, "create": Permission.CHECK_IN_WRITE}
    filters = {"key_result": "key_result_id", "author": "author_id"}
    key_results = ("key_result",)
    examples = {
        "create": {
            "key_result": KEY_RESULT,
            "value": "9.5",
            "confidence": "0.7",
            "status": "on-track",
            "note": "The new import wizard saves a day.",
        }
    }

    def perform_create(self, data: dict[str, Any]) -> CheckIn:
        source = ValueSource.API if self.access.by_token else ValueSource.PERSON
        return check_ins.check_in(self.access, data.pop("key_result"), source=source, **data)


class Milestones(GoalResource):
    """Steps of key results of the milestones shape."""

    model = Milestone
    serializer_class = MilestoneSerializer
    permissions = {
        **WRITE,
        "create": Permission.CHECK_IN_WRITE,
        "partial_update": Permission.CHECK_IN_WRITE,
    }
    filters = {"key_result": "key_result_id"}
    key_results = ("key_result",)
    examples = {
        "create": {"key_result": KEY_RESULT, "title": "Pilot with five shops", "weight": "1"},
        "partial_update": {"done_on": "2026-11-20"},
    }

    def perform_create(self, data: dict[str, Any]) -> Milestone:
        return actions.save_milestone(self.access, data.pop("key_result"), **data)

    def perform_edit(self, row: Milestone, data: dict[str, Any], version: int) -> Milestone:
        changes = changed(row, data, never=("key_result",))
        return actions.save_milestone(
            self.access, row.key_result, milestone=row, expected_version=version, **changes
        )

    def perform_archive(self, row: Milestone, version: int | None) -> None:
        actions.archive_milestone(self.access, row)


class CountedItems(GoalResource):
    """Things that met the condition of a count."""

    model = CountedItem
    serializer_class = CountedItemSerializer
    permissions = {
        **READ,
        "create": Permission.CHECK_IN_WRITE,
        "partial_update": Permission.CHECK_IN_WRITE,
        "destroy": Permission.CHECK_IN_WRITE,
    }
    filters = {"key_result": "key_result_id"}
    key_results = ("key_result",)
    examples = {
        "create": {"key_result": KEY_RESULT, "name": "Payments", "met_on": "2026-11-03"},
        "partial_update": {"note": "612 active users"},
    }

    def perform_create(self, data: dict[str, Any]) -> CountedItem:
        return actions.save_counted_item(self.access, data.pop("key_result"), **data)

    def perform_edit(self, row: CountedItem, data: dict[str, Any], version: int) -> CountedItem:
        changes = changed(row, data, never=("key_result",))
        merged = {"name": row.name, "met_on": row.met_on, "note": row.note, **changes}
        return actions.save_counted_item(
            self.access, row.key_result, item=row, expected_version=version, **merged
        )

    def perform_archive(self, row: CountedItem, version: int | None) -> None:
        actions.archive_counted_item(self.access, row)


class Overrides(GoalResource):
    """Values that stand in for the automatic ones, with their reasons."""

    model = Override
    serializer_class = OverrideSerializer
    permissions = {**READ, "create": Permission.OKR_WRITE, "release": Permission.OKR_WRITE}
    filters = {"key_result": "key_result_id"}
    key_results = ("key_result",)
    bodies = {"release": (None, OverrideSerializer)}
    examples = {
        "create": {"key_result": KEY_RESULT, "value": "42", "reason": "The import counted twice."}
    }

    def perform_create(self, data: dict[str, Any]) -> Override:
        until = data.pop("until_at", None)
        return actions.set_override(self.access, data.pop("key_result"), until=until, **data)

    def release(self, request: Request, pk: UUID) -> Response:
        """End the override now; the automatic value is used again."""
        actions.release_override(self.access, self.get_row(pk))
        return self.answer(pk)


class SharedPlacements(GoalResource):
    """Key results shown, with a weight of their own, under objectives that are not their home."""

    model = SharedPlacement
    serializer_class = SharedPlacementSerializer
    permissions = ADD_AND_REMOVE
    filters = {"key_result": "key_result_id", "objective": "objective_id"}
    objectives = ("objective",)
    key_results = ("key_result",)
    examples = {
        "create": {
            "key_result": KEY_RESULT,
            "objective": "0197a000-0000-7000-8000-000000000006",
            "weight": "2",
        }
    }

    def perform_create(self, data: dict[str, Any]) -> SharedPlacement:
        return actions.share_key_result(
            self.access, data.pop("key_result"), data.pop("objective"), **{"weight": 1, **data}
        )

    def perform_archive(self, row: SharedPlacement, version: int | None) -> None:
        actions.unshare_key_result(self.access, row)


class ScorePoints(GoalResource):
    """The history of scores; ask for one key result, objective or unit."""

    model = ScorePoint
    serializer_class = ScorePointSerializer
    permissions = READ
    filters = {
        "key_result": "key_result_id",
        "objective": "objective_id",
        "unit_score": "unit_score_id",
    }

    def visible(self) -> Any:
        rows = ScorePoint.objects.all()
        hidden = self.access.units.hidden
        if hidden:
            for unit in ("portfolio", "product", "team"):
                for owner in ("objective", "key_result__objective", "unit_score"):
                    rows = rows.exclude(**{f"{owner}__{unit}_id__in": hidden})
        return rows


class UnitScores(GoalResource):
    """Stored roll-ups of units: what the dashboard reads."""

    model = UnitScore
    serializer_class = UnitScoreSerializer
    permissions = READ
    filters = {"cycle": "cycle_id", "portfolio": "portfolio_id", "product": "product_id"}

    def visible(self) -> Any:
        rows = UnitScore.objects.all()
        for unit in ("portfolio", "product", "team") if self.access.units.hidden else ():
            rows = rows.exclude(**{f"{unit}_id__in": self.access.units.hidden})
        return rows
