"""The pages of connections, sources and links, as people use them."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, OutboxEntry
from integrations.actions.connections import add_source, connect, prove
from integrations.actions.links import create_link
from integrations.actions.reclassify import apply_rules
from integrations.choices import ConnectionState, Measure, RunState, RunTrigger, SourceState
from integrations.models import (
    Connection,
    Credential,
    Link,
    QuarantinedRecord,
    Source,
    SourceItem,
    SyncedItem,
    SyncRun,
)
from okrs.models import KeyResult
from standins.blank import empty_jira
from standins.jira_cloud import JiraCloud
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import CLOUD_CREDENTIAL, Portal

TOKEN = "token-of-the-tests"
WRONG = "wrong-token-planted-here"
SECRETS = {"email": "sync@example.com", "token": TOKEN}
MANY = (1, 3, 50)


def address(name: str, *keys: Any) -> str:
    return reverse(f"integrations:{name}", args=["acme", *keys])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.fixture
def jira() -> Iterator[Server[JiraCloud]]:
    tracker = Tracker(empty_jira())
    tracker.add_space("SHOP", "Web shop")
    for title in ("Cache the basket", "Shorten the form"):
        tracker.add("SHOP", title)
    with serve(JiraCloud(tracker, credential=CLOUD_CREDENTIAL)) as server:
        yield server


@pytest.fixture
def admin(portal: Portal) -> Client:
    return portal.world.client("admin")


@pytest.fixture
def connection(portal: Portal) -> Connection:
    """A connection that nothing answers for."""
    return Connection.objects.create(name="Delivery", provider="jira-cloud", owner=portal.admin)


@pytest.fixture
def source(connection: Connection) -> Source:
    return make_source(connection, "Web shop")


def make_source(connection: Connection, name: str) -> Source:
    return Source.objects.create(
        connection=connection,
        kind="project",
        remote_id=name,
        name=name,
        state=SourceState.CURRENT,
        last_complete_at=timezone.now(),
    )


def make_item(source: Source, key: str, **fields: Any) -> SyncedItem:
    now = timezone.now()
    given = {
        "remote_id": key, "title": f"Title of {key}", "kind": "Story", "is_leaf": True,
        "category": "todo", "status_id": "1", "status_name": "Open", "facts": facts_of(key),
        "remote_created_at": now, "remote_updated_at": now, **fields,
    }  # fmt: skip
    item = SyncedItem.objects.create(connection_id=source.connection_id, key=key, **given)
    SourceItem.objects.create(source=source, item=item)
    return item


def facts_of(key: str, **facts: Any) -> dict[str, Any]:
    """An item as an adapter reported it: open, of an ordinary type."""
    now = timezone.now().isoformat()
    return {
        "remote_id": key, "key": key, "title": key, "url": "", "type_id": "7",
        "type_name": "Story", "level": 0, "status_id": "1", "status_name": "Open",
        "status_kind": "new", "project_remote_id": "1", "project_key": "SHOP",
        "created_at": now, "updated_at": now, **facts,
    }  # fmt: skip


def connected(portal: Portal, jira: Server[JiraCloud]) -> Connection:
    row = Connection(provider="jira-cloud", name="Jira", address=jira.url)
    return connect(portal.world.access("admin"), row, SECRETS, prove(row, SECRETS))


# --- Connecting -----------------------------------------------------------------------------
def test_a_proved_credential_connects_and_leads_on_to_what_to_follow(
    admin: Client, jira: Server[JiraCloud]
) -> None:
    body = {"name": "Jira", "address": jira.url, **SECRETS}
    response = admin.post(address("connect", "jira-cloud"), body)
    made = Connection.objects.get()
    assert (response.status_code, response["Location"]) == (302, address("add-source", made.pk))


def test_a_refused_token_is_told_beside_the_token_and_is_not_repeated(
    admin: Client, jira: Server[JiraCloud]
) -> None:
    body = {"name": "Jira", "address": jira.url, "email": "sync@example.com", "token": WRONG}
    response = admin.post(address("connect", "jira-cloud"), body)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["token"]
    assert WRONG not in text_of(response)
    assert not Connection.objects.exists()


def test_a_token_that_no_header_can_carry_is_told_beside_the_token(
    admin: Client, jira: Server[JiraCloud]
) -> None:
    body = {"name": "Jira", "address": jira.url, "email": "sync@example.com", "token": "ab cdé"}
    response = admin.post(address("connect", "jira-cloud"), body)
    assert list(response.context["form"].errors) == ["token"]


def test_an_address_that_is_no_jira_cloud_is_told_beside_the_address(admin: Client) -> None:
    body = {"name": "Jira", "address": "https://example.com", **SECRETS}
    response = admin.post(address("connect", "jira-cloud"), body)
    assert response.context["form"].errors == {
        "address": ["A Jira Cloud site looks like https://your-site.atlassian.net."]
    }


def test_an_address_where_nobody_answers_is_told_beside_the_address(admin: Client) -> None:
    body = {"name": "Jira", "address": "http://127.0.0.1:9", **SECRETS}
    response = admin.post(address("connect", "jira-cloud"), body)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["address"])


def test_a_provider_that_does_not_exist_has_no_page(admin: Client) -> None:
    assert admin.get(address("connect", "trello")).status_code == 404


def test_a_credential_of_another_site_is_refused(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal, jira)
    Connection.objects.update(site_id="another")
    response = admin.post(address("credential", row.pk), SECRETS)
    assert list(response.context["form"].errors) == ["token"]


def test_a_new_credential_of_a_paused_connection_leaves_it_paused(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal, jira)
    Connection.objects.update(state=ConnectionState.PAUSED)
    admin.post(address("credential", row.pk), SECRETS)
    row.refresh_from_db()
    assert row.state == ConnectionState.PAUSED


def test_no_page_audit_entry_job_log_or_repr_holds_a_secret(
    portal: Portal, admin: Client, jira: Server[JiraCloud], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    admin.post(address("connect", "jira-cloud"), {"name": "J", "address": jira.url, **SECRETS})
    row = Connection.objects.get()
    admin.post(address("credential", row.pk), {"email": "sync@example.com", "token": WRONG})
    names = ("connection", "edit", "rules", "credential", "add-source", "archive")
    told = [text_of(admin.get(address(name, row.pk))) for name in names]
    told += [str(entry.changes) for entry in AuditEntry.objects.all()]
    told += [str(entry.arguments) for entry in OutboxEntry.objects.all()]
    told += [caplog.text, repr(vars(row)), repr(vars(Credential.objects.get()))]
    assert [text for text in told if TOKEN in text or WRONG in text] == []


def test_the_connection_page_names_the_credential_by_its_end_and_who_set_it(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    page = text_of(admin.get(address("connection", connected(portal, jira).pk)))
    assert f"<code>…{TOKEN[-4:]}</code>, set by Acme admin" in page


# --- The connection -------------------------------------------------------------------------
def test_sync_now_answers_htmx_with_the_body_that_follows_the_run(
    admin: Client, connection: Connection
) -> None:
    response = admin.post(address("sync", connection.pk), headers={"HX-Request": "true"})
    page = text_of(response)
    assert (response.status_code, "Reading now." in page, 'hx-trigger="every 2s"' in page) == (
        200, True, True,
    )  # fmt: skip


def test_the_body_stops_asking_once_the_run_is_over(admin: Client, connection: Connection) -> None:
    SyncRun.objects.create(connection=connection, trigger=RunTrigger.PERSON, state=RunState.FAILED)
    page = text_of(admin.get(address("connection", connection.pk), headers={"HX-Request": "true"}))
    assert ("hx-trigger" in page, "Failed" in page) == (False, True)


def test_a_failed_run_tells_the_request_and_what_to_do(
    admin: Client, connection: Connection
) -> None:
    SyncRun.objects.create(
        connection=connection,
        trigger=RunTrigger.SCHEDULE,
        state=RunState.FAILED,
        problem="the service is down",
        request="GET /rest/api/3/myself",
        remedy="Nothing to do now.",
    )
    page = text_of(admin.get(address("connection", connection.pk)))
    assert "The service is down (<code>GET /rest/api/3/myself</code>). Nothing to do now." in page


def test_a_record_set_aside_is_listed_with_its_reason(admin: Client, source: Source) -> None:
    run = SyncRun.objects.create(connection=source.connection, trigger=RunTrigger.PERSON)
    QuarantinedRecord.objects.create(run=run, source=source, remote_id="77", reason="no status")
    (record,) = admin.get(address("connection", source.connection_id)).context["quarantine"]
    assert (record.remote_id, record.reason) == ("77", "no status")


def test_a_run_cannot_wake_a_paused_connection(portal: Portal, jira: Server[JiraCloud]) -> None:
    row = connected(portal, jira)
    Connection.objects.update(state=ConnectionState.PAUSED)
    assert portal.sync(row).state == RunState.COMPLETE
    row.refresh_from_db()
    assert row.state == ConnectionState.PAUSED


def test_a_connection_without_a_credential_breaks_instead_of_reading_for_ever(
    portal: Portal, connection: Connection
) -> None:
    assert portal.sync(connection).state == RunState.FAILED
    connection.refresh_from_db()
    assert (connection.state, connection.remedy) == (
        ConnectionState.BROKEN, "Enter a new credential on the connection page.",
    )  # fmt: skip


def test_a_stale_edit_shows_both_sides_and_keeps_what_was_typed(
    admin: Client, connection: Connection
) -> None:
    Connection.objects.update(version=2, name="Theirs")
    body = {"name": "Mine", "interval_minutes": "30", "version": "1"}
    response = admin.post(address("edit", connection.pk), body)
    (difference,) = response.context["differences"]
    assert (response.status_code, difference.mine, difference.theirs) == (409, "Mine", "Theirs")


def test_the_interval_is_at_least_a_minute(admin: Client, connection: Connection) -> None:
    body = {"name": "Delivery", "interval_minutes": "0", "version": "1"}
    assert admin.post(address("edit", connection.pk), body).status_code == 422


def test_disconnecting_forgets_the_credential_and_hands_goals_back_to_people(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal, jira)
    key_result = portal.key_result("Checkout is done")
    create_link(portal.world.access("admin"), make_source(row, "Web shop"), key_result=key_result)
    run = SyncRun.objects.create(connection=row, trigger=RunTrigger.PERSON)
    admin.post(address("archive", row.pk))
    run.refresh_from_db()
    key_result.refresh_from_db()
    assert (Credential.objects.count(), run.state, key_result.source) == (
        0, RunState.CANCELLED, "by-hand",
    )  # fmt: skip


def test_before_disconnecting_the_goals_that_it_moves_are_named(
    portal: Portal, admin: Client, source: Source
) -> None:
    portal.link(source.connection, portal.key_result("Checkout is done"), source.remote_id)
    page = text_of(admin.get(address("archive", source.connection_id)))
    assert ("Checkout is done" in page, "1 key result keeps its last value" in page) == (True, True)


# --- What counts ----------------------------------------------------------------------------
def test_the_rules_page_names_each_status_by_id_with_its_default(
    admin: Client, source: Source
) -> None:
    make_item(source, "SHOP-1")
    terms = [term for term, _ in admin.get(
        address("rules", source.connection_id)
    ).context["form"].rows]  # fmt: skip
    assert [(t.group, t.remote_id, t.name, t.default, t.items) for t in terms] == [
        ("statuses", "1", "Open", "To do", 1),
        ("types", "7", "Story", "Counted", 1),
    ]


def test_a_status_chosen_to_be_done_is_stored_and_owed_to_the_queue(
    admin: Client, source: Source
) -> None:
    make_item(source, "SHOP-1")
    body = {"version": "1", "statuses-1": "done", "types-7": ""}
    assert admin.post(address("rules", source.connection_id), body).status_code == 302
    assert Connection.objects.get().rules == {"statuses": {"1": "done"}}
    assert OutboxEntry.objects.filter(job="integrations.tasks.apply_rules").count() == 1


def test_new_rules_judge_stored_items_anew_and_move_the_score(
    portal: Portal, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    make_item(source, "SHOP-1")
    create_link(portal.world.access("admin"), source, key_result=key_result)
    Connection.objects.update(rules={"statuses": {"1": "done"}})
    apply_rules(source.connection_id)
    assert SyncedItem.objects.get().category == "done"
    assert KeyResult.objects.get(pk=key_result.pk).score == 1


# --- Sources --------------------------------------------------------------------------------
def test_following_a_project_starts_to_read_it(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal, jira)
    form = admin.get(address("add-source", row.pk)).context["form"]
    choice = next(iter(form.options))
    admin.post(address("add-source", row.pk), {"choice": choice})
    assert Source.objects.get().name == "Web shop"
    assert SyncRun.objects.get().state == RunState.WAITING


def test_what_is_followed_already_is_not_offered_again(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal, jira)
    form = admin.get(address("add-source", row.pk)).context["form"]
    (offer,) = form.options.values()
    add_source(
        portal.world.access("admin"), row, kind=offer.kind, name="x", remote_id=offer.remote_id
    )
    assert admin.get(address("add-source", row.pk)).context["form"].options == {}


def test_a_query_that_jira_refuses_is_told_beside_the_query(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal, jira)
    body = {"query": "colour = red", "name": "Red"}
    response = admin.post(address("add-source", row.pk), body)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["query"])


def test_neither_a_choice_nor_a_query_is_refused(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    response = admin.post(address("add-source", connected(portal, jira).pk), {})
    assert response.context["form"].errors == {
        "choice": ["Choose something to follow, or write a query."]
    }


def test_a_source_that_goals_read_cannot_be_dropped(
    portal: Portal, admin: Client, source: Source
) -> None:
    portal.link(source.connection, portal.key_result("Checkout is done"), source.remote_id)
    page = text_of(admin.post(address("remove-source", source.pk), follow=True))
    assert "still read this source" in page
    assert Source.objects.get().archived_at is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"category": "done"}, ["SHOP-2"]),
        ({"label": "wallet"}, ["SHOP-3"]),
        ({"q": "title of shop-1"}, ["SHOP-1"]),
        ({"q": "shop-3"}, ["SHOP-3"]),
    ],
)
def test_items_are_found_by_category_label_words_and_key(
    admin: Client, source: Source, query: dict[str, str], found: list[str]
) -> None:
    make_item(source, "SHOP-1")
    make_item(source, "SHOP-2", category="done")
    make_item(source, "SHOP-3", labels=["wallet"])
    page = admin.get(address("source", source.pk), query).context["page"]
    assert [item.key for item in page.rows] == found


@pytest.mark.parametrize("url", ["http://example.com/x", "javascript:alert(1)", "data:text/html,x"])
def test_an_address_that_is_not_https_is_never_linked(
    admin: Client, source: Source, url: str
) -> None:
    make_item(source, "SHOP-1", url=url)
    page = text_of(admin.get(address("source", source.pk)))
    assert ("SHOP-1" in page, url in page) == (True, False)


def test_an_https_address_is_linked_without_a_referrer(admin: Client, source: Source) -> None:
    make_item(source, "SHOP-1", url="https://acme.atlassian.net/browse/SHOP-1")
    page = text_of(admin.get(address("source", source.pk)))
    assert 'href="https://acme.atlassian.net/browse/SHOP-1" rel="noreferrer">SHOP-1</a>' in page


def test_the_file_of_items_is_safe_in_a_spreadsheet(admin: Client, source: Source) -> None:
    make_item(source, "SHOP-1", title="=HYPERLINK(1)", category="done")
    make_item(source, "SHOP-2")
    lines = text_of(admin.get(address("source-csv", source.pk), {"category": "done"})).splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["SHOP-1", "'=HYPERLINK(1)"]]


def test_a_source_out_of_sight_says_that_it_froze_what_it_feeds(
    admin: Client, source: Source
) -> None:
    Source.objects.update(state=SourceState.ACCESS_LOST, problem="the project is hidden")
    page = text_of(admin.get(address("source", source.pk)))
    assert "The project is hidden. What it feeds is frozen" in page


# --- Links ----------------------------------------------------------------------------------
def test_linking_moves_the_key_result_at_once_and_says_why_in_its_history(
    portal: Portal, admin: Client, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    KeyResult.objects.update(source="by-hand")
    make_item(source, "SHOP-1", category="done")
    make_item(source, "SHOP-2")
    body = {"key_result": str(key_result.pk), "measure": "share-of-items"}
    assert admin.post(address("link-source", source.pk), body).status_code == 302
    key_result.refresh_from_db()
    assert (str(key_result.score), key_result.source) == ("0.5000000000", "synced")
    assert key_result.versions.latest("number").reason == "Linked to Web shop."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"measure": "count"}, "key_result"),
        ({"measure": "no-such"}, "measure"),
        ({"measure": "sum-of-field"}, "field"),
        ({"measure": "count", "parent_remote_id": "unknown"}, "parent_remote_id"),
    ],
)
def test_a_link_that_cannot_be_counted_is_refused_beside_its_field(
    admin: Client, source: Source, body: dict[str, str], field: str
) -> None:
    response = admin.post(address("link-source", source.pk), body)
    assert (response.status_code, field in response.context["form"].errors) == (422, True)


def test_measures_of_one_key_result_are_not_mixed(
    portal: Portal, admin: Client, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    create_link(portal.world.access("admin"), source, key_result=key_result)
    body = {"key_result": str(key_result.pk), "measure": "count"}
    response = admin.post(address("link-source", source.pk), body)
    assert response.context["form"].errors == {
        "measure": ["The other links of this key result measure: Share of items done."]
    }


def test_goals_that_one_may_not_change_are_not_offered(portal: Portal, source: Source) -> None:
    portal.key_result("Checkout is done")
    KeyResult.objects.update(owner=portal.admin)
    client = portal.world.client("contributor")
    offered = client.get(address("link-source", source.pk)).context["form"].fields["key_result"]
    assert [row.title for row in offered.queryset] == ["Checkout is done"]
    KeyResult.objects.get().objective.__class__.objects.update(product=None, portfolio=None)
    again = client.get(address("link-source", source.pk)).context["form"].fields["key_result"]
    assert list(again.queryset) == []


def test_the_preview_counts_the_stored_items_as_the_form_stands(
    admin: Client, source: Source
) -> None:
    make_item(source, "SHOP-1", category="done", labels=["wallet"])
    make_item(source, "SHOP-2", labels=["wallet"])
    make_item(source, "SHOP-3", category="left_out", labels=["wallet"])
    make_item(source, "SHOP-4")
    query = {"measure": "share-of-items", "label": "wallet"}
    page = text_of(admin.get(address("preview-link", source.pk), query))
    assert "1 of 2 items done, 1 left out of both sides" in page


def test_a_changed_link_counts_anew(portal: Portal, admin: Client, source: Source) -> None:
    key_result = portal.key_result("Checkout is done")
    make_item(source, "SHOP-1", category="done", labels=["wallet"])
    make_item(source, "SHOP-2")
    link = create_link(portal.world.access("admin"), source, key_result=key_result)
    body = {"measure": "share-of-items", "label": "wallet", "version": "1"}
    assert admin.post(address("edit-link", link.pk), body).status_code == 302
    key_result.refresh_from_db()
    assert key_result.score == 1


def test_a_link_edited_meanwhile_shows_both_sides(
    portal: Portal, admin: Client, source: Source
) -> None:
    link = portal.link(source.connection, portal.key_result("Checkout"), source.remote_id)
    Link.objects.update(version=2, label="theirs")
    body = {"measure": "share-of-items", "label": "mine", "parent_remote_id": "", "version": "1"}
    response = admin.post(address("edit-link", link.pk), body)
    (difference,) = response.context["differences"]
    assert (response.status_code, difference.mine, difference.theirs) == (409, "mine", "theirs")


def test_unlinking_the_last_link_hands_the_key_result_back_to_people(
    portal: Portal, admin: Client, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    link = create_link(portal.world.access("admin"), source, key_result=key_result)
    admin.post(address("unlink", link.pk))
    key_result.refresh_from_db()
    assert (key_result.source, Link.objects.get().archived_at is None) == ("by-hand", False)


def test_only_what_lies_below_an_epic_counts_at_any_depth(portal: Portal, source: Source) -> None:
    make_item(source, "SHOP-1", is_leaf=False)
    make_item(source, "SHOP-2", parent_remote_id="SHOP-1", category="done")
    make_item(source, "SHOP-3", parent_key="SHOP-2")
    make_item(source, "SHOP-4")
    key_result = portal.key_result("Checkout is done")
    link = create_link(
        portal.world.access("admin"),
        source,
        key_result=key_result,
        measure=Measure.SHARE_OF_ITEMS,
        parent_remote_id="SHOP-1",
    )
    last = link.observations.get()
    assert (last.items_done, last.items_total) == (1, 2)


# --- How often the database is asked --------------------------------------------------------
@pytest.mark.parametrize("count", MANY)
def test_the_list_asks_as_often_for_fifty_connections_as_for_one(
    portal: Portal, admin: Client, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        row = Connection.objects.create(name=f"C{number}", provider="linear", owner=portal.admin)
        make_source(row, "Web shop")
    admin.get(address("connections"))
    with django_assert_num_queries(11):
        page = admin.get(address("connections"))
    assert len(page.context["rows"]) == count


@pytest.mark.parametrize("count", MANY)
def test_a_connection_asks_as_often_for_fifty_sources_as_for_one(
    admin: Client, connection: Connection, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        source = make_source(connection, f"Source {number}")
        run = SyncRun.objects.create(
            connection=connection, trigger=RunTrigger.PERSON, state=RunState.PARTIAL
        )
        QuarantinedRecord.objects.create(run=run, source=source, reason="no status")
    admin.get(address("connection", connection.pk))
    with django_assert_num_queries(16):
        page = admin.get(address("connection", connection.pk))
    assert len(page.context["sources"]) == count


@pytest.mark.parametrize("count", MANY)
def test_a_source_asks_as_often_for_fifty_items_as_for_one(
    portal: Portal,
    admin: Client,
    source: Source,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        make_item(source, f"SHOP-{number}")
    portal.link(source.connection, portal.key_result("Checkout"), source.remote_id)
    admin.get(address("source", source.pk))
    with django_assert_num_queries(13):
        page = admin.get(address("source", source.pk))
    assert len(page.context["page"].rows) == count
