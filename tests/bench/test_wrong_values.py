"""A job that stores or shows a wrong value does not get as far as being timed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import Value
from django.utils import timezone

from bench.database import connect
from bench.harness import WrongResult, check
from bench.jobs.whole_sync import compare, measure_sync
from bench.run import CONTESTS
from bench.world import World
from integrations.choices import RunState
from integrations.models import SyncRun
from okrs.api import key_results as api
from tests.bench.conftest import planted

# What the product writes, bent on its way into a table; the floor writes as the owner.
OF_A_CHECK_IN = {
    "its value": ("INSERT", "portfolio_metricvalue", "NEW.value := NEW.value + 1"),
    "its word": ("INSERT", "okrs_checkin", "NEW.confidence := 0.1"),
    "the score": ("UPDATE", "okrs_keyresult", "NEW.score := 0.123"),
    "the history of scores": ("INSERT", "okrs_scorepoint", "NEW.score := 0.123"),
}
BENT = {
    "the estimate of an issue": (
        "P9", "INSERT", "integrations_synceditem", "NEW.points := NEW.points + 1"
    ),
    "the category of an issue": (
        "P9", "INSERT", "integrations_synceditem", "NEW.category := 'todo'"
    ),
    "when a known issue changed": (
        "P10", "UPDATE", "integrations_synceditem",
        "NEW.remote_updated_at := OLD.remote_updated_at",
    ),
    "when an issue was done": (
        "P11", "INSERT", "integrations_synceditem", "NEW.completed_at := NULL"
    ),
    "what a link amounts to": (
        "P11", "INSERT", "integrations_observation", "NEW.done := NEW.done - 1"
    ),
    "scores after many values": ("P13", "UPDATE", "okrs_keyresult", "NEW.score := 0.123"),
    "scores after few values": ("P14", "UPDATE", "okrs_objective", "NEW.score := 0.123"),
}  # fmt: skip


@contextmanager
def bent(event: str, table: str, act: str) -> Iterator[None]:
    function = (
        f"CREATE FUNCTION bend() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {act}; RETURN NEW; END $$"
    )
    trigger = (
        f"CREATE TRIGGER zz_bend BEFORE {event} ON {table} FOR EACH ROW "
        "WHEN (current_user = 'flotilla_app') EXECUTE FUNCTION bend()"
    )
    with planted(f"{function}; {trigger}", "DROP FUNCTION bend() CASCADE"):
        yield


@pytest.mark.parametrize("planting", OF_A_CHECK_IN)
def test_a_wrong_value_that_a_check_in_stored_is_found(worn: World, planting: str) -> None:
    # Twice, so that the next value is another one than stands: else no score moves.
    send = CONTESTS["P8"](worn).job()
    for _ in range(2):
        send()
    with bent(*OF_A_CHECK_IN[planting]), pytest.raises(WrongResult):
        check(CONTESTS["P8"](worn))


@pytest.mark.parametrize("planting", BENT)
def test_a_wrong_stored_value_is_found(worn: World, planting: str) -> None:
    name, event, table, act = BENT[planting]
    with bent(event, table, act), pytest.raises(WrongResult):
        check(CONTESTS[name](worn))


@pytest.mark.parametrize("name", ["P1", "P2", "P4"])
def test_a_wrong_figure_of_a_product_is_found(worn: World, name: str) -> None:
    wrong = "UPDATE okrs_unitscore SET behind = behind {} 1 WHERE product_id IS NOT NULL"
    contest = CONTESTS[name](worn)
    with planted(wrong.format("+"), wrong.format("-")), pytest.raises(WrongResult):
        check(contest)


@pytest.mark.parametrize("name", ["P5", "P7"])
def test_a_wrong_value_in_a_page_of_the_api_is_found(
    worn: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(rows: Any, _now: Any) -> Any:
        return rows.annotate(shown_pace=Value("on-track"))

    monkeypatch.setattr(api, "with_shown_pace", wrong)
    with pytest.raises(WrongResult):
        check(CONTESTS[name](worn))


@pytest.fixture
def at_rest(worn: World) -> World:
    """Without the runs of jobs before: an organisation's wait until there are few at work."""
    with worn.largest.bound():
        running = SyncRun.objects.filter(state=RunState.RUNNING)
        running.update(state=RunState.CANCELLED, finished_at=timezone.now())
    return worn


def test_a_wrong_time_of_a_whole_sync_is_found(at_rest: World) -> None:
    late = "NEW.remote_updated_at := NEW.remote_updated_at + interval '1 second'"
    with (
        bent("INSERT", "integrations_synceditem", late),
        pytest.raises(WrongResult, match="part here"),
    ):
        measure_sync(at_rest.largest, 20)


def test_what_a_whole_sync_stored_is_compared_by_value(at_rest: World) -> None:
    measure_sync(at_rest.largest, 20)
    with connect("owner").cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_synceditem SET title = title || '!' WHERE id = "
            "(SELECT max(id::text)::uuid FROM integrations_synceditem) RETURNING connection_id"
        )
        [connection_id] = cursor.fetchone()
    with pytest.raises(WrongResult):
        compare(connection_id)
