"""Rows of the route table for the sync."""

from uuid import UUID

from accounts.permissions import Permission
from integrations.models import (
    Connection,
    FileImport,
    Link,
    Observation,
    Pull,
    PushAddress,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
)
from portfolio.models import Metric
from tests.factories.integrations import (
    ConnectionFactory,
    FileImportFactory,
    LinkFactory,
    ObservationFactory,
    PullFactory,
    PushAddressFactory,
    QuarantinedRecordFactory,
    SourceFactory,
    SyncedItemFactory,
    SyncRunFactory,
)
from tests.factories.portfolio import MetricFactory
from tests.okrs.goals import a_key_result
from tests.okrs.routes_api import archives, creates, does, reads, removes, usual
from tests.personas import World
from tests.route_table import Route, of

P = Permission
MANAGE, SYNC, WRITE = P.CONNECTION_MANAGE, P.CONNECTION_SYNC, P.CHECK_IN_WRITE


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


def a_metric(world: World) -> Metric:
    """A metric of the product that the personas have roles on."""
    return MetricFactory.create(product=world.product)


def a_push_address(world: World) -> PushAddress:
    return PushAddressFactory.create(metric=a_metric(world), made_by=world["admin"])


def a_pull(world: World) -> Pull:
    return PullFactory.create(metric=a_metric(world), owner=world["admin"])


def a_file_import(world: World) -> FileImport:
    return FileImportFactory.create(metric=a_metric(world), imported_by=world["admin"])


metric, address, pull = of(a_metric), of(a_push_address), of(a_pull)
item = of(an_item)
connection, source, link = of(a_connection), of(a_source), of(a_link)


def on_connection(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok, connection)


def on_source(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok, source)


def on_link(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok, link)


ROUTES: list[Route] = [
    Route("integrations:connections", "GET", P.ORG_READ),
    Route("integrations:push-addresses", "GET", P.ORG_READ),
    Route("integrations:pulls", "GET", P.ORG_READ),
    Route("integrations:imports", "GET", P.ORG_READ),
    Route("integrations:connect", "GET", MANAGE, words={"provider": "linear"}),
    Route("integrations:connect", "POST", MANAGE, 422, words={"provider": "linear"}),
    on_connection("connection", "GET", P.ORG_READ, 200),
    on_connection("edit", "GET", MANAGE, 200),
    on_connection("edit", "POST", MANAGE, 422),
    on_connection("address", "GET", MANAGE, 200),
    on_connection("address", "POST", MANAGE, 422),
    on_connection("credential", "GET", MANAGE, 200),
    on_connection("credential", "POST", MANAGE, 422),
    Route("integrations:sign-in", "POST", MANAGE, 404, words={"provider": "linear"}),
    Route("integrations:signed-in", "GET", MANAGE, 400),
    Route("integrations:choose-site", "GET", MANAGE, 400, words={"key": str(UUID(int=7))}),
    Route("integrations:choose-site", "POST", MANAGE, 400, words={"key": str(UUID(int=7))}),
    on_connection("sign-in-again", "POST", MANAGE, 404),
    on_connection("sync", "POST", SYNC, 302),
    on_connection("cancel", "POST", SYNC, 302),
    # Without the state that is wanted.
    on_connection("pause", "POST", MANAGE, 400),
    on_connection("seen", "GET", SYNC, 302),
    on_connection("close-webhook", "GET", MANAGE, 200),
    on_connection("webhook", "GET", MANAGE, 302),
    on_connection("webhook", "POST", MANAGE, 302),
    on_connection("close-webhook", "POST", MANAGE, 302),
    on_connection("set-aside", "GET", P.ORG_READ, 200),
    on_connection("set-aside-csv", "GET", P.ORG_READ, 200),
    on_connection("runs", "GET", P.ORG_READ, 200),
    on_connection("runs-csv", "GET", P.ORG_READ, 200),
    Route("integrations:run", "GET", P.ORG_READ, 200, of(a_run)),
    Route("integrations:try-again", "POST", SYNC, 302, of(a_quarantined_record)),
    on_connection("rules", "GET", MANAGE, 200),
    on_connection("rules", "POST", MANAGE, 422),
    on_connection("archive", "GET", MANAGE, 200),
    on_connection("archive", "POST", MANAGE, 302),
    # Without a credential it leads back to the connection with the reason.
    on_connection("add-source", "GET", MANAGE, 302),
    on_connection("add-source", "POST", MANAGE, 422),
    on_connection("taste-source", "POST", MANAGE, 200),
    on_source("source", "GET", P.ORG_READ, 200),
    on_source("source-csv", "GET", P.ORG_READ, 200),
    on_source("preview-link", "GET", P.OKR_WRITE, 200),
    on_source("preview-link", "POST", P.OKR_WRITE, 200),
    on_source("link-source", "GET", P.OKR_WRITE, 200),
    on_source("link-source", "POST", P.OKR_WRITE, 422),
    on_source("remove-source", "GET", MANAGE, 200),
    on_source("remove-source", "POST", MANAGE, 302),
    on_source("accept-shrink", "GET", MANAGE, 200),
    on_source("accept-shrink", "POST", MANAGE, 302),
    on_link("link-history", "GET", P.ORG_READ, 200),
    on_link("work", "GET", P.ORG_READ, 200),
    Route("integrations:item", "GET", P.ORG_READ, 200, item),
    Route("integrations:link-work", "GET", P.OKR_WRITE),
    Route("integrations:gaps", "GET", P.ORG_READ),
    Route("integrations:gaps-csv", "GET", P.ORG_READ),
    on_link("edit-link", "GET", P.OKR_WRITE, 200),
    on_link("edit-link", "POST", P.OKR_WRITE, 422),
    on_link("unlink", "GET", P.OKR_WRITE, 200),
    on_link("unlink", "POST", P.OKR_WRITE, 302),
    Route("integrations:import-to-metrics", "GET", WRITE),
    Route("integrations:import-to-metrics", "POST", WRITE, 422),
    *(
        Route(f"integrations:{name}", method, permission, ok, metric)
        for name, permission in (
            ("import-to-metric", WRITE),
            ("new-push-address", WRITE),
            ("new-pull", MANAGE),
        )
        for method, ok in (("GET", 200), ("POST", 422))
    ),
    Route("integrations:close-push-address", "GET", WRITE, 200, address),
    Route("integrations:push-address", "GET", WRITE, 200, address),
    Route("integrations:close-push-address", "POST", WRITE, 302, address),
    Route("integrations:undo-import", "GET", WRITE, 200, of(a_file_import)),
    Route("integrations:undo-import", "POST", WRITE, 302, of(a_file_import)),
    Route("integrations:pull", "GET", P.ORG_READ, 200, pull),
    Route("integrations:edit-pull", "GET", MANAGE, 200, pull),
    Route("integrations:edit-pull", "POST", MANAGE, 422, pull),
    Route("integrations:pull-now", "POST", SYNC, 302, pull),
    # Without the state that is wanted.
    Route("integrations:pause-pull", "POST", MANAGE, 400, pull),
    Route("integrations:archive-pull", "GET", MANAGE, 200, pull),
    Route("integrations:archive-pull", "POST", MANAGE, 302, pull),
    *reads("push-addresses", address),
    *creates("push-addresses", WRITE),
    *removes("push-addresses", address, WRITE),
    *usual("pulls", pull, MANAGE),
    *does("pulls-pull", pull, SYNC, ok=202),
    *does("pulls-pause", pull, MANAGE, ok=200),
    *does("pulls-resume", pull, MANAGE, ok=200),
    *reads("file-imports", of(a_file_import)),
    *creates("file-imports", WRITE),
    *does("file-imports-undo", of(a_file_import), WRITE, ok=422),
    *usual("connections", connection, MANAGE),
    *does("connections-credential", connection, MANAGE),
    *does("connections-pause", connection, MANAGE, ok=200),
    *does("connections-resume", connection, MANAGE, ok=200),
    *does("connections-cancel", connection, SYNC, ok=200),
    *does("connections-sync", connection, SYNC, ok=202),
    *does("connections-test", connection, SYNC, ok=422),
    *does("connections-preview", connection, MANAGE, ok=422),
    *does("connections-webhook", connection, MANAGE, ok=201),
    Route("api:connections-webhook", "DELETE", MANAGE, 204, connection),
    *reads("sources", source),
    *creates("sources", MANAGE),
    *archives("sources", source, MANAGE),
    *does("sources-accept", source, MANAGE, ok=422),
    *does("sources-preview", source, ok=200),
    *usual("links", link),
    Route("api:links-work", "GET", P.ORG_READ, 200, link),
    Route("api:links-explain", "GET", P.ORG_READ, 200, link),
    Route("api:synced-items-serves", "GET", P.ORG_READ, 200, item),
    Route("api:idle-initiatives", "GET", P.ORG_READ),
    Route("api:unworked-key-results", "GET", P.ORG_READ),
    Route("api:loose-items", "GET", P.ORG_READ),
    *reads("sync-runs", of(a_run)),
    *reads("quarantined-records", of(a_quarantined_record)),
    *does("quarantined-records-retry", of(a_quarantined_record), SYNC, ok=422),
    *reads("synced-items", of(an_item)),
    *reads("observations", of(an_observation)),
]
