"""The Linear stand-in, asked over HTTP."""

import base64
import json
from http import HTTPStatus
from typing import Any

import pytest

from standins.blank import uuid_of
from standins.limits import Bucket
from standins.linear import Linear
from standins.server import Server, serve
from standins.state import Tracker
from tests.standins.conftest import ALPHA, CHECKOUT, EASTER, Client, TurnableClock

ISSUES = """
query Issues($filter: IssueFilter, $first: Int, $after: String, $order: PaginationOrderBy) {
  issues(filter: $filter, first: $first, after: $after, orderBy: $order) {
    nodes { identifier }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ARCHIVED_TOO = "query A { issues(includeArchived: true) { nodes { identifier trashed } } }"


def found(graph: Client, **asked: Any) -> list[str]:
    return [issue["identifier"] for issue in graph.data(ISSUES, **asked)["issues"]["nodes"]]


def error(graph: Client, query: str, status: int, **variables: Any) -> dict[str, Any]:
    """The first error of an answer that has this HTTP status."""
    reply = graph.ask(query, **variables)
    assert reply.status_code == status, reply.text
    first: dict[str, Any] = reply.json()["errors"][0]
    return first


# Credentials


def test_a_key_goes_bare(graph: Client) -> None:
    assert graph.data("{ viewer { email } }") == {"viewer": {"email": "ada@example.com"}}


def test_a_key_as_bearer_is_a_bad_request(linear_server: Server[Linear]) -> None:
    client = Client(linear_server.url, "Bearer lin_api_standin")
    refusal = error(client, "{ viewer { id } }", HTTPStatus.BAD_REQUEST)
    assert "Remove the Bearer prefix" in refusal["message"]


@pytest.mark.parametrize("given", ["lin_api_other", "", "Bearer token"])
def test_a_wrong_credential_is_unauthorized_before_the_query_is_read(
    linear_server: Server[Linear], given: str
) -> None:
    refusal = error(Client(linear_server.url, given), "no query at all", HTTPStatus.UNAUTHORIZED)
    assert refusal["extensions"]["type"] == "authentication error"
    assert refusal["extensions"]["code"] == "AUTHENTICATION_ERROR"


def test_an_oauth_token_goes_with_bearer(linear: Tracker) -> None:
    with serve(Linear(linear, credential="token")) as server:
        assert Client(server.url, "Bearer token").data("{ viewer { name } }")
        assert Client(server.url, "token").ask("{ viewer { id } }").status_code == 401


# Lists


def test_the_newest_comes_first(graph: Client) -> None:
    assert found(graph)[-3:] == ["ENG-3", "ENG-2", "ENG-1"]


def test_by_change_the_latest_changed_comes_first(graph: Client, linear: Tracker) -> None:
    linear.start("ENG-2")
    assert found(graph, order="updatedAt")[0] == "ENG-2"


def test_a_cursor_continues_where_the_page_ended(graph: Client) -> None:
    first = graph.data(ISSUES, first=3)["issues"]
    rest = graph.data(ISSUES, first=3, after=first["pageInfo"]["endCursor"])["issues"]
    seen = [issue["identifier"] for issue in first["nodes"] + rest["nodes"]]
    assert seen == found(graph)
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


def test_a_cursor_of_issues_is_base64_json(graph: Client) -> None:
    cursor = graph.data(ISSUES, first=1)["issues"]["pageInfo"]["endCursor"]
    assert isinstance(json.loads(base64.b64decode(cursor)), dict)


def test_a_cursor_of_teams_is_a_bare_id(graph: Client) -> None:
    teams = graph.data("{ teams(first: 1) { nodes { id } pageInfo { endCursor } } }")["teams"]
    assert teams["pageInfo"]["endCursor"] == teams["nodes"][0]["id"]


def test_what_changes_while_paging_by_change_moves_to_the_front(
    graph: Client, linear: Tracker, clock: TurnableClock
) -> None:
    first = graph.data(ISSUES, first=2, order="updatedAt")["issues"]
    clock.forward(minutes=1)
    linear.start("ENG-1")
    after = first["pageInfo"]["endCursor"]
    rest = graph.data(ISSUES, first=50, after=after, order="updatedAt")["issues"]
    assert [issue["identifier"] for issue in rest["nodes"]] == ["ENG-3", "ENG-2"]


@pytest.mark.parametrize("cursor", ["nonsense", "", "e30="])
def test_a_foreign_cursor_is_refused(graph: Client, cursor: str) -> None:
    refusal = error(graph, ISSUES, HTTPStatus.OK, after=cursor)
    assert refusal["message"] == "Argument Validation Error"


def test_a_page_of_251_is_refused_with_http_200(graph: Client) -> None:
    reply = graph.ask(ISSUES, first=251)
    assert (reply.status_code, reply.json()["data"]) == (HTTPStatus.OK, None)
    told = reply.json()["errors"][0]["extensions"]
    assert told["validationErrors"][0]["constraints"] == {
        "max": "first must not be greater than 250"
    }


def test_a_page_of_none_is_refused(graph: Client) -> None:
    assert error(graph, ISSUES, HTTPStatus.OK, first=0)["message"] == "Argument Validation Error"


def test_a_page_holds_fifty_unless_told(graph: Client, linear: Tracker) -> None:
    for number in range(50):
        linear.add("OPS", f"Ticket {number}")
    assert len(found(graph)) == 50


def test_an_archived_issue_hides_and_keeps_its_time_of_change(
    graph: Client, linear: Tracker, clock: TurnableClock
) -> None:
    before = linear.find("ENG-2").updated
    clock.forward(days=1)
    linear.archive("ENG-2")
    assert "ENG-2" not in found(graph)
    issue = graph.data('{ issue(id: "ENG-2") { updatedAt archivedAt } }')["issue"]
    assert issue["updatedAt"] == f"{before:%Y-%m-%dT%H:%M:%S}.000Z"
    assert issue["archivedAt"] == "2026-03-03T10:40:00.000Z"


def test_a_deleted_issue_is_in_the_trash(graph: Client, linear: Tracker) -> None:
    linear.delete("ENG-2")
    trashed = [it for it in graph.data(ARCHIVED_TOO)["issues"]["nodes"] if it["trashed"]]
    assert trashed == [{"identifier": "ENG-2", "trashed": True}]
    assert "ENG-2" not in found(graph)


def test_a_purged_issue_leaves_no_trace(graph: Client, linear: Tracker) -> None:
    linear.purge("ENG-2")
    issues = graph.data(ARCHIVED_TOO)["issues"]["nodes"]
    assert "ENG-2" not in [issue["identifier"] for issue in issues]


def test_archived_things_hide_in_nested_lists_too(graph: Client, linear: Tracker) -> None:
    query = '{ issue(id: "ENG-1") { children { nodes { identifier } } } }'
    before = graph.data(query)["issue"]["children"]["nodes"]
    linear.archive("ENG-4")
    assert before == [{"identifier": "ENG-4"}]
    assert graph.data(query)["issue"]["children"]["nodes"] == []


def test_a_private_team_does_not_appear_at_all(graph: Client, linear: Tracker) -> None:
    linear.set_space("OPS", hidden=True)
    assert graph.data("{ teams { nodes { key } } }")["teams"]["nodes"] == [{"key": "ENG"}]
    assert all(key.startswith("ENG") for key in found(graph))


# Filters


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"team": {"key": {"eq": "OPS"}}}, ["OPS-1"]),
        ({"team": {"id": {"eq": uuid_of("team", "OPS")}}}, ["OPS-1"]),
        ({"project": {"id": {"eq": CHECKOUT}}}, ["ENG-3", "ENG-2", "ENG-1"]),
        ({"project": {"null": True}, "team": {"key": {"eq": "ENG"}}}, ["ENG-4"]),
        ({"projectMilestone": {"id": {"eq": ALPHA}}}, ["ENG-3", "ENG-2", "ENG-1"]),
        (
            {"project": {"initiatives": {"some": {"id": {"eq": EASTER}}}}},
            ["ENG-3", "ENG-2", "ENG-1"],
        ),
        ({"parent": {"id": {"eq": "ENG-1"}}}, ["ENG-4"]),
        ({"parent": {"null": False}}, ["ENG-4"]),
        ({"labels": {"name": {"eq": "speed"}}}, ["ENG-3", "ENG-2", "ENG-1"]),
        ({"labels": {"some": {"name": {"in": ["speed", "x"]}}}}, ["ENG-3", "ENG-2", "ENG-1"]),
        ({"labels": {"length": {"eq": 0}}, "estimate": {"gte": 4}}, ["OPS-1"]),
        ({"estimate": {"null": True}}, ["ENG-4"]),
        ({"id": {"in": ["ENG-2", "OPS-1", "OPS-9"]}}, ["OPS-1", "ENG-2"]),
        ({"title": {"containsIgnoreCase": "CACHE"}}, ["ENG-1"]),
        ({"number": {"eq": 3}}, ["ENG-3"]),
        ({"state": {"type": {"in": ["unstarted"]}}, "number": {"gt": 3}}, ["ENG-4"]),
        ({"or": [{"number": {"eq": 3}}, {"team": {"key": {"eq": "OPS"}}}]}, ["OPS-1", "ENG-3"]),
        ({"and": [{"number": {"eq": 1}}, {"team": {"key": {"neq": "OPS"}}}]}, ["ENG-1"]),
        ({"createdAt": {"gte": "2026-03-02T09:30:00Z", "lt": "2026-03-02T09:40:00Z"}}, ["ENG-3"]),
        ({"createdAt": {"lt": "-PT1H15M"}}, ["ENG-2", "ENG-1"]),
        ({}, ["OPS-1", "ENG-4", "ENG-3", "ENG-2", "ENG-1"]),
    ],
)
def test_a_filter_lets_through_what_it_says(
    graph: Client, wanted: dict[str, Any], expected: list[str]
) -> None:
    assert sorted(found(graph, filter=wanted)) == sorted(expected)


def test_a_filter_may_be_written_into_the_query(graph: Client) -> None:
    query = '{ issues(filter: { updatedAt: { gte: "-PT65M" } }) { nodes { identifier } } }'
    assert len(graph.data(query)["issues"]["nodes"]) == 2


def test_the_id_of_a_team_must_be_a_uuid(graph: Client) -> None:
    refusal = error(graph, ISSUES, HTTPStatus.OK, filter={"team": {"id": {"eq": "ENG"}}})
    assert refusal["message"] == "Argument Validation Error"


@pytest.mark.parametrize("moment", ["last week", "P", "2026-13-01", 5])
def test_a_time_that_is_none_is_refused(graph: Client, moment: object) -> None:
    error(graph, ISSUES, HTTPStatus.BAD_REQUEST, filter={"updatedAt": {"gte": moment}})


# Records


def test_states_have_types_and_belong_to_a_team(graph: Client) -> None:
    query = '{ workflowStates(filter: { team: { key: { eq: "OPS" } } }) { nodes { type } } }'
    types = {state["type"] for state in graph.data(query)["workflowStates"]["nodes"]}
    assert types == {
        "triage",
        "backlog",
        "unstarted",
        "started",
        "completed",
        "canceled",
        "duplicate",
    }


def test_an_issue_moved_to_another_team_keeps_its_id_and_its_old_name(
    graph: Client, linear: Tracker
) -> None:
    query = '{ issue(id: "ENG-2") { id identifier previousIdentifiers state { id type } } }'
    before = graph.data(query)["issue"]
    linear.move("ENG-2", "OPS")
    after = graph.data(query)["issue"]
    assert after["id"] == before["id"]
    assert (after["identifier"], after["previousIdentifiers"]) == ("OPS-2", ["ENG-2"])
    assert after["state"]["type"] == before["state"]["type"]
    assert after["state"]["id"] != before["state"]["id"]


def test_a_duplicate_is_closed_and_not_completed(graph: Client, linear: Tracker) -> None:
    linear.cancel("ENG-2", state="duplicate")
    query = '{ issue(id: "ENG-2") { completedAt canceledAt state { type } } }'
    assert graph.data(query)["issue"] == {
        "completedAt": None,
        "canceledAt": "2026-03-02T10:40:00.000Z",
        "state": {"type": "duplicate"},
    }


def test_progress_counts_a_quarter_for_what_is_begun(graph: Client, linear: Tracker) -> None:
    linear.finish("ENG-1")
    linear.start("ENG-2")
    query = "query P($id: String!) { project(id: $id) { progress scope } }"
    # (3 + 0.25 × 3) of 9 points.
    project = graph.data(query, id=CHECKOUT)["project"]
    assert project == {"progress": pytest.approx(3.75 / 9), "scope": 9.0}


def test_names_of_projects_come_escaped_for_html(graph: Client) -> None:
    query = "query P($id: String!) { project(id: $id) { name } }"
    assert graph.data(query, id=CHECKOUT)["project"]["name"] == "Checkout &amp; payments"


@pytest.mark.parametrize(("below", "count"), [(True, 2), (False, 1)])
def test_an_initiative_has_the_projects_of_those_below_it(
    graph: Client, below: bool, count: int
) -> None:
    query = """query I($id: String!, $below: Boolean) {
      initiative(id: $id) { projects(includeSubInitiatives: $below) { nodes { id } } }
    }"""
    projects = graph.data(query, id=EASTER, below=below)["initiative"]["projects"]["nodes"]
    assert len(projects) == count


# Refusals


def test_what_is_not_found_is_told_with_http_200_and_no_data(graph: Client) -> None:
    reply = graph.ask('{ viewer { id } issue(id: "ENG-99") { id } }')
    assert (reply.status_code, reply.json()["data"]) == (HTTPStatus.OK, None)
    assert reply.json()["errors"][0]["message"] == "Entity not found: Issue"
    assert reply.json()["errors"][0]["extensions"]["code"] == "INPUT_ERROR"


@pytest.mark.parametrize("entity", ["Team", "Project", "Initiative", "ProjectMilestone"])
def test_every_kind_of_record_can_be_missing(graph: Client, entity: str) -> None:
    name = entity[0].lower() + entity[1:]
    refusal = error(graph, f'{{ {name}(id: "none") {{ id }} }}', HTTPStatus.OK)
    assert refusal["message"] == f"Entity not found: {entity}"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ issues { nodes { colour } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ issues(sort: []) { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ issues {", "GRAPHQL_PARSE_FAILED"),
        ("query A($n: Int!) { issues(first: $n) { nodes { id } } }", "BAD_USER_INPUT"),
    ],
)
def test_a_query_that_is_no_query_is_a_bad_request(graph: Client, query: str, code: str) -> None:
    assert error(graph, query, HTTPStatus.BAD_REQUEST)["extensions"]["code"] == code


def test_a_body_without_a_query_is_a_bad_request(graph: Client) -> None:
    assert graph.post("/graphql", {"variables": {}}).status_code == HTTPStatus.BAD_REQUEST


def test_a_query_that_costs_too_much_is_refused_with_both_numbers(graph: Client) -> None:
    query = "{ projects { nodes { issues { nodes { labels { nodes { name } } } } } } }"
    refusal = error(graph, query, HTTPStatus.BAD_REQUEST)
    # 1 + 50 × (1 + 1 + 50 × (1 + 1 + 50 × (1 + 0.1)))
    assert refusal["message"] == "Query too complex"
    assert refusal["extensions"]["userPresentableMessage"] == (
        "Query is too complex. Complexity: 142601. Maximum allowed: 10000."
    )


@pytest.mark.parametrize(
    ("query", "price"),
    [
        ("{ viewer { id name } }", "2"),
        ("{ teams(first: 10) { nodes { id key } } }", "13"),
        ("{ teams { nodes { id } } }", "56"),
        (
            "query A($n: Int = 20) { teams(first: $n) { nodes { id } pageInfo { endCursor } } }",
            "45",
        ),
        (
            "query A { teams(first: 10) { ...T } } fragment T on TeamConnection { nodes { id } }",
            "12",
        ),
    ],
)
def test_a_query_costs_what_the_published_rule_says(graph: Client, query: str, price: str) -> None:
    assert graph.ask(query).headers["X-Complexity"] == price


def test_every_answer_tells_both_budgets(graph: Client, clock: TurnableClock) -> None:
    headers = graph.ask("{ viewer { id } }").headers
    assert headers["X-RateLimit-Requests-Limit"] == "2500"
    assert headers["X-RateLimit-Requests-Remaining"] == "2499"
    assert headers["X-RateLimit-Complexity-Limit"] == "3000000"
    reset = int(headers["X-RateLimit-Requests-Reset"]) / 1000 - clock.moment.timestamp()
    assert 0 <= reset < 3600


@pytest.mark.parametrize("short", ["requests", "points"])
def test_too_much_is_http_400_with_another_status_inside(linear: Tracker, short: str) -> None:
    buckets = {short: Bucket(2, per_second=0.001)}
    with serve(Linear(linear, credential="lin_api_x", **buckets)) as server:
        client = Client(server.url, "lin_api_x")
        replies = [client.ask("{ viewer { id } }") for _ in range(3)]
    assert replies[2].status_code == HTTPStatus.BAD_REQUEST
    assert replies[2].headers["Retry-After"] == "60"
    told = replies[2].json()["errors"][0]["extensions"]
    assert (told["type"], told["code"], told["statusCode"]) == ("ratelimited", "RATELIMITED", 429)
