"""Long lists, a page at a time."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
PAGE = 100


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page; `last_id` leads to the next one and is None on the last."""

    rows: list[Row]
    last_id: Any


def page_by_name(rows: QuerySet[Row], after: str) -> Page[Row]:
    """The rows that follow the row with id `after` (empty: the first) in order of (name, id)."""
    if after:
        name = rows.model._default_manager.filter(pk=after).values("name")  # noqa: SLF001
        rows = rows.filter(Q(name__gt=name) | Q(name=name, pk__gt=after))
    found = list(rows[: PAGE + 1])
    more = len(found) > PAGE
    return Page(found[:PAGE], found[PAGE - 1].pk if more else None)
