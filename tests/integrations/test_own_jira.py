"""A Jira of the company's own: in its network, at another port, behind its own authority."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import ValidationError

from integrations.actions.connections import connect, prove
from integrations.choices import RunState
from integrations.models import Connection
from standins.blank import empty_jira
from standins.jira_data_center import JiraDataCenter
from standins.server import serve
from standins.state import Tracker
from tests.authority import Authority
from tests.integrations.conftest import CENTER_CREDENTIAL, Portal

HOST = "jira.corp.example"
SECRETS = {"token": CENTER_CREDENTIAL}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def port(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where Jira Data Center answers by TLS, as the host of that name."""
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if host == HOST else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    tracker = Tracker(empty_jira())
    tracker.add_space("SHOP", "Web shop")
    tracker.add("SHOP", "Cache the basket")
    app = JiraDataCenter(tracker, credential=CENTER_CREDENTIAL)
    with serve(app, tls=authority.context_for(HOST)) as server:
        yield int(server.url.rpartition(":")[2])


@pytest.fixture(autouse=True)
def opened(settings: LazySettings, port: int, authority: Authority) -> None:
    """What the operator sets for such a Jira, and nothing of what tests are allowed else."""
    settings.OUTBOUND_ALLOW_LOOPBACK = False
    settings.OUTBOUND_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.OUTBOUND_ALLOWED_PORTS = [443, port]
    settings.OUTBOUND_CA_FILE = str(authority.file)


@pytest.fixture
def draft(portal: Portal, port: int) -> Connection:
    address = f"https://{HOST}:{port}"
    return Connection(provider="jira-data-center", name="Own Jira", address=address)


def test_it_is_connected_and_read(portal: Portal, draft: Connection) -> None:
    row = connect(portal.world.access("admin"), draft, SECRETS, prove(draft, SECRETS))
    portal.link(row, portal.key_result("Basket"), "10000")
    assert portal.sync(row).state == RunState.COMPLETE
    assert row.items.count() == 1


def refusal_of(draft: Connection) -> str:
    with pytest.raises(ValidationError) as refusal:
        prove(draft, SECRETS)
    [words] = refusal.value.message_dict["address"]
    return words


def test_without_its_authority_it_is_not_believed(
    draft: Connection, settings: LazySettings
) -> None:
    settings.OUTBOUND_CA_FILE = ""
    assert "could not be reached (SSLError)" in refusal_of(draft)


def test_another_authority_does_not_vouch_for_it(
    draft: Connection, settings: LazySettings, tmp_path: Path
) -> None:
    settings.OUTBOUND_CA_FILE = str(Authority(tmp_path, "Another authority").file)
    assert "could not be reached (SSLError)" in refusal_of(draft)


def test_at_a_port_that_is_not_opened_it_is_not_asked(
    draft: Connection, settings: LazySettings
) -> None:
    settings.OUTBOUND_ALLOWED_PORTS = [443]
    assert "this port is not allowed" in refusal_of(draft).lower()


def test_outside_the_networks_that_are_opened_it_is_not_asked(
    draft: Connection, settings: LazySettings
) -> None:
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    assert "at an address that is not allowed" in refusal_of(draft)


def test_beside_its_authority_the_public_ones_are_believed(
    portal: Portal,
    draft: Connection,
    settings: LazySettings,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Authority(tmp_path, "Authority of the company").file
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority.file))
    settings.OUTBOUND_CA_FILE = str(own)
    assert prove(draft, SECRETS).identity.name
