"""Whether targets are covered by what is promised from below, and where a plan has holes."""

from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import TenantView
from accounts.permissions import Permission
from okrs.api.base import MOMENT, moment_in
from okrs.models import Dependency
from okrs.queries.dependencies import DependencyFilters, list_dependencies
from okrs.queries.gaps import Gaps, Target, gaps_of
from okrs.queries.scope import Scope, chosen_cycle, cycle_choices
from okrs.queries.tree import Goal, graph_of
from okrs.queries.waiting import Ranked, ranked

AMOUNT: dict[str, Any] = {"max_digits": 30, "decimal_places": 10}


class CoverageSerializer(serializers.Serializer[Any]):
    """Changes in the unit of the key result; negative where its target lies below its baseline."""

    key_result = serializers.UUIDField()
    objective = serializers.UUIDField()
    title = serializers.CharField()
    unit = serializers.CharField()
    needed = serializers.DecimalField(**AMOUNT)
    agreed = serializers.DecimalField(**AMOUNT)
    offered = serializers.DecimalField(**AMOUNT)
    missing = serializers.DecimalField(**AMOUNT)
    missing_after_offers = serializers.DecimalField(**AMOUNT)
    beyond = serializers.DecimalField(**AMOUNT)


class CoveragesSerializer(serializers.Serializer[Any]):
    results = CoverageSerializer(many=True)


class GapSerializer(serializers.Serializer[Any]):
    gap = serializers.CharField(
        help_text="unserved-objective, unaligned-objective, unserved-key-result or shortfall"
    )
    objective = serializers.UUIDField()
    key_result = serializers.UUIDField(allow_null=True)
    title = serializers.CharField()
    missing = serializers.DecimalField(allow_null=True, **AMOUNT)
    unit = serializers.CharField()


class GapsSerializer(serializers.Serializer[Any]):
    results = GapSerializer(many=True)


class HurtSerializer(serializers.Serializer[Any]):
    dependency = serializers.UUIDField()
    title = serializers.CharField()
    hurt = serializers.DecimalField(max_digits=20, decimal_places=6)
    criticality = serializers.DecimalField(max_digits=3, decimal_places=2)
    lateness = serializers.DecimalField(max_digits=8, decimal_places=6)
    days_late = serializers.IntegerField()
    trouble = serializers.CharField()
    waiting = serializers.ListField(child=serializers.UUIDField())


class HurtsSerializer(serializers.Serializer[Any]):
    results = HurtSerializer(many=True)


class PlanView(TenantView):
    """A list over one cycle, whole: the one that runs unless `?cycle=` names another.

    `?as_of=` and `?known_at=` show it as it was at a past moment.
    """

    permissions: ClassVar = {"list": Permission.ORG_READ}
    query_parameters: ClassVar = {"list": ("cycle", *MOMENT)}

    def scope(self, request: Request) -> Scope | None:
        """The cycle at the moment asked for; None while there is no cycle."""
        text = request.query_params.get("cycle", "")
        try:
            wanted = UUID(text) if text else None
        except ValueError:
            raise exceptions.ValidationError({"cycle": ["This is not a valid value."]}) from None
        now, moment = timezone.now(), moment_in(request, self.access)
        day = moment.day(ZoneInfo(self.access.organization.time_zone))
        cycle = chosen_cycle(cycle_choices(), wanted, day, is_past=moment.is_past)
        if cycle is None or (wanted is not None and cycle.id != wanted):
            if wanted is None:
                return None
            raise exceptions.ValidationError({"cycle": ["There is no such cycle."]})
        at = moment.as_of if moment.is_past else now
        return Scope(access=self.access, cycle=cycle, now=now, at=at, known_at=moment.known_at)

    def gaps(self, request: Request) -> Gaps:
        scope = self.scope(request)
        return gaps_of(graph_of(scope)) if scope else Gaps()


class Coverage(PlanView):
    """For every key result to which something is added up: needed, agreed, offered, missing."""

    bodies: ClassVar = {"list": (None, CoveragesSerializer)}

    def list(self, request: Request) -> Response:
        found = self.gaps(request).covered
        return Response({"results": [told_coverage(row) for row in found]})


class AlignmentGaps(PlanView):
    """Goals that nobody serves, goals that serve nothing, and targets that are not covered."""

    bodies: ClassVar = {"list": (None, GapsSerializer)}

    def list(self, request: Request) -> Response:
        return Response({"results": told_gaps(self.gaps(request))})


class DependencyRanking(TenantView):
    """Promises that stand, what hurts most first: criticality × lateness × what waits for it."""

    permissions: ClassVar = {"list": Permission.ORG_READ}
    bodies: ClassVar = {"list": (None, HurtsSerializer)}

    def list(self, request: Request) -> Response:
        today = timezone.localdate()
        rows: Any = list_dependencies(self.access, DependencyFilters(), today)
        return Response({"results": [told_hurt(r) for r in ranked(self.access, rows, today)]})


def told_coverage(row: Target) -> dict[str, Any]:
    given = row.coverage
    assert given is not None  # noqa: S101 (`covered` are those that have one)
    return {
        "key_result": row.id,
        "objective": row.goal.id,
        "title": row.title,
        "unit": row.unit,
        "needed": given.needed,
        "agreed": given.agreed,
        "offered": given.offered,
        "missing": given.missing,
        "missing_after_offers": given.missing_after_offers,
        "beyond": given.beyond,
    }


def told_gaps(gaps: Gaps) -> list[dict[str, Any]]:
    return [
        *(told_goal("unserved-objective", goal) for goal in gaps.unserved),
        *(told_goal("unaligned-objective", goal) for goal in gaps.unaligned),
        *(told_target("unserved-key-result", row) for row in gaps.unserved_targets),
        *(told_target("shortfall", row) for row in gaps.shortfalls),
    ]


def told_goal(gap: str, goal: Goal) -> dict[str, Any]:
    return {
        "gap": gap,
        "objective": goal.id,
        "key_result": None,
        "title": goal.title,
        "missing": None,
        "unit": "",
    }


def told_target(gap: str, row: Target) -> dict[str, Any]:
    return {
        "gap": gap,
        "objective": row.goal.id,
        "key_result": row.id,
        "title": row.title,
        "missing": row.coverage.missing if row.coverage else None,
        "unit": row.unit,
    }


def told_hurt(line: Ranked) -> dict[str, Any]:
    row: Dependency = line.dependency
    return {
        "dependency": row.pk,
        "title": row.title,
        "hurt": line.hurt.amount,
        "criticality": line.hurt.criticality,
        "lateness": round(line.hurt.lateness, 6),
        "days_late": line.hurt.days_late,
        "trouble": line.hurt.trouble.value,
        "waiting": line.waiting,
    }
