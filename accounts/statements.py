"""Reads whose SQL the ORM writes once.

Django takes as long to write a joined query as PostgreSQL to answer it, and pages that everybody
waits for ask the same ones every time. What differs from call to call is given as values: those
that the query was written with are recognised among its parameters and replaced, like the bound
organisation. Row security holds for these statements as for all others.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts.tenancy import current_organization_id

Value = UUID | datetime | date


@dataclass(frozen=True)
class Place:
    """Where a value goes, by its number; the organisation comes first."""

    number: int


@dataclass(frozen=True)
class Statement:
    text: str
    parameters: tuple[object, ...]

    def rows(self, *values: Value) -> list[dict[str, Any]]:
        """Rows of the bound organisation by column, for `values` in the order of `written`."""
        given = (current_organization_id(), *values)
        filled: list[Any] = [
            given[p.number] if isinstance(p, Place) else p for p in self.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.text, filled)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def written(rows: QuerySet[Any, Any], *values: Value, around: str = "{}") -> Statement:
    """The statement of `rows`, a query of plain values that was made with `values`.

    No two of `values` may be equal, nor equal to anything else in the query: give stand-ins that
    nobody else would. `around` is SQL with a place for the query. Raises `TypeError` when a column
    is not shown as the database has it, `EmptyResultSet` when nothing can be found.
    """
    compiler = rows.query.get_compiler(rows.db)
    text, parameters = compiler.as_sql()
    if any(hasattr(column.output_field, "from_db_value") for column, _, _ in compiler.select or ()):
        raise TypeError("a column of this query is not shown as the database has it")
    places: dict[object, object] = {
        value: Place(number) for number, value in enumerate((current_organization_id(), *values))
    }
    return Statement(
        around.replace("{}", text),
        tuple(places.get(p, p) if isinstance(p, Value) else p for p in parameters),
    )
