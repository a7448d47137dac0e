"""The Jira Cloud stand-in, asked over HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus

import pytest

from standins.jira_cloud import JiraCloud
from standins.jira_fields import points_field
from standins.limits import Bucket
from standins.records import Edition
from standins.server import Server, serve
from standins.state import Tracker
from tests.standins.conftest import Client, TurnableClock, keys, refusal

SEARCH = "/rest/api/3/search/jql"
ALL_SHOP = "project = SHOP ORDER BY updated ASC, id ASC"


@pytest.fixture
def stranger(cloud_server: Server[JiraCloud]) -> Client:
    return Client(cloud_server.url, "Basic d3Jvbmc6d3Jvbmc=")


def pages(cloud: Client, **query: object) -> Iterator[list[str]]:
    token: dict[str, str] = {}
    while True:
        reply = cloud.get(SEARCH, **query, **token)
        yield keys(reply)
        if "nextPageToken" not in reply.json():
            return
        token = {"nextPageToken": reply.json()["nextPageToken"]}


def test_pages_follow_one_another_to_the_last(cloud: Client) -> None:
    found = list(pages(cloud, jql=ALL_SHOP, fields="summary", maxResults=4))
    assert found == [["SHOP-1", "SHOP-2", "SHOP-3", "SHOP-4"], ["SHOP-5", "SHOP-6"]]


def test_only_the_last_page_says_so_and_it_has_no_token(cloud: Client) -> None:
    first = cloud.get(SEARCH, jql=ALL_SHOP, maxResults=4).json()
    last = cloud.get(SEARCH, jql=ALL_SHOP, nextPageToken=first["nextPageToken"]).json()
    assert (first["isLast"], last["isLast"]) == (False, True)
    assert "nextPageToken" not in last


def test_there_is_no_total_and_no_offset(cloud: Client) -> None:
    page = cloud.get(SEARCH, jql=ALL_SHOP, startAt=4).json()
    assert len(page["issues"]) == 6
    assert page.keys() == {"issues", "isLast"}


def test_an_offset_in_a_body_is_refused(cloud: Client) -> None:
    reply = cloud.post(SEARCH, {"jql": ALL_SHOP, "startAt": 0})
    assert refusal(reply).startswith("Invalid request payload")


def test_without_fields_there_is_nothing_but_ids(cloud: Client) -> None:
    page = cloud.post(SEARCH, {"jql": "key = SHOP-1"}).json()
    assert page["issues"] == [{"id": "10001"}]


def test_a_page_with_fields_holds_a_hundred(cloud: Client, jira: Tracker) -> None:
    for number in range(101):
        jira.add("PAY", f"Cheque {number}")
    page = cloud.get(SEARCH, jql="project = PAY", fields="summary,status", maxResults=5000).json()
    assert len(page["issues"]) == 100


def test_a_page_of_ids_holds_more_than_a_hundred(cloud: Client, jira: Tracker) -> None:
    for number in range(101):
        jira.add("PAY", f"Cheque {number}")
    page = cloud.get(SEARCH, jql="project = PAY", fields="id", maxResults=5000).json()
    assert len(page["issues"]) == 102


def test_a_page_of_no_issues_is_refused(cloud: Client) -> None:
    assert "maxResults" in refusal(cloud.get(SEARCH, jql=ALL_SHOP, maxResults=0))


def test_what_changes_while_paging_is_met_again_and_nothing_is_skipped(
    cloud: Client, jira: Tracker, clock: TurnableClock
) -> None:
    first = cloud.get(SEARCH, jql=ALL_SHOP, fields="key", maxResults=2)
    clock.forward(minutes=1)
    jira.reopen("SHOP-1")
    rest = cloud.get(
        SEARCH, jql=ALL_SHOP, fields="key", nextPageToken=first.json()["nextPageToken"]
    )
    assert keys(first) == ["SHOP-1", "SHOP-2"]
    assert keys(rest) == ["SHOP-3", "SHOP-4", "SHOP-5", "SHOP-6", "SHOP-1"]


def test_a_token_is_good_for_its_own_query_alone(cloud: Client) -> None:
    token = cloud.get(SEARCH, jql=ALL_SHOP, maxResults=2).json()["nextPageToken"]
    other = cloud.get(SEARCH, jql="project = PAY", nextPageToken=token)
    assert "another query" in refusal(other)


def test_a_token_dies_after_seven_days(cloud: Client, clock: TurnableClock) -> None:
    token = cloud.get(SEARCH, jql=ALL_SHOP, maxResults=2).json()["nextPageToken"]
    clock.moment += timedelta(days=7)
    assert "expired" in refusal(cloud.get(SEARCH, jql=ALL_SHOP, nextPageToken=token))


def test_a_type_that_moves_to_another_level_touches_no_issue(cloud: Client, jira: Tracker) -> None:
    def told() -> tuple[int, str]:
        page = cloud.get(SEARCH, jql="key = SHOP-2", fields="issuetype,updated").json()
        (fields,) = (issue["fields"] for issue in page["issues"])
        return fields["issuetype"]["hierarchyLevel"], fields["updated"]

    before = told()
    jira.regrade(jira.find("SHOP-2").type_id, name="Feature", level=1)
    types = cloud.get("/rest/api/3/issuetype").json()
    assert {it["name"]: it["hierarchyLevel"] for it in types}["Feature"] == 1
    assert (before[0], told()) == (0, (1, before[1]))


def test_an_estimate_of_any_size_is_written_as_a_number(cloud: Client, jira: Tracker) -> None:
    jira.estimate("SHOP-2", Decimal("1E400"))
    name = points_field(Edition.CLOUD, "classic").id
    (issue,) = cloud.get(SEARCH, jql="key = SHOP-2", fields=name).json()["issues"]
    assert issue["fields"][name] == 10**400


def test_the_old_search_is_gone(cloud: Client) -> None:
    reply = cloud.get("/rest/api/3/search", jql=ALL_SHOP)
    assert reply.status_code == HTTPStatus.GONE
    assert "migrate to the /rest/api/3/search/jql API" in reply.json()["errorMessages"][0]


def test_an_unbounded_query_cannot_be_counted(cloud: Client) -> None:
    reply = cloud.post("/rest/api/3/search/approximate-count", {"jql": "order by key"})
    assert refusal(reply).startswith("Unbounded JQL")


def test_a_query_can_be_counted(cloud: Client) -> None:
    reply = cloud.post("/rest/api/3/search/approximate-count", {"jql": "project = SHOP"})
    assert reply.json() == {"count": 6}


def test_a_wrong_token_is_answered_with_nothing_and_a_header(stranger: Client) -> None:
    reply = stranger.get(SEARCH, jql="updated >= -30d", fields="summary")
    assert reply.status_code == HTTPStatus.OK
    assert reply.json() == {"issues": [], "isLast": True}
    assert reply.headers["X-Seraph-Loginreason"] == "AUTHENTICATED_FAILED"


@pytest.mark.parametrize("path", ["field", "status", "statuscategory", "issuetype"])
def test_a_wrong_token_gets_empty_lists(stranger: Client, path: str) -> None:
    assert stranger.get(f"/rest/api/3/{path}").json() == []


def test_a_wrong_token_sees_no_project(stranger: Client) -> None:
    assert stranger.get("/rest/api/3/project/search").json()["values"] == []


def test_a_wrong_token_fails_a_query_that_names_a_project(stranger: Client) -> None:
    reply = stranger.get(SEARCH, jql="project = SHOP")
    assert refusal(reply) == "The value 'SHOP' does not exist for the field 'project'."


def test_a_wrong_token_is_told_so_by_myself_alone(stranger: Client) -> None:
    reply = stranger.get("/rest/api/3/myself")
    assert reply.status_code == HTTPStatus.UNAUTHORIZED
    assert reply.headers["X-Seraph-Loginreason"] == "AUTHENTICATED_FAILED"


def test_myself_names_the_time_zone_of_the_account(cloud: Client, jira: Tracker) -> None:
    jira.set_time_zone("Asia/Kolkata")
    assert cloud.get("/rest/api/3/myself").json()["timeZone"] == "Asia/Kolkata"


def test_times_are_in_the_zone_of_the_account_with_no_colon_in_the_offset(
    cloud: Client, jira: Tracker
) -> None:
    jira.set_time_zone("America/Los_Angeles")
    fields = cloud.get("/rest/api/3/issue/PAY-1").json()["fields"]
    assert fields["created"] == "2026-03-02T01:40:00.000-0800"


def test_a_bulk_fetch_leaves_out_what_is_not_there(cloud: Client) -> None:
    body = {"issueIdsOrKeys": ["PAY-1", "10001", "SHOP-77"], "fields": ["summary"]}
    assert keys(cloud.post("/rest/api/3/issue/bulkfetch", body)) == ["SHOP-1", "PAY-1"]


def test_a_bulk_fetch_takes_a_hundred(cloud: Client) -> None:
    body = {"issueIdsOrKeys": [str(number) for number in range(101)]}
    assert "100" in refusal(cloud.post("/rest/api/3/issue/bulkfetch", body))


def test_a_moved_issue_is_found_by_its_old_key_and_keeps_its_id(
    cloud: Client, jira: Tracker
) -> None:
    jira.move("SHOP-2", "PAY")
    issue = cloud.get("/rest/api/3/issue/SHOP-2").json()
    assert (issue["id"], issue["key"]) == ("10002", "PAY-2")


def test_a_deleted_issue_is_as_if_it_had_never_been(cloud: Client, jira: Tracker) -> None:
    jira.delete("SHOP-2")
    reply = cloud.get("/rest/api/3/issue/SHOP-2")
    assert reply.status_code == HTTPStatus.NOT_FOUND
    assert reply.json()["errorMessages"] == [
        "Issue does not exist or you do not have permission to see it."
    ]


def test_the_parent_of_a_story_is_its_epic(cloud: Client) -> None:
    parent = cloud.get("/rest/api/3/issue/SHOP-2").json()["fields"]["parent"]
    assert (parent["key"], parent["fields"]["issuetype"]["hierarchyLevel"]) == ("SHOP-1", 1)


def test_without_a_parent_the_key_is_absent(cloud: Client) -> None:
    assert "parent" not in cloud.get("/rest/api/3/issue/SHOP-1").json()["fields"]


@pytest.mark.parametrize(
    ("key", "classic", "team_managed"), [("SHOP-2", 3.0, None), ("PAY-1", None, 5.0)]
)
def test_points_are_in_the_field_of_the_project(
    cloud: Client, key: str, classic: float | None, team_managed: float | None
) -> None:
    fields = cloud.get(f"/rest/api/3/issue/{key}").json()["fields"]
    assert (fields["customfield_10026"], fields["customfield_10016"]) == (classic, team_managed)


def test_a_board_says_which_field_it_estimates_in(cloud: Client) -> None:
    configuration = cloud.get("/rest/agile/1.0/board/2/configuration").json()
    assert configuration["estimation"]["field"]["fieldId"] == "customfield_10016"


def test_projects_come_in_pages(cloud: Client) -> None:
    page = cloud.get("/rest/api/3/project/search", maxResults=1).json()
    assert [project["key"] for project in page["values"]] == ["PAY"]
    assert (page["isLast"], page["total"]) == (False, 2)


def test_an_archived_project_is_listed_only_when_asked_for(cloud: Client, jira: Tracker) -> None:
    jira.set_space("PAY", archived=True)
    live = cloud.get("/rest/api/3/project/search").json()["values"]
    archived = cloud.get("/rest/api/3/project/search", status="archived").json()["values"]
    assert [project["key"] for project in live] == ["SHOP"]
    assert [project["key"] for project in archived] == ["PAY"]


def test_an_archived_issue_vanishes_from_search(cloud: Client, jira: Tracker) -> None:
    jira.archive("SHOP-2")
    assert "SHOP-2" not in keys(cloud.get(SEARCH, jql=ALL_SHOP, fields="key"))


def test_a_project_out_of_sight_does_not_exist(cloud: Client, jira: Tracker) -> None:
    jira.set_space("PAY", hidden=True)
    assert "does not exist" in refusal(cloud.get(SEARCH, jql="project = PAY"))


def test_a_burst_is_refused_with_a_wait_and_a_reason(jira: Tracker) -> None:
    app = JiraCloud(jira, credential="a:b", bucket=Bucket(1, per_second=0.001))
    with serve(app) as server:
        client = Client(server.url, app.authorization())
        replies = [client.get("/rest/api/3/myself") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert replies[1].headers["Retry-After"] == "1"
    assert replies[1].headers["RateLimit-Reason"] == "jira-burst-based"


def test_a_body_that_is_not_json_is_refused(cloud: Client) -> None:
    reply = cloud.session.post(cloud.url + SEARCH, data="jql=project=SHOP", timeout=10)
    assert reply.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_everybody_is_told_the_cloud_id_of_the_site(
    cloud_server: Server[JiraCloud], stranger: Client
) -> None:
    told = stranger.get("/_edge/tenant_info").json()
    assert told == {"cloudId": cloud_server.app.cloud_id}
