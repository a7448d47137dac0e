"""A shop's Jira, a connection to it, and a key result that a source of it moves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integrations.actions import credentials
from integrations.models import Connection, Link
from lib.outbound import Limits, OutboundClient, OutboundPolicy
from okrs.models import KeyResult
from standins.blank import empty_jira
from standins.jira_cloud import JiraCloud
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import CLOUD_CREDENTIAL, Portal


def yesterday() -> datetime:
    """The tracker's clock: what happened there is old enough to be listed."""
    return datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services that take more than half a second for an answer are too slow."""

    def outbound() -> OutboundClient:
        limits = Limits(connect=1, read=0.5, total=2)
        return OutboundClient(OutboundPolicy(allow_loopback=True), limits)

    monkeypatch.setattr(credentials, "outbound", outbound)


@pytest.fixture
def jira() -> Tracker:
    """A shop with four stories, one of them finished, an epic over two, and another project."""
    tracker = Tracker(empty_jira(), now=yesterday)
    tracker.add_space("SHOP", "Web shop")
    tracker.add_space("PAY", "Payments")
    epic = tracker.add("SHOP", "Faster checkout", type_name="Epic")
    tracker.add("SHOP", "Cache the basket", epic=epic.key, labels=("speed",))
    tracker.add("SHOP", "Shorten the form", epic=epic.key, labels=("speed",))
    tracker.add("SHOP", "Show delivery dates")
    tracker.add("SHOP", "Print a receipt")
    tracker.finish("SHOP-2")
    return tracker


@pytest.fixture
def server(jira: Tracker) -> Iterator[Server[JiraCloud]]:
    with serve(JiraCloud(jira, credential=CLOUD_CREDENTIAL)) as running:
        yield running


@pytest.fixture
def connection(portal: Portal, server: Server[JiraCloud]) -> Connection:
    return portal.connection(
        "jira-cloud", server.url, email="sync@example.com", token="token-of-the-tests"
    )


@pytest.fixture
def shop(jira: Tracker) -> str:
    return jira.space("SHOP").id


@pytest.fixture
def key_result(portal: Portal) -> KeyResult:
    return portal.key_result("Checkout is done")


@pytest.fixture
def link(portal: Portal, connection: Connection, key_result: KeyResult, shop: str) -> Link:
    return portal.link(connection, key_result, shop)


@pytest.fixture
def read(portal: Portal, connection: Connection, link: Link) -> Link:
    """The link, after a first reading."""
    portal.sync(connection)
    return link
