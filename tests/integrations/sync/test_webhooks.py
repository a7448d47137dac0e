"""Webhooks are hints: believed when signed, counted once, and never taken at their word."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.actions.connections import pause_connection
from integrations.actions.runs import claim_run, finish_run, start_run
from integrations.actions.webhooks import close_webhook, open_webhook, secrets_of
from integrations.choices import OPEN_RUNS, RunState, RunTrigger
from integrations.models import Connection, Link, SourceItem, SyncRun, Webhook, WebhookDelivery
from integrations.providers.hooks import digest
from okrs.models import KeyResult
from standins.records import Kind
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.deliveries import (
    Delivery,
    Event,
    answer,
    jira_delivery,
    linear_delivery,
    post,
)
from tests.integrations.sync.hinted import follow
from tests.integrations.sync.outcome import last, score_of
from tests.integrations.sync.twins import SERVICES, Twins, twins

Opened = tuple[Webhook, str]


@pytest.fixture
def opened(portal: Portal, connection: Connection, link: Link) -> Opened:
    """A webhook of a connection that was read once."""
    portal.sync(connection)
    return open_webhook(portal.world.access("admin"), connection)


def test_a_signed_delivery_is_taken_and_its_item_read(
    portal: Portal, jira: Tracker, connection: Connection, opened: Opened, key_result: KeyResult
) -> None:
    issue = jira.finish("SHOP-4")
    assert post(opened[0], jira_delivery("updated", issue.id), opened[1]) == 202
    assert SyncRun.objects.get(state=RunState.WAITING).trigger == RunTrigger.WEBHOOK
    portal.sync(connection)
    assert score_of(key_result) == pytest.approx(0.5)


def test_what_a_delivery_says_of_the_item_is_not_believed(
    portal: Portal, jira: Tracker, connection: Connection, opened: Opened
) -> None:
    post(opened[0], jira_delivery("updated", jira.find("SHOP-4").id), opened[1])
    portal.sync(connection)
    assert not connection.items.filter(title__startswith="Stale").exists()


def test_a_deletion_that_is_told_is_found_without_a_census(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, opened: Opened
) -> None:
    issue = jira.find("SHOP-2")
    jira.delete("SHOP-2")
    post(opened[0], jira_delivery("deleted", issue.id), opened[1])
    portal.sync(connection)
    assert (last(link).items_done, last(link).items_total) == (0, 3)


def test_an_issue_that_is_still_there_is_not_deleted_by_a_word(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, opened: Opened
) -> None:
    post(opened[0], jira_delivery("deleted", jira.find("SHOP-2").id), opened[1])
    portal.sync(connection)
    assert last(link).items_total == 4


def test_a_run_by_webhook_asks_for_the_named_item_only(
    portal: Portal, jira: Tracker, connection: Connection, opened: Opened
) -> None:
    issue = jira.finish("SHOP-4")
    post(opened[0], jira_delivery("updated", issue.id), opened[1])
    run = portal.sync(connection)
    assert (run.trigger, run.seen, run.changed) == (RunTrigger.WEBHOOK, 1, 1)


@pytest.mark.parametrize(
    "spoil",
    [
        {"X-Hub-Signature": "sha256=" + "0" * 64},
        {"X-Hub-Signature": ""},
        {"X-Hub-Signature": "sha1=abc"},
    ],
)
def test_a_bad_signature_and_an_unknown_address_are_answered_alike(
    opened: Opened, spoil: dict[str, str]
) -> None:
    delivery = jira_delivery("updated", "1")
    number = {"X-Request-Id": "0123456789abcdef0123456789abcdef"}
    badly_signed = answer(opened[0], delivery, opened[1], **spoil, **number)
    unknown = answer(Webhook(token="nobody"), delivery, opened[1], **number)
    assert badly_signed == unknown
    assert (badly_signed[0], badly_signed[2]) == (404, b"")
    assert not WebhookDelivery.objects.exists()


def test_a_changed_body_is_refused_and_the_page_can_tell_why(opened: Opened) -> None:
    webhook, secret = opened
    signed = jira_delivery("updated", "1")
    forged = Delivery(signed.body + b" ", signed.number)
    signature = f"sha256={digest(signed.body, secret)}"
    status = post(webhook, forged, "", **{"X-Hub-Signature": signature})
    webhook.refresh_from_db()
    assert (status, webhook.refused) == (404, 1)
    assert webhook.refused_because == "the signature does not fit"


def test_a_repeated_delivery_counts_once(opened: Opened) -> None:
    delivery = jira_delivery("updated", "10005")
    assert [post(opened[0], delivery, opened[1]) for _ in range(3)] == [202, 202, 202]
    assert WebhookDelivery.objects.count() == 1


def test_an_event_about_no_issue_is_taken_and_asks_for_nothing(opened: Opened) -> None:
    body = json.dumps({"timestamp": 1, "webhookEvent": "sprint_started"}).encode()
    assert post(opened[0], Delivery(body, "7"), opened[1]) == 202
    assert not SyncRun.objects.filter(trigger=RunTrigger.WEBHOOK).exists()


def test_both_secrets_count_while_one_is_exchanged(
    portal: Portal, connection: Connection, opened: Opened
) -> None:
    webhook, fresh = open_webhook(portal.world.access("admin"), connection)
    statuses = [
        post(webhook, jira_delivery("updated", "1"), secret) for secret in (opened[1], fresh)
    ]
    assert statuses == [202, 202]


def test_a_secret_before_the_last_counts_no_more(
    portal: Portal, connection: Connection, opened: Opened
) -> None:
    for _ in range(2):
        webhook, _ = open_webhook(portal.world.access("admin"), connection)
    assert post(webhook, jira_delivery("updated", "1"), opened[1]) == 404


def test_the_former_secret_counts_for_a_week(
    portal: Portal, connection: Connection, opened: Opened
) -> None:
    webhook, fresh = open_webhook(portal.world.access("admin"), connection)
    statuses = []
    for age in (timedelta(days=6, hours=23), timedelta(days=7)):
        Webhook.objects.update(set_at=timezone.now() - age)
        statuses += [
            post(webhook, jira_delivery("updated", "1"), secret) for secret in (opened[1], fresh)
        ]
    assert statuses == [202, 202, 404, 202]


def page(client: Client, connection: Connection, *, again: bool = False) -> str:
    """The page of the webhook, after a new secret was asked for or without that."""
    where = reverse("integrations:webhook", args=["acme", connection.pk])
    if not again:
        answer = client.post(where)
        assert (answer.status_code, answer["Location"]) == (302, where)
    return client.get(where).content.decode()


def secret_of(connection: Connection) -> str:
    return secrets_of(Webhook.objects.get(connection=connection))[0]


def test_a_new_secret_is_shown_once_and_loading_its_page_again_makes_no_other(
    admin: Client, connection: Connection
) -> None:
    first = page(admin, connection)
    secret = secret_of(connection)
    again = page(admin, connection, again=True)
    assert (secret in first, secret in again) == (True, False)
    assert secret_of(connection) == secret
    assert Webhook.objects.get().get_absolute_url() in again


def test_the_page_of_a_webhook_says_how_long_the_former_secret_is_taken(
    admin: Client, connection: Connection
) -> None:
    first, second = page(admin, connection), page(admin, connection)
    assert ("Former secret" in first, "Former secret" in second) == (False, True)
    Webhook.objects.update(set_at=timezone.now() - timedelta(days=8))
    assert "Former secret" not in page(admin, connection, again=True)


def test_a_new_secret_waits_for_its_page_sealed(admin: Client, connection: Connection) -> None:
    admin.post(reverse("integrations:webhook", args=["acme", connection.pk]))
    assert secret_of(connection) not in str(dict(admin.session))


def test_the_api_tells_until_when_the_former_secret_is_taken(
    admin: Client, connection: Connection
) -> None:
    path = f"/api/v1/orgs/acme/connections/{connection.pk}/webhook/"
    first, second = (admin.post(path).json()["former_until"] for _ in range(2))
    assert (first, second is None) == (None, False)


def test_a_closed_webhook_is_an_unknown_address(
    portal: Portal, connection: Connection, opened: Opened
) -> None:
    close_webhook(portal.world.access("admin"), connection)
    assert post(opened[0], jira_delivery("updated", "1"), opened[1]) == 404


def test_a_delivery_during_a_run_is_followed_by_the_next(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, opened: Opened
) -> None:
    first, second = jira.finish("SHOP-4"), jira.finish("SHOP-3")
    post(opened[0], jira_delivery("updated", first.id), opened[1])
    post(opened[0], jira_delivery("updated", second.id), opened[1])
    portal.sync(connection)
    assert not WebhookDelivery.objects.filter(settled_at=None).exists()
    assert last(link).items_done == 3


def test_a_delivery_to_a_paused_connection_is_taken_and_reads_nothing(
    portal: Portal, jira: Tracker, connection: Connection, opened: Opened
) -> None:
    pause_connection(portal.world.access("admin"), connection, paused=True)
    issue = jira.finish("SHOP-4")
    assert post(opened[0], jira_delivery("updated", issue.id), opened[1]) == 202
    assert not SyncRun.objects.filter(state__in=OPEN_RUNS).exists()
    assert not WebhookDelivery.objects.exists()


def test_what_changed_during_a_pause_is_read_after_it(
    portal: Portal, jira: Tracker, connection: Connection, link: Link, opened: Opened
) -> None:
    pause_connection(portal.world.access("admin"), connection, paused=True)
    issue = jira.finish("SHOP-4")
    post(opened[0], jira_delivery("updated", issue.id), opened[1])
    pause_connection(portal.world.access("admin"), connection, paused=False)
    portal.sync(connection)
    assert last(link).items_done == 2


@pytest.mark.parametrize("trigger", [RunTrigger.SCHEDULE, RunTrigger.WEBHOOK])
def test_a_pause_ends_what_reads_by_itself(
    portal: Portal, connection: Connection, opened: Opened, trigger: RunTrigger
) -> None:
    run = start_run(connection, trigger)
    pause_connection(portal.world.access("admin"), connection, paused=True)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_a_run_that_somebody_asked_for_during_a_pause_starts_no_other(
    portal: Portal, connection: Connection, opened: Opened
) -> None:
    post(opened[0], jira_delivery("updated", "1"), opened[1])
    pause_connection(portal.world.access("admin"), connection, paused=True)
    run = claim_run(start_run(connection, RunTrigger.PERSON).pk)
    assert run is not None
    finish_run(run)
    assert not SyncRun.objects.filter(state__in=OPEN_RUNS).exists()


@pytest.fixture
def linear(portal: Portal) -> Iterator[Twins]:
    with twins(portal, SERVICES["linear"]) as pair:
        pair.sync()
        yield pair


@pytest.mark.parametrize(("seconds", "status"), [(0, 202), (50, 202), (70, 404), (-70, 404)])
def test_linear_may_be_a_minute_late(
    portal: Portal, linear: Twins, seconds: int, status: int
) -> None:
    webhook, secret = open_webhook(portal.world.access("admin"), linear.tried)
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    assert post(webhook, linear_delivery("update", "x", at=moment), secret) == status


@pytest.fixture
def center(portal: Portal) -> Iterator[Twins]:
    with twins(portal, SERVICES["center"]) as pair:
        pair.sync()
        yield pair


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"X-Hub-Signature": ""}, 404),
        ({"X-Hub-Signature": "sha256=" + "0" * 64}, 404),
    ],
    ids=["good", "unsigned", "bad"],
)
def test_a_data_center_is_believed_only_when_it_signs(
    portal: Portal, center: Twins, headers: dict[str, str], status: int
) -> None:
    webhook, secret = open_webhook(portal.world.access("admin"), center.tried)
    assert post(webhook, jira_delivery("updated", "1"), secret, **headers) == status
    assert WebhookDelivery.objects.count() == (status == 202)


def test_a_delivery_of_a_data_center_without_the_header_is_refused(
    portal: Portal, center: Twins
) -> None:
    webhook, _ = open_webhook(portal.world.access("admin"), center.tried)
    body = jira_delivery("updated", "1").body
    response = Client().post(webhook.get_absolute_url(), body, "application/json")
    assert response.status_code == 404
    assert not WebhookDelivery.objects.exists()


def test_a_delivery_of_a_data_center_counts_once(portal: Portal, center: Twins) -> None:
    webhook, secret = open_webhook(portal.world.access("admin"), center.tried)
    delivery = jira_delivery("updated", "1")
    assert [post(webhook, delivery, secret) for _ in range(2)] == [202, 202]
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize("service", ["cloud", "center", "linear"])
def test_a_month_of_webhooks_shuffled_and_doubled_comes_to_what_polling_comes_to(
    portal: Portal, service: str
) -> None:
    """Deliveries are under way while more changes: some come at once, some after many others."""
    chance = random.Random(20260301)  # noqa: S311 (the same month every time)
    with twins(portal, SERVICES[service]) as pair:
        pair.tracker.add_space("PAY", "Payments")
        pair.sync()
        portal.sync(pair.spared)
        webhook, secret = open_webhook(portal.world.access("admin"), pair.tried)
        under_way: list[Event] = []
        for number in range(60):
            event = change(pair.tracker, chance, number)
            under_way += [event, event]
            chance.shuffle(under_way)
            for _ in range(chance.randrange(4)):
                assert post(webhook, under_way.pop().delivery(), secret) == 202
            if number % 10 == 9:
                follow(portal, pair.tried)
                portal.count_anew(pair.spared)
        assert len(under_way) > 20
        for late in under_way:
            assert post(webhook, late.delivery(), secret) == 202
        follow(portal, pair.tried)
        portal.count_anew(pair.spared)
        assert known(pair.tried) == known(pair.spared)


def known(connection: Connection) -> tuple[object, ...]:
    link = Link.objects.get(source__connection=connection)
    observed = last(link)
    members = SourceItem.objects.filter(source=link.source_id, left_at=None, item__gone_at=None)
    items = members.values_list("item__remote_id", "item__category", "item__key")
    score = KeyResult.objects.values_list("score", flat=True).get(links=link)
    return sorted(items), observed.items_done, observed.items_total, score


CHANGES = ("add", "finish", "reopen", "relabel", "start", "delete", "move")


def change(tracker: Tracker, chance: random.Random, number: int) -> Event:
    """A change of any kind, and what tells of it. Who is in one project moves to the other."""
    issue = chance.choice([it for it in tracker.visible() if not it.trashed])
    what = chance.choice(CHANGES)
    if what == "add":
        issue = tracker.add("SHOP", f"New {number}")
    elif what == "relabel":
        tracker.relabel(issue.id, (f"label{number}",))
    elif what == "move":
        is_here = issue.space_id == tracker.space("SHOP").id
        tracker.move(issue.id, "PAY" if is_here else "SHOP")
    else:
        getattr(tracker, what)(issue.id)
    return Event(what, issue.id, str(uuid4()), tracker.site.kind is Kind.LINEAR)
