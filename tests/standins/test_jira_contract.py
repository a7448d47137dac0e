"""Answers of the Jira Cloud stand-in, held against the schemas that Atlassian publishes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from standins.records import Sprint
from standins.state import Tracker
from tests.standins.conftest import Client

pytestmark = pytest.mark.contract
API = "/rest/api/3"
# The real service sends it although the published schema forbids it.
SENT_ALL_THE_SAME = {f"{API}/serverInfo": {"defaultLocale"}}


@pytest.fixture(scope="module")
def document(contracts: Path) -> dict[str, Any]:
    text = (contracts / "jira" / "platform-v3.subset.openapi.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


@pytest.fixture(scope="module")
def agile(contracts: Path) -> dict[str, Any]:
    path = contracts / "jira" / "software-agile-1.0.subset.openapi.json"
    parsed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return parsed


def faults(document: dict[str, Any], path: str, body: Any, *, method: str = "get") -> list[str]:
    """Where a body leaves the schema of a 200 answer."""
    answer = document["paths"][path][method]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    known = SENT_ALL_THE_SAME.get(path, set())
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in known}
    validator = Draft4Validator({**schema, "components": document.get("components", {})})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


@pytest.mark.parametrize(
    "path", ["myself", "field", "status", "statuscategory", "issuetype", "serverInfo"]
)
def test_an_answer_keeps_to_its_schema(cloud: Client, document: dict[str, Any], path: str) -> None:
    body = cloud.get(f"{API}/{path}").json()
    assert body
    assert faults(document, f"{API}/{path}", body) == []


def test_a_project_page_keeps_to_its_schema(cloud: Client, document: dict[str, Any]) -> None:
    body = cloud.get(f"{API}/project/search", maxResults=1).json()
    assert body["values"]
    assert faults(document, f"{API}/project/search", body) == []


@pytest.mark.parametrize("fields", ["id", "key", "summary,status", "*all"])
def test_a_search_page_keeps_to_its_schema(
    cloud: Client, document: dict[str, Any], jira: Tracker, fields: str
) -> None:
    jira.site.sprints["5"] = Sprint(id="5", name="Spring 1", state="active")
    jira.place("SHOP-2", sprint_id="5")
    jira.finish("SHOP-2")
    body = cloud.get(f"{API}/search/jql", jql="project = SHOP", fields=fields, maxResults=5).json()
    assert "nextPageToken" in body
    assert faults(document, f"{API}/search/jql", body) == []


def test_a_bulk_fetch_keeps_to_its_schema(cloud: Client, document: dict[str, Any]) -> None:
    body = cloud.post(f"{API}/issue/bulkfetch", {"issueIdsOrKeys": ["SHOP-1", "SHOP-6"]}).json()
    assert len(body["issues"]) == 2
    assert faults(document, f"{API}/issue/bulkfetch", body, method="post") == []


def test_a_count_keeps_to_its_schema(cloud: Client, document: dict[str, Any]) -> None:
    body = cloud.post(f"{API}/search/approximate-count", {"jql": "project = SHOP"}).json()
    assert faults(document, f"{API}/search/approximate-count", body, method="post") == []


def test_an_issue_keeps_to_its_schema(cloud: Client, document: dict[str, Any]) -> None:
    body = cloud.get(f"{API}/issue/SHOP-6").json()
    assert faults(document, f"{API}/issue/{{issueIdOrKey}}", body) == []


@pytest.mark.parametrize(
    ("path", "schema_path"),
    [
        ("board", "board"),
        ("board/1/configuration", "board/{boardId}/configuration"),
    ],
)
def test_a_board_keeps_to_its_schema(
    cloud: Client, agile: dict[str, Any], path: str, schema_path: str
) -> None:
    body = cloud.get(f"/rest/agile/1.0/{path}").json()
    assert faults(agile, f"/rest/agile/1.0/{schema_path}", body) == []


@pytest.mark.parametrize(
    ("sample", "path"),
    [
        ("http_410_search_removed", f"{API}/search"),
        ("http_404_issue", f"{API}/issue/SHOP-99"),
        ("http_400_unbounded_jql", f"{API}/search/jql"),
        ("http_400_unknown_project", f"{API}/search/jql?jql=project=FG"),
    ],
)
def test_a_refusal_is_worded_as_recorded(
    cloud: Client, contracts: Path, sample: str, path: str
) -> None:
    text = (contracts / "jira" / "samples" / f"{sample}.json").read_text(encoding="utf-8")
    recorded = json.loads(text)
    reply = cloud.get(path)
    assert reply.status_code == recorded["status"]
    assert reply.json()["errorMessages"] == recorded["body"]["errorMessages"]


def test_what_changes_in_a_schema_would_be_noticed(cloud: Client, document: dict[str, Any]) -> None:
    body = {**cloud.get(f"{API}/myself").json(), "nickname": "Ada"}
    assert faults(document, f"{API}/myself", body) == [
        "$: Additional properties are not allowed ('nickname' was unexpected)"
    ]
