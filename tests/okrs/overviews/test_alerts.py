"""What is worth a second look, to whom, and in which words."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from okrs.actions.rhythm import hide_alert
from okrs.choices import AlertKind, KeyResultSource, Shape
from okrs.models import KeyResult
from okrs.queries.alerts import Alert, alerts_for
from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals, reads
from tests.personas import World

DAY = timedelta(days=1)
NOW = timezone.now()
TODAY = NOW.date()


def at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def alerts(goals: Goals, persona: str = "lead") -> list[Alert]:
    return alerts_for(goals.world.access(persona), NOW)


def kinds(goals: Goals, persona: str = "lead") -> list[AlertKind]:
    return [alert.kind for alert in alerts(goals, persona)]


def healthy(goals: Goals, **fields: Any) -> KeyResult:
    """A key result in the middle of its cycle, halfway, with news of yesterday."""
    given = {"score": Decimal("0.5"), "evidence_at": at(TODAY - DAY)}
    return goals.key_result(goals.objective(), **{**given, **fields})


def test_what_goes_as_planned_is_no_alert(goals: Goals) -> None:
    healthy(goals)
    assert alerts(goals) == []


# --- Not started ----------------------------------------------------------------------------
@pytest.mark.parametrize(("ago", "expected"), [(6, []), (7, [AlertKind.NOT_STARTED])])
def test_no_number_seven_days_after_the_start(
    goals: Goals, ago: int, expected: list[AlertKind]
) -> None:
    healthy(goals, starts_on=TODAY - ago * DAY, evidence_at=None, score=None)
    assert kinds(goals) == expected


# --- Nearly there early ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("score", "ago", "left", "expected"),
    [
        ("0.81", 10, 30, [AlertKind.EARLY_HIGH]),
        ("0.80", 10, 30, []),  # not above
        ("0.81", 20, 20, []),  # half of its time is gone
        ("0.81", 19, 20, [AlertKind.EARLY_HIGH]),
    ],
)
def test_above_0_8_before_half_of_the_time_has_passed(
    goals: Goals, score: str, ago: int, left: int, expected: list[AlertKind]
) -> None:
    days = {"starts_on": TODAY - ago * DAY, "ends_on": TODAY + left * DAY}
    healthy(goals, score=Decimal(score), **days)
    assert kinds(goals) == expected


def test_what_is_met_or_not_may_be_met_early(goals: Goals) -> None:
    healthy(goals, score=Decimal(1), shape=Shape.YES_NO, ends_on=TODAY + 300 * DAY)
    assert AlertKind.EARLY_HIGH not in kinds(goals)


def test_it_says_how_early_it_is(goals: Goals) -> None:
    days = {"starts_on": TODAY - 10 * DAY, "ends_on": TODAY + 30 * DAY}
    healthy(goals, score=Decimal("0.9"), **days)
    [alert] = alerts(goals)
    assert alert.words == "0.90 with 25% of its time gone. Set the next one higher."


# --- Past its last day ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ago", "score", "expected"),
    [
        (1, "0.5", [AlertKind.PAST_DUE]),
        (0, "0.5", []),  # its last day is today
        (1, "1", []),  # it was met
    ],
)
def test_its_last_day_has_passed(
    goals: Goals, ago: int, score: str, expected: list[AlertKind]
) -> None:
    healthy(goals, score=Decimal(score), ends_on=TODAY - ago * DAY)
    assert kinds(goals) == expected


def test_the_end_of_the_cycle_itself_is_no_alert(goals: Goals) -> None:
    goals.cycle = CycleFactory.create(starts_on=TODAY - 90 * DAY, ends_on=TODAY - DAY)
    healthy(goals)
    assert alerts(goals) == []


# --- Without an owner -----------------------------------------------------------------------
def leave(world: World, persona: str) -> None:
    member = world[persona]
    member.left_at = timezone.now()
    member.save()


def test_an_owner_who_left_concerns_the_lead(goals: Goals) -> None:
    healthy(goals, owner=goals.world["contributor"])
    leave(goals.world, "contributor")
    [alert] = alerts(goals)
    assert alert.words == "Acme contributor left. Name somebody who checks in."


def test_an_owner_who_left_concerns_those_who_steer(goals: Goals) -> None:
    healthy(goals, owner=goals.world["contributor"])
    leave(goals.world, "contributor")
    assert kinds(goals, "facilitator") == [AlertKind.NO_OWNER]


def test_an_objective_whose_owner_left_is_worth_a_look(goals: Goals) -> None:
    goal = goals.objective(owner=goals.world["contributor"])
    goals.key_result(goal, owner=goals.world["lead"], evidence_at=at(TODAY - DAY))
    leave(goals.world, "contributor")
    [alert] = alerts(goals)
    assert alert.words == "Acme contributor, who answered for its objective, left."


# --- Outside its cycle ----------------------------------------------------------------------
@pytest.mark.parametrize(
    "days", [{"starts_on": TODAY - 60 * DAY}, {"ends_on": TODAY + 60 * DAY}], ids=["early", "late"]
)
def test_dates_that_leave_the_cycle(goals: Goals, days: dict[str, date]) -> None:
    healthy(goals, **days)
    [alert] = alerts(goals)
    assert alert.words == "Its dates leave This quarter. Move them."


# --- Not read -------------------------------------------------------------------------------
def test_linked_work_that_is_read_no_more(goals: Goals) -> None:
    healthy(goals, source=KeyResultSource.SYNCED, outdated_from=NOW - DAY)
    assert kinds(goals) == [AlertKind.NOT_READ]


# --- To whom --------------------------------------------------------------------------------
def test_others_have_nothing_to_look_at(goals: Goals) -> None:
    healthy(goals, evidence_at=None)
    assert alerts(goals, "viewer") == []


def test_a_hidden_alert_stays_hidden_for_who_hid_it(goals: Goals) -> None:
    row = healthy(goals, evidence_at=None, owner=goals.world["contributor"])
    hide_alert(goals.world.access("lead"), row, AlertKind.NOT_STARTED)
    assert (kinds(goals), kinds(goals, "contributor")) == ([], [AlertKind.NOT_STARTED])


def test_hiding_one_kind_leaves_the_others(goals: Goals) -> None:
    row = healthy(goals, evidence_at=None, ends_on=TODAY + 60 * DAY)
    hide_alert(goals.world.access("lead"), row, AlertKind.NOT_STARTED)
    assert kinds(goals) == [AlertKind.OUTSIDE_CYCLE]


def test_home_shows_them_with_a_way_to_hide_each(goals: Goals) -> None:
    row = healthy(goals, evidence_at=None)
    client = goals.world.client("lead")
    page = client.get("/o/acme/").content.decode()
    assert "Worth a look" in page
    client.post(f"/o/acme/key-results/{row.pk}/alerts/not-started/")
    assert "Worth a look" not in client.get("/o/acme/").content.decode()


def test_a_hidden_alert_can_be_put_back(goals: Goals) -> None:
    row = healthy(goals, evidence_at=None)
    hide_alert(goals.world.access("lead"), row, AlertKind.NOT_STARTED)
    client = goals.world.client("lead")
    client.post(f"/o/acme/key-results/{row.pk}/alerts/not-started/", {"back": "1"})
    assert kinds(goals) == [AlertKind.NOT_STARTED]


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_home_reads_as_often_for_one_alert_as_for_fifty(rows: int, goals: Goals) -> None:
    for _ in range(rows):
        healthy(goals, evidence_at=None)
    assert reads(goals.world.client("lead"), "") == 15
