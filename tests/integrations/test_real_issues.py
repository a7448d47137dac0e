"""2,183 issues of three real products, synced over HTTP into three key results."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.choices import RunState
from integrations.models import Connection, Observation, SyncedItem
from okrs.models import KeyResult
from standins.real import read_site
from tests.integrations.conftest import (
    CENTER_CREDENTIAL,
    Portal,
    real_center,
    real_cloud,
)

pytestmark = pytest.mark.contract
# From the README of the recorded issues: issues, done, counted, left out.
FOUND = {
    "ALOY": (1499, 930, 1136, 285),
    "MOD": (367, 211, 292, 42),
    "DAEMON": (317, 251, 276, 34),
}


def cloud_connection(portal: Portal, url: str) -> Connection:
    return portal.connection(
        "jira-cloud", url, email="sync@example.com", token="token-of-the-tests"
    )


def linked(portal: Portal, connection: Connection, folder: Path) -> dict[str, KeyResult]:
    spaces = {space.key: space.id for space in read_site(folder).spaces.values()}
    key_results = {key: portal.key_result(key) for key in FOUND}
    for key, key_result in key_results.items():
        portal.link(connection, key_result, spaces[key])
    return key_results


def check_counts(key_results: dict[str, KeyResult]) -> None:
    for key, (issues, done, total, left_out) in FOUND.items():
        observed = Observation.objects.filter(link__key_result=key_results[key]).latest(
            "recorded_at"
        )
        assert SyncedItem.objects.filter(project_key=key).count() == issues
        assert (observed.items_done, observed.items_total, observed.left_out) == (
            done,
            total,
            left_out,
        )
        key_results[key].refresh_from_db()
        exact = Decimal(done) / Decimal(total)
        assert abs(key_results[key].score - exact) < Decimal("1E-9")


def test_jira_cloud_gives_the_recorded_counts_and_shares(portal: Portal, real_issues: Path) -> None:
    with real_cloud(real_issues) as server:
        connection = cloud_connection(portal, server.url)
        key_results = linked(portal, connection, real_issues)
        run = portal.sync(connection)
    assert (run.state, run.problem) == (RunState.COMPLETE, "")
    assert run.seen == 2183
    check_counts(key_results)


def test_jira_data_center_gives_the_recorded_counts_and_shares(
    portal: Portal, real_issues: Path
) -> None:
    with real_center(real_issues) as server:
        connection = portal.connection("jira-data-center", server.url, token=CENTER_CREDENTIAL)
        key_results = linked(portal, connection, real_issues)
        run = portal.sync(connection)
    assert (run.state, run.problem) == (RunState.COMPLETE, "")
    check_counts(key_results)


def test_a_second_reading_changes_nothing(portal: Portal, real_issues: Path) -> None:
    with real_cloud(real_issues) as server:
        connection = cloud_connection(portal, server.url)
        key_results = linked(portal, connection, real_issues)
        portal.sync(connection)
        again = portal.sync(connection)
    assert (again.state, again.changed, again.values_written) == (RunState.COMPLETE, 0, 0)
    check_counts(key_results)


def done_and_counted(folder: Path, key: str, day: datetime) -> tuple[int, int]:
    """The published rule, applied to the recording as it stood at `day`; no product code."""
    site = read_site(folder, up_to=day)
    space = next(s.id for s in site.spaces.values() if s.key == key)
    done = counted = 0
    for issue in site.issues.values():
        if issue.space_id != space or site.types[issue.type_id].level != 0:
            continue
        finished = site.statuses[issue.status_id].category == "done"
        resolution = site.resolutions[issue.resolution_id].name if issue.resolution_id else None
        if finished and resolution not in {None, "Fixed", "Done"}:
            continue
        counted += 1
        done += finished
    return done, counted


def test_replayed_in_order_of_time_the_score_is_what_it_was_each_day(
    portal: Portal, real_issues: Path
) -> None:
    days = [
        datetime(year, month, 1, tzinfo=UTC) for year, month in ((2013, 1), (2014, 7), (2017, 3))
    ]
    with real_cloud(real_issues, up_to=days[0]) as server:
        connection = cloud_connection(portal, server.url)
        key_result = linked(portal, connection, real_issues)["ALOY"]
        for day in days:
            server.app.tracker.replace_site(read_site(real_issues, up_to=day))
            portal.sync(connection)
            key_result.refresh_from_db()
            done, counted = done_and_counted(real_issues, "ALOY", day)
            assert counted > 0
            assert abs(key_result.score - Decimal(done) / Decimal(counted)) < Decimal("1E-9")
