"""Rows of the route table for the sync."""

from accounts.permissions import Permission
from integrations.models import (
    Connection,
    Link,
    Observation,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
)
from tests.factories.integrations import (
    ConnectionFactory,
    LinkFactory,
    ObservationFactory,
    QuarantinedRecordFactory,
    SourceFactory,
    SyncedItemFactory,
    SyncRunFactory,
)
from tests.okrs.goals import a_key_result
from tests.okrs.routes_api import archives, creates, does, reads, usual
from tests.personas import World
from tests.route_table import Route, of

P = Permission
MANAGE, SYNC = P.CONNECTION_MANAGE, P.CONNECTION_SYNC


def a_connection(world: World) -> Connection:
    return ConnectionFactory.create(owner=world["admin"])


def a_source(world: World) -> Source:
    return SourceFactory.create(connection=a_connection(world))


def a_link(world: World) -> Link:
    return LinkFactory.create(source=a_source(world), key_result=a_key_result(world))


def a_run(world: World) -> SyncRun:
    return SyncRunFactory.create(connection=a_connection(world))


def a_quarantined_record(world: World) -> QuarantinedRecord:
    return QuarantinedRecordFactory.create(source=a_source(world))


def an_item(world: World) -> SyncedItem:
    return SyncedItemFactory.create(connection=a_connection(world))


def an_observation(world: World) -> Observation:
    return ObservationFactory.create(link=a_link(world))


connection, source, link = of(a_connection), of(a_source), of(a_link)


def on_connection(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok, connection)


def on_source(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok, source)


def on_link(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok, link)


ROUTES: list[Route] = [
    Route("integrations:connections", "GET", P.ORG_READ),
    Route("integrations:connect", "GET", MANAGE, words={"provider": "linear"}),
    Route("integrations:connect", "POST", MANAGE, 422, words={"provider": "linear"}),
    on_connection("connection", "GET", P.ORG_READ, 200),
    on_connection("edit", "GET", MANAGE, 200),
    on_connection("edit", "POST", MANAGE, 422),
    on_connection("credential", "GET", MANAGE, 200),
    on_connection("credential", "POST", MANAGE, 422),
    on_connection("sync", "POST", SYNC, 302),
    on_connection("cancel", "POST", SYNC, 302),
    on_connection("pause", "POST", MANAGE, 302),
    on_connection("test", "POST", SYNC, 302),
    on_connection("open-webhook", "POST", MANAGE, 200),
    on_connection("close-webhook", "POST", MANAGE, 302),
    on_connection("rules", "GET", MANAGE, 200),
    on_connection("rules", "POST", MANAGE, 422),
    on_connection("archive", "GET", MANAGE, 200),
    on_connection("archive", "POST", MANAGE, 302),
    # Without a credential it leads back to the connection with the reason.
    on_connection("add-source", "GET", MANAGE, 302),
    on_connection("add-source", "POST", MANAGE, 302),
    on_source("source", "GET", P.ORG_READ, 200),
    on_source("source-csv", "GET", P.ORG_READ, 200),
    on_source("preview-link", "GET", P.OKR_WRITE, 200),
    on_source("link-source", "GET", P.OKR_WRITE, 200),
    on_source("link-source", "POST", P.OKR_WRITE, 422),
    on_source("remove-source", "POST", MANAGE, 302),
    on_source("accept-shrink", "POST", MANAGE, 302),
    on_link("link-history", "GET", P.ORG_READ, 200),
    on_link("edit-link", "GET", P.OKR_WRITE, 200),
    on_link("edit-link", "POST", P.OKR_WRITE, 422),
    on_link("unlink", "POST", P.OKR_WRITE, 302),
    *usual("connections", connection, MANAGE),
    *does("connections-credential", connection, MANAGE),
    *does("connections-pause", connection, MANAGE, ok=200),
    *does("connections-resume", connection, MANAGE, ok=200),
    *does("connections-cancel", connection, SYNC, ok=200),
    *does("connections-sync", connection, SYNC, ok=202),
    *does("connections-test", connection, SYNC, ok=422),
    *does("connections-webhook", connection, MANAGE, ok=201),
    Route("api:connections-webhook", "DELETE", MANAGE, 204, connection),
    *reads("sources", source),
    *creates("sources", MANAGE),
    *archives("sources", source, MANAGE),
    *does("sources-accept", source, MANAGE, ok=422),
    *usual("links", link),
    *reads("sync-runs", of(a_run)),
    *reads("quarantined-records", of(a_quarantined_record)),
    *reads("synced-items", of(an_item)),
    *reads("observations", of(an_observation)),
]
