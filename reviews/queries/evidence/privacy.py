"""Whose privacy a line of evidence shares."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from governance.queries.records import Kind


def units_named(
    rows: QuerySet[Any], kinds: Iterable[Kind], *, by: str
) -> dict[UUID, frozenset[UUID]]:
    """The units that own what touches name, under the id in their column `by`; one statement."""
    names = [f"{kind.key}__{unit}" for kind in kinds for unit in kind.units]
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for key, *units in rows.order_by().values_list(by, *names):
        found[key].update(unit for unit in units if unit)
    return {key: frozenset(units) for key, units in found.items()}
