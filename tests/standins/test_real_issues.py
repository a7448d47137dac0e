"""Recorded issues of a real Jira: what a client that pages through them must count."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.real import read_site
from standins.server import serve
from standins.state import Tracker
from tests.standins.conftest import Client

pytestmark = pytest.mark.contract
DONE = {None, "Fixed", "Done"}
# From the README of the recorded issues: issues, leaves, leaves in a done category, of these done.
RECORDED = {
    "ALOY": (1499, 1421, 1215, 930),
    "MOD": (367, 334, 253, 211),
    "DAEMON": (317, 310, 285, 251),
}
IN_AN_EPIC = {"ALOY": 23, "MOD": 31, "DAEMON": 65}
Issues = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def recorded(contracts: Path) -> Path:
    return contracts / "jira" / "real"


@pytest.fixture(scope="module")
def cloud_issues(recorded: Path) -> Iterator[Issues]:
    app = JiraCloud(Tracker(read_site(recorded)), credential="a:b")
    with serve(app) as server:
        client = Client(server.url, app.authorization())
        yield lambda project: list(_cloud_pages(client, project))


@pytest.fixture(scope="module")
def center_issues(recorded: Path) -> Iterator[Issues]:
    app = JiraDataCenter(Tracker(read_site(recorded)), credential="pat")
    with serve(app) as server:
        client = Client(server.url, app.authorization())
        yield lambda project: list(_center_pages(client, project))


def _cloud_pages(client: Client, project: str) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {
        "jql": f'project = "{project}" ORDER BY updated ASC',
        "fields": ["status", "resolution", "issuetype", "parent"],
        "maxResults": 100,
    }
    while True:
        page = client.post("/rest/api/3/search/jql", asked).json()
        yield from page["issues"]
        if page["isLast"]:
            return
        asked["nextPageToken"] = page["nextPageToken"]


def _center_pages(client: Client, project: str) -> Iterator[dict[str, Any]]:
    start, total = 0, 1
    while start < total:
        page = client.get(
            "/rest/api/2/search",
            jql=f"project = {project} ORDER BY id",
            startAt=start,
            maxResults=500,
            fields="status,resolution,issuetype,customfield_10101",
        ).json()
        yield from page["issues"]
        start, total = start + len(page["issues"]), page["total"]


def _counts(issues: list[dict[str, Any]]) -> tuple[int, int, int, int]:
    leaves = [issue["fields"] for issue in issues if _is_leaf(issue["fields"]["issuetype"])]
    closed = [it for it in leaves if it["status"]["statusCategory"]["key"] == "done"]
    done = [it for it in closed if (it["resolution"] or {}).get("name") in DONE]
    return len(issues), len(leaves), len(closed), len(done)


def _is_leaf(issue_type: dict[str, Any]) -> bool:
    return not issue_type["subtask"] and issue_type["name"] != "Epic"


@pytest.mark.parametrize("project", RECORDED)
def test_cloud_pages_give_the_recorded_counts(cloud_issues: Issues, project: str) -> None:
    assert _counts(cloud_issues(project)) == RECORDED[project]


@pytest.mark.parametrize("project", RECORDED)
def test_data_center_pages_give_the_recorded_counts(center_issues: Issues, project: str) -> None:
    assert _counts(center_issues(project)) == RECORDED[project]


@pytest.mark.parametrize("project", IN_AN_EPIC)
def test_data_center_gives_the_recorded_epic_links(center_issues: Issues, project: str) -> None:
    linked = [it for it in center_issues(project) if it["fields"]["customfield_10101"]]
    assert len(linked) == IN_AN_EPIC[project]


@pytest.mark.parametrize("project", IN_AN_EPIC)
def test_cloud_gives_every_issue_in_an_epic_a_parent(cloud_issues: Issues, project: str) -> None:
    issues = [it["fields"] for it in cloud_issues(project)]
    linked = [it for it in issues if "parent" in it and not it["issuetype"]["subtask"]]
    assert len(linked) == IN_AN_EPIC[project]


def test_an_issue_of_a_later_day_is_absent(recorded: Path) -> None:
    day = datetime(2016, 6, 1, tzinfo=UTC)
    site = read_site(recorded, up_to=day)
    assert len(site.issues) == 1398
    assert max(issue.created for issue in site.issues.values()) <= day


def test_an_issue_finished_on_a_later_day_is_still_open(recorded: Path) -> None:
    # ALOY-45 was made in May and resolved on 24 September 2012.
    open_then = read_site(recorded, up_to=datetime(2012, 9, 24, tzinfo=UTC)).issues["91416"]
    assert (open_then.resolution_id, open_then.resolved) == (None, None)
    assert open_then.status_id == "1"


def test_an_issue_finished_that_day_was_last_changed_then(recorded: Path) -> None:
    finished = read_site(recorded, up_to=datetime(2012, 9, 25, tzinfo=UTC)).issues["91416"]
    assert finished.updated == finished.resolved == datetime(2012, 9, 24, 18, 44, 14, tzinfo=UTC)


def test_no_change_is_of_a_later_day(recorded: Path) -> None:
    day = datetime(2018, 1, 1, tzinfo=UTC)
    assert max(it.updated for it in read_site(recorded, up_to=day).issues.values()) <= day


def test_replayed_to_the_end_the_site_is_as_recorded(recorded: Path) -> None:
    assert read_site(recorded, up_to=datetime(2022, 1, 1, tzinfo=UTC)) == read_site(recorded)
