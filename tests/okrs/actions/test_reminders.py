"""Reminders and escalations: who is told what, when, and how often."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.choices import MailRhythm, UnitRole
from accounts.models import Notification
from accounts.notifications import Standing, standing_of
from okrs.actions import escalations, reminders
from okrs.actions.reminders import remind
from okrs.choices import CycleState, KeyResultSource, ObjectiveState
from okrs.models import CheckInSettings, Escalation, KeyResult, ReminderChoice, ReminderTurn
from portfolio.models import Portfolio, Product, RoleAssignment, Team
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import CycleFactory, KeyResultFactory, TeamObjectiveFactory
from tests.okrs.goals import an_objective
from tests.personas import World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONES = ["America/Los_Angeles", "Europe/Istanbul", "Asia/Kolkata"]


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def now() -> datetime:
    """The hour in which everybody in UTC is reminded, which has just begun."""
    moment = timezone.now().astimezone(UTC).replace(minute=2, second=0, microsecond=0)
    CheckInSettings.objects.create(remind_on=moment.weekday(), remind_at=moment.hour)
    return moment


def due(world: World, now: datetime, *, owner: str = "contributor", **fields: Any) -> KeyResult:
    """A key result of the product whose check-in was due yesterday."""
    given = {
        "objective": fields.pop("objective", None) or an_objective(world),
        "owner": world[owner],
        "outdated_from": now - HOUR,
        "evidence_at": now - 15 * DAY,
    }
    made: KeyResult = KeyResultFactory.create(**{**given, **fields})
    return made


def midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time.min, UTC)


def told(kind: str = reminders.KIND) -> list[tuple[str, str]]:
    """Who was told what, in order."""
    rows = Notification.objects.filter(kind=kind).order_by("id")
    return list(rows.values_list("member__name", "title"))


# --- Reminders ------------------------------------------------------------------------------
def test_one_message_names_all_that_is_owed(bound: World, now: datetime) -> None:
    for title in ("Shops", "Sellers", "Days"):
        due(bound, now, title=title)
    remind(now)
    [message] = Notification.objects.all()
    assert (message.title, message.url) == ("3 check-ins are due", "/o/acme/check-ins/")
    assert [line.split(",")[0] for line in message.text.splitlines()] == [
        "Shops",
        "Sellers",
        "Days",
    ]


def test_a_single_one_is_named_in_the_title(bound: World, now: datetime) -> None:
    due(bound, now, title="Shops")
    remind(now)
    assert told() == [("Acme contributor", "Check-in due: Shops")]


def test_of_many_only_some_are_listed(bound: World, now: datetime) -> None:
    for _ in range(7):
        due(bound, now)
    remind(now)
    assert Notification.objects.get().text.splitlines()[-1] == "and 2 more"


def test_nobody_is_told_when_nothing_is_owed(bound: World, now: datetime) -> None:
    due(bound, now, outdated_from=now + 20 * DAY)
    remind(now)
    assert told() == []
    assert ReminderTurn.objects.get(member=bound["contributor"]).owed == 0


def test_what_falls_due_before_the_next_reminder_is_in_it(bound: World, now: datetime) -> None:
    due(bound, now, outdated_from=midnight(now + 7 * DAY))
    remind(now)
    assert len(told()) == 1


def test_what_falls_due_on_the_day_of_the_next_reminder_is_not(bound: World, now: datetime) -> None:
    due(bound, now, outdated_from=midnight(now + 8 * DAY))
    remind(now)
    assert told() == []


@pytest.mark.parametrize("later", [timedelta(minutes=5), 23 * HOUR])
def test_nobody_is_told_twice(bound: World, now: datetime, later: timedelta) -> None:
    due(bound, now)
    remind(now)
    remind(now + later)
    assert len(told()) == 1


def test_what_falls_due_after_the_reminder_waits_for_the_next(bound: World, now: datetime) -> None:
    remind(now)
    due(bound, now)
    remind(now + HOUR)
    assert told() == []


def test_the_next_week_asks_again(bound: World, now: datetime) -> None:
    due(bound, now)
    remind(now)
    remind(now + 7 * DAY)
    assert len(told()) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"source": KeyResultSource.SYNCED},
        {"archived_at": timezone.now()},
        {"evidence_at": timezone.now() - HOUR},
    ],
    ids=["synced", "archived", "said an hour ago"],
)
def test_what_nobody_owes_is_not_asked_for(
    bound: World, now: datetime, fields: dict[str, Any]
) -> None:
    due(bound, now, **{"outdated_from": midnight(now + 7 * DAY), **fields})
    remind(now)
    assert told() == []


def test_what_is_put_off_is_not_asked_for(bound: World, now: datetime) -> None:
    due(bound, now, postponed_until=now.date())
    remind(now)
    assert told() == []


def test_what_was_put_off_until_yesterday_is_asked_for(bound: World, now: datetime) -> None:
    due(bound, now, postponed_until=now.date() - DAY)
    remind(now)
    assert len(told()) == 1


def test_candidate_goals_are_not_asked_for(bound: World, now: datetime) -> None:
    due(bound, now, objective=an_objective(bound, state=ObjectiveState.PROPOSED))
    remind(now)
    assert told() == []


@pytest.mark.parametrize("state", [CycleState.PLANNED, CycleState.CLOSED])
def test_cycles_that_do_not_run_are_not_asked_for(bound: World, now: datetime, state: str) -> None:
    due(bound, now, objective=an_objective(bound, cycle=CycleFactory.create(state=state)))
    remind(now)
    assert told() == []


def test_the_last_number_of_what_has_ended_is_asked_for_once_given_no_more(
    bound: World, now: datetime
) -> None:
    ended = now.date() - 3 * DAY
    due(bound, now, title="Open", ends_on=ended)
    due(bound, now, title="Said", ends_on=ended, evidence_at=now - 2 * DAY)
    remind(now)
    assert told() == [("Acme contributor", "Check-in due: Open")]


def test_a_goal_in_a_private_unit_is_not_spoken_of_to_who_may_not_see_it(
    bound: World, now: datetime
) -> None:
    Portfolio.objects.update(is_private=True)
    due(bound, now, owner="bystander")
    due(bound, now, owner="contributor")
    remind(now)
    assert [name for name, _ in told()] == ["Acme contributor"]


def test_who_left_is_told_nothing(bound: World, now: datetime) -> None:
    due(bound, now)
    member = bound["contributor"]
    member.left_at = timezone.now()
    member.save()
    remind(now)
    assert told() == []


def test_a_script_is_told_nothing(bound: World, now: datetime) -> None:
    robot = MemberFactory.create(person=None, name="Robot")
    due(bound, now, owner="contributor").owner_id = robot.pk
    KeyResult.objects.update(owner=robot)
    remind(now)
    assert told() == []


# --- When -----------------------------------------------------------------------------------
def test_another_day_of_ones_own_is_kept(bound: World, now: datetime) -> None:
    due(bound, now)
    ReminderChoice.objects.create(member=bound["contributor"], remind_on=(now.weekday() + 1) % 7)
    remind(now)
    assert told() == []
    remind(now + DAY)
    assert len(told()) == 1


def test_who_wants_no_reminder_gets_none(bound: World, now: datetime) -> None:
    due(bound, now)
    ReminderChoice.objects.create(member=bound["contributor"], is_wanted=False)
    remind(now)
    assert told() == []


def test_a_reminder_missed_by_more_than_a_day_is_let_go(bound: World, now: datetime) -> None:
    due(bound, now)
    remind(now + 25 * HOUR)
    assert told() == []


@pytest.mark.parametrize("zone", ZONES)
def test_nine_is_nine_on_each_persons_clock(bound: World, zone: str) -> None:
    person = bound["contributor"].person
    assert person is not None
    person.time_zone = zone
    person.save()
    nine = next_monday(ZoneInfo(zone), 9)
    due(bound, nine)
    remind(nine - timedelta(minutes=1))
    assert told() == []
    remind(nine)
    assert len(told()) == 1


@pytest.mark.parametrize("zone", ZONES)
def test_without_a_clock_of_ones_own_the_organisations_counts(bound: World, zone: str) -> None:
    bound.organization.time_zone = zone
    bound.organization.save()
    nine = next_monday(ZoneInfo(zone), 9)
    due(bound, nine)
    remind(nine - timedelta(minutes=1))
    assert told() == []
    remind(nine)
    assert len(told()) == 1


def next_monday(zone: ZoneInfo, hour: int) -> datetime:
    local = timezone.now().astimezone(zone)
    monday = local.date() + timedelta(days=7 - local.weekday())
    return datetime(monday.year, monday.month, monday.day, hour, tzinfo=zone).astimezone(UTC)


def test_daily_mail_does_not_hold_a_reminder_back(bound: World, now: datetime) -> None:
    write_to(bound, MailRhythm.DAILY)
    due(bound, now)
    remind(now)
    message = Notification.objects.get()
    assert message.mail_at is not None
    assert message.mail_at - timezone.now() < timedelta(minutes=5)


def letter_of(world: World) -> Standing | None:
    """What a letter about the only reminder says now."""
    [row] = Notification.objects.filter(kind=reminders.KIND).select_related("member__organization")
    return standing_of(row)


def test_the_letter_leads_to_the_form_of_each_check_in(bound: World, now: datetime) -> None:
    late = due(bound, now, title="Shops")
    soon = due(bound, now, title="Sellers", outdated_from=midnight(now + 3 * DAY))
    remind(now)
    letter = letter_of(bound)
    assert letter is not None
    assert [(line.text.split(",")[0], line.url) for line in letter.lines] == [
        ("Shops", f"/o/acme/check-ins/?open={late.pk}"),
        ("Sellers", f"/o/acme/check-ins/?open={soon.pk}"),
    ]


def test_a_late_check_in_is_told_from_one_to_come(bound: World, now: datetime) -> None:
    due(bound, now, outdated_from=midnight(now - 2 * DAY))
    due(bound, now, outdated_from=midnight(now + 3 * DAY))
    remind(now)
    late, soon = Notification.objects.get().text.splitlines()
    assert (", was due on " in late, ", by " in soon) == (True, True)


def test_what_was_said_before_the_letter_went_out_is_not_in_it(bound: World, now: datetime) -> None:
    done = due(bound, now, title="Shops")
    due(bound, now, title="Sellers")
    remind(now)
    KeyResult.objects.filter(pk=done.pk).update(
        evidence_at=timezone.now(), outdated_from=timezone.now() + 15 * DAY
    )
    letter = letter_of(bound)
    assert letter is not None
    assert letter.title == "Check-in due: Sellers"


def test_whoever_has_said_all_of_it_gets_no_letter(bound: World, now: datetime) -> None:
    due(bound, now)
    remind(now)
    KeyResult.objects.update(evidence_at=timezone.now(), outdated_from=timezone.now() + 15 * DAY)
    assert letter_of(bound) is None


def test_a_reminder_is_read_once_all_that_it_asked_for_was_said(
    bound: World, now: datetime
) -> None:
    for title in ("Churn", "Refunds"):
        due(bound, now, title=title)
    remind(now)
    unread = Notification.objects.filter(kind=reminders.KIND, read_at=None)
    said = []
    for row in KeyResult.objects.order_by("title"):
        KeyResult.objects.filter(pk=row.pk).update(outdated_from=now + 20 * DAY)
        remind(now + HOUR)
        said.append(unread.count())
    assert said == [1, 0]


def test_a_reminder_that_a_later_one_repeats_is_read(bound: World, now: datetime) -> None:
    due(bound, now)
    remind(now)
    remind(now + 7 * DAY)
    remind(now + 7 * DAY + HOUR)
    unread = Notification.objects.filter(kind=reminders.KIND, read_at=None)
    assert [row.key for row in unread] == [f"{reminders.KIND}:{(now + 7 * DAY).date()}"]


def test_who_wants_no_mail_is_told_on_the_page_alone(bound: World, now: datetime) -> None:
    write_to(bound, MailRhythm.NEVER)
    due(bound, now)
    remind(now)
    assert Notification.objects.get().mail_at is None


def write_to(world: World, rhythm: str) -> None:
    person = world["contributor"].person
    assert person is not None
    person.mail_rhythm = rhythm
    person.save()


def test_old_turns_are_forgotten(bound: World, now: datetime) -> None:
    ReminderTurn.objects.create(member=bound["lead"], day=now.date() - 90 * DAY)
    remind(now)
    assert ReminderTurn.objects.filter(day__lt=now.date() - 61 * DAY).count() == 0


@pytest.mark.parametrize("members", [1, 3, 50])
def test_a_turn_reads_as_often_for_fifty_people_as_for_one(
    members: int, bound: World, now: datetime, django_assert_num_queries: Any
) -> None:
    for _ in range(members):
        owner = MemberFactory.create()
        due(bound, now, objective=an_objective(bound, owner=owner)).owner = owner
    with django_assert_num_queries(30):
        remind(now)


# --- Escalations ----------------------------------------------------------------------------
def silent(world: World, now: datetime, *, days: int = 14, **fields: Any) -> KeyResult:
    """A key result of the contributor that went out of date so many days ago."""
    begun = midnight(now - days * DAY)
    given = {"outdated_from": begun, "evidence_at": begun - 15 * DAY}
    return due(world, now, **{**given, **fields})


def test_the_lead_hears_of_a_long_silence(bound: World, now: datetime) -> None:
    silent(bound, now, title="Shops")
    remind(now)
    [message] = Notification.objects.filter(kind=escalations.KIND)
    assert message.member == bound["lead"]
    assert message.title == "No news of “Shops” in the units you lead"
    assert message.text.startswith("Shops: Acme contributor, last news ")


def test_a_day_earlier_the_lead_hears_nothing(bound: World, now: datetime) -> None:
    silent(bound, now, days=13)
    remind(now)
    assert told(escalations.KIND) == []


def test_several_silences_are_one_message(bound: World, now: datetime) -> None:
    for _ in range(3):
        silent(bound, now)
    remind(now)
    assert told(escalations.KIND) == [
        ("Acme lead", "No news of 3 key results in the units you lead")
    ]


def test_the_lead_hears_of_a_silence_once(bound: World, now: datetime) -> None:
    silent(bound, now)
    remind(now)
    remind(now + 7 * DAY)
    assert len(told(escalations.KIND)) == 1


def test_a_new_silence_after_news_is_told_again(bound: World, now: datetime) -> None:
    key_result = silent(bound, now)
    remind(now)
    KeyResult.objects.filter(pk=key_result.pk).update(evidence_at=now - 20 * DAY)
    remind(now + 7 * DAY)
    assert len(told(escalations.KIND)) == 2


def test_what_is_put_off_is_no_silence(bound: World, now: datetime) -> None:
    silent(bound, now, postponed_until=now.date() - DAY)
    remind(now)
    assert told(escalations.KIND) == []


def test_an_organisation_may_want_no_escalation(bound: World, now: datetime) -> None:
    CheckInSettings.objects.update(escalate_after=None)
    silent(bound, now, days=30)
    remind(now)
    assert Escalation.objects.count() == 0


def test_the_named_lead_of_the_unit_is_told_first(bound: World, now: datetime) -> None:
    Product.objects.update(lead=bound["viewer"])
    silent(bound, now)
    remind(now)
    assert [name for name, _ in told(escalations.KIND)] == ["Acme viewer"]


def test_a_lead_who_owns_it_is_not_told_of_themselves(bound: World, now: datetime) -> None:
    Product.objects.update(lead=bound["viewer"])
    silent(bound, now, owner="viewer")
    remind(now)
    assert [name for name, _ in told(escalations.KIND)] == ["Acme lead"]


def test_a_team_without_a_lead_is_looked_after_by_that_of_its_product(
    bound: World, now: datetime
) -> None:
    RoleAssignment.objects.filter(member=bound["contributor"]).update(role=UnitRole.LEAD)
    goal = TeamObjectiveFactory.create(team=Team.objects.get(), owner=bound["admin"])
    silent(bound, now, owner="bystander", objective=goal)
    remind(now)
    assert [name for name, _ in told(escalations.KIND)] == ["Acme contributor"]


def test_a_unit_that_nobody_leads_is_told_of_to_nobody(bound: World, now: datetime) -> None:
    RoleAssignment.objects.all().delete()
    silent(bound, now)
    remind(now)
    assert Escalation.objects.count() == 0
