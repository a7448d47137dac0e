"""What was read is kept as long as the connection says, and the state at that moment longer."""

from datetime import timedelta

from django.utils import timezone

from integrations.actions.retention import forget
from integrations.models import Connection, ItemVersion, Link, SyncedItem
from integrations.payloads import unpack
from standins.state import Tracker
from tests.integrations.conftest import Portal


def age(item: str, days: list[int]) -> None:
    """Make the versions of an item that old, oldest first."""
    versions = ItemVersion.objects.filter(item__key=item).order_by("id")
    for version, old in zip(versions, days, strict=True):
        received = timezone.now() - timedelta(days=old)
        ItemVersion.objects.filter(pk=version.pk).update(received_at=received)


def twice_changed(portal: Portal, jira: Tracker, connection: Connection) -> None:
    portal.sync(connection)
    jira.start("SHOP-4")
    portal.sync(connection)
    jira.finish("SHOP-4")
    portal.sync(connection)


def kinds(item: str) -> list[str]:
    versions = ItemVersion.objects.filter(item__key=item).order_by("received_at")
    return [unpack(bytes(version.body)).item.status_kind for version in versions]


def test_of_the_versions_before_the_horizon_the_last_one_stays(
    portal: Portal, jira: Tracker, connection: Connection, link: Link
) -> None:
    twice_changed(portal, jira, connection)
    age("SHOP-4", [500, 450, 10])
    assert forget() == 1
    assert kinds("SHOP-4") == ["indeterminate", "done"]


def test_what_is_younger_than_the_horizon_stays(
    portal: Portal, jira: Tracker, connection: Connection, link: Link
) -> None:
    twice_changed(portal, jira, connection)
    age("SHOP-4", [300, 200, 10])
    assert forget() == 0


def test_an_item_never_loses_its_only_version(read: Link) -> None:
    age("SHOP-4", [900])
    forget()
    assert (kinds("SHOP-4"), SyncedItem.objects.filter(key="SHOP-4").count()) == (["new"], 1)
