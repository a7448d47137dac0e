"""Rows of the route table for the sync."""

from typing import Any

from accounts.permissions import Permission
from integrations.models import Connection, Source
from tests.okrs.routes_api import changes, creates, does, reads
from tests.personas import World
from tests.route_table import Route

P = Permission
MANAGE = P.CONNECTION_MANAGE


def of_a_connection(world: World) -> dict[str, Any]:
    """A connection that nothing answers for: pages of it work without the network."""
    row, _ = Connection.objects.get_or_create(
        name="Delivery", defaults={"provider": "linear", "owner": world["admin"]}
    )
    return {"pk": row.pk}


def of_a_source(world: World) -> dict[str, Any]:
    row, _ = Source.objects.get_or_create(
        connection_id=of_a_connection(world)["pk"], kind="team", remote_id="t", name="Team"
    )
    return {"pk": row.pk}


def of_linear(world: World) -> dict[str, Any]:
    return {"provider": "linear"}


def on_connection(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok=ok, arguments=of_a_connection)


def on_source(name: str, method: str, permission: Permission, ok: int) -> Route:
    return Route(f"integrations:{name}", method, permission, ok=ok, arguments=of_a_source)


def of_no_link(world: World) -> dict[str, Any]:
    return {"pk": "00000000-0000-0000-0000-000000000000"}


ROUTES: list[Route] = [
    Route("integrations:connections", "GET", P.ORG_READ),
    Route("integrations:connect", "GET", MANAGE, arguments=of_linear),
    Route("integrations:connect", "POST", MANAGE, ok=422, arguments=of_linear),
    on_connection("connection", "GET", P.ORG_READ, 200),
    on_connection("edit", "GET", MANAGE, 200),
    on_connection("edit", "POST", MANAGE, 422),
    on_connection("credential", "GET", MANAGE, 200),
    on_connection("credential", "POST", MANAGE, 422),
    on_connection("sync", "POST", P.CONNECTION_SYNC, 302),
    on_connection("cancel", "POST", P.CONNECTION_SYNC, 302),
    on_connection("pause", "POST", MANAGE, 302),
    on_connection("test", "POST", P.CONNECTION_SYNC, 302),
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
    Route("integrations:link-history", "GET", P.ORG_READ, ok=404, arguments=of_no_link),
    Route("integrations:edit-link", "GET", P.OKR_WRITE, ok=404, arguments=of_no_link),
    Route("integrations:edit-link", "POST", P.OKR_WRITE, ok=404, arguments=of_no_link),
    Route("integrations:unlink", "POST", P.OKR_WRITE, ok=404, arguments=of_no_link),
    *reads("connections"),
    *creates("connections", MANAGE),
    *changes("connections", "PATCH", MANAGE),
    *changes("connections", "DELETE", MANAGE),
    *does("connections-credential", MANAGE),
    *does("connections-pause", MANAGE),
    *does("connections-resume", MANAGE),
    *does("connections-cancel", P.CONNECTION_SYNC),
    *does("connections-sync", P.CONNECTION_SYNC),
    *does("connections-test", P.CONNECTION_SYNC),
    *does("connections-webhook", MANAGE),
    Route("api:connections-webhook", "DELETE", MANAGE, ok=404, arguments=of_no_link),
    *reads("sources"),
    *creates("sources", MANAGE),
    *changes("sources", "DELETE", MANAGE),
    *does("sources-accept", MANAGE),
    *reads("links"),
    *creates("links"),
    *changes("links", "PATCH"),
    *changes("links", "DELETE"),
    *reads("sync-runs"),
    *reads("quarantined-records"),
    *reads("synced-items"),
    *reads("observations"),
]
