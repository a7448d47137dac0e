"""A whole sync from a stand-in comes to what parsing and copying its replies comes to."""

import pytest

from bench.database import connect
from bench.harness import Ratio, WrongResult
from bench.jobs.whole_sync import Floor, Measured, Synced, compare, figures, measure_sync
from bench.report import line_of_ratio
from bench.run import sync_results
from bench.targets import Target, read_targets
from bench.world import World
from integrations.models import SyncRun

ISSUES = 120


def test_a_sync_and_one_after_changes_are_carried_out_and_compared(worn: World) -> None:
    found = measure_sync(worn.largest, ISSUES)
    with worn.largest.bound():
        first, later = SyncRun.objects.order_by("id").filter(seen__gt=0)
        assert (first.changed, later.changed) == (ISSUES, found.changes)


def test_a_sync_that_lost_an_issue_is_no_result(worn: World) -> None:
    measure_sync(worn.largest, ISSUES)
    with worn.largest.bound():
        connection_id = SyncRun.objects.latest("id").connection_id
    with connect("owner").cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_synceditem SET category = 'todo' WHERE connection_id = %s",
            [connection_id],
        )
    with pytest.raises(WrongResult):
        compare(connection_id)


def test_sizes_are_compared_per_issue() -> None:
    small = Measured(10, 5, Synced(2, 100), Floor(1, 2), Synced(1, 100))
    large = Measured(100, 5, Synced(30, 110), Floor(10, 20), Synced(1.5, 110))
    ratios = {name: ratio for name, (_, ratio) in figures(small, large).items()}
    assert ratios == pytest.approx(
        {"copy": 3, "fetched": 1.5, "pace": 1.5, "memory": 1.1, "changes": 1.5, "again": 0.05}
    )


def test_a_record_says_how_the_server_ran_and_why_a_target_was_missed() -> None:
    ratio, target = Ratio(3, 3, 3, 1), Target(floor="the floor", target=2, why="Twice read.")
    page = sync_results([line_of_ratio("copy", "10 issues", ratio, target)], "fsync off")
    assert "fsync off" in page
    assert page.endswith("- **copy**, 10 issues: Twice read.")


def test_every_figure_has_its_target() -> None:
    same = Measured(1, 1, Synced(1, 1), Floor(1, 1), Synced(1, 1))
    assert figures(same, same).keys() == read_targets().syncs.keys()
