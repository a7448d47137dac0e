"""What the dashboard and the tree show, now or at a past moment."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from okrs.api.coverage import PlanView
from okrs.queries.dashboard import Board, BoardWish, ObjectiveLine, UnitLine, board, past_board
from okrs.queries.scope import Scope, filter_choices
from okrs.queries.tree import Goal, Graph, Link, graph_of

EVERYTHING = 100_000
SCORE: dict[str, Any] = {"max_digits": 12, "decimal_places": 10, "allow_null": True}


class OverviewSerializer(serializers.Serializer[Any]):
    """`is_final` says that the close of the cycle fixed the scores and was known by then."""

    cycle = serializers.UUIDField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    known_at = serializers.DateTimeField(allow_null=True)
    is_final = serializers.BooleanField()


class UnitFiguresSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="organization, portfolio or product")
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    score = serializers.DecimalField(**SCORE)
    objectives = serializers.IntegerField()
    key_results = serializers.IntegerField()
    reporting = serializers.IntegerField()
    on_track = serializers.IntegerField()
    behind = serializers.IntegerField()
    at_risk = serializers.IntegerField()
    outdated = serializers.IntegerField(
        allow_null=True, help_text="Not known of a past moment: null."
    )
    confidence = serializers.DecimalField(max_digits=2, decimal_places=1, allow_null=True)


class ObjectiveFiguresSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.CharField()
    portfolio = serializers.UUIDField(allow_null=True)
    product = serializers.UUIDField(
        allow_null=True, help_text="Its own product, or the one that owns its team."
    )
    score = serializers.DecimalField(**SCORE)
    reporting = serializers.IntegerField()
    counted = serializers.IntegerField()
    confidence = serializers.DecimalField(max_digits=2, decimal_places=1, allow_null=True)


class DashboardSerializer(OverviewSerializer):
    units = UnitFiguresSerializer(many=True)
    objectives = ObjectiveFiguresSerializer(many=True)


class GoalSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.CharField()
    tier = serializers.CharField()
    unit = serializers.CharField()
    score = serializers.DecimalField(**SCORE)


class GoalLinkSerializer(serializers.Serializer[Any]):
    child = serializers.UUIDField()
    parent = serializers.UUIDField()  # type: ignore[assignment]  # the name of the link
    kind = serializers.CharField()
    state = serializers.CharField()
    weight = serializers.DecimalField(max_digits=9, decimal_places=3, allow_null=True)
    key_result = serializers.CharField(help_text="Title of the one that is supported, or empty.")


class TreeSerializer(OverviewSerializer):
    goals = GoalSerializer(many=True)
    links = GoalLinkSerializer(many=True)
    links_assumed = serializers.IntegerField(
        help_text="Links whose history begins later, shown as they were when it began."
    )


class Dashboard(PlanView):
    """Every portfolio and product with its roll-up, and every objective with its score."""

    bodies: ClassVar = {"list": (None, DashboardSerializer)}

    def list(self, request: Request) -> Response:
        scope = self.scope(request)
        if scope is None:
            return Response({**told_scope(None), "units": [], "objectives": []})
        past = past_board(scope) if scope.is_past else None
        wish = BoardWish(
            since=scope.at,
            unfold_all=True,
            products=EVERYTHING,
            objectives=EVERYTHING,
            points=1,
            portfolios=filter_choices(self.access, scope.cycle).portfolios,
        )
        return Response({**told_scope(scope), **told_board(scope, board(scope, wish, past))})


class AlignmentTree(PlanView):
    """Every goal of the cycle with the links between them that are agreed or on offer."""

    bodies: ClassVar = {"list": (None, TreeSerializer)}

    def list(self, request: Request) -> Response:
        scope = self.scope(request)
        if scope is None:
            return Response({**told_scope(None), "goals": [], "links": [], "links_assumed": 0})
        return Response({**told_scope(scope), **told_graph(graph_of(scope))})


def told_scope(scope: Scope | None) -> dict[str, Any]:
    if scope is None:
        return {"cycle": None, "as_of": None, "known_at": None, "is_final": False}
    return {
        "cycle": scope.cycle.id,
        "as_of": scope.at,
        "known_at": scope.known_at,
        "is_final": scope.is_final,
    }


def told_board(scope: Scope, found: Board) -> dict[str, Any]:
    named = [("organization", found.organization), *(("portfolio", p) for p in found.portfolios)]
    units = [*named, *(("product", line) for line in found.products)]
    return {
        "units": [told_unit(scope, kind, line) for kind, line in units],
        "objectives": [told_line(line) for _, unit in units for line in unit.objectives],
    }


def told_unit(scope: Scope, kind: str, line: UnitLine) -> dict[str, Any]:
    figures, pace = line.figures, line.pace
    return {
        "kind": kind,
        "id": line.id,
        "name": line.name,
        "score": line.score,
        "objectives": figures.objectives if figures else 0,
        "key_results": pace.total,
        "reporting": figures.reporting if figures else 0,
        "on_track": pace.on_track,
        "behind": pace.behind,
        "at_risk": pace.at_risk,
        "outdated": None if scope.is_past else pace.outdated,
        "confidence": figures.confidence if figures else None,
    }


def told_line(line: ObjectiveLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "title": line.title,
        "state": line.state,
        "portfolio": line.portfolio_id,
        "product": line.product_id,
        "score": line.score,
        "reporting": line.reporting,
        "counted": line.counted,
        "confidence": line.confidence,
    }


def told_graph(graph: Graph) -> dict[str, Any]:
    return {
        "goals": [told_goal(goal) for goal in graph.goals.values()],
        "links": [told_link(link) for link in graph.links],
        "links_assumed": graph.past.guessed if graph.past else 0,
    }


def told_goal(goal: Goal) -> dict[str, Any]:
    names = ("id", "title", "state", "tier", "unit", "score")
    return {name: getattr(goal, name) for name in names}


def told_link(link: Link) -> dict[str, Any]:
    names = ("child", "parent", "kind", "state", "weight", "key_result")
    return {name: getattr(link, name) for name in names}
