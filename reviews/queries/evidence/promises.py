"""Are dependencies holding? Promises that the unit waits for, or that others wait for."""

from datetime import date
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from okrs.choices import DependencyState
from okrs.models import Dependency, DependencyMove
from okrs.queries.dependencies import visible_dependencies
from okrs.queries.waiting import Ranked, ranked
from reviews import evidence
from reviews.evidence import Dependencies, DependencyLine
from reviews.queries.evidence.reach import Reach

D = DependencyState


def dependencies(reach: Reach) -> Dependencies:
    """What hurts most first; what was kept counts since the last review. Four statements."""
    kept = DependencyMove.objects.filter(dependency=OuterRef("pk"), to_state=D.DELIVERED)
    rows = (
        visible_dependencies(reach.access)
        .filter(of_the_cycle(reach), around(reach), archived_at=None)
        .exclude(state=D.WITHDRAWN)
        .annotate(kept_at=Subquery(kept.order_by("-at").values("at")[:1]))
        .exclude(state=D.DELIVERED, kept_at__lt=reach.since)
    )
    found = ranked(reach.access, rows, reach.today)
    lines = (line_of(row, reach.today) for row in found)
    return Dependencies(lines=tuple(line for line in lines if line is not None))


def of_the_cycle(reach: Reach) -> Q:
    """Needed by a goal of the cycle, or by work within its days."""
    cycle = reach.cycle
    return Q(needer_key_result__objective__cycle=cycle) | Q(
        needer_initiative__isnull=False,
        needed_by__gte=cycle.starts_on,
        needed_by__lte=cycle.ends_on,
    )


def around(reach: Reach) -> Q:
    return (
        reach.covered("needer_key_result__objective__")
        | Q(needer_initiative__product__in=list(reach.products))
        | Q(needer_initiative__team__in=reach.team_ids)
        | Q(provider_product__in=list(reach.products))
        | Q(provider_team__in=reach.team_ids)
    )


def line_of(row: Ranked, today: date) -> DependencyLine | None:
    promise = row.dependency
    verdict = evidence.verdict_of(promise.state, promise.needed_by, promise.promised_by, today)
    if verdict is None:
        return None
    return DependencyLine(
        page="okrs:dependency",
        argument=str(promise.pk),
        title=promise.title,
        units=units_of(promise),
        verdict=verdict,
        needer=needer_of(promise),
        provider=str(promise.provider_product or promise.provider_team),
        needed_by=promise.needed_by,
        promised_by=promise.promised_by,
        hurt=row.hurt.amount,
        reach=row.hurt.reach,
    )


def needer_of(promise: Dependency) -> str:
    """The unit that waits."""
    if promise.needer_key_result is not None:
        return str(promise.needer_key_result.objective.unit or "the organisation")
    assert promise.needer_initiative is not None  # noqa: S101 (the database holds one of the two)
    return str(promise.needer_initiative.product)


def units_of(promise: Dependency) -> frozenset[UUID]:
    goal = promise.needer_key_result.objective if promise.needer_key_result else None
    work = promise.needer_initiative
    return evidence.of_units(
        goal.unit_id if goal else None,
        work.product_id if work else None,
        work.team_id if work else None,
        promise.provider_product_id,
        promise.provider_team_id,
    )
