"""Faults on demand, switched on over HTTP and in process."""

from http import HTTPStatus

import pytest
import requests

from standins.faults import FAULTS, Fault
from standins.jira_cloud import JiraCloud
from standins.linear import Linear
from standins.server import Server
from tests.standins.conftest import Client

MYSELF = "/rest/api/3/myself"
SEARCH = "/rest/api/3/search/jql"
SWITCHES = "/_control/faults"
PAGE = {"jql": "project = SHOP order by id", "fields": "summary,updated", "maxResults": 2}


@pytest.mark.parametrize(
    ("name", "status"),
    [("401", 401), ("403", 403), ("404", 404), ("410", 410), ("500", 500), ("503", 503)],
)
def test_a_status_is_answered_once_and_then_the_truth(
    cloud: Client, name: str, status: int
) -> None:
    cloud.post(SWITCHES, {"name": name})
    assert [cloud.get(MYSELF).status_code for _ in range(2)] == [status, HTTPStatus.OK]


def test_a_fault_waits_for_its_path_and_for_those_before_it(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "500", "path": "myself", "skip": 1, "times": 2})
    assert cloud.get("/rest/api/3/field").status_code == HTTPStatus.OK
    statuses = [cloud.get(MYSELF).status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]


def test_a_fault_may_wait_for_words_in_the_body(
    graph: Client, linear_server: Server[Linear]
) -> None:
    linear_server.app.faults.add(Fault(name="500", body="organization"))
    assert graph.ask("{ viewer { id } }").status_code == HTTPStatus.OK
    assert graph.ask("{ organization { id } }").status_code == HTTPStatus.INTERNAL_SERVER_ERROR


def test_what_waits_is_listed_until_it_is_cleared(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "timeout", "seconds": 0.5})
    listed = cloud.get(SWITCHES).json()
    assert [fault["name"] for fault in listed["waiting"]] == ["timeout"]
    assert listed["available"] == sorted(FAULTS)
    cleared = cloud.session.delete(cloud.url + SWITCHES, timeout=10).json()
    assert cleared["waiting"] == []


@pytest.mark.parametrize("body", [{"name": "gremlins"}, {"fault": "500"}, {}])
def test_an_unknown_fault_is_refused(cloud: Client, body: dict[str, str]) -> None:
    reply = cloud.post(SWITCHES, body)
    assert reply.status_code == HTTPStatus.BAD_REQUEST
    assert "timeout" in reply.json()["available"]


def test_another_sites_page_cannot_switch_faults_on(cloud: Client) -> None:
    cloud.session.headers["Origin"] = "https://elsewhere.example"
    assert cloud.post(SWITCHES, {"name": "500"}).status_code == HTTPStatus.FORBIDDEN
    assert cloud.get(SWITCHES).json()["waiting"] == []


@pytest.mark.parametrize(("wait", "header"), [(7, "7"), (None, None)])
def test_a_limit_comes_with_a_wait_or_without(
    cloud: Client, wait: int | None, header: str | None
) -> None:
    cloud.post(SWITCHES, {"name": "429", "retry_after": wait})
    reply = cloud.get(MYSELF)
    assert reply.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert reply.headers.get("Retry-After") == header


def test_a_limit_of_linear_is_its_own(graph: Client) -> None:
    graph.post(SWITCHES, {"name": "429", "retry_after": 9})
    reply = graph.ask("{ viewer { id } }")
    assert (reply.status_code, reply.headers["Retry-After"]) == (HTTPStatus.BAD_REQUEST, "9")
    assert reply.json()["errors"][0]["extensions"]["code"] == "RATELIMITED"


@pytest.mark.parametrize(("name", "status"), [("502-html", 502), ("200-html", 200)])
def test_a_page_of_html_comes_in_place_of_json(cloud: Client, name: str, status: int) -> None:
    cloud.post(SWITCHES, {"name": name})
    reply = cloud.get(MYSELF)
    assert (reply.status_code, reply.headers["Content-Type"]) == (
        status,
        "text/html;charset=utf-8",
    )


def test_a_redirect_leads_elsewhere(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "redirect"})
    reply = cloud.session.get(cloud.url + MYSELF, allow_redirects=False, timeout=10)
    assert (reply.status_code, reply.headers["Location"]) == (302, f"http://localhost:9{MYSELF}")


def test_a_credential_goes_wrong_without_a_word(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "wrong-credential"})
    reply = cloud.get(SEARCH, jql="key is not empty or updated >= -9d", fields="key")
    assert reply.headers["X-Seraph-Loginreason"] == "AUTHENTICATED_FAILED"


def test_an_answer_comes_too_late(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "timeout", "seconds": 30})
    with pytest.raises(requests.ReadTimeout):
        cloud.session.get(cloud.url + MYSELF, timeout=0.2)


def test_a_connection_breaks_within_the_body(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "reset"})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        cloud.get(MYSELF)


def test_a_truncated_answer_is_whole_to_http_and_broken_as_json(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "truncated"})
    reply = cloud.get(MYSELF)
    assert reply.status_code == HTTPStatus.OK
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


def test_a_huge_answer_goes_on_for_32_mebibytes(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "huge"})
    with cloud.session.get(cloud.url + MYSELF, stream=True, timeout=10) as reply:
        assert sum(len(part) for part in reply.iter_content(1 << 20)) == 32 * 1024 * 1024


def test_an_object_becomes_a_list(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "wrong-shape"})
    assert isinstance(cloud.get(MYSELF).json(), list)


def test_a_list_becomes_an_object(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "wrong-shape"})
    assert cloud.get("/rest/api/3/field").json().keys() == {"values"}


def test_a_token_repeats_itself(cloud: Client) -> None:
    token = cloud.get(SEARCH, **PAGE).json()["nextPageToken"]
    cloud.post(SWITCHES, {"name": "repeated-token"})
    page = cloud.get(SEARCH, **PAGE, nextPageToken=token).json()
    assert (page["nextPageToken"], page["isLast"]) == (token, False)


def test_a_cursor_repeats_itself(graph: Client) -> None:
    query = """query A($after: String) {
      issues(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } }
    }"""
    cursor = graph.data(query)["issues"]["pageInfo"]["endCursor"]
    graph.post(SWITCHES, {"name": "repeated-token"})
    page = graph.data(query, after=cursor)["issues"]["pageInfo"]
    assert page == {"endCursor": cursor, "hasNextPage": True}


def test_an_empty_page_has_a_token(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "empty-page"})
    page = cloud.get(SEARCH, **PAGE).json()
    assert page["issues"] == []
    assert page["nextPageToken"]


def test_an_empty_page_of_linear_says_that_there_is_more(graph: Client) -> None:
    graph.post(SWITCHES, {"name": "empty-page"})
    page = graph.data("{ issues(first: 2) { nodes { id } pageInfo { hasNextPage } } }")["issues"]
    assert page == {"nodes": [], "pageInfo": {"hasNextPage": True}}


def test_is_last_goes_missing_alone(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "no-is-last"})
    assert cloud.get(SEARCH, **PAGE).json().keys() == {"issues", "nextPageToken"}


def test_every_sign_of_an_end_goes_missing(cloud: Client) -> None:
    cloud.post(SWITCHES, {"name": "no-end-signal"})
    assert cloud.get(SEARCH, **PAGE).json().keys() == {"issues"}


def test_one_record_of_a_page_has_an_absurd_time(
    cloud_server: Server[JiraCloud], cloud: Client
) -> None:
    cloud_server.app.faults.add(Fault(name="bad-record"))
    times = [it["fields"]["updated"][:5] for it in cloud.get(SEARCH, **PAGE).json()["issues"]]
    assert times == ["51502", "2026-"]


def test_data_may_come_beside_errors(graph: Client) -> None:
    graph.post(SWITCHES, {"name": "partial-data"})
    body = graph.ask("{ viewer { name } }").json()
    assert body["data"] == {"viewer": {"name": "Ada Quist"}}
    assert body["errors"][0]["extensions"]["type"] == "internal error"
