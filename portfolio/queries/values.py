"""Values of metrics: what was true at one moment, as known at another.

The rule is `okrs.scoring.value_at`; here the database applies it to many metrics at once, and
a property test compares the two.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.tenancy import current_organization_id
from portfolio.choices import ValueSource

# A row is withdrawn when an odd number of rows, each voiding the one before, hang on it: a row
# that voids a withdrawal brings the withdrawn value back. A value is voided at most once, so
# the rows form a chain; only those known at the moment asked for count.
WITHDRAWN_BY = """(
    WITH RECURSIVE chain AS (
        SELECT w.id, w.recorded_at FROM portfolio_metricvalue w
        WHERE w.organization_id = %(org)s AND w.voids_id = v.id AND w.recorded_at <= {known_at}
        UNION ALL
        SELECT w.id, w.recorded_at FROM chain c JOIN portfolio_metricvalue w
          ON w.organization_id = %(org)s AND w.voids_id = c.id AND w.recorded_at <= {known_at}
         AND (w.recorded_at, w.id) > (c.recorded_at, c.id)
    ) SELECT count(*) %% 2 = 1 FROM chain
)"""
KNOWN_BY = """
    v.organization_id = %(org)s AND v.effective_at <= {as_of} AND v.recorded_at <= {known_at}
"""
# Each row asks for a moment of its own, or the whole statement for one.
OF_EACH = {"as_of": "wanted.as_of", "known_at": "wanted.known_at"}
OF_ALL = {"as_of": "%(as_of)s", "known_at": "%(known_at)s"}
KNOWN, WITHDRAWN = KNOWN_BY.format(**OF_ALL), WITHDRAWN_BY.format(**OF_ALL)
NEWEST_FIRST = "ORDER BY v.effective_at DESC, v.recorded_at DESC, v.id DESC"
COLUMNS = "v.id, v.metric_id, v.value, v.effective_at, v.recorded_at, v.source, v.actor_id, v.note"
LATEST = f"""
    SELECT wanted.key, found.* FROM unnest(
        %(keys)s::uuid[], %(metrics)s::uuid[], %(as_of)s::timestamptz[], %(known_at)s::timestamptz[]
    ) AS wanted(key, metric_id, as_of, known_at) CROSS JOIN LATERAL (
        SELECT {COLUMNS} FROM portfolio_metricvalue v
        WHERE {KNOWN_BY.format(**OF_EACH)} AND v.metric_id = wanted.metric_id
          AND v.value IS NOT NULL AND NOT {WITHDRAWN_BY.format(**OF_EACH)}
        {NEWEST_FIRST} LIMIT 1
    ) found
"""  # noqa: S608 (made of constants)
LATEST_AT_ONCE = f"""
    SELECT found.* FROM unnest(%(metrics)s::uuid[]) AS wanted(metric_id) CROSS JOIN LATERAL (
        SELECT {COLUMNS} FROM portfolio_metricvalue v
        WHERE {KNOWN} AND v.metric_id = wanted.metric_id AND v.value IS NOT NULL
          AND NOT {WITHDRAWN}
        {NEWEST_FIRST} LIMIT 1
    ) found
"""  # noqa: S608 (made of constants)
STANDING = f"""
    SELECT {COLUMNS} FROM portfolio_metricvalue v
    WHERE {KNOWN} AND v.metric_id = ANY(%(metrics)s::uuid[]) AND v.value IS NOT NULL
      AND NOT {WITHDRAWN}
    {NEWEST_FIRST} LIMIT %(limit)s
"""  # noqa: S608 (made of constants)
LOG = f"""
    SELECT {COLUMNS}, v.voids_id, actor.name, {WITHDRAWN} FROM portfolio_metricvalue v
    LEFT JOIN accounts_member actor
      ON actor.organization_id = %(org)s AND actor.id = v.actor_id
    WHERE {KNOWN} AND v.metric_id = ANY(%(metrics)s::uuid[])
      AND (%(before)s::uuid IS NULL OR (v.recorded_at, v.id) < (
          SELECT b.recorded_at, b.id FROM portfolio_metricvalue b
          WHERE b.organization_id = %(org)s AND b.id = %(before)s::uuid))
    ORDER BY v.recorded_at DESC, v.id DESC LIMIT %(limit)s
"""  # noqa: S608 (made of constants)


@dataclass(frozen=True)
class RecordedValue:
    """A value that stands: nobody withdrew it."""

    id: UUID
    metric_id: UUID
    value: Decimal
    effective_at: datetime
    recorded_at: datetime
    source: str
    actor_id: UUID | None
    note: str

    def is_late(self, zone: ZoneInfo) -> bool:
        """Whether it was recorded on a later day than it was true."""
        return self.recorded_at.astimezone(zone).date() > self.effective_at.astimezone(zone).date()


@dataclass(frozen=True)
class Wanted:
    """A metric at a moment, asked for under a `key` of the asker's; None means no limit."""

    key: UUID
    metric_id: UUID
    as_of: datetime | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class LogEntry:
    """One row of a metric's log; without a value it only withdraws `voids_id`."""

    id: UUID
    metric_id: UUID
    value: Decimal | None
    effective_at: datetime
    recorded_at: datetime
    source: str
    actor_id: UUID | None
    note: str
    voids_id: UUID | None
    actor_name: str | None
    is_withdrawn: bool

    @property
    def source_label(self) -> str:
        return str(ValueSource(self.source).label)


def latest_values(
    metric_ids: Collection[UUID],
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> dict[UUID, RecordedValue]:
    """The value that held at `as_of` as known at `known_at`, by metric, in one statement.

    None means no limit. Metrics without such a value are left out.
    """
    if not metric_ids:
        return {}
    rows = rows_of(LATEST_AT_ONCE, metric_ids, as_of=as_of, known_at=known_at)
    return {found.metric_id: found for found in (RecordedValue(*row) for row in rows)}


def values_at(wanted: Collection[Wanted]) -> dict[UUID, RecordedValue]:
    """The value of each metric at a moment of its own, by key, in one statement."""
    if not wanted:
        return {}
    rows = selected(
        LATEST,
        keys=[one.key for one in wanted],
        metrics=[one.metric_id for one in wanted],
        as_of=[one.as_of or "infinity" for one in wanted],
        known_at=[one.known_at or "infinity" for one in wanted],
    )
    return {key: RecordedValue(*row) for key, *row in rows}


def standing_values(
    metric_id: UUID,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    limit: int = 500,
) -> list[RecordedValue]:
    """The course of a metric, oldest first: the newest `limit` values that were not withdrawn."""
    rows = rows_of(STANDING, [metric_id], as_of=as_of, known_at=known_at, limit=limit)
    return [RecordedValue(*row) for row in reversed(rows)]


def values_of(
    metric_id: UUID,
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[LogEntry]:
    """The log of a metric, newest recorded first, withdrawn rows and withdrawals included.

    `before` is the last row of the page before.
    """
    rows = rows_of(LOG, [metric_id], as_of=as_of, known_at=known_at, before=before, limit=limit)
    return [LogEntry(*row) for row in rows]


def rows_of(
    statement: str,
    metric_ids: Collection[UUID],
    *,
    as_of: datetime | None,
    known_at: datetime | None,
    **parameters: Any,
) -> list[tuple[Any, ...]]:
    return selected(
        statement,
        metrics=list(metric_ids),
        as_of=as_of or "infinity",
        known_at=known_at or "infinity",
        **parameters,
    )


def selected(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"org": current_organization_id(), **parameters})
        return list(cursor.fetchall())
