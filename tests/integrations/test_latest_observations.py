"""The observation that held: the right one of any history, read without the rest of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.fields import new_id
from accounts.tenancy import tenant
from integrations.models import Link, SyncRun
from integrations.queries.counted import latest_observations
from tests.factories.integrations import LinkFactory, SyncRunFactory
from tests.personas import World, make_world

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
INSERT = """
    INSERT INTO integrations_observation (id, organization_id, created_at, link_id, run_id, line,
        effective_at, recorded_at, done, items_done, items_total, left_out, unestimated)
    VALUES (%s, %s, now(), %s, %s, %s, %s, %s, 1, 1, 2, 0, 0)
"""
MET = """
    SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
    WHERE relname = 'integrations_observation'
"""
LONG = 2000
PRESENT_LINE = 2


def at(hour: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


@dataclass(frozen=True)
class Told:
    link: UUID
    line: int
    effective_at: datetime
    recorded_at: datetime
    id: UUID

    @property
    def line_and_times(self) -> tuple[int, datetime, datetime]:
        return self.line, self.effective_at, self.recorded_at


@dataclass(frozen=True)
class Links:
    world: World
    links: list[Link]
    run: SyncRun

    def load(self, rows: list[Told]) -> None:
        """Put `rows` in the place of the history; only the owner may set when it was recorded."""
        organization = self.world.organization.pk
        with connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM integrations_observation")
            cursor.executemany(
                INSERT,
                [(it.id, organization, it.link, self.run.pk, *it.line_and_times) for it in rows],
            )

    def latest(self, **limits: Any) -> dict[UUID, UUID]:
        with tenant(self.world.organization.pk), transaction.atomic():
            found = latest_observations(self.links, **limits)
        return {link: row.pk for link, row in found.items()}

    def rows_met(self, **limits: Any) -> int:
        with tenant(self.world.organization.pk), transaction.atomic():
            assert len(latest_observations(self.links, **limits)) == len(self.links)
            with connection.cursor() as cursor:
                cursor.execute(MET)
                return int(cursor.fetchone()[0])


@pytest.fixture
def three() -> Links:
    with transaction.atomic():
        world = make_world("Acme")
    with tenant(world.organization.pk), transaction.atomic():
        first = LinkFactory.create(line=PRESENT_LINE)
        others = [LinkFactory.create(source=first.source, line=PRESENT_LINE) for _ in range(2)]
        run = SyncRunFactory.create(connection=first.source.connection)
    return Links(world, [first, *others], run)


def expected(
    rows: list[Told], *, as_of: datetime | None, known_at: datetime | None, present_line: bool
) -> dict[UUID, UUID]:
    """By going through the whole history."""
    fitting = [
        it
        for it in rows
        if (as_of is None or it.effective_at <= as_of)
        and (known_at is None or it.recorded_at <= known_at)
        and (not present_line or it.line == PRESENT_LINE)
    ]
    in_order = sorted(fitting, key=lambda it: (it.effective_at, it.recorded_at, it.id))
    return {it.link: it.id for it in in_order}


def test_it_is_the_one_that_going_through_the_whole_history_finds(three: Links) -> None:
    hours = st.integers(0, 4).map(at)
    told = st.builds(
        Told,
        link=st.sampled_from([link.pk for link in three.links]),
        line=st.integers(1, PRESENT_LINE),
        effective_at=hours,
        recorded_at=hours,
        id=st.builds(new_id),
    )
    moments = st.none() | st.integers(-1, 5).map(at)

    @settings(max_examples=150, deadline=None)
    @given(rows=st.lists(told, max_size=12), as_of=moments, known_at=moments, line=st.booleans())
    def agree(
        rows: list[Told], as_of: datetime | None, known_at: datetime | None, *, line: bool
    ) -> None:
        three.load(rows)
        limits: dict[str, Any] = {"as_of": as_of, "known_at": known_at, "present_line": line}
        assert three.latest(**limits) == expected(rows, **limits)

    agree()


def test_of_no_links_nothing_is_asked(three: Links) -> None:
    assert latest_observations([]) == {}


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"present_line": True},
        {"as_of": at(LONG // 2)},
        {"known_at": at(LONG // 2)},
        {"as_of": at(LONG // 2), "known_at": at(LONG // 3), "present_line": True},
    ],
    ids=["now", "present line", "as of", "known at", "all limits"],
)
def test_of_a_long_history_a_row_or_two_of_each_link_are_read(
    three: Links, limits: dict[str, Any]
) -> None:
    three.load(
        [
            Told(link.pk, PRESENT_LINE, at(hour), at(hour), new_id())
            for link in three.links
            for hour in range(LONG)
        ]
    )
    assert three.rows_met(**limits) <= 2 * len(three.links)
