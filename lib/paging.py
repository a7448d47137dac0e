"""Long lists a page at a time, by the key of the last row seen, so no page is slow."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
PARAMETER = "after"


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next_url: str | None
    is_first: bool

    def fragment(self, name: str) -> str | None:
        """The fragment of rows that a "more" link asks for; None for the page itself."""
        return None if self.is_first else name


def page_of(
    rows: QuerySet[Row], request: HttpRequest, *, by: Sequence[str], size: int = 50
) -> Page[Row]:
    """The rows behind the request's cursor, ordered `by` columns that are unique together.

    All of `by` run the same way, as in ("name", "id") or ("-at", "-id"). Raises
    `SuspiciousOperation` for a cursor that is not one of ours.
    """
    cursor = request.GET.get(PARAMETER)
    rows = rows.order_by(*by)
    if cursor:
        rows = rows.filter(behind(rows.model, by, read_cursor(cursor)))
    found = list(rows[: size + 1])
    page = found[:size]
    next_url = url_behind(request, by, page[-1]) if len(found) > size else None
    return Page(page, next_url, is_first=not cursor)


def url_behind(request: HttpRequest, by: Sequence[str], last: Model) -> str:
    values = [str(getattr(last, column.removeprefix("-"))) for column in by]
    query = request.GET.copy()
    query[PARAMETER] = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    return f"{request.path}?{query.urlencode()}"


def read_cursor(cursor: str) -> list[str]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error):
        raise SuspiciousOperation("an unreadable cursor") from None
    if not isinstance(values, list):
        raise SuspiciousOperation("a cursor of another form")
    return [str(value) for value in values]


def behind(model: type[Model], by: Sequence[str], values: list[str]) -> Q:
    """Rows that follow the one with `values` in the order `by`."""
    if len(values) != len(by):
        raise SuspiciousOperation("a cursor of another list")
    condition, equal = Q(), Q()
    for column, text in zip(by, values, strict=True):
        name = column.removeprefix("-")
        value = parsed(model, name, text)
        step = "lt" if column.startswith("-") else "gt"
        condition |= equal & Q(**{f"{name}__{step}": value})
        equal &= Q(**{name: value})
    return condition


def parsed(model: type[Model], name: str, text: str) -> Any:
    try:
        return model._meta.get_field(name).to_python(text)  # type: ignore[union-attr]
    except ValidationError:
        raise SuspiciousOperation("a cursor with another kind of value") from None
