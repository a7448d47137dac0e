"""What a script sees before it follows and links: what there is, what it holds, what it counts."""

from typing import Any

import pytest
from django.test import Client

from integrations.actions.links import create_link
from integrations.actions.webhooks import open_webhook
from integrations.models import Connection, Source, SyncRun
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.integrations.conftest import Portal
from tests.integrations.items import connected, make_item

BASE = "/api/v1/orgs/acme"
JSON = "application/json"


@pytest.fixture
def shop(portal: Portal, jira: Server[JiraCloud]) -> Connection:
    """A connection to a Jira with one project of two stories."""
    return connected(portal.world, jira)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{BASE}/{path}", body or {}, content_type=JSON)


def project_of(admin: Client, shop: Connection) -> dict[str, str]:
    (project,) = post(admin, f"connections/{shop.pk}/test/").json()["offered"]
    return dict(project)


# --- What there is --------------------------------------------------------------------------
def test_a_test_names_what_can_be_followed(admin: Client, shop: Connection) -> None:
    project = project_of(admin, shop)
    assert (project["kind"], project["key"], project["name"]) == ("project", "SHOP", "Web shop")


def test_what_a_test_names_can_be_followed_as_it_is(admin: Client, shop: Connection) -> None:
    project = project_of(admin, shop)
    project.pop("key")
    answer = post(admin, "sources/", {"connection": str(shop.pk), **project})
    assert (answer.status_code, Source.objects.get().remote_id) == (201, project["remote_id"])


def test_a_test_names_the_number_fields(admin: Client, shop: Connection) -> None:
    fields = post(admin, f"connections/{shop.pk}/test/").json()["number_fields"]
    assert [field["remote_id"] for field in fields if field["is_points"]] == shop.points_fields


# --- Following ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query",
    ["project = SHOP ORDER BY created", "ORDER BY created", "(project = SHOP", "colour = 1"],
)
def test_a_query_that_cannot_be_followed_is_refused(
    admin: Client, shop: Connection, query: str
) -> None:
    body = {"connection": str(shop.pk), "kind": "jql", "name": "Mine", "query": query}
    answer = post(admin, "sources/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["query"])
    assert not Source.objects.exists()


def test_a_query_that_can_be_followed_is(admin: Client, shop: Connection) -> None:
    body = {"connection": str(shop.pk), "kind": "jql", "name": "M", "query": "project = SHOP"}
    assert post(admin, "sources/", body).status_code == 201


def test_a_project_that_is_not_there_is_refused_at_its_id(admin: Client, shop: Connection) -> None:
    body = {"connection": str(shop.pk), "kind": "project", "name": "X", "remote_id": "999999"}
    answer = post(admin, "sources/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["remote_id"])


def test_a_project_has_no_query(admin: Client, shop: Connection) -> None:
    project = project_of(admin, shop)
    project.pop("key")
    body = {"connection": str(shop.pk), **project, "query": "project = SHOP"}
    answer = post(admin, "sources/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["query"])


def test_a_repeated_request_follows_once(admin: Client, shop: Connection) -> None:
    project = project_of(admin, shop)
    project.pop("key")
    body = {"connection": str(shop.pk), **project}
    answers = [
        admin.post(
            f"{BASE}/sources/", body, content_type=JSON, headers={"Idempotency-Key": "once"}
        ).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert Source.objects.count() == 1


# --- Previews -------------------------------------------------------------------------------
def test_a_preview_tells_what_a_project_would_count(admin: Client, shop: Connection) -> None:
    project = project_of(admin, shop)
    body = {"kind": "project", "remote_id": project["remote_id"], "measure": "share-of-points"}
    told = post(admin, f"connections/{shop.pk}/preview/", body).json()
    measured = told["measured"]
    assert (told["whole"], told["looked_at"]) == (True, 2)
    assert (measured["items_done"], measured["items_total"], measured["unestimated"]) == (0, 2, 2)
    assert [(row["category"], row["items"]) for row in told["statuses"]] == [("todo", 2)]
    assert {row["title"] for row in told["items"]} == {"Cache the basket", "Shorten the form"}
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "jql", "query": "ORDER BY key"}, "query"),
        ({"kind": "jql"}, "query"),
        ({"kind": "project"}, "remote_id"),
        ({"kind": "project", "remote_id": "999999"}, "remote_id"),
        ({"kind": "jql", "query": "project = SHOP", "measure": "sum-of-field"}, "field"),
    ],
)
def test_a_preview_refuses_beside_the_field(
    admin: Client, shop: Connection, body: dict[str, str], field: str
) -> None:
    answer = post(admin, f"connections/{shop.pk}/preview/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


@pytest.fixture
def read(source: Source) -> Source:
    make_item(source, "S-1", category="done", labels=["speed"], status_name="Done")
    make_item(source, "S-2")
    return source


@pytest.mark.parametrize(
    ("body", "done", "total"),
    [({}, 1, 2), ({"label": "speed"}, 1, 1), ({"parent_remote_id": "E-1"}, 0, 0)],
)
def test_a_link_is_counted_before_it_is_made(
    admin: Client, read: Source, body: dict[str, str], done: int, total: int
) -> None:
    told = post(admin, f"sources/{read.pk}/preview/", body).json()
    assert (told["items_done"], told["items_total"]) == (done, total)


def test_rules_of_a_link_are_counted_before_it_is_made(admin: Client, read: Source) -> None:
    body = {"rules": {"statuses": {"1": "done"}}}
    told = post(admin, f"sources/{read.pk}/preview/", body).json()
    assert (told["items_done"], told["items_total"]) == (2, 2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"measure": "sum-of-field"}, "field"),
        ({"rules": {"colours": {}}}, "rules"),
        ({"rules": {"statuses": 5}}, "rules"),
        ({"rules": 5}, "rules"),
    ],
)
def test_a_link_that_cannot_count_is_refused_beside_the_field(
    admin: Client, read: Source, body: dict[str, Any], field: str
) -> None:
    answer = post(admin, f"sources/{read.pk}/preview/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_a_link_over_a_field_that_was_not_read_counts_nothing_so_far(
    admin: Client, read: Source
) -> None:
    Connection.objects.update(number_fields=[{"id": "hours", "name": "Hours"}])
    body = {"measure": "sum-of-field", "field": "hours"}
    told = post(admin, f"sources/{read.pk}/preview/", body).json()
    known = {"is_waiting": True, "shared_items": 0}
    assert told == {**dict.fromkeys(told), **known}


def test_a_preview_tells_which_items_count_for_the_goal_already(
    portal: Portal, admin: Client, connection: Connection, read: Source
) -> None:
    goal = portal.key_result("Checkout is done")
    create_link(portal.world.access("admin"), read, key_result=goal)
    body = {"label": "speed", "key_result": str(goal.pk)}
    assert post(admin, f"sources/{read.pk}/preview/", body).json()["shared_items"] == 1


def test_a_link_over_a_field_that_is_not_there_is_refused_beside_it(
    admin: Client, read: Source
) -> None:
    Connection.objects.update(number_fields=[{"id": "hours", "name": "Hours"}])
    body = {"measure": "sum-of-field", "field": "days"}
    answer = post(admin, f"sources/{read.pk}/preview/", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["field"])


# --- How it goes ----------------------------------------------------------------------------
def test_a_connection_tells_how_its_webhook_does(
    portal: Portal, admin: Client, shop: Connection
) -> None:
    told = admin.get(f"{BASE}/connections/{shop.pk}/").json()
    assert (told["webhook_set_at"], told["webhook_received"]) == (None, None)
    webhook, _ = open_webhook(portal.world.access("admin"), shop)
    type(webhook).objects.update(received=3, refused=1, refused_because="a bad signature")
    told = admin.get(f"{BASE}/connections/{shop.pk}/").json()
    assert told["webhook_set_at"] is not None
    assert (told["webhook_received"], told["webhook_refused"]) == (3, 1)
    assert told["webhook_refused_because"] == "a bad signature"


def test_a_run_tells_how_far_it_is(admin: Client, connection: Connection) -> None:
    run = SyncRun.objects.create(
        connection=connection, trigger="person", state="running",
        sources_total=3, sources_done=1, source_seen=20, source_expected=80,
    )  # fmt: skip
    told = admin.get(f"{BASE}/sync-runs/{run.pk}/").json()
    named = ("sources_total", "sources_done", "source_seen", "source_expected")
    assert [told[name] for name in named] == [3, 1, 20, 80]
