"""Twins whose issues changed since they were read, as webhooks tell both of their connections."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from integrations.actions.webhooks import open_webhook
from integrations.choices import OPEN_RUNS, RunTrigger
from integrations.models import Connection, Webhook, WebhookDelivery
from standins.records import Kind
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.deliveries import Event, post
from tests.integrations.sync.twins import SERVICES, Twins, twins

# What no reading without a census would find.
DELETED = ("SHOP-3", "SHOP-12")
# How many changes are told.
CHANGES = 6


@dataclass(frozen=True)
class Hinted:
    """The twins, what changed, and where each connection takes deliveries."""

    pair: Twins
    events: list[Event]
    addresses: dict[Connection, tuple[Webhook, str]]

    def tell(self, connection: Connection) -> None:
        """Each change is told twice."""
        webhook, secret = self.addresses[connection]
        for event in [*self.events, *self.events]:
            assert post(webhook, event.delivery(), secret) == 202


@contextmanager
def with_changes(portal: Portal, service: str) -> Iterator[Hinted]:
    """Both connections were read; then issues change, and no delivery came yet."""
    with twins(portal, SERVICES[service]) as pair:
        pair.tracker.add_space("PAY", "Payments")
        addresses = {}
        for connection in (pair.tried, pair.spared):
            portal.sync(connection)
            addresses[connection] = open_webhook(portal.world.access("admin"), connection)
        yield Hinted(pair, list(changes(pair.tracker)), addresses)


@contextmanager
def hinted(portal: Portal, service: str) -> Iterator[Twins]:
    """Both connections were read, and told what changed since: a run by webhook waits for each."""
    with with_changes(portal, service) as ready:
        for connection in ready.addresses:
            ready.tell(connection)
        yield ready.pair


def changes(tracker: Tracker) -> Iterator[Event]:
    """Issues are finished and opened again, deleted, moved away and made."""

    def event(what: str, issue_id: str) -> Event:
        return Event(what, issue_id, str(uuid4()), tracker.site.kind is Kind.LINEAR)

    for key in DELETED:
        issue = tracker.find(key)
        tracker.delete(key)
        yield event("delete", issue.id)
    yield event("finish", tracker.finish("SHOP-5").id)
    yield event("reopen", tracker.reopen("SHOP-7").id)
    yield event("move", tracker.move("SHOP-9", "PAY").id)
    yield event("add", tracker.add("SHOP", "New").id)


def follow(portal: Portal, connection: Connection) -> None:
    """Carry out what the webhooks owe, and no poll."""
    while connection.runs.filter(state__in=OPEN_RUNS).exists():
        assert portal.sync(connection).trigger == RunTrigger.WEBHOOK


def unfollowed(connection: Connection) -> int:
    """How many deliveries wait to be followed."""
    waiting = WebhookDelivery.objects.filter(webhook__connection=connection, settled_at=None)
    return waiting.count()
