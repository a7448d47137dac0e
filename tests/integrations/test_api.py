"""The whole way over HTTP: an issue is finished on the stand-in's page, a script says sync."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.choices import TokenScope
from integrations.actions.offers import what_to_follow
from integrations.actions.sync import run_sync
from integrations.models import Connection, Link, Source, SourceItem, SyncRun
from okrs.models import KeyResult
from standins.blank import empty_linear
from standins.jira_cloud import JiraCloud
from standins.linear import Linear
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.items import make_item

SECRET = "token-of-the-tests"
KEY = "lin_api_of_the_tests"


class Script:
    """A script with a write token of Acme's administrator."""

    def __init__(self, portal: Portal) -> None:
        access = portal.world.access("admin")
        expires = timezone.now() + timedelta(days=1)
        raw = actions.create_token(access, name="s", scope=TokenScope.WRITE, expires_at=expires)[1]
        self.base = f"/api/v1/orgs/{portal.world.organization.slug}"
        self.client = Client(headers={"Authorization": f"Bearer {raw}"})

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        response = self.client.post(f"{self.base}/{path}", body, content_type="application/json")
        assert response.status_code == status, response.content
        return response.json()

    def get(self, path: str, **query: str) -> Any:
        response = self.client.get(f"{self.base}/{path}", query)
        assert response.status_code == 200, response.content
        return response.json()


@pytest.fixture
def script(portal: Portal) -> Script:
    return Script(portal)


@pytest.fixture
def linear() -> Iterator[Server[Linear]]:
    tracker = Tracker(empty_linear())
    tracker.add_space("PAY", "Payments")
    for title in ("Retry the payout", "Explain a refusal"):
        tracker.add("PAY", title)
    with serve(Linear(tracker, credential=KEY)) as server:
        yield server


def follow(script: Script, body: dict[str, Any], key_result: KeyResult) -> str:
    """Connect, follow the first source there is, and link it; the id of the connection."""
    connection = script.post("connections/", body)["id"]
    row = Connection.objects.get(pk=connection)
    source = {"connection": connection, **first_source(row)}
    followed = script.post("sources/", source)
    script.post("links/", {"source": followed["id"], "key_result": str(key_result.pk)})
    finish_open_runs()
    return str(connection)


def first_source(connection: Connection) -> dict[str, str]:
    found = what_to_follow(connection).sources[0]
    return {"kind": found.kind.value, "remote_id": found.remote_id, "name": found.name}


def finish_open_runs() -> None:
    """What the worker does."""
    for run in SyncRun.objects.filter(state="waiting"):
        run_sync(run.pk)


def sync_now(script: Script, connection: str) -> Any:
    started = script.post(f"connections/{connection}/sync/", {}, status=202)
    finish_open_runs()
    return script.get(f"sync-runs/{started['id']}/")


def finish_on_page(server: Server[Any], key: str) -> None:
    """Press Finish beside an issue on the stand-in's own page."""
    issue = server.app.tracker.find(key)
    reply = requests.post(f"{server.url}/issues/{issue.id}/finish", timeout=10)
    assert reply.ok, reply.text


def score(script: Script, key_result: KeyResult) -> str | None:
    found: str | None = script.get(f"key-results/{key_result.pk}/")["score"]
    return found


def done_items(script: Script, key_result: KeyResult) -> list[str]:
    """The keys that the explanation of the key result's link names as done."""
    [link] = script.get("links/", key_result=str(key_result.pk))["results"]
    told = script.get(f"links/{link['id']}/explain/")
    assert told["observation"]["items_done"] == len(told["done"])
    assert (told["is_latest"], told["is_frozen"]) == (True, False)
    return [row["key"] for row in told["done"]]


def test_an_issue_finished_in_jira_moves_the_score_by_api_alone(
    portal: Portal, script: Script, jira: Server[JiraCloud]
) -> None:
    key_result = portal.key_result("Checkout is done")
    secrets = {"email": "sync@example.com", "token": SECRET}
    body = {"provider": "jira-cloud", "name": "Jira", "address": jira.url, "secrets": secrets}
    connection = follow(script, body, key_result)
    assert score(script, key_result) == "0"
    finish_on_page(jira, "SHOP-1")
    run = sync_now(script, connection)
    assert (run["state"], run["changed"], run["values_written"]) == ("complete", 1, 1)
    assert score(script, key_result) == "0.5"
    assert done_items(script, key_result) == ["SHOP-1"]


def test_an_issue_finished_in_linear_moves_the_score_by_api_alone(
    portal: Portal, script: Script, linear: Server[Linear]
) -> None:
    key_result = portal.key_result("Payouts are done")
    address = f"{linear.url}/graphql"
    body = {
        "provider": "linear", "name": "Linear", "address": address, "secrets": {"key": KEY},
    }  # fmt: skip
    connection = follow(script, body, key_result)
    finish_on_page(linear, "PAY-1")
    run = sync_now(script, connection)
    assert (run["state"], run["problem"]) == ("complete", "")
    assert score(script, key_result) == "0.5"
    assert done_items(script, key_result) == ["PAY-1"]


def test_a_refused_credential_is_named_and_nothing_is_stored(
    script: Script, jira: Server[JiraCloud]
) -> None:
    secrets = {"email": "sync@example.com", "token": "wrong-token"}
    body = {"provider": "jira-cloud", "name": "Jira", "address": jira.url, "secrets": secrets}
    problem = script.post("connections/", body, status=422)
    assert list(problem["errors"]) == ["secrets"]
    assert not Connection.objects.exists()


def test_an_address_of_another_company_is_refused(script: Script) -> None:
    secrets = {"email": "sync@example.com", "token": SECRET}
    address = "https://example.com"
    body = {"provider": "jira-cloud", "name": "Jira", "address": address, "secrets": secrets}
    problem = script.post("connections/", body, status=422)
    assert problem["errors"]["address"] == [
        "A Jira Cloud site looks like https://your-site.atlassian.net."
    ]


def test_no_answer_page_or_log_shows_a_secret(
    portal: Portal, script: Script, jira: Server[JiraCloud], caplog: pytest.LogCaptureFixture
) -> None:
    secrets = {"email": "sync@example.com", "token": SECRET}
    body = {"provider": "jira-cloud", "name": "Jira", "address": jira.url, "secrets": secrets}
    made = script.post("connections/", body)
    org = portal.world.organization.slug
    pages = [
        script.client.get(f"{script.base}/connections/{made['id']}/"),
        script.client.get(f"{script.base}/connections/"),
        portal.world.client("admin").get(f"/o/{org}/settings/connections/{made['id']}/"),
        portal.world.client("admin").get(f"/o/{org}/settings/connections/"),
    ]
    assert [page.status_code for page in pages] == [200] * len(pages)
    assert all(SECRET not in page.content.decode() for page in pages)
    assert SECRET not in caplog.text


def test_the_audit_log_tells_of_a_connection_without_its_secret(
    portal: Portal, script: Script, jira: Server[JiraCloud]
) -> None:
    secrets = {"email": "sync@example.com", "token": SECRET}
    body = {"provider": "jira-cloud", "name": "Jira", "address": jira.url, "secrets": secrets}
    script.post("connections/", body)
    org = portal.world.organization.slug
    page = portal.world.client("admin").get(f"/o/{org}/settings/audit/")
    assert (page.status_code, SECRET in page.content.decode()) == (200, False)


@pytest.mark.parametrize("secrets", [{}, {"key": "x"}, {"email": "a@b.example", "key": "x"}])
def test_a_credential_of_other_parts_is_refused(script: Script, secrets: dict[str, str]) -> None:
    address = "https://acme.atlassian.net"
    body = {"provider": "jira-cloud", "name": "Jira", "address": address, "secrets": secrets}
    problem = script.post("connections/", body, status=422)
    assert problem["errors"]["secrets"] == ["Give email and token, and nothing else."]


@pytest.fixture
def quiet(portal: Portal) -> Connection:
    """A connection that nothing answers for."""
    return Connection.objects.create(name="Delivery", provider="linear", owner=portal.admin)


def test_an_archived_link_explains_nothing(
    portal: Portal, script: Script, quiet: Connection
) -> None:
    link = portal.link(quiet, portal.key_result("Left alone"), "SHOP")
    Link.objects.filter(pk=link.pk).update(archived_at=timezone.now())
    told = script.get(f"links/{link.pk}/explain/")
    assert (told["observation"], told["done"], told["open"]) == (None, [], [])


def test_a_connection_is_paused_and_taken_up_again(script: Script, quiet: Connection) -> None:
    paused = script.post(f"connections/{quiet.pk}/pause/", {}, status=200)
    resumed = script.post(f"connections/{quiet.pk}/resume/", {}, status=200)
    assert (paused["state"], resumed["state"]) == ("paused", "working")


def test_a_run_is_cancelled(script: Script, quiet: Connection) -> None:
    run = script.post(f"connections/{quiet.pk}/sync/", {}, status=202)
    script.post(f"connections/{quiet.pk}/cancel/", {}, status=200)
    assert script.get(f"sync-runs/{run['id']}/")["state"] == "cancelled"


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"statuses": {"1": "finished"}}, "These are no rules"),
        ({"colour": "red"}, "There is no rule called colour."),
    ],
)
def test_rules_that_are_none_are_refused(
    script: Script, quiet: Connection, rules: dict[str, Any], told: str
) -> None:
    response = script.client.patch(
        f"{script.base}/connections/{quiet.pk}/",
        {"rules": rules},
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )
    assert response.status_code == 422
    assert told in response.json()["errors"]["rules"][0]


@pytest.mark.parametrize("count", [1, 3, 50])
def test_lists_ask_as_often_for_fifty_rows_as_for_one(
    portal: Portal, script: Script, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        row = Connection.objects.create(name=f"C{number}", provider="linear", owner=portal.admin)
        Source.objects.create(connection=row, kind="team", remote_id="t", name="Team")
        SyncRun.objects.create(connection=row, trigger="person", state="failed")
    for name in ("connections", "sources", "sync-runs"):
        script.get(f"{name}/")
        with django_assert_num_queries(9):
            assert len(script.get(f"{name}/")["results"]) == count


# --- Items of a source ----------------------------------------------------------------------
LISTS_OF_ITEMS = ("synced-items", "loose-items")


def keys_in(script: Script, path: str, source: Source) -> list[str]:
    return [row["key"] for row in script.get(f"{path}/", source=str(source.pk))["results"]]


@pytest.mark.parametrize("path", LISTS_OF_ITEMS)
def test_an_item_that_left_a_source_is_not_listed_as_of_it(
    script: Script, source: Source, path: str
) -> None:
    make_item(source, "SHOP-1")
    left = make_item(source, "SHOP-2")
    left.sources.update(left_at=timezone.now())
    assert keys_in(script, path, source) == ["SHOP-1"]


@pytest.mark.parametrize("path", LISTS_OF_ITEMS)
def test_an_item_that_left_a_source_and_came_back_is_listed_once(
    script: Script, source: Source, path: str
) -> None:
    item = make_item(source, "SHOP-1")
    item.sources.update(left_at=timezone.now())
    SourceItem.objects.create(source=source, item=item)
    assert keys_in(script, path, source) == ["SHOP-1"]


@pytest.mark.parametrize("path", LISTS_OF_ITEMS)
def test_a_source_that_is_no_id_is_refused(script: Script, path: str) -> None:
    response = script.client.get(f"{script.base}/{path}/", {"source": "shop"})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["source"])
