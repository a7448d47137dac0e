"""Where a plan has holes: goals nobody serves, goals that serve nothing, targets not covered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from okrs import scoring
from okrs.choices import LinkState
from okrs.models import (
    Contribution,
    ContributionPast,
    InitiativeKeyResult,
    KeyResult,
    ObjectiveSupport,
    SharedPlacement,
    SupportPast,
)
from okrs.queries.coverage import coverages, coverages_then
from okrs.queries.remembered import said_at
from okrs.queries.replay import PastGoals
from okrs.queries.tree import TOP_KINDS, Goal, Graph, agreed_to


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
    """Four queries beside those of the graph; of a past moment nine."""
    shown = [goal.id for goal in graph.matched]
    rows = KeyResult.objects.filter(objective__in=shown, archived_at=None)
    if graph.past is not None:
        rows = KeyResult.objects.filter(pk__in=own_then(graph.past, shown))
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
    rows = unworked_then(graph.past, shown) if graph.past else unworked()
    rows = rows.filter(
        objective__in=shown,
        objective__tier__kind__in=TOP_KINDS,
    )
    found = rows.order_by("id").values_list(
        "id", "title", "objective_id", "metric__unit__symbol", "metric__unit__name"
    )
    return [
        Target(id=pk, title=title, goal=graph.goals[goal], unit=symbol or name)
        for pk, title, goal, symbol, name in found
    ]


def unworked() -> QuerySet[KeyResult]:
    agreed = Q(archived_at=None, state=LinkState.AGREED)
    return KeyResult.objects.filter(
        ~Exists(Contribution.objects.filter(agreed, parent=OuterRef("pk"))),
        ~Exists(ObjectiveSupport.objects.filter(agreed, key_result=OuterRef("pk"))),
        ~Exists(InitiativeKeyResult.objects.filter(archived_at=None, key_result=OuterRef("pk"))),
        ~Exists(SharedPlacement.objects.filter(archived_at=None, key_result=OuterRef("pk"))),
        archived_at=None,
    )


def own_then(past: PastGoals, objectives: Iterable[UUID]) -> list[UUID]:
    return [pk for objective in objectives for pk in past.own.get(objective, ())]


def unworked_then(past: PastGoals, objectives: Iterable[UUID]) -> QuerySet[KeyResult]:
    """As `unworked`, at a past moment; work counts from when it was tied to when it was untied."""
    own, at = own_then(past, objectives), past.moment.decided_by
    worked = {row.key_result_id for row in past.placements}
    worked |= set(agreed_to(said_at(ContributionPast, at, parent_id__in=own), "parent_id"))
    worked |= set(agreed_to(said_at(SupportPast, at, key_result_id__in=own), "key_result_id"))
    tied = InitiativeKeyResult.objects.filter(
        Q(archived_at=None) | Q(archived_at__gt=at), created_at__lte=at, key_result=OuterRef("pk")
    )
    return KeyResult.objects.filter(~Exists(tied), pk__in=set(own) - worked)


def covered(graph: Graph, rows: QuerySet[KeyResult]) -> list[Target]:
    """Key results to which something is added up, with their coverage; three queries,
    at a past moment six."""
    past = graph.past
    found = coverages_then(list(rows), past.then, past.moment) if past else coverages(rows)
    named = KeyResult.objects.filter(pk__in=list(found)).values_list(
        "id", "title", "objective_id", "metric__unit__symbol", "metric__unit__name"
    )
    order = {pk: place for place, pk in enumerate(graph.goals)}
    targets = [
        Target(id=pk, title=title, goal=graph.goals[goal], unit=symbol or name, coverage=found[pk])
        for pk, title, goal, symbol, name in named
    ]
    return sorted(targets, key=lambda row: (order[row.goal.id], row.id))
