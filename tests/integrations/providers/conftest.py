"""An outbound client that answers from a script, and small trackers served on loopback."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from integrations.ports import Item, Selection, SourceKind
from integrations.providers.jira.cloud import JiraCloud
from integrations.providers.jira.credentials import JiraCloudToken, JiraDataCenterToken
from integrations.providers.jira.data_center import JiraDataCenter
from lib.outbound import OutboundClient, OutboundPolicy, Reply
from standins import jira_cloud, jira_data_center
from standins.blank import empty_jira
from standins.server import Server, serve
from standins.state import Tracker

TOKEN = "tok-9d1c-never-shown"


class Scripted(OutboundClient):
    """Gives the next reply of its script, and notes what was asked."""

    def __init__(self) -> None:
        super().__init__(OutboundPolicy(allow_loopback=True))
        self.script: list[Reply] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.sent_headers: list[Mapping[str, str]] = []

    def answers(self, body: Any, status: int = 200, **headers: str) -> None:
        """Add a reply. A body that is text goes out as a web page, all else as JSON."""
        web_page = isinstance(body, str)
        kind = "text/html" if web_page else "application/json;charset=UTF-8"
        raw = body.encode() if web_page else json.dumps(body).encode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script.append(Reply(status, CaseInsensitiveDict({"Content-Type": kind, **told}), raw))

    def answers_exchange(self, exchange: dict[str, Any]) -> None:
        """Add a recorded reply: status, headers and body."""
        self.answers(exchange["body"], exchange["status"])
        headers = CaseInsensitiveDict({**self.script[-1].headers, **exchange["headers"]})
        self.script[-1] = Reply(exchange["status"], headers, self.script[-1].body)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        return self._next("GET", url, dict(params or {}), headers)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        return self._next("POST", url, json.loads(body), headers)

    def _next(self, method: str, url: str, what: Any, headers: Mapping[str, str] | None) -> Reply:
        self.asked.append((method, url, what))
        self.sent_headers.append(headers or {})
        return self.script.pop(0)


class Clock:
    """A tracker's clock that a test turns."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **length: float) -> datetime:
        self.moment += timedelta(**length)
        return self.moment


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tracker(clock: Clock) -> Tracker:
    """Project SHOP with an epic, three stories in it, a story with a sub-task; and project PAY."""
    tracker = Tracker(empty_jira(time_zone="America/Los_Angeles"), now=clock)
    tracker.add_space("SHOP", "Web shop")
    tracker.add_space("PAY", "Payments", style="next-gen")
    epic = tracker.add("SHOP", "Faster checkout", type_name="Epic")
    for title in ("Cache the basket", "Shorten the form", "Retry the payment"):
        clock.forward(minutes=10)
        tracker.add("SHOP", title, epic=epic.key, estimate=Decimal(3), labels=("speed",))
    clock.forward(minutes=10)
    story = tracker.add("SHOP", "Show delivery dates")
    tracker.add("SHOP", "Ask the carrier", type_name="Sub-task", parent=story.key)
    tracker.add("PAY", "Accept cheques", estimate=Decimal("0.5"))
    clock.forward(hours=1)
    return tracker


@pytest.fixture
def outbound() -> Iterator[OutboundClient]:
    client = OutboundClient(OutboundPolicy(allow_loopback=True))
    yield client
    client.close()


@pytest.fixture
def cloud_server(tracker: Tracker) -> Iterator[Server[jira_cloud.JiraCloud]]:
    with serve(jira_cloud.JiraCloud(tracker, credential=f"ada@example.com:{TOKEN}")) as server:
        yield server


@pytest.fixture
def cloud(cloud_server: Server[jira_cloud.JiraCloud], outbound: OutboundClient) -> JiraCloud:
    credential = JiraCloudToken(cloud_server.url, "ada@example.com", TOKEN)
    return JiraCloud.connect(credential, outbound)


@pytest.fixture
def data_center_server(tracker: Tracker) -> Iterator[Server[jira_data_center.JiraDataCenter]]:
    with serve(jira_data_center.JiraDataCenter(tracker, credential=TOKEN)) as server:
        yield server


@pytest.fixture
def data_center(
    data_center_server: Server[jira_data_center.JiraDataCenter], outbound: OutboundClient
) -> JiraDataCenter:
    return JiraDataCenter.connect(JiraDataCenterToken(data_center_server.url, TOKEN), outbound)


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The recorded contracts of the real services, which are not part of this repository."""
    default = Path(__file__).parents[3].parent / "shared" / "contracts"
    folder = Path(os.environ.get("FLOTILLA_CONTRACTS", default))
    if not folder.is_dir():
        pytest.skip(f"no recorded contracts at {folder}; set FLOTILLA_CONTRACTS")
    return folder


def project(value: str, **fields: Any) -> Selection:
    return Selection(kind=SourceKind.PROJECT, value=value, **fields)


def query(text: str) -> Selection:
    return Selection(kind=SourceKind.JQL, value=text)


def item(**facts: Any) -> Item:
    """An ordinary open item, but for these facts."""
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    usual = {
        "remote_id": "1",
        "key": "SHOP-1",
        "title": "Cache the basket",
        "url": "https://acme.atlassian.net/browse/SHOP-1",
        "type_id": "10001",
        "type_name": "Story",
        "level": 0,
        "status_id": "1",
        "status_name": "To Do",
        "status_kind": "new",
        "project_remote_id": "10000",
        "project_key": "SHOP",
        "created_at": moment,
        "updated_at": moment,
    }
    return Item(**{**usual, **facts})
