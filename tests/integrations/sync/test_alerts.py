"""When a connection needs a person, its owner is written to, once."""

from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Member
from integrations.actions.alerts import tell_owner
from integrations.choices import RunState
from integrations.models import Connection, Link
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.integrations.conftest import CLOUD_CREDENTIAL, Portal
from tests.integrations.sync.outcome import owed


def carry_out_alerts() -> None:
    for arguments in owed("tell_owner"):
        tell_owner(UUID(arguments["connection_id"]), arguments["reason"])


@pytest.fixture
def broken(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> Connection:
    """A connection whose credential was revoked since it was last read."""
    portal.sync(connection)
    server.app.credential = "somebody-else@example.com:other"
    portal.sync(connection)
    return connection


def alert(connection: Connection, reason: str) -> dict[str, Any]:
    return {"connection_id": str(connection.pk), "reason": reason}


def test_the_owner_learns_that_a_connection_broke_and_what_to_do(broken: Connection) -> None:
    carry_out_alerts()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (
        ["admin@acme.example"],
        "jira-cloud cannot be read any more",
    )
    assert "Enter a new credential on the connection page." in letter.body
    assert broken.get_absolute_url() in letter.body


def test_a_connection_that_stays_broken_is_not_told_again(
    portal: Portal, broken: Connection
) -> None:
    portal.sync(broken)
    assert owed("tell_owner") == [alert(broken, "broken")]


def test_a_connection_that_breaks_again_after_it_worked_is_told_again(
    portal: Portal, server: Server[JiraCloud], broken: Connection
) -> None:
    server.app.credential = CLOUD_CREDENTIAL
    assert portal.sync(broken).state == RunState.COMPLETE
    server.app.credential = "somebody-else@example.com:other"
    portal.sync(broken)
    assert owed("tell_owner") == [alert(broken, "broken")] * 2


def test_the_third_failure_in_a_row_is_told(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="500", path="/search/jql", times=999))
    for _ in range(4):
        portal.sync(connection)
    assert owed("tell_owner") == [alert(connection, "failing")]


def test_of_an_owner_who_left_the_administrators_hear(portal: Portal, broken: Connection) -> None:
    Connection.objects.filter(pk=broken.pk).update(owner=portal.world["lead"])
    Member.objects.filter(pk=portal.world["lead"].pk).update(left_at=timezone.now())
    carry_out_alerts()
    assert [letter.to for letter in mail.outbox] == [["admin@acme.example"]]
