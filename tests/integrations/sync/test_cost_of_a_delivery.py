"""A delivery is answered before anything is read: a few statements, however much is stored."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.actions.webhooks import open_webhook
from integrations.models import Connection, Link, Webhook
from standins.jira_cloud import JiraCloud
from standins.server import Server
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.deliveries import jira_delivery, post

Opened = tuple[Webhook, str]
# Two transactions: whose address it is, and the delivery with the run that it asks for or joins.
STATEMENTS = 18


@pytest.fixture
def opened(portal: Portal, connection: Connection, read: Link) -> Opened:
    return open_webhook(portal.world.access("admin"), connection)


def statements(opened: Opened, issue_id: str) -> int:
    with CaptureQueriesContext(database) as asked:
        assert post(opened[0], jira_delivery("updated", issue_id), opened[1]) == 202
    return len(asked)


@pytest.mark.parametrize("earlier", [1, 3, 50])
def test_a_delivery_costs_the_same_however_many_came_before(
    opened: Opened, jira: Tracker, earlier: int
) -> None:
    for number in range(earlier):
        statements(opened, str(number))
    assert statements(opened, jira.find("SHOP-4").id) == STATEMENTS


def test_no_delivery_waits_for_the_service(opened: Opened, server: Server[JiraCloud]) -> None:
    asked = len(server.app.seen)
    statements(opened, "1")
    assert len(server.app.seen) == asked
