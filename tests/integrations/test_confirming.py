"""What cannot be undone is asked about first, on a page of its own that needs no script."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.choices import ConnectionState, SourceState
from integrations.models import Connection, Link, Pull, PushAddress, Source
from tests.factories.integrations import FileImportFactory, PullFactory, PushAddressFactory
from tests.factories.portfolio import MetricFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, text_of


@pytest.fixture
def link(portal: Portal, source: Source) -> Link:
    return portal.link(source.connection, portal.key_result("Checkout is done"), source.remote_id)


@pytest.fixture
def records(portal: Portal, source: Source, link: Link) -> dict[str, Any]:
    """What each act is done to."""
    Source.objects.update(state=SourceState.UNOBSERVED, missing_count=7)
    metric = MetricFactory.create(product=portal.world.product)
    return {
        "accept-shrink": source,
        "remove-source": source,
        "unlink": link,
        "close-webhook": source.connection,
        "close-push-address": PushAddressFactory.create(metric=metric, made_by=portal.admin),
        "archive-pull": PullFactory.create(metric=metric, owner=portal.admin),
        "undo-import": FileImportFactory.create(metric=metric, imported_by=portal.admin),
    }


@pytest.mark.parametrize(
    ("act", "title", "button"),
    [
        ("accept-shrink", "Were 7 items of Web shop deleted?", "They were deleted"),
        ("unlink", "Unlink Web shop from Checkout is done?", "Unlink"),
        ("close-webhook", "Close the webhook of Delivery?", "Close it"),
        ("close-push-address", "Close ", "Close it"),
        ("archive-pull", "for good?", "Stop for good"),
        ("undo-import", "Take back ", "Take back"),
    ],
)
def test_a_page_asks_first_and_does_nothing(
    admin: Client, records: dict[str, Any], act: str, title: str, button: str
) -> None:
    before = {name: type(row).objects.get(pk=row.pk).__dict__ for name, row in records.items()}
    page = text_of(admin.get(address(act, records[act].pk)))
    assert title in page
    assert f'<button class="button button-danger">{button}</button>' in page
    after = {name: type(row).objects.get(pk=row.pk).__dict__ for name, row in records.items()}
    assert [without_state(row) for row in after.values()] == [
        without_state(row) for row in before.values()
    ]


def without_state(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "_state"}


def test_before_a_source_is_left_it_asks(admin: Client, source: Source) -> None:
    page = text_of(admin.get(address("remove-source", source.pk)))
    assert '<button class="button button-danger">Stop following</button>' in page
    assert Source.objects.get().archived_at is None


def test_a_source_that_moves_goals_names_them_and_offers_no_button(
    admin: Client, source: Source, link: Link
) -> None:
    page = text_of(admin.get(address("remove-source", source.pk)))
    assert ("Checkout is done" in page, "button-danger" in page) == (True, False)
    assert "unlink them first" in page


def test_before_missing_items_are_given_up_the_goals_that_they_hold_are_named(
    admin: Client, records: dict[str, Any]
) -> None:
    page = text_of(admin.get(address("accept-shrink", records["accept-shrink"].pk)))
    assert "Checkout is done" in page


def test_the_pages_lead_to_the_question_and_hold_no_form_that_acts_at_once(
    admin: Client, source: Source, link: Link
) -> None:
    Source.objects.update(state=SourceState.UNOBSERVED, missing_count=7)
    page = text_of(admin.get(address("source", source.pk)))
    for act, row in (("accept-shrink", source), ("remove-source", source), ("unlink", link)):
        assert f'href="{address(act, row.pk)}"' in page
        assert f'action="{address(act, row.pk)}"' not in page


def test_the_page_of_a_metric_leads_to_the_question(
    portal: Portal, admin: Client, records: dict[str, Any]
) -> None:
    row: PushAddress = records["close-push-address"]
    page = text_of(admin.get(reverse("portfolio:metric", args=["acme", row.metric_id])))
    assert f'href="{address("close-push-address", row.pk)}"' in page
    assert f'action="{address("close-push-address", row.pk)}"' not in page


# --- Pausing --------------------------------------------------------------------------------
def test_a_stale_page_that_says_pause_pauses(admin: Client, connection: Connection) -> None:
    for _ in range(2):
        admin.post(address("pause", connection.pk), {"wanted": "paused"})
        assert Connection.objects.get().state == ConnectionState.PAUSED


def test_a_connection_is_taken_up_again_by_the_button_that_says_so(
    admin: Client, connection: Connection
) -> None:
    Connection.objects.update(state=ConnectionState.PAUSED)
    page = text_of(admin.get(address("connection", connection.pk)))
    assert "Paused." in page
    assert 'name="wanted" value="on">Read again</button>' in page
    admin.post(address("pause", connection.pk), {"wanted": "on"})
    assert Connection.objects.get().state == ConnectionState.WORKING


def test_a_stale_page_that_says_pause_pauses_a_pull(portal: Portal, admin: Client) -> None:
    row = PullFactory.create(
        metric=MetricFactory.create(product=portal.world.product), owner=portal.admin
    )
    for _ in range(2):
        admin.post(address("pause-pull", row.pk), {"wanted": "paused"})
        assert Pull.objects.get().state == ConnectionState.PAUSED
