"""What revisions of closed cycles fixed, as it stood when some of them were known."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from okrs.models import ClosedKeyResult, ClosedObjective, ClosedUnit


def frozen_key_results(
    ids: Collection[UUID], day: date, known_at: datetime | None
) -> dict[UUID, ClosedKeyResult]:
    """The latest known row of each key result whose cycle was over on `day`; one query."""
    rows = ClosedKeyResult.objects.filter(over_and_known(day, known_at), key_result__in=ids)
    latest = rows.order_by("key_result_id", "-revision__number").distinct("key_result_id")
    return {row.key_result_id: row for row in latest}


def frozen_objectives(
    ids: Collection[UUID], day: date, known_at: datetime | None
) -> dict[UUID, ClosedObjective]:
    """As `frozen_key_results`."""
    rows = ClosedObjective.objects.filter(over_and_known(day, known_at), objective__in=ids)
    latest = rows.order_by("objective_id", "-revision__number").distinct("objective_id")
    return {row.objective_id: row for row in latest}


def over_and_known(day: date, known_at: datetime | None) -> Q:
    over = Q(revision__cycle__ends_on__lte=day)
    return over if known_at is None else over & Q(revision__recorded_at__lte=known_at)


def frozen_units(cycle: UUID, day: date, known_at: datetime | None) -> list[ClosedUnit]:
    """The latest known row of each unit and tier of a cycle that was over; one query."""
    rows = ClosedUnit.objects.filter(over_and_known(day, known_at), revision__cycle=cycle)
    unit = ("tier_id", "portfolio_id", "product_id", "team_id")
    return list(rows.order_by(*unit, "-revision__number").distinct(*unit))
