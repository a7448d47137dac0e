"""The Jira Data Center adapter against a served stand-in."""

from decimal import Decimal

import pytest

from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    Item,
    Page,
    RateLimited,
    SelectionRefused,
)
from integrations.providers.jira import data_center as adapter
from integrations.providers.jira.credentials import JiraDataCenterToken
from integrations.providers.jira.data_center import JiraDataCenter
from lib.outbound import OutboundClient
from standins import jira_data_center
from standins.faults import Fault
from standins.server import Server
from standins.state import Tracker
from tests.integrations.providers.conftest import Clock, project, query

SearchServer = Server[jira_data_center.JiraDataCenter]
SHOP = project("10000")


def all_items(pages: list[Page]) -> list[Item]:
    return [item for page in pages for item in page.items]


def keys(pages: list[Page]) -> list[str]:
    return [item.key for item in all_items(pages)]


def census(data_center: JiraDataCenter) -> list[str]:
    return [it for page in data_center.census(SHOP) for it in page.remote_ids]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "PAGE", 4)
    monkeypatch.setattr(adapter, "BARE_PAGE", 4)


@pytest.fixture
def stranger(data_center_server: SearchServer, outbound: OutboundClient) -> JiraDataCenter:
    return JiraDataCenter.connect(JiraDataCenterToken(data_center_server.url, "wrong"), outbound)


def fill(tracker: Tracker, count: int) -> None:
    """Issues that all changed at one and the same moment, as a bulk edit leaves them."""
    for number in range(count):
        tracker.add("SHOP", f"Step {number}")


def test_the_account_is_identified(data_center: JiraDataCenter) -> None:
    found = data_center.identify()
    assert (found.account_id, found.name) == ("JIRAUSER10100", "Ada Quist")


def test_a_wrong_token_is_told_by_the_first_request(stranger: JiraDataCenter) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        list(stranger.changes(SHOP, since=None))
    assert caught.value.request == "GET /rest/api/2/myself"


def test_a_token_that_dies_in_mid_run_is_an_error(
    data_center: JiraDataCenter, data_center_server: SearchServer, small_pages: None
) -> None:
    run = data_center.changes(query("updated > 0"), since=None)
    next(run)
    data_center_server.app.credential = "another"
    with pytest.raises(AuthenticationFailed):
        next(run)


def test_projects_are_the_sources(data_center: JiraDataCenter) -> None:
    found = {(it.remote_id, it.key, it.name) for it in data_center.sources()}
    assert found == {("10000", "SHOP", "Web shop"), ("10001", "PAY", "Payments")}


def test_a_first_run_reads_everything(data_center: JiraDataCenter) -> None:
    (page,) = data_center.changes(SHOP, since=None)
    assert keys([page]) == ["SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4", "SHOP-5", "SHOP-6"]
    assert page.last


def test_levels_and_parents_are_found_without_the_help_of_cloud(
    data_center: JiraDataCenter,
) -> None:
    found = {it.key: it for it in all_items(list(data_center.changes(SHOP, since=None)))}
    assert [found[f"SHOP-{number}"].level for number in (1, 2, 6)] == [1, 0, -1]
    assert found["SHOP-2"].parent_key == "SHOP-1"
    assert (found["SHOP-6"].parent_remote_id, found["SHOP-6"].parent_key) == ("10005", "SHOP-5")


def test_points_are_read(data_center: JiraDataCenter) -> None:
    (field,) = [it for it in data_center.number_fields() if it.is_points]
    selection = project("10000", points_fields=(field.remote_id,))
    items = all_items(list(data_center.changes(selection, since=None)))
    points = {it.key: it.points for it in items}
    assert (points["SHOP-2"], points["SHOP-5"]) == (Decimal(3), None)


def test_pages_go_on_from_the_time_reached(
    data_center: JiraDataCenter, tracker: Tracker, clock: Clock, small_pages: None
) -> None:
    for number in range(10):
        clock.forward(seconds=1)
        tracker.add("SHOP", f"Step {number}")
    pages = list(data_center.changes(SHOP, since=None))
    assert set(keys(pages)) == {f"SHOP-{number}" for number in range(1, 17)}
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]


def test_more_changes_at_one_moment_than_a_page_holds_are_all_read(
    data_center: JiraDataCenter, tracker: Tracker, small_pages: None
) -> None:
    fill(tracker, 14)
    found = keys(list(data_center.changes(SHOP, since=None)))
    assert set(found) == {f"SHOP-{number}" for number in range(1, 21)}


def test_what_leaves_the_moment_during_a_run_hides_no_other(
    data_center: JiraDataCenter, tracker: Tracker, clock: Clock, small_pages: None
) -> None:
    fill(tracker, 14)
    run = data_center.changes(SHOP, since=None)
    seen = [next(run), next(run), next(run), next(run)]
    clock.forward(minutes=1)
    for number in range(7, 14):
        tracker.finish(f"SHOP-{number}")
    seen += run
    assert set(keys(seen)) == {f"SHOP-{number}" for number in range(1, 21)}


def test_a_change_during_a_run_does_not_start_it_again(
    data_center: JiraDataCenter, tracker: Tracker, clock: Clock, small_pages: None
) -> None:
    for number in range(20):
        clock.forward(seconds=1)
        tracker.add("SHOP", f"Step {number}")
    run = data_center.changes(SHOP, since=None)
    seen = [next(run), next(run), next(run)]
    clock.forward(minutes=1)
    tracker.finish("SHOP-3")
    seen += run
    assert keys(seen).count("SHOP-2") == 1
    assert set(keys(seen)) == {f"SHOP-{number}" for number in range(1, 27)}


def test_a_run_goes_on_from_a_stored_checkpoint(
    data_center: JiraDataCenter, tracker: Tracker, small_pages: None
) -> None:
    fill(tracker, 14)
    seen: list[Page] = []
    checkpoint: str | None = None
    while not seen or checkpoint is not None:
        page = next(data_center.changes(SHOP, since=None, checkpoint=checkpoint))
        seen.append(page)
        checkpoint = page.checkpoint
    assert set(keys(seen)) == {f"SHOP-{number}" for number in range(1, 21)}


def test_a_server_that_cuts_pages_without_a_word_loses_nothing(
    data_center: JiraDataCenter, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jira_data_center, "LARGEST_PAGE", 3)
    fill(tracker, 14)
    found = keys(list(data_center.changes(SHOP, since=None)))
    assert set(found) == {f"SHOP-{number}" for number in range(1, 21)}


def test_a_second_run_reads_what_changed_whatever_the_zone_of_the_account(
    data_center: JiraDataCenter, tracker: Tracker, clock: Clock
) -> None:
    mark = list(data_center.changes(SHOP, since=None))[-1].watermark
    tracker.set_time_zone("Asia/Kolkata")
    clock.forward(hours=1)
    tracker.finish("SHOP-3")
    assert keys(list(data_center.changes(SHOP, since=mark))) == ["SHOP-5", "SHOP-6", "SHOP-3"]


def test_a_census_names_every_id(
    data_center: JiraDataCenter, tracker: Tracker, small_pages: None
) -> None:
    fill(tracker, 9)
    tracker.delete("SHOP-3")
    in_shop = {issue.id for issue in tracker.site.issues.values() if issue.space_id == "10000"}
    assert set(census(data_center)) == in_shop


def test_a_deletion_during_a_census_hides_no_other(
    data_center: JiraDataCenter, tracker: Tracker, small_pages: None
) -> None:
    fill(tracker, 9)
    run = data_center.census(SHOP)
    seen = [*next(run).remote_ids, *next(run).remote_ids]
    tracker.purge("SHOP-1")
    tracker.purge("SHOP-2")
    seen += [it for page in run for it in page.remote_ids]
    remaining = {issue.id for issue in tracker.site.issues.values() if issue.space_id == "10000"}
    assert remaining <= set(seen)


def test_items_are_fetched_by_id_and_deleted_ones_are_left_out(
    data_center: JiraDataCenter, tracker: Tracker
) -> None:
    tracker.delete("SHOP-3")
    pages = list(data_center.items(SHOP, ["10002", "10003", "10004"]))
    assert keys(pages) == ["SHOP-2", "SHOP-4"]


def test_a_preview_counts_exactly(data_center: JiraDataCenter) -> None:
    found = data_center.preview(SHOP)
    assert (len(found.items), found.count, found.approximate) == (6, 6, False)
    assert found.whole


def test_a_project_that_went_out_of_sight_is_an_error(
    data_center: JiraDataCenter, tracker: Tracker
) -> None:
    tracker.set_space("SHOP", hidden=True)
    with pytest.raises(AccessLost):
        list(data_center.changes(SHOP, since=None))


def test_a_query_that_jira_refuses_is_refused(data_center: JiraDataCenter) -> None:
    with pytest.raises(SelectionRefused, match="nonsense"):
        data_center.check_selection(query("nonsense = 1"))


@pytest.mark.parametrize(("told", "wait"), [(None, 1), (30, 30)])
def test_a_wait_of_zero_seconds_means_one_interval(
    data_center: JiraDataCenter, data_center_server: SearchServer, told: int | None, wait: int
) -> None:
    data_center_server.app.faults.add(Fault(name="429", path="/search", retry_after=told))
    with pytest.raises(RateLimited) as caught:
        list(data_center.changes(SHOP, since=None))
    assert caught.value.retry_after == wait


def test_a_bad_record_is_set_aside_and_the_run_goes_on(
    data_center: JiraDataCenter, data_center_server: SearchServer
) -> None:
    data_center_server.app.faults.add(Fault(name="bad-record", path="/search"))
    (page,) = data_center.changes(SHOP, since=None)
    assert (len(page.items), [it.remote_id for it in page.quarantined]) == (5, ["10001"])
