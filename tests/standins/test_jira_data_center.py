"""The Jira Data Center stand-in, asked over HTTP."""

from http import HTTPStatus

import pytest

from standins.jira_data_center import JiraDataCenter
from standins.limits import Bucket
from standins.records import Sprint
from standins.server import Server, serve
from standins.state import Tracker
from tests.standins.conftest import Client, keys, refusal

SEARCH = "/rest/api/2/search"


@pytest.fixture
def stranger(data_center_server: Server[JiraDataCenter]) -> Client:
    return Client(data_center_server.url, "Bearer revoked")


def test_pages_go_by_offset_with_a_total(data_center: Client) -> None:
    reply = data_center.get(SEARCH, jql="project = SHOP order by id", startAt=4, maxResults=10)
    assert keys(reply) == ["SHOP-5", "SHOP-6"]
    assert (reply.json()["startAt"], reply.json()["total"]) == (4, 6)


def test_a_page_is_cut_at_a_thousand_without_a_word(data_center: Client, jira: Tracker) -> None:
    for number in range(1001):
        jira.add("PAY", f"Cheque {number}")
    page = data_center.get(SEARCH, jql="project = PAY", fields="id", maxResults=5000).json()
    assert (len(page["issues"]), page["maxResults"], page["total"]) == (1000, 1000, 1002)


def test_offset_pages_skip_what_moved_up_while_paging(data_center: Client, jira: Tracker) -> None:
    query = {"jql": "project = SHOP order by id", "fields": "key"}
    first = data_center.get(SEARCH, **query, maxResults=2)
    jira.delete("SHOP-1")
    rest = data_center.get(SEARCH, **query, startAt=2)
    assert "SHOP-3" not in keys(first) + keys(rest)


def test_the_search_of_cloud_is_not_here(data_center: Client) -> None:
    assert data_center.get("/rest/api/3/search/jql").status_code == HTTPStatus.NOT_FOUND


def test_a_bad_token_is_an_anonymous_caller(stranger: Client) -> None:
    reply = stranger.get(SEARCH, jql="order by id")
    assert (reply.status_code, reply.json()["total"]) == (HTTPStatus.OK, 0)
    assert reply.headers["X-AUSERNAME"] == "anonymous"


def test_a_good_token_is_named(data_center: Client) -> None:
    assert data_center.get("/rest/api/2/myself").headers["X-AUSERNAME"] == "ada@example.com"


def test_a_bad_token_has_no_self(stranger: Client) -> None:
    assert stranger.get("/rest/api/2/myself").status_code == HTTPStatus.UNAUTHORIZED


def test_an_unknown_key_in_the_body_is_refused(data_center: Client) -> None:
    reply = data_center.post(SEARCH, {"jql": "project = SHOP", "nextPageToken": "x"})
    assert refusal(reply).startswith("Invalid request payload")


def test_data_center_calls_itself_server(data_center: Client) -> None:
    assert data_center.get("/rest/api/2/serverInfo").json()["deploymentType"] == "Server"


def test_a_story_has_an_epic_link_and_no_parent(data_center: Client) -> None:
    fields = data_center.get("/rest/api/2/issue/SHOP-2").json()["fields"]
    assert fields["customfield_10101"] == "SHOP-1"
    assert "parent" not in fields


def test_a_sub_task_has_a_parent(data_center: Client) -> None:
    fields = data_center.get("/rest/api/2/issue/SHOP-6").json()["fields"]
    assert fields["parent"]["key"] == "SHOP-5"


def test_issue_types_have_no_level(data_center: Client) -> None:
    assert all("hierarchyLevel" not in it for it in data_center.get("/rest/api/2/issuetype").json())


def test_a_sprint_is_a_text(data_center: Client, jira: Tracker) -> None:
    jira.site.sprints["5"] = Sprint(id="5", name="Spring 1", state="active")
    jira.place("SHOP-2", sprint_id="5")
    (sprint,) = data_center.get("/rest/api/2/issue/SHOP-2").json()["fields"]["customfield_10104"]
    assert sprint.startswith("com.atlassian.greenhopper.service.sprint.Sprint@")
    assert "[id=5,rapidViewId=1,state=ACTIVE,name=Spring 1," in sprint


def test_projects_are_one_plain_list(data_center: Client) -> None:
    projects = data_center.get("/rest/api/2/project").json()
    assert [project["key"] for project in projects] == ["SHOP", "PAY"]


def test_a_limited_caller_is_told_to_wait_no_seconds(jira: Tracker) -> None:
    app = JiraDataCenter(jira, credential="pat", bucket=Bucket(1, per_second=0.001))
    with serve(app) as server:
        client = Client(server.url, app.authorization())
        replies = [client.get("/rest/api/2/myself") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert replies[1].headers["Retry-After"] == "0"
    assert replies[1].headers["X-RateLimit-Interval-Seconds"] == "1"
    assert replies[1].headers["Content-Type"].startswith("text/html")
