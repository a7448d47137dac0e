"""The due list: what it asks for, in which order, and where it leads."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from okrs.models import KeyResult, Postponement, ReminderChoice
from tests.okrs.overviews.conftest import Goals, reads

Look = Callable[..., str]
DAY = timedelta(days=1)


def late(goals: Goals, title: str, days: int = 1, **fields: Any) -> KeyResult:
    """A key result of the lead that was due so many days ago."""
    ended = timezone.now() - days * DAY
    return goals.key_result(goals.objective(), title=title, outdated_from=ended, **fields)


def test_the_longest_due_comes_first_with_its_form_open(goals: Goals, look: Look) -> None:
    late(goals, "Shops")
    late(goals, "Sellers", days=9)
    page = look("check-ins/", "lead")
    opened = page.index("open>")
    assert page.index("Sellers") > opened
    assert page.index("Sellers") < page.index("Shops")
    assert page.count("open>") == 1


def test_a_link_may_open_another_one(goals: Goals, look: Look) -> None:
    shops = late(goals, "Shops")
    late(goals, "Sellers", days=9)
    assert f'id="due-{shops.pk}" open>' in look("check-ins/", "lead", open=shops.pk)


def test_a_link_to_what_is_done_opens_the_first(goals: Goals, look: Look) -> None:
    shops = late(goals, "Shops")
    later = timezone.now() + 20 * DAY
    done = goals.key_result(goals.objective(), outdated_from=later)
    assert f'id="due-{shops.pk}" open>' in look("check-ins/", "lead", open=done.pk)


def test_a_stranger_signs_in_and_comes_back_to_the_list(goals: Goals) -> None:
    answer = Client().get("/o/acme/check-ins/?open=1")
    assert answer.headers["Location"] == "/accounts/login/?next=/o/acme/check-ins/%3Fopen%3D1"


def test_without_scripts_a_check_in_leads_back_to_the_list(goals: Goals) -> None:
    row = late(goals, "Shops")
    client = goals.world.client("lead")
    answer = client.post(
        f"/o/acme/key-results/{row.pk}/check-in/", {"value": "40", "next": "/o/acme/check-ins/"}
    )
    assert answer.headers["Location"] == "/o/acme/check-ins/"
    assert "data-due-list" not in client.get("/o/acme/check-ins/").content.decode()


def test_nothing_leads_away_from_the_site(goals: Goals) -> None:
    row = late(goals, "Shops")
    answer = goals.world.client("lead").post(
        f"/o/acme/key-results/{row.pk}/check-in/", {"value": "40", "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == f"/o/acme/key-results/{row.pk}/"


def test_who_owes_nothing_hears_when_the_next_is_due(goals: Goals, look: Look) -> None:
    end = timezone.now() + 20 * DAY
    goals.key_result(goals.objective(), title="Later", outdated_from=end)
    page = look("check-ins/", "lead")
    assert "You are up to date" in page
    assert "Coming up" in page


def test_who_owns_nothing_is_told_so(goals: Goals, look: Look) -> None:
    assert "No check-ins of yours yet" in look("check-ins/", "viewer")


# --- Putting off ----------------------------------------------------------------------------
def put_off(goals: Goals, row: KeyResult, reason: str = "The survey runs still") -> Any:
    until = timezone.localdate() + 5 * DAY
    body = {"until": until.isoformat(), "reason": reason}
    return goals.world.client("lead").post(f"/o/acme/key-results/{row.pk}/postpone/", body)


def test_what_is_put_off_moves_to_a_list_of_its_own(goals: Goals, look: Look) -> None:
    put_off(goals, late(goals, "Shops"))
    page = look("check-ins/", "lead")
    assert "data-due-list" not in page
    assert "The survey runs still" in page


def test_a_reason_is_asked_for_beside_its_field(goals: Goals) -> None:
    answer = put_off(goals, late(goals, "Shops"), reason="")
    assert answer.status_code == 422
    assert 'id="id_reason_error"' in answer.content.decode()


def test_what_was_put_off_can_be_asked_for_again(goals: Goals, look: Look) -> None:
    row = late(goals, "Shops")
    put_off(goals, row)
    goals.world.client("lead").post(f"/o/acme/key-results/{row.pk}/take-up/")
    assert "data-due-list" in look("check-ins/", "lead")


def test_the_reason_is_shown_on_the_key_result(goals: Goals, look: Look) -> None:
    row = late(goals, "Shops")
    put_off(goals, row)
    page = look(f"key-results/{row.pk}/")
    assert "The survey runs still" in page
    assert Postponement.objects.count() == 1


# --- Reminders ------------------------------------------------------------------------------
def test_the_next_reminder_is_named_on_ones_own_clock(goals: Goals, look: Look) -> None:
    person = goals.world["lead"].person
    assert person is not None
    person.time_zone = "Asia/Kolkata"
    person.save()
    ReminderChoice.objects.create(member=goals.world["lead"], remind_on=3, remind_at=16)
    today = timezone.now().astimezone(ZoneInfo("Asia/Kolkata"))
    thursday = next_thursday_at_four(today)
    words = f"Thursday {thursday.day} {thursday:%B} at 16:00"
    assert words in look("check-ins/", "lead")


def next_thursday_at_four(now: datetime) -> datetime:
    day = now + (3 - now.weekday()) % 7 * DAY
    four = day.replace(hour=16, minute=0, second=0, microsecond=0)
    return four if four > now else four + 7 * DAY


def test_day_and_hour_are_chosen_on_a_page(goals: Goals) -> None:
    client = goals.world.client("viewer")
    body = {"is_wanted": "on", "remind_on": "3", "remind_at": "16", "version": "1"}
    answer = client.post("/o/acme/check-ins/reminders/", body)
    assert answer.status_code == 302
    stored = ReminderChoice.objects.get(member=goals.world["viewer"])
    assert (stored.remind_on, stored.remind_at) == (3, 16)


def test_what_is_left_open_is_as_the_organisation_has_it(goals: Goals, look: Look) -> None:
    page = look("check-ins/reminders/", "viewer")
    assert "As the organisation: Monday" in page
    assert "As the organisation: 09:00" in page


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_reads_as_often_for_one_as_for_fifty(rows: int, goals: Goals) -> None:
    goal = goals.objective()
    for number in range(rows):
        goals.key_result(goal, title=f"Result {number}", outdated_from=timezone.now() - DAY)
    assert reads(goals.world.client("lead"), "check-ins/") == 6
