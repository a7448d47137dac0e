"""What people do to a tracker, and what stays as it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from standins.blank import empty_jira, empty_linear
from standins.records import Issue
from standins.state import Tracker, UnknownRecordError, saved_or
from tests.standins.conftest import TurnableClock


def test_a_number_is_never_given_twice(jira: Tracker) -> None:
    last = jira.add("PAY", "Short-lived")
    jira.delete(last.id)
    following = jira.add("PAY", "Next")
    assert (following.key, int(following.id) - int(last.id)) == ("PAY-3", 1)


def test_sub_tasks_move_and_go_with_their_parent(jira: Tracker) -> None:
    jira.move("SHOP-5", "PAY")
    assert jira.find("SHOP-6").key.startswith("PAY-")
    jira.delete("SHOP-5")
    with pytest.raises(UnknownRecordError):
        jira.find("SHOP-6")


def test_stories_of_a_deleted_epic_are_free(jira: Tracker) -> None:
    jira.delete("SHOP-1")
    assert jira.find("SHOP-2").epic is None


def test_a_resolution_may_say_that_nothing_was_done(jira: Tracker) -> None:
    issue = jira.finish("SHOP-2", resolution="Won't Do")
    assert jira.site.resolutions[issue.resolution_id or ""].name == "Won't Do"


@pytest.mark.parametrize(
    "change",
    [
        lambda jira: jira.finish("SHOP-2"),
        lambda jira: jira.reopen("SHOP-2"),
        lambda jira: jira.estimate("SHOP-2", Decimal(8)),
        lambda jira: jira.relabel("SHOP-2", ("late",)),
        lambda jira: jira.move("SHOP-2", "PAY"),
    ],
)
def test_a_change_moves_the_time_of_change(
    jira: Tracker, clock: TurnableClock, change: Callable[[Tracker], Issue]
) -> None:
    moment = clock.forward(minutes=1)
    assert change(jira).updated == moment


def test_archiving_leaves_the_time_of_change(jira: Tracker, clock: TurnableClock) -> None:
    before = jira.find("SHOP-2").updated
    clock.forward(minutes=1)
    assert jira.archive("SHOP-2").updated == before


def test_time_never_goes_back(jira: Tracker, clock: TurnableClock) -> None:
    before = jira.now()
    clock.moment -= timedelta(hours=1)
    assert jira.now() == before


def test_times_are_kept_to_the_millisecond() -> None:
    tracker = Tracker(empty_jira(), now=lambda: datetime(2026, 1, 1, 0, 0, 0, 123456, UTC))
    assert tracker.now().microsecond == 123000


def test_a_hidden_space_takes_its_issues_out_of_sight(jira: Tracker) -> None:
    jira.set_space("PAY", hidden=True)
    with pytest.raises(UnknownRecordError):
        jira.find("PAY-1")
    jira.set_space("PAY", hidden=False)
    assert jira.find("PAY-1").title == "Accept cheques"


def test_a_restarted_tracker_goes_on_where_it_was(tmp_path: Path) -> None:
    kept = tmp_path / "linear.json"
    first = saved_or(empty_linear, kept)
    first.add_space("ENG", "Engineering")
    first.add("ENG", "Cache the basket", estimate=Decimal("2.5"))
    first.finish("ENG-1")
    second = saved_or(empty_linear, kept)
    assert second.site == first.site
    assert second.find("ENG-1").estimate == Decimal("2.5")


def test_without_a_file_a_tracker_starts_afresh(tmp_path: Path) -> None:
    assert saved_or(empty_jira, tmp_path / "none.json").site == empty_jira()
