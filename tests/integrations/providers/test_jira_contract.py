"""What the Cloud adapter sends and takes, held against Atlassian's own OpenAPI document."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from integrations.providers.jira.cloud import JiraCloud
from integrations.providers.jira.credentials import JiraCloudToken
from tests.integrations.providers.conftest import TOKEN, Scripted, project

pytestmark = pytest.mark.contract

BASE = "https://acme.atlassian.net"
SHOP = project("10000", points_fields=("customfield_10016",))
ME = "spec_myself"
SITE = "the_site"
# Told by the edge before Jira, and described for administrators in Atlassian's support pages.
OF_THE_EDGE: tuple[str, str, dict[str, str]] = ("GET", f"{BASE}/_edge/tenant_info", {})


@pytest.fixture(scope="module")
def document(contracts: Path) -> dict[str, Any]:
    text = (contracts / "jira/platform-v3.subset.openapi.json").read_text()
    parsed: dict[str, Any] = json.loads(text)
    return parsed


@pytest.fixture
def cloud(scripted: Scripted) -> JiraCloud:
    return JiraCloud.connect(JiraCloudToken("acme", "ada@example.com", TOKEN), scripted)


def problems(document: dict[str, Any], asked: tuple[str, str, Any]) -> list[str]:
    """What is wrong with a request by the document, in words; nothing if it is right."""
    if asked == OF_THE_EDGE:
        return []
    method, url, what = asked
    path = url.removeprefix(BASE)
    operation = document["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return [f"no operation {method} {path}"]
    if method == "GET":
        known = {it["name"] for it in operation.get("parameters", [])}
        return [f"no parameter {name}" for name in what if name not in known]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    return [error.message for error in jsonschema.Draft4Validator(whole).iter_errors(what)]


CALLS: dict[str, tuple[Callable[[JiraCloud], object], list[str]]] = {
    "changes": (
        lambda cloud: list(cloud.changes(SHOP, since=datetime(2026, 3, 1, tzinfo=UTC))),
        [SITE, ME, "cloud_search_jql_first_page", "cloud_search_jql_last_page"],
    ),
    "census": (
        lambda cloud: list(cloud.census(SHOP)),
        [SITE, ME, "cloud_search_jql_first_page", "cloud_search_jql_last_page"],
    ),
    "items": (lambda cloud: list(cloud.items(SHOP, ["10002"])), [SITE, ME, "spec_issue_bulkfetch"]),
    "preview": (
        lambda cloud: cloud.preview(SHOP),
        [SITE, ME, "spec_search_jql", "spec_search_approximate_count"],
    ),
    "sources": (lambda cloud: cloud.sources(), [SITE, ME, "spec_project_search", "last_projects"]),
    "number_fields": (lambda cloud: cloud.number_fields(), ["cloud_field"]),
    "vocabulary": (lambda cloud: cloud.vocabulary(), ["cloud_status", "no_types"]),
}
MADE_UP = {
    "last_projects": {"values": [], "isLast": True},
    "no_types": [],
    SITE: {"cloudId": "0e4f3f7a-5d0e-4f8e-9f43-000000000001"},
}


def play(contracts: Path, scripted: Scripted, names: list[str]) -> None:
    for name in names:
        file = contracts / f"jira/samples/{name}.json"
        scripted.answers(MADE_UP[name] if name in MADE_UP else json.loads(file.read_text()))


@pytest.mark.parametrize("name", CALLS)
def test_every_request_is_one_that_the_document_describes(
    contracts: Path,
    document: dict[str, Any],
    cloud: JiraCloud,
    scripted: Scripted,
    name: str,
) -> None:
    call, replies = CALLS[name]
    play(contracts, scripted, replies)
    call(cloud)
    assert len(scripted.asked) == len(replies)
    assert [problems(document, asked) for asked in scripted.asked] == [[] for _ in replies]


def test_the_check_itself_notices_a_key_that_no_body_has(document: dict[str, Any]) -> None:
    wrong = ("POST", f"{BASE}/rest/api/3/search/jql", {"jql": "a = 1", "startAt": 0})
    assert problems(document, wrong) != []


def test_the_check_itself_notices_a_removed_path(document: dict[str, Any]) -> None:
    wrong: tuple[str, str, dict[str, str]] = ("GET", f"{BASE}/rest/api/2/search", {})
    assert problems(document, wrong) == ["no operation GET /rest/api/2/search"]


def test_the_page_token_is_sent_back_with_the_same_query(
    contracts: Path, cloud: JiraCloud, scripted: Scripted
) -> None:
    play(contracts, scripted, CALLS["changes"][1])
    list(cloud.changes(SHOP, since=None))
    _, _, (_, _, first), (_, _, second) = scripted.asked
    assert second == {**first, "nextPageToken": "opaque-token-page-2"}


def test_a_record_of_the_documentation_with_a_number_for_a_time_is_set_aside(
    contracts: Path, cloud: JiraCloud, scripted: Scripted
) -> None:
    play(contracts, scripted, CALLS["preview"][1])
    found = cloud.preview(SHOP)
    assert [it.remote_id for it in found.quarantined] == ["10002"]
    assert found.count == 153


def test_english_is_asked_for_and_the_credential_is_a_basic_one(
    contracts: Path, cloud: JiraCloud, scripted: Scripted
) -> None:
    play(contracts, scripted, [SITE, ME])
    cloud.identify()
    _, headers = scripted.sent_headers
    assert headers["Accept-Language"] == "en"
    assert headers["Authorization"].startswith("Basic ")
