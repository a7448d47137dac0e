"""Checking in over the API: what is owed, put off, chosen and reported."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from okrs.models import CheckIn, CheckInSettings, KeyResult, Postponement, ReminderChoice
from portfolio.models import Product
from tests.okrs.overviews.conftest import Goals

BASE = "/api/v1/orgs/acme"
DAY = timedelta(days=1)


class Script:
    """The API as a persona uses it."""

    def __init__(self, goals: Goals, persona: str) -> None:
        self.client = goals.world.client(persona)

    def get(self, path: str) -> Any:
        answer = self.client.get(f"{BASE}/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, body: Any, *, status: int = 201) -> Any:
        answer = self.client.post(f"{BASE}/{path}", body, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def patch(self, path: str, body: Any, *, status: int = 200) -> Any:
        """An edit of what was read just before."""
        etag = self.client.get(f"{BASE}/{path}").headers["ETag"]
        answer = self.client.patch(
            f"{BASE}/{path}", body, content_type="application/json", headers={"If-Match": etag}
        )
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture
def lead(goals: Goals) -> Script:
    return Script(goals, "lead")


@pytest.fixture
def late(goals: Goals) -> KeyResult:
    """A key result of the lead that was due two days ago."""
    due = timezone.now() - 2 * DAY
    fields = {"current_value": 40, "confidence": "0.6", "outdated_from": due}
    return goals.key_result(goals.objective(), title="Shops", **fields)


def days_from_now(count: int) -> str:
    return (timezone.localdate() + count * DAY).isoformat()


def test_what_is_owed_comes_with_what_the_form_offers(lead: Script, late: KeyResult) -> None:
    [owed] = lead.get("owed-check-ins/")["due"]
    assert (owed["key_result"], owed["title"]) == (str(late.pk), "Shops")
    assert (owed["due_on"], owed["value"], owed["confidence"]) == (days_from_now(-3), "40", "0.6")


def test_others_are_owed_something_else(goals: Goals, late: KeyResult) -> None:
    assert Script(goals, "contributor").get("owed-check-ins/")["due"] == []


def test_a_check_in_answers_with_its_turn_and_the_new_score(lead: Script, late: KeyResult) -> None:
    said = lead.post("check-ins/", {"key_result": str(late.pk), "value": "62"})
    assert (said["score"], said["due_on"], said["missed"]) == ("0.62", days_from_now(-3), 1)
    assert lead.get("owed-check-ins/")["due"] == []


def test_a_check_in_is_put_off_with_a_reason_and_taken_up_again(
    lead: Script, late: KeyResult
) -> None:
    body = {"key_result": str(late.pk), "until": days_from_now(4), "reason": "A survey runs."}
    lead.post("postponements/", body)
    assert lead.get("owed-check-ins/")["due"] == []
    assert lead.get(f"key-results/{late.pk}/")["postponed_until"] == days_from_now(4)
    lead.post("postponements/", {"key_result": str(late.pk), "until": None})
    assert len(lead.get("owed-check-ins/")["due"]) == 1


@pytest.mark.parametrize(
    ("days", "reason", "field"), [(4, "", "reason"), (0, "Because.", "until"), (400, "x", "until")]
)
def test_putting_off_is_refused_by_field(
    days: int, reason: str, field: str, lead: Script, late: KeyResult
) -> None:
    body = {"key_result": str(late.pk), "until": days_from_now(days), "reason": reason}
    assert field in lead.post("postponements/", body, status=422)["errors"]
    assert not Postponement.objects.exists()


def test_a_member_chooses_when_to_be_reminded(goals: Goals, lead: Script) -> None:
    told = lead.patch("reminder/", {"remind_on": 3, "remind_at": 16})
    assert (told["remind_on"], told["remind_at"]) == (3, 16)
    assert ReminderChoice.objects.get().member == goals.world["lead"]


def test_the_table_of_cadences_is_changed_by_who_may(goals: Goals, lead: Script) -> None:
    Script(goals, "facilitator").patch("check-in-settings/", {"growth": "weekly"})
    assert CheckInSettings.objects.get().growth == "weekly"
    lead.patch("check-in-settings/", {"growth": "monthly"}, status=403)


def test_every_unit_says_how_often_it_checks_in_and_who_decided(lead: Script) -> None:
    Product.objects.update(cadence="weekly", cadence_rule="forced")
    told = {unit["name"]: unit for unit in lead.get("cadences/")["results"]}
    assert told["Acme product"]["why"].startswith("Its own choice")
    assert (told["Acme team"]["cadence"], told["Acme team"]["set_by"]) == ("weekly", "product")


def test_the_report_says_who_is_current(lead: Script, late: KeyResult) -> None:
    CheckIn.objects.create(key_result=late, author=late.owner, due_on=days_from_now(-17))
    report = lead.get("check-in-report/?by=person")
    [row] = report["results"]
    assert (row["name"], row["sums"]["outdated"]) == ("Acme lead", 1)
    assert row["sums"]["turns"][-1] == {"kept": 1, "missed": 1, "share": "0.5"}
    assert report["total"] == row["sums"]


def test_an_alert_that_was_hidden_is_shown_no_more(goals: Goals, lead: Script) -> None:
    row = goals.key_result(goals.objective(), score="0.9", evidence_at=timezone.now())
    goals.cycle.starts_on = timezone.localdate() - 10 * DAY
    goals.cycle.save()
    [alert] = lead.get("goal-alerts/")["results"]
    assert (alert["kind"], alert["key_result"]) == ("early-high", str(row.pk))
    hidden = lead.post("hidden-alerts/", {"key_result": str(row.pk), "kind": "early-high"})
    assert lead.get("goal-alerts/")["results"] == []
    lead.client.delete(f"{BASE}/hidden-alerts/{hidden['id']}/")
    assert len(lead.get("goal-alerts/")["results"]) == 1
