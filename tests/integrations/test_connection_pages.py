"""The pages of connections, as people use them."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Member, OutboxEntry
from integrations.actions.connections import edit_connection
from integrations.actions.links import create_link
from integrations.actions.reclassify import apply_rules
from integrations.choices import ConnectionState, RunState, RunTrigger
from integrations.models import (
    Connection,
    Credential,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
)
from okrs.models import KeyResult
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.factories.accounts import MemberFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import (
    SECRETS,
    TOKEN,
    address,
    connected,
    make_item,
    make_source,
    text_of,
)

WRONG = "wrong-token-planted-here"
MANY = (1, 3, 50)


# --- Connecting -----------------------------------------------------------------------------
def test_a_proved_credential_connects_and_leads_on_to_what_to_follow(
    admin: Client, jira: Server[JiraCloud]
) -> None:
    body = {"name": "Jira", "address": jira.url, **SECRETS}
    response = admin.post(address("connect", "jira-cloud"), body)
    made = Connection.objects.get()
    assert (response.status_code, response["Location"]) == (302, address("seen", made.pk))


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


def test_who_connects_is_not_told_that_a_sync_tries_again(admin: Client) -> None:
    body = {"name": "Jira", "address": "http://127.0.0.1:9", **SECRETS}
    form = admin.post(address("connect", "jira-cloud"), body).context["form"]
    assert form.errors["address"][0].endswith("Check the address, or try again later.")


def test_a_provider_that_does_not_exist_has_no_page(admin: Client) -> None:
    assert admin.get(address("connect", "trello")).status_code == 404


def test_a_name_that_is_taken_is_told_before_the_service_is_asked(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    connected(portal.world, jira)
    jira.app.seen.clear()
    body = {"name": "jira", "address": jira.url, **SECRETS}
    response = admin.post(address("connect", "jira-cloud"), body)
    assert response.context["form"].errors == {"name": ["This name is taken."]}
    assert len(jira.app.seen) == 0


def test_the_api_tells_a_name_that_is_taken_before_the_service_is_asked(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    connected(portal.world, jira)
    jira.app.seen.clear()
    body = {"name": "Jira", "provider": "jira-cloud", "address": jira.url, "secrets": SECRETS}
    answer = admin.post("/api/v1/orgs/acme/connections/", body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["name"])
    assert len(jira.app.seen) == 0


def test_for_a_new_credential_the_address_of_the_account_is_filled_in_and_the_token_is_not(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    form = admin.get(address("credential", row.pk)).context["form"]
    assert (form["email"].value(), form["token"].value()) == (SECRETS["email"], None)


def test_a_credential_that_cannot_be_read_leaves_the_form_empty(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    Credential.objects.update(sealed=b"spoiled")
    assert admin.get(address("credential", row.pk)).context["form"]["email"].value() is None


def test_a_credential_of_another_site_is_refused(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    Connection.objects.update(site_id="another")
    response = admin.post(address("credential", row.pk), SECRETS)
    assert list(response.context["form"].errors) == ["token"]


def test_a_new_credential_of_a_paused_connection_leaves_it_paused(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
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
    page = text_of(admin.get(address("connection", connected(portal.world, jira).pk)))
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


@pytest.mark.parametrize(
    ("minutes", "ahead", "words"),
    [
        (1, timedelta(0), "every minute, due now"),
        (60, timedelta(hours=2), "every hour, next in 1 hour"),
    ],
)
def test_the_page_says_how_often_it_is_read_and_when_next(
    admin: Client, connection: Connection, minutes: int, ahead: timedelta, words: str
) -> None:
    Connection.objects.update(interval_minutes=minutes, next_run_at=timezone.now() + ahead)
    page = text_of(admin.get(address("connection", connection.pk)))
    assert words in re.sub("<[^>]*>", "", page)


def test_a_record_set_aside_is_listed_with_its_reason(admin: Client, source: Source) -> None:
    run = SyncRun.objects.create(connection=source.connection, trigger=RunTrigger.PERSON)
    QuarantinedRecord.objects.create(run=run, source=source, remote_id="77", reason="no status")
    (record,) = admin.get(address("connection", source.connection_id)).context["quarantine"]
    assert (record.remote_id, record.reason) == ("77", "no status")


def test_a_run_cannot_wake_a_paused_connection(portal: Portal, jira: Server[JiraCloud]) -> None:
    row = connected(portal.world, jira)
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


def edited(row: Connection, **fields: Any) -> dict[str, Any]:
    return {
        "name": row.name, "owner": str(row.owner_id), "interval_minutes": "30",
        "census_hours": "24", "query_census_hours": "4", "shrink_percent": "30",
        "keep_days": "400", "version": str(row.version), **fields,
    }  # fmt: skip


def test_a_connection_is_given_to_somebody_else_and_the_audit_log_says_so(
    portal: Portal, admin: Client, connection: Connection
) -> None:
    lead = portal.world["lead"]
    admin.post(address("edit", connection.pk), edited(connection, owner=str(lead.pk)))
    connection.refresh_from_db()
    entry = AuditEntry.objects.filter(table_name="integrations_connection").latest("id")
    assert (connection.owner, entry.changes["owner_id"][-1]) == (lead, str(lead.pk))


def test_a_connection_is_given_to_no_script_and_to_nobody_who_left(
    admin: Client, connection: Connection
) -> None:
    script = MemberFactory.create(name="Exporter", person=None)
    gone = MemberFactory.create(name="Gone")
    Member.objects.filter(pk=gone.pk).update(left_at=timezone.now())
    for member in (script, gone):
        body = edited(connection, owner=str(member.pk))
        response = admin.post(address("edit", connection.pk), body)
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["owner"])


def test_the_api_gives_a_connection_to_people_only(
    portal: Portal, admin: Client, connection: Connection
) -> None:
    script = MemberFactory.create(name="Exporter", person=None)
    lead = portal.world["lead"]
    path = f"/api/v1/orgs/acme/connections/{connection.pk}/"
    version = {"If-Match": '"1"'}
    refused = admin.patch(path, {"owner": str(script.pk)}, "application/json", headers=version)
    taken = admin.patch(path, {"owner": str(lead.pk)}, "application/json", headers=version)
    assert refused.json()["errors"] == {"owner": ["Choose a person who is a member."]}
    assert (taken.status_code, taken.json()["owner"]) == (200, str(lead.pk))


def test_a_stale_edit_shows_both_sides_and_keeps_what_was_typed(
    admin: Client, connection: Connection
) -> None:
    Connection.objects.update(version=2, name="Theirs")
    body = edited(connection, name="Mine")
    response = admin.post(address("edit", connection.pk), body)
    (difference,) = response.context["differences"]
    assert (response.status_code, difference.mine, difference.theirs) == (409, "Mine", "Theirs")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        ("0", "Ensure this value is greater than or equal to 1."),
        ("44641", "Ensure this value is less than or equal to 44640."),
        ("99999999999", "Ensure this value is less than or equal to 44640."),
    ],
)
def test_an_interval_is_from_a_minute_to_a_month_and_says_so_beside_it(
    admin: Client, connection: Connection, minutes: str, words: str
) -> None:
    body = edited(connection, interval_minutes=minutes)
    errors = admin.post(address("edit", connection.pk), body).context["form"].errors
    assert errors == {"interval_minutes": [words]}


@pytest.mark.parametrize("minutes", [0, 44641])
def test_the_api_refuses_the_same_intervals_at_the_field(
    admin: Client, connection: Connection, minutes: int
) -> None:
    path = f"/api/v1/orgs/acme/connections/{connection.pk}/"
    body = {"interval_minutes": minutes}
    answer = admin.patch(path, body, "application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["interval_minutes"])


def test_disconnecting_forgets_the_credential_and_hands_goals_back_to_people(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
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


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (1, "every hour, and what left a query every hour;"),
        (24, "every 24 hours, and what left a query every 4 hours;"),
    ],
)
def test_how_often_deleted_items_are_looked_for_is_told(
    admin: Client, source: Source, hours: int, told: str
) -> None:
    Connection.objects.update(census_hours=hours)
    assert f"looked for {told}" in text_of(admin.get(address("connection", source.connection_id)))


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
    edit_connection(
        portal.world.access("admin"), source.connection, expected_version=None,
        rules={"statuses": {"1": "done"}},
    )  # fmt: skip
    apply_rules(source.connection_id)
    assert SyncedItem.objects.get().category == "done"
    assert KeyResult.objects.get(pk=key_result.pk).score == 1


# --- How often the database is asked --------------------------------------------------------
@pytest.mark.parametrize("count", MANY)
def test_the_list_asks_as_often_for_fifty_connections_as_for_one(
    portal: Portal, admin: Client, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        row = Connection.objects.create(name=f"C{number}", provider="linear", owner=portal.admin)
        make_source(row, "Web shop")
    admin.get(address("connections"))
    with django_assert_num_queries(13):
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
    with django_assert_num_queries(17):
        page = admin.get(address("connection", connection.pk))
    assert len(page.context["sources"]) == count


# --- While a run is on, the body asks for itself -----------------------------------------------
PART = {"HX-Request": "true"}


@pytest.fixture
def reading(connection: Connection) -> SyncRun:
    return SyncRun.objects.create(connection=connection, trigger=RunTrigger.PERSON)


def test_what_did_not_change_is_not_told_again(admin: Client, reading: SyncRun) -> None:
    place = address("connection", reading.connection_id)
    tag = admin.get(place, headers=PART)["ETag"]
    again = admin.get(place, headers={**PART, "If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_each_page_that_is_read_is_told(admin: Client, reading: SyncRun) -> None:
    place = address("connection", reading.connection_id)
    tag = admin.get(place, headers=PART)["ETag"]
    SyncRun.objects.update(seen=1250)
    assert "1,250 items read" in text_of(admin.get(place, headers={**PART, "If-None-Match": tag}))


def test_the_end_of_a_run_is_told(admin: Client, reading: SyncRun) -> None:
    place = address("connection", reading.connection_id)
    tag = admin.get(place, headers=PART)["ETag"]
    SyncRun.objects.update(state=RunState.COMPLETE)
    answer = admin.get(place, headers={**PART, "If-None-Match": tag})
    assert (answer.status_code, "hx-trigger" in text_of(answer)) == (200, False)


def test_the_body_that_asks_for_itself_goes_through_no_items(
    admin: Client, source: Source, reading: SyncRun
) -> None:
    make_item(source, "SHOP-1")
    Connection.objects.update(rules={"statuses": {"1": "done"}})
    place = address("connection", source.connection_id)
    with CaptureQueriesContext(database) as captured:
        admin.get(place, headers=PART)
    assert [sql for q in captured if "integrations_synceditem" in (sql := q["sql"])] == []
    assert [term.name for term in admin.get(place).context["changed_terms"]] == ["Open"]
