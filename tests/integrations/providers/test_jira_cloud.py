"""The Jira Cloud adapter against a served stand-in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    Item,
    ListIncomplete,
    Page,
    ProviderError,
    RateLimited,
    RemoteUnavailable,
    Selection,
    SelectionRefused,
    SourceKind,
    UnexpectedReply,
)
from integrations.providers.jira.cloud import JiraCloud
from integrations.providers.jira.credentials import JiraCloudToken
from integrations.providers.paging import Place, Trail, fingerprint
from lib.outbound import OutboundClient
from standins import jira_cloud
from standins.faults import Fault
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.providers.conftest import TOKEN, Clock, project, query

SearchServer = Server[jira_cloud.JiraCloud]
SHOP = project("10000")
BOTH = ("customfield_10016", "customfield_10026")


def all_items(pages: list[Page]) -> list[Item]:
    return [item for page in pages for item in page.items]


def keys(pages: list[Page]) -> list[str]:
    return [item.key for item in all_items(pages)]


def fill(tracker: Tracker, clock: Clock, count: int) -> None:
    for number in range(count):
        clock.forward(seconds=1)
        tracker.add("SHOP", f"Step {number}")


def test_the_account_is_identified(cloud: JiraCloud, cloud_server: SearchServer) -> None:
    found = cloud.identify()
    assert (found.name, found.email, found.time_zone) == (
        "Ada Quist",
        "ada@example.com",
        "America/Los_Angeles",
    )
    assert (found.site_id, found.site_name) == (
        cloud_server.app.cloud_id,
        cloud_server.url.removeprefix("http://"),
    )


def test_a_site_keeps_its_identity_under_another_name(
    cloud: JiraCloud, cloud_server: SearchServer, outbound: OutboundClient
) -> None:
    with serve(cloud_server.app) as renamed:
        there = JiraCloud.connect(JiraCloudToken(renamed.url, "ada@example.com", TOKEN), outbound)
        assert there.identify().site_id == cloud.identify().site_id


def test_the_site_is_asked_for_its_id_once_and_without_the_credential(
    cloud: JiraCloud, cloud_server: SearchServer
) -> None:
    cloud.identify()
    cloud.identify()
    (asked,) = [it for it in cloud_server.app.seen if it.path == "/_edge/tenant_info"]
    assert not asked.is_authorized


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("404", "no site of Jira Cloud is at this address"),
        ("redirect", "the host answered with a redirect"),
    ],
)
def test_a_name_that_the_site_gave_up_asks_for_the_new_one(
    cloud: JiraCloud, cloud_server: SearchServer, fault: str, reason: str
) -> None:
    cloud_server.app.faults.add(Fault(name=fault, path="/_edge/tenant_info"))
    with pytest.raises(UnexpectedReply) as caught:
        cloud.identify()
    assert caught.value.detail == reason
    assert caught.value.what_to_do.startswith("Enter the address that the site has now")


def test_a_wrong_token_is_told_by_the_first_request(
    cloud_server: SearchServer, outbound: OutboundClient
) -> None:
    stranger = JiraCloud.connect(
        JiraCloudToken(cloud_server.url, "ada@example.com", "wrong"), outbound
    )
    with pytest.raises(AuthenticationFailed) as caught:
        list(stranger.changes(SHOP, since=None))
    assert caught.value.request == "GET /rest/api/3/myself"


def test_a_silent_200_from_jira_is_an_error(
    cloud: JiraCloud, cloud_server: SearchServer, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 150)
    run = cloud.changes(query("updated > 0"), since=None)
    next(run)
    cloud_server.app.credential = "ada@example.com:another"
    with pytest.raises(AuthenticationFailed) as caught:
        next(run)
    assert caught.value.request == "POST /rest/api/3/search/jql"


def test_projects_are_the_sources(cloud: JiraCloud, tracker: Tracker) -> None:
    for number in range(120):
        tracker.add_space(f"P{number:03}", f"Project {number}")
    found = cloud.sources()
    assert len(found) == 122
    assert ("10000", "SHOP", "Web shop") in {(it.remote_id, it.key, it.name) for it in found}


def test_a_first_run_reads_everything_oldest_change_first(cloud: JiraCloud) -> None:
    pages = list(cloud.changes(SHOP, since=None))
    assert keys(pages) == ["SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4", "SHOP-6", "SHOP-5"]
    assert [item.level for item in all_items(pages)] == [1, 0, 0, 0, -1, 0]


def test_points_are_read_from_the_field_of_each_kind_of_project(cloud: JiraCloud) -> None:
    stories = "project in (SHOP, PAY) AND issuetype = Story"
    selection = Selection(kind=SourceKind.JQL, value=stories, points_fields=BOTH)
    found = all_items(list(cloud.changes(selection, since=None)))
    points = {item.key: item.points for item in found}
    assert points == {
        "SHOP-2": Decimal(3),
        "SHOP-3": Decimal(3),
        "SHOP-4": Decimal(3),
        "SHOP-5": None,
        "PAY-1": Decimal("0.5"),
    }


def test_both_estimate_fields_are_offered(cloud: JiraCloud) -> None:
    offered = [it.remote_id for it in cloud.number_fields() if it.is_points]
    assert offered == list(BOTH)


def test_the_rules_can_be_listed_by_id(cloud: JiraCloud) -> None:
    found = cloud.vocabulary()
    assert ("5", "Done", "done") in {(it.remote_id, it.name, it.kind) for it in found.statuses}
    assert ("10005", "Sub-task", -1) in {(it.remote_id, it.name, it.level) for it in found.types}


def test_several_pages_are_read_to_the_last(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 230)
    pages = list(cloud.changes(SHOP, since=None))
    assert [len(page.items) for page in pages] == [100, 100, 36]
    assert [page.last for page in pages] == [False, False, True]
    assert [page.requests for page in pages] == [3, 1, 1]


def test_the_watermark_is_the_latest_change_by_the_clock_of_the_server(
    cloud: JiraCloud, tracker: Tracker
) -> None:
    tracker.estimate("SHOP-3", Decimal(8))
    latest = max(issue.updated for issue in tracker.site.issues.values())
    assert list(cloud.changes(SHOP, since=None))[-1].watermark == latest


def test_a_second_run_reads_what_changed_whatever_the_zone_of_the_account(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    mark = list(cloud.changes(SHOP, since=None))[-1].watermark
    tracker.set_time_zone("Asia/Kolkata")
    clock.forward(hours=1)
    tracker.finish("SHOP-3")
    assert keys(list(cloud.changes(SHOP, since=mark))) == ["SHOP-6", "SHOP-5", "SHOP-3"]


def test_a_change_within_the_overlap_is_read_again(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    clock.forward(days=1)
    tracker.finish("SHOP-3")
    mark = clock.forward(minutes=4)
    assert keys(list(cloud.changes(SHOP, since=mark))) == ["SHOP-3"]


def test_a_run_without_changes_keeps_the_watermark(cloud: JiraCloud, clock: Clock) -> None:
    mark = clock.forward(days=1)
    (page,) = cloud.changes(SHOP, since=mark)
    assert (page.items, page.watermark, page.last) == ([], mark, True)


def test_what_changes_during_a_run_is_met_again_and_nothing_is_skipped(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 150)
    run = cloud.changes(SHOP, since=None)
    first = next(run)
    clock.forward(minutes=1)
    tracker.finish("SHOP-2")
    seen = [first, *run]
    assert set(keys(seen)) == {f"SHOP-{number}" for number in range(1, 157)}
    assert keys(seen).count("SHOP-2") == 2


def test_a_run_goes_on_from_a_stored_checkpoint(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 150)
    first = next(cloud.changes(SHOP, since=None))
    (second,) = cloud.changes(SHOP, since=None, checkpoint=first.checkpoint)
    assert len(second.items) == 56
    assert {it.key for it in first.items}.isdisjoint(it.key for it in second.items)


def test_the_watermark_survives_a_checkpoint(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 150)
    first = next(cloud.changes(SHOP, since=None))
    last = list(cloud.changes(SHOP, since=None, checkpoint=first.checkpoint))[-1]
    assert last.watermark == max(issue.updated for issue in tracker.site.issues.values())


def test_an_expired_page_token_goes_on_from_the_time_reached(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 150)
    first = next(cloud.changes(SHOP, since=None))
    clock.forward(days=8)
    rest = list(cloud.changes(SHOP, since=None, checkpoint=first.checkpoint))
    assert set(keys([first, *rest])) == {f"SHOP-{number}" for number in range(1, 157)}
    assert len(all_items(rest)) == 57


def test_a_token_that_was_never_given_does_not_stop_the_run(cloud: JiraCloud) -> None:
    place = Place(selection=fingerprint(SHOP), trail=Trail(1, "forged", "forged"))
    pages = list(cloud.changes(SHOP, since=None, checkpoint=place.encode()))
    assert len(all_items(pages)) == 6


def test_a_repeated_page_token_is_an_error(
    cloud: JiraCloud, cloud_server: SearchServer, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 230)
    cloud_server.app.faults.add(Fault(name="repeated-token", path="/search/jql", skip=1, times=9))
    with pytest.raises(UnexpectedReply, match="repeated a page token"):
        list(cloud.changes(SHOP, since=None))


def test_an_empty_page_with_a_token_is_not_the_end_and_what_follows_may_not_be_all(
    cloud: JiraCloud, cloud_server: SearchServer, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 230)
    cloud_server.app.faults.add(Fault(name="empty-page", path="/search/jql", skip=1))
    pages: list[Page] = []
    with pytest.raises(ListIncomplete, match="was empty"):
        pages.extend(cloud.changes(SHOP, since=None))
    assert [len(page.items) for page in pages] == [100, 0, 36]


@pytest.mark.parametrize("fault", ["empty-page", "no-end-signal"])
def test_a_census_that_may_not_be_all_is_none(
    cloud: JiraCloud,
    cloud_server: SearchServer,
    tracker: Tracker,
    clock: Clock,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.providers.jira.cloud.BARE_PAGE", 50)
    fill(tracker, clock, 230)
    cloud_server.app.faults.add(Fault(name=fault, path="/search/jql", skip=1))
    with pytest.raises(ListIncomplete):
        list(cloud.census(SHOP))


def test_a_page_without_is_last_goes_on_by_its_token(
    cloud: JiraCloud, cloud_server: SearchServer, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 230)
    cloud_server.app.faults.add(Fault(name="no-is-last", path="/search/jql", times=9))
    assert len(all_items(list(cloud.changes(SHOP, since=None)))) == 236


def test_a_bad_record_is_set_aside_and_the_run_goes_on(
    cloud: JiraCloud, cloud_server: SearchServer
) -> None:
    cloud_server.app.faults.add(Fault(name="bad-record", path="/search/jql"))
    (page,) = cloud.changes(SHOP, since=None)
    assert len(page.items) == 5
    assert [it.remote_id for it in page.quarantined] == ["10001"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", AuthenticationFailed),
        ("403", AccessLost),
        ("404", AccessLost),
        ("410", UnexpectedReply),
        ("500", RemoteUnavailable),
        ("503", RemoteUnavailable),
        ("502-html", RemoteUnavailable),
        ("429", RateLimited),
        ("200-html", UnexpectedReply),
        ("redirect", UnexpectedReply),
        ("huge", UnexpectedReply),
        ("truncated", UnexpectedReply),
        ("reset", RemoteUnavailable),
        ("wrong-shape", UnexpectedReply),
    ],
)
def test_a_fault_of_the_search_stops_the_run_with_its_own_error(
    cloud: JiraCloud, cloud_server: SearchServer, fault: str, kind: type[ProviderError]
) -> None:
    cloud_server.app.faults.add(Fault(name=fault, path="/search/jql"))
    with pytest.raises(kind) as caught:
        list(cloud.changes(SHOP, since=None))
    assert caught.value.request == "POST /rest/api/3/search/jql"


def test_an_error_shows_neither_the_token_nor_the_query(
    cloud: JiraCloud, cloud_server: SearchServer
) -> None:
    cloud_server.app.faults.add(Fault(name="500", path="/search/jql"))
    with pytest.raises(ProviderError) as caught:
        list(cloud.changes(query('summary ~ "secret plan"'), since=None))
    assert TOKEN not in f"{caught.value!r}"
    assert "secret plan" not in f"{caught.value!r}"


@pytest.mark.parametrize("retry_after", [7, 3600])
def test_the_wait_that_jira_asks_for_is_handed_on(
    cloud: JiraCloud, cloud_server: SearchServer, retry_after: int
) -> None:
    cloud_server.app.faults.add(Fault(name="429", path="/search", retry_after=retry_after))
    with pytest.raises(RateLimited) as caught:
        list(cloud.changes(SHOP, since=None))
    assert caught.value.retry_after == retry_after


def test_a_project_that_went_out_of_sight_is_an_error_and_not_an_empty_page(
    cloud: JiraCloud, tracker: Tracker
) -> None:
    tracker.set_space("SHOP", hidden=True)
    with pytest.raises(AccessLost):
        list(cloud.changes(SHOP, since=None))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("project = SHOP ORDER BY updated", "ORDER BY"),
        ("project = SHOP) OR (project = PAY", "brackets"),
        ("nonsense = 1", "nonsense"),
        ("", "between 1"),
    ],
)
def test_a_query_that_cannot_be_followed_is_refused_with_the_reason(
    cloud: JiraCloud, text: str, reason: str
) -> None:
    with pytest.raises(SelectionRefused, match=reason):
        cloud.check_selection(query(text))


def test_a_field_id_that_is_none_is_refused(cloud: JiraCloud) -> None:
    with pytest.raises(SelectionRefused, match="summary"):
        cloud.check_selection(project("10000", points_fields=("summary",)))


def test_a_query_with_or_stays_inside_its_brackets(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    mark = clock.forward(days=1)
    tracker.finish("SHOP-2")
    either = query("project = SHOP OR project = PAY")
    assert keys(list(cloud.changes(either, since=mark))) == ["SHOP-2"]


def test_a_preview_shows_a_page_of_items_and_a_guess_at_their_number(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 130)
    found = cloud.preview(SHOP)
    assert (len(found.items), found.whole) == (100, False)
    assert (found.count, found.approximate) == (136, True)
    assert found.items[0].key == "SHOP-136"


def test_a_preview_of_little_is_whole(cloud: JiraCloud) -> None:
    found = cloud.preview(SHOP)
    assert (len(found.items), found.whole) == (6, True)


def test_a_census_names_every_id(cloud: JiraCloud, tracker: Tracker, clock: Clock) -> None:
    fill(tracker, clock, 120)
    tracker.delete("SHOP-5")
    ids = [it for page in cloud.census(SHOP) for it in page.remote_ids]
    in_shop = {issue.id for issue in tracker.site.issues.values() if issue.space_id == "10000"}
    assert set(ids) == in_shop
    assert len(ids) == 124


def test_a_census_with_a_dead_token_is_an_error(
    cloud_server: SearchServer, outbound: OutboundClient
) -> None:
    stranger = JiraCloud.connect(
        JiraCloudToken(cloud_server.url, "ada@example.com", "wrong"), outbound
    )
    with pytest.raises(AuthenticationFailed):
        list(stranger.census(SHOP))


def test_items_are_fetched_by_id_and_deleted_ones_are_left_out(
    cloud: JiraCloud, tracker: Tracker
) -> None:
    tracker.move("SHOP-2", "PAY")
    tracker.delete("SHOP-3")
    pages = list(cloud.items(SHOP, ["10002", "10003", "10004"]))
    assert keys(pages) == ["PAY-2", "SHOP-4"]


def test_hundreds_of_items_are_fetched_in_steps(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    fill(tracker, clock, 150)
    ids = [issue.id for issue in tracker.site.issues.values()]
    assert [len(page.items) for page in cloud.items(SHOP, ids)] == [100, 57]


def test_a_moved_issue_keeps_its_id(cloud: JiraCloud, tracker: Tracker, clock: Clock) -> None:
    mark = clock.forward(days=1)
    tracker.move("SHOP-2", "PAY")
    (moved,) = all_items(list(cloud.changes(project("10001"), since=mark)))
    assert (moved.remote_id, moved.key, moved.project_key) == ("10002", "PAY-2", "PAY")


def test_the_bound_of_a_run_falls_on_the_right_side_of_a_change_of_clocks(
    cloud: JiraCloud, tracker: Tracker, clock: Clock
) -> None:
    clock.moment = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    tracker.estimate("SHOP-2", Decimal(5))
    clock.forward(hours=1)
    tracker.estimate("SHOP-3", Decimal(5))
    mark = clock() - timedelta(minutes=10)
    assert keys(list(cloud.changes(SHOP, since=mark))) == ["SHOP-3"]
