"""Values that scripts push: believed by the address, counted once, answered in words."""

import json
from datetime import timedelta
from time import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from integrations.actions import pushes
from integrations.actions.pushes import PUSHES_A_MINUTE, close_address, open_address
from integrations.actions.retention import forget
from integrations.models import PushAddress, PushDelivery
from okrs.models import KeyResult
from portfolio.actions import correct_value, withdraw_value
from portfolio.models import Metric, MetricValue
from portfolio.queries import latest_values
from tests.integrations.conftest import Portal
from tests.integrations.figures.conftest import log, only_number, only_value

Opened = tuple[PushAddress, str]


@pytest.fixture
def opened(portal: Portal, metric: Metric) -> Opened:
    return open_address(portal.world.access("lead"), metric, name="Nightly export")


def push(token: str, body: Any, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return Client().post(f"/push/{token}/", json.dumps(body), "application/json", headers=headers)


def test_a_pushed_value_is_the_metrics_value(opened: Opened, metric: Metric) -> None:
    assert push(opened[1], {"value": 12.5}).status_code == 201
    assert log(metric) == [("12.5", "push")]


LARGE = 12345678901234567890


def test_a_number_of_twenty_digits_is_taken(opened: Opened) -> None:
    assert push(opened[1], {"value": LARGE}).status_code == 201
    assert only_number() == LARGE


def test_a_number_of_twenty_digits_moves_the_key_result_that_reads_it(
    opened: Opened, portal: Portal, metric: Metric
) -> None:
    key_result = portal.key_result("Revenue grows")
    KeyResult.objects.filter(pk=key_result.pk).update(metric=metric)
    assert push(opened[1], {"value": LARGE}).status_code == 201
    key_result.refresh_from_db()
    assert (key_result.current_value, key_result.score) == (LARGE, 1)
    page = portal.world.client("lead").get(key_result.get_absolute_url())
    assert "12,345,678,901,234,567,890" in page.content.decode()


def test_the_log_says_which_script_pushed_and_what_it_said(opened: Opened, metric: Metric) -> None:
    push(opened[1], {"value": 12.5, "note": "after the restart"})
    assert only_value().note == "Pushed by Nightly export: after the restart"


def test_a_plain_form_is_taken_as_well(opened: Opened, metric: Metric) -> None:
    Client().post(f"/push/{opened[1]}/", "value=7", "application/x-www-form-urlencoded")
    assert log(metric) == [("7", "push")]


def test_a_day_is_its_beginning_in_the_organisations_time_zone(
    opened: Opened, portal: Portal
) -> None:
    portal.world.organization.time_zone = "Pacific/Auckland"
    portal.world.organization.save()
    push(opened[1], {"value": 1, "at": "2026-07-01"})
    assert only_value().effective_at.isoformat() == "2026-06-30T12:00:00+00:00"


def test_the_same_moment_and_value_counts_once(opened: Opened, metric: Metric) -> None:
    body = {"value": 12.5, "at": "2026-11-01"}
    assert [push(opened[1], body).status_code for _ in range(3)] == [201, 200, 200]
    assert log(metric) == [("12.5", "push")]


def test_another_value_for_the_same_moment_takes_the_place_of_the_first(
    opened: Opened, metric: Metric
) -> None:
    first = push(opened[1], {"value": 12.5, "at": "2026-11-01"}).json()["value"]
    push(opened[1], {"value": 13, "at": "2026-11-01"})
    assert str(MetricValue.objects.get(value=13).voids_id) == first
    assert latest_values([metric.pk])[metric.pk].value == 13


def test_what_a_person_corrected_is_not_pushed_back(
    portal: Portal, opened: Opened, metric: Metric
) -> None:
    body = {"value": 12.5, "at": "2026-11-01"}
    push(opened[1], body)
    right = only_number() + 1
    correct_value(portal.world.access("admin"), metric, only_value().pk, value=right)
    assert push(opened[1], body).status_code == 200
    assert latest_values([metric.pk])[metric.pk].value == right


def test_what_a_person_withdrew_stays_withdrawn(
    portal: Portal, opened: Opened, metric: Metric
) -> None:
    body = {"value": 12.5, "at": "2026-11-01"}
    push(opened[1], body)
    withdraw_value(portal.world.access("admin"), metric, only_value().pk)
    push(opened[1], body)
    assert metric.pk not in latest_values([metric.pk])


def test_a_repeated_key_counts_once_and_gets_the_same_value(opened: Opened, metric: Metric) -> None:
    answers = [push(opened[1], {"value": 12.5}, key="run-7") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.json()["value"] for answer in answers}) == 1
    assert len(log(metric)) == 1


def test_a_key_that_comes_with_another_body_is_refused(opened: Opened, metric: Metric) -> None:
    push(opened[1], {"value": 12.5}, key="run-7")
    assert push(opened[1], {"value": 13}, key="run-7").status_code == 409
    assert log(metric) == [("12.5", "push")]


def test_a_refused_delivery_may_come_again_corrected_with_its_key(
    opened: Opened, metric: Metric
) -> None:
    assert push(opened[1], {"value": "many"}, key="run-7").status_code == 422
    assert push(opened[1], {"value": 12.5}, key="run-7").status_code == 201


def test_an_unknown_address_and_a_closed_one_are_answered_alike(
    portal: Portal, opened: Opened, metric: Metric
) -> None:
    close_address(portal.world.access("lead"), opened[0])
    closed, unknown = push(opened[1], {"value": 1}), push("nobody", {"value": 1})
    assert (closed.status_code, closed.content) == (unknown.status_code, unknown.content)
    assert (closed.status_code, log(metric)) == (404, [])


def test_an_archived_metric_takes_nothing(opened: Opened, metric: Metric) -> None:
    Metric.objects.filter(pk=metric.pk).update(archived_at=timezone.now())
    assert push(opened[1], {"value": 1}).status_code == 404


def test_only_a_hash_of_the_token_is_stored(opened: Opened) -> None:
    stored = PushAddress.objects.values().get()
    assert all(opened[1] not in str(value) for value in stored.values())
    assert opened[1].endswith(stored["hint"])


def test_the_audit_log_holds_neither_the_token_nor_its_hash(opened: Opened) -> None:
    entries = AuditEntry.objects.filter(table_name="integrations_pushaddress")
    told = " ".join(str(entry) for entry in entries.values())
    assert entries.exists()
    assert opened[0].token_hash not in told


def test_a_refused_push_says_what_is_wrong_and_the_address_remembers(opened: Opened) -> None:
    answer = push(opened[1], {"value": "1,5"})
    address = PushAddress.objects.get()
    assert (answer.status_code, address.refused) == (422, 1)
    assert answer.json()["detail"] == address.refused_because
    assert "is no plain number" in address.refused_because


def test_the_future_is_refused(opened: Opened, metric: Metric) -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    assert push(opened[1], {"value": 1, "at": tomorrow}).status_code == 422
    assert log(metric) == []


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+23:59"])
def test_a_date_beyond_the_calendar_is_refused(opened: Opened, at: str) -> None:
    assert push(opened[1], {"value": 1, "at": at}).status_code == 422


def test_a_large_body_is_refused(opened: Opened, metric: Metric) -> None:
    assert push(opened[1], {"value": 1, "note": "x" * 20_000}).status_code == 413


def test_more_than_the_rate_is_put_off_until_the_minute_is_over(
    opened: Opened, metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = time() // 60 * 60
    monkeypatch.setattr(pushes, "time", lambda: minute + 42)
    answers = [push(opened[1], {"value": n}) for n in range(1, PUSHES_A_MINUTE + 3)]
    refused = [answer["Retry-After"] for answer in answers if answer.status_code == 429]
    assert (refused, len(log(metric))) == (["18", "18"], PUSHES_A_MINUTE)
    monkeypatch.setattr(pushes, "time", lambda: minute + 60)
    assert push(opened[1], {"value": 0}).status_code == 201


def test_the_address_shows_when_it_was_last_used(opened: Opened) -> None:
    push(opened[1], {"value": 1})
    address = PushAddress.objects.get()
    assert address.received == 1
    assert address.last_received_at is not None


def test_old_deliveries_are_forgotten(opened: Opened) -> None:
    push(opened[1], {"value": 1}, key="old")
    PushDelivery.objects.update(received_at=timezone.now() - timedelta(days=8))
    forget()
    assert not PushDelivery.objects.exists()
