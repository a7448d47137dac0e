"""Reads of an overview that are the same for everybody who looks at a whole cycle as it is now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from accounts.access import Access
from accounts.statements import Statement, Value, written
from okrs.queries.scope import Scope

Build = Callable[..., QuerySet[Any, Any]]
Read = Callable[..., list[dict[str, Any]]]
# Moments that no query holds by chance.
NEVER = tuple(datetime(1900, 1, day, 12, tzinfo=UTC) for day in range(1, 8))


def written_once(*, around: str = "{}") -> Callable[[Build], Read]:
    """A query by scope and moments, as plain values, becomes its rows by column.

    For plain scopes the ORM writes its SQL at the first call only; filters, hidden units and past
    moments change the statement, so for these it is written each time. `around` is as in
    `accounts.statements.written`.
    """

    def decorate(build: Build) -> Read:
        kept: list[Statement] = []

        @wraps(build)
        def rows(scope: Scope, *moments: datetime) -> list[dict[str, Any]]:
            if not scope.is_plain:
                return rows_at_once(build(scope, *moments), around)
            if not kept:
                present, *others = NEVER[: 1 + len(moments)]
                stand_in = of_nobody(scope, present)
                query = build(stand_in, *others)
                kept.append(written(query, *values_of(stand_in), *others, around=around))
            return kept[0].rows(*values_of(scope), *moments)

        return rows

    return decorate


def rows_at_once(query: QuerySet[Any, Any], around: str) -> list[dict[str, Any]]:
    try:
        return written(query, around=around).rows()
    except EmptyResultSet:
        return []


def of_nobody(scope: Scope, now: datetime) -> Scope:
    """A scope for a cycle and a day that no other value of a query is equal to.

    What is kept is sent for everybody, so a query that asks who the reader is, and of what, fails.
    """
    anybody: Any = SimpleNamespace(organization=scope.access.organization)
    nothing: Any = SimpleNamespace(hidden=frozenset())
    cycle = replace(scope.cycle, id=uuid4())
    return replace(scope, access=Access(anybody, nothing), cycle=cycle, now=now, at=now)


def values_of(scope: Scope) -> tuple[Value, ...]:
    """All that tells one plain scope from another, apart from the organisation."""
    return (scope.cycle.id, scope.now, scope.today)
