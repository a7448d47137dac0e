"""Where a plan has holes: goals nobody serves, goals that serve nothing, targets not covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from okrs import scoring
from okrs.choices import LinkState
from okrs.models import (
    Contribution,
    InitiativeKeyResult,
    KeyResult,
    ObjectiveSupport,
    SharedPlacement,
)
from okrs.queries.coverage import coverages
from okrs.queries.tree import TOP_KINDS, Goal, Graph


@dataclass(frozen=True, kw_only=True)
class Target:
    """A key result of a goal that is shown; `unit` is the sign beside its numbers."""

    id: UUID
    title: str
    goal: Goal
    unit: str
    coverage: scoring.TargetCoverage | None = None


@dataclass(frozen=True)
class Gaps:
    """All of one cycle, as far as the filters and the member's rights reach."""

    unserved: Sequence[Goal] = ()
    unaligned: Sequence[Goal] = ()
    unserved_targets: Sequence[Target] = ()
    # Key results to which something is added up, in the order of their goals.
    covered: Sequence[Target] = ()

    @property
    def shortfalls(self) -> list[Target]:
        return [row for row in self.covered if row.coverage is not None and row.coverage.is_short]

    def goals(self) -> set[UUID]:
        """Every goal with a gap of its own or of one of its key results."""
        targets = [*self.unserved_targets, *self.shortfalls]
        return {goal.id for goal in [*self.unserved, *self.unaligned]} | {
            row.goal.id for row in targets
        }


def gaps_of(graph: Graph) -> Gaps:
    """Four queries beside those of the graph."""
    shown = [goal.id for goal in graph.goals.values() if goal.id in graph.matches]
    rows = KeyResult.objects.filter(objective__in=shown, archived_at=None)
    return Gaps(
        unserved=[goal for goal in graph.unserved() if goal.id in graph.matches],
        unaligned=[goal for goal in graph.unaligned() if goal.id in graph.matches],
        unserved_targets=unserved_targets(graph, shown),
        covered=covered(graph, rows),
    )


def unserved_targets(graph: Graph, shown: Sequence[UUID]) -> list[Target]:
    """Key results of the highest tiers that no agreed contribution or support, no initiative and no
    other objective works on; one query.
    """
    agreed = Q(archived_at=None, state=LinkState.AGREED)
    rows = KeyResult.objects.filter(
        ~Exists(Contribution.objects.filter(agreed, parent=OuterRef("pk"))),
        ~Exists(ObjectiveSupport.objects.filter(agreed, key_result=OuterRef("pk"))),
        ~Exists(InitiativeKeyResult.objects.filter(archived_at=None, key_result=OuterRef("pk"))),
        ~Exists(SharedPlacement.objects.filter(archived_at=None, key_result=OuterRef("pk"))),
        objective__in=shown,
        objective__tier__kind__in=TOP_KINDS,
        archived_at=None,
    )
    found = rows.order_by("id").values_list(
        "id", "title", "objective_id", "metric__unit__symbol", "metric__unit__name"
    )
    return [
        Target(id=pk, title=title, goal=graph.goals[goal], unit=symbol or name)
        for pk, title, goal, symbol, name in found
    ]


def covered(graph: Graph, rows: QuerySet[KeyResult]) -> list[Target]:
    """Key results to which something is added up, with their coverage; three queries."""
    found = coverages(rows)
    named = KeyResult.objects.filter(pk__in=list(found)).values_list(
        "id", "title", "objective_id", "metric__unit__symbol", "metric__unit__name"
    )
    order = {pk: place for place, pk in enumerate(graph.goals)}
    targets = [
        Target(id=pk, title=title, goal=graph.goals[goal], unit=symbol or name, coverage=found[pk])
        for pk, title, goal, symbol, name in named
    ]
    return sorted(targets, key=lambda row: (order[row.goal.id], row.id))
