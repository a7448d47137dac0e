"""When a connection needs a person, its owner is told, once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.mailing import deliver, gather
from accounts.models import Letter, Member, Notification
from integrations.choices import ConnectionState, RunState
from integrations.models import Connection, Link, Source
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import CLOUD_CREDENTIAL, Portal
from tests.integrations.sync.outcome import told

BROKEN = "jira-cloud cannot be read any more"


def send_letters() -> None:
    """What is done a while later, by the workers of mail."""
    Notification.objects.update(mail_at=timezone.now() - timedelta(seconds=1))
    gather()
    for pk in Letter.objects.values_list("pk", flat=True):
        deliver(pk)


@pytest.fixture
def broken(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> Connection:
    """A connection whose credential was revoked since it was last read."""
    portal.sync(connection)
    server.app.credential = "somebody-else@example.com:other"
    portal.sync(connection)
    return connection


def test_the_owner_learns_that_a_connection_broke_and_what_to_do(broken: Connection) -> None:
    (row,) = Notification.objects.all()
    assert (row.member, row.title, row.url) == (
        broken.owner,
        BROKEN,
        broken.get_absolute_url(),
    )
    assert "Enter a new credential on the connection page." in row.text
    assert "The scores that it feeds stand as they were" in row.text


def test_the_owner_is_written_to(broken: Connection) -> None:
    send_letters()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["admin@acme.example"], BROKEN)
    assert "Enter a new credential on the connection page." in letter.body
    assert broken.get_absolute_url() in letter.body


@pytest.mark.parametrize("state", [ConnectionState.WORKING, ConnectionState.PAUSED])
def test_nobody_is_written_to_about_what_was_mended_or_paused_meanwhile(
    broken: Connection, state: str
) -> None:
    Connection.objects.update(state=state)
    send_letters()
    assert mail.outbox == []


def test_a_connection_that_stays_broken_is_not_told_again(
    portal: Portal, broken: Connection
) -> None:
    portal.sync(broken)
    assert told() == [BROKEN]


def test_a_connection_that_breaks_again_after_it_worked_is_told_again(
    portal: Portal, server: Server[JiraCloud], broken: Connection
) -> None:
    server.app.credential = CLOUD_CREDENTIAL
    assert portal.sync(broken).state == RunState.COMPLETE
    server.app.credential = "somebody-else@example.com:other"
    portal.sync(broken)
    assert told() == [BROKEN] * 2


def test_the_third_failure_in_a_row_is_told(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="500", path="/search/jql", times=999))
    for _ in range(4):
        portal.sync(connection)
    assert told() == ["jira-cloud fails again and again"]


def test_failures_are_written_of_while_they_last(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="500", path="/search/jql", times=999))
    for _ in range(3):
        portal.sync(connection)
    send_letters()
    assert [letter.subject for letter in mail.outbox] == ["jira-cloud fails again and again"]


def test_all_that_gets_out_of_sight_in_one_run_is_told_at_once(
    portal: Portal, jira: Tracker, connection: Connection, read: Link
) -> None:
    portal.link(connection, portal.key_result("Paying is done"), jira.space("PAY").id)
    portal.sync(connection)
    for key in ("SHOP", "PAY"):
        jira.set_space(key, hidden=True)
    portal.sync(connection)
    (row,) = Notification.objects.all()
    assert row.title == "A part of jira-cloud is out of sight"
    lost = [line.partition(":")[0] for line in row.text.splitlines()[:-1]]
    assert lost == sorted(Source.objects.values_list("name", flat=True))


def test_of_an_owner_who_left_the_administrators_hear(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    Connection.objects.update(owner=portal.world["lead"])
    Member.objects.filter(pk=portal.world["lead"].pk).update(left_at=timezone.now())
    server.app.credential = "somebody-else@example.com:other"
    portal.sync(connection)
    assert [row.member for row in Notification.objects.all()] == [portal.admin]
