"""A small tracker of each kind, served on loopback, with a clock that a test can turn."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests

from standins.blank import empty_jira, empty_linear, uuid_of
from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.linear import Linear
from standins.records import Initiative, Milestone, Undertaking
from standins.server import Server, serve
from standins.state import Tracker


class TurnableClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **length: float) -> datetime:
        self.moment += timedelta(**length)
        return self.moment


class Client:
    """Speaks JSON to one stand-in, with the right credential unless told otherwise."""

    def __init__(self, url: str, authorization: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = authorization

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.url + path, params=query, timeout=10)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.session.post(self.url + path, json=body, timeout=10)

    def ask(self, query: str, **variables: Any) -> requests.Response:
        """A GraphQL query."""
        return self.post("/graphql", {"query": query, "variables": variables})

    def data(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL answer without errors."""
        reply = self.ask(query, **variables)
        assert reply.status_code == HTTPStatus.OK, reply.text
        assert "errors" not in reply.json(), reply.text
        return reply.json()["data"]


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def jira(clock: TurnableClock) -> Tracker:
    """Two projects: SHOP with six issues, one of them an epic, and PAY with one."""
    tracker = Tracker(empty_jira(), now=clock)
    tracker.add_space("SHOP", "Web shop")
    tracker.add_space("PAY", "Payments", style="next-gen")
    epic = tracker.add("SHOP", "Faster checkout", type_name="Epic")
    for title in ("Cache the basket", "Shorten the form", "Retry the payment"):
        clock.forward(minutes=10)
        tracker.add("SHOP", title, epic=epic.key, estimate=Decimal(3), labels=("speed",))
    clock.forward(minutes=10)
    story = tracker.add("SHOP", "Show delivery dates")
    tracker.add("SHOP", "Ask the carrier", type_name="Sub-task", parent=story.key)
    tracker.add("PAY", "Accept cheques", estimate=Decimal(5))
    clock.forward(hours=1)
    return tracker


@pytest.fixture
def cloud_server(jira: Tracker) -> Iterator[Server[JiraCloud]]:
    with serve(JiraCloud(jira, credential="ada@example.com:token")) as server:
        yield server


@pytest.fixture
def cloud(cloud_server: Server[JiraCloud]) -> Client:
    return Client(cloud_server.url, cloud_server.app.authorization())


@pytest.fixture
def data_center_server(jira: Tracker) -> Iterator[Server[JiraDataCenter]]:
    with serve(JiraDataCenter(jira, credential="pat")) as server:
        yield server


@pytest.fixture
def data_center(data_center_server: Server[JiraDataCenter]) -> Client:
    return Client(data_center_server.url, data_center_server.app.authorization())


CHECKOUT, MOBILE, EASTER, ALPHA = (uuid_of(it) for it in ("checkout", "mobile", "easter", "alpha"))


@pytest.fixture
def linear(clock: TurnableClock) -> Tracker:
    """Two teams. ENG has four issues, three of them in project Checkout; OPS has one."""
    tracker = Tracker(empty_linear(), now=clock)
    tracker.add_space("ENG", "Engineering")
    tracker.add_space("OPS", "Operations")
    _plan(tracker)
    for title in ("Cache the basket", "Shorten the form", "Retry the payment"):
        clock.forward(minutes=10)
        issue = tracker.add("ENG", title, estimate=Decimal(3), labels=("speed",))
        tracker.place(issue.id, undertaking_id=CHECKOUT, milestone_id=ALPHA)
    clock.forward(minutes=10)
    tracker.add("ENG", "Ask the carrier", parent="ENG-1")
    tracker.add("OPS", "Renew certificates", estimate=Decimal(5))
    clock.forward(hours=1)
    return tracker


def _plan(tracker: Tracker) -> None:
    """One initiative with a project of its own, and below it another with another."""
    site, now = tracker.site, tracker.now()
    made: dict[str, Any] = {"created": now, "updated": now}
    spaces = tuple(site.spaces)
    site.initiatives[EASTER] = Initiative(
        id=EASTER, name="Ready for Easter", status="Active", **made
    )
    below = uuid_of("below")
    site.initiatives[below] = Initiative(
        id=below, name="On the phone", status="Planned", parent_id=EASTER, **made
    )
    site.undertakings[CHECKOUT] = Undertaking(
        id=CHECKOUT,
        name="Checkout & payments",
        status="started",
        space_ids=spaces,
        initiative_ids=(EASTER,),
        **made,
    )
    site.undertakings[MOBILE] = Undertaking(
        id=MOBILE,
        name="Mobile app",
        status="planned",
        space_ids=spaces[:1],
        initiative_ids=(below,),
        **made,
    )
    site.milestones[ALPHA] = Milestone(id=ALPHA, name="Alpha", undertaking_id=CHECKOUT, **made)


@pytest.fixture
def linear_server(linear: Tracker) -> Iterator[Server[Linear]]:
    with serve(Linear(linear, credential="lin_api_standin")) as server:
        yield server


@pytest.fixture
def graph(linear_server: Server[Linear]) -> Client:
    return Client(linear_server.url, "lin_api_standin")


@pytest.fixture(scope="session")
def contracts() -> Path:
    """The recorded contracts of the real services, which are not part of this repository."""
    default = Path(__file__).parents[2].parent / "shared" / "contracts"
    folder = Path(os.environ.get("FLOTILLA_CONTRACTS", default))
    if not folder.is_dir():
        pytest.skip(f"no recorded contracts at {folder}; set FLOTILLA_CONTRACTS")
    return folder


def keys(reply: requests.Response) -> list[str]:
    """The issue keys of a search that succeeded, in order."""
    assert reply.status_code == HTTPStatus.OK, reply.text
    return [issue["key"] for issue in reply.json()["issues"]]


def refusal(reply: requests.Response) -> str:
    """What a Jira said when it refused with 400."""
    assert reply.status_code == HTTPStatus.BAD_REQUEST, reply.text
    message: str = reply.json()["errorMessages"][0]
    return message
