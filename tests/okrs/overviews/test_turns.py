"""Who is current, and which share of check-ins came on time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from okrs.actions.daily import recompute_everything
from okrs.choices import CycleState, KeyResultSource, ObjectiveState
from okrs.models import CheckIn, Cycle, KeyResult
from okrs.queries.scope import Filters, Scope, chosen_cycle, cycle_choices
from okrs.queries.turns import GroupBy, Regularity, Turns, TurnsReport, turns_report
from portfolio.models import Product, Team
from tests.factories.okrs import CycleFactory, TeamObjectiveFactory
from tests.factories.portfolio import ProductFactory
from tests.okrs.overviews.conftest import Goals, reads

Look = Callable[..., str]
DAY = timedelta(days=1)
NOW = timezone.now()
TODAY = NOW.date()
STATEMENTS = {
    GroupBy.PORTFOLIO: 8,
    GroupBy.PRODUCT: 9,
    GroupBy.TEAM: 8,
    GroupBy.PERSON: 8,
}


@pytest.fixture(autouse=True)
def weekly(goals: Goals) -> None:
    Product.objects.update(cadence="weekly")


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def fresh(goals: Goals, **fields: Any) -> KeyResult:
    """A key result of the product with news of today."""
    given = {"evidence_at": midnight(TODAY), "outdated_from": midnight(TODAY + 8 * DAY)}
    return goals.key_result(
        fields.pop("objective", None) or goals.objective(), **{**given, **fields}
    )


def silent_since(goals: Goals, *, due: date, **fields: Any) -> KeyResult:
    return fresh(
        goals, evidence_at=midnight(due - 7 * DAY), outdated_from=midnight(due + DAY), **fields
    )


def answered(key_result: KeyResult, *missed: int) -> None:
    """A check-in for each turn, after so many due days passed in silence."""
    for count in missed:
        CheckIn.objects.create(
            key_result=key_result, author=key_result.owner, due_on=TODAY, missed=count
        )


def close(cycle: Cycle) -> None:
    cycle.state = CycleState.CLOSED
    cycle.save()


def report(
    goals: Goals, by: GroupBy = GroupBy.PRODUCT, persona: str = "admin", **filters: Any
) -> TurnsReport:
    cycles = cycle_choices()
    cycle = chosen_cycle(cycles, goals.cycle.pk, TODAY)
    assert cycle is not None
    access = goals.world.access(persona)
    scope = Scope(access=access, cycle=cycle, filters=Filters(**filters), now=NOW, at=NOW)
    return turns_report(scope, cycles, by)


def only(found: TurnsReport) -> Regularity:
    [row] = found.rows
    return row.sums


def standing(sums: Regularity) -> tuple[int, int, int]:
    return sums.current, sums.postponed, sums.outdated


# --- As they stand --------------------------------------------------------------------------
def test_each_key_result_is_current_put_off_or_out_of_date(goals: Goals) -> None:
    fresh(goals)
    silent_since(goals, due=TODAY - DAY)
    silent_since(goals, due=TODAY - DAY, postponed_until=TODAY)
    assert standing(only(report(goals))) == (1, 1, 1)


def test_what_was_put_off_until_yesterday_is_out_of_date(goals: Goals) -> None:
    silent_since(goals, due=TODAY - 5 * DAY, postponed_until=TODAY - DAY)
    assert standing(only(report(goals))) == (0, 0, 1)


def test_what_is_put_off_before_its_day_is_current_still(goals: Goals) -> None:
    fresh(goals, postponed_until=TODAY + 20 * DAY)
    assert standing(only(report(goals))) == (1, 0, 0)


@pytest.mark.parametrize("state", [ObjectiveState.DRAFT, ObjectiveState.ABANDONED])
def test_goals_that_were_not_agreed_are_not_counted(goals: Goals, state: str) -> None:
    fresh(goals, objective=goals.objective(state=state))
    assert report(goals).rows == []


# --- Turns ----------------------------------------------------------------------------------
def test_the_share_on_time_is_of_turns_kept(goals: Goals) -> None:
    answered(fresh(goals), 0, 0, 0, 2)
    turns = only(report(goals)).now
    assert (turns.kept, turns.missed, turns.share) == (3, 2, Decimal("0.6"))


def test_a_silence_that_lasts_counts_each_due_day_that_passed(goals: Goals) -> None:
    answered(silent_since(goals, due=TODAY - 15 * DAY), 0)
    turns = only(report(goals)).now
    assert (turns.kept, turns.missed) == (1, 3)


def test_today_is_no_missed_turn_yet(goals: Goals) -> None:
    silent_since(goals, due=TODAY)
    assert only(report(goals)).now == Turns()


def test_what_is_put_off_misses_no_turn_until_that_day_has_passed(goals: Goals) -> None:
    silent_since(goals, due=TODAY - 15 * DAY, postponed_until=TODAY + DAY)
    assert only(report(goals)).now == Turns()


def test_silence_after_the_last_day_counts_no_further(goals: Goals) -> None:
    silent_since(goals, due=TODAY - 30 * DAY, ends_on=TODAY - 20 * DAY)
    assert only(report(goals)).now.missed == 2


def test_what_comes_by_sync_owes_nothing(goals: Goals) -> None:
    row = silent_since(goals, due=TODAY - 15 * DAY, source=KeyResultSource.SYNCED)
    answered(row, 0)
    sums = only(report(goals))
    assert (sums.now, sums.synced, sums.outdated) == (Turns(), 1, 1)


def test_a_check_in_that_answered_no_turn_is_not_counted(goals: Goals) -> None:
    row = fresh(goals)
    CheckIn.objects.create(key_result=row, author=row.owner)
    assert only(report(goals)).now == Turns()


def test_nothing_owed_has_no_share(goals: Goals) -> None:
    fresh(goals)
    assert only(report(goals)).now.share is None


# --- Over cycles ----------------------------------------------------------------------------
def test_cycles_of_the_same_length_stand_beside_each_other(goals: Goals) -> None:
    present, length = goals.cycle, 90 * DAY
    before = CycleFactory.create(
        name="Last quarter",
        starts_on=present.starts_on - length - DAY,
        ends_on=present.starts_on - DAY,
    )
    CycleFactory.create(
        name="Last year",
        starts_on=present.starts_on - 366 * DAY,
        ends_on=present.starts_on - DAY,
        state=CycleState.CLOSED,
    )
    answered(fresh(goals, objective=goals.objective(cycle=before)), 0, 1)
    close(before)
    answered(fresh(goals), 0)
    found = report(goals)
    assert [cycle.name for cycle in found.cycles] == ["Last quarter", "This quarter"]
    assert only(found).turns == [Turns(1, 1), Turns(1, 0)]


def test_in_a_closed_cycle_nobody_is_out_of_date(goals: Goals) -> None:
    silent_since(goals, due=TODAY - 5 * DAY)
    close(goals.cycle)
    assert standing(only(report(goals))) == (0, 0, 0)


# --- Rows -----------------------------------------------------------------------------------
def team_goal(goals: Goals) -> KeyResult:
    objective = TeamObjectiveFactory.create(
        cycle=goals.cycle, team=Team.objects.get(slug="team"), owner=goals.world["lead"]
    )
    return fresh(goals, objective=objective, owner=goals.world["contributor"])


def names(found: TurnsReport) -> list[tuple[str, int]]:
    return [(row.name, row.sums.current) for row in found.rows]


def test_a_product_is_counted_with_its_own_teams(goals: Goals) -> None:
    fresh(goals)
    team_goal(goals)
    assert names(report(goals, GroupBy.PRODUCT)) == [("Acme product", 2)]


def test_a_team_is_counted_alone(goals: Goals) -> None:
    fresh(goals)
    team_goal(goals)
    assert names(report(goals, GroupBy.TEAM)) == [("Acme team", 1)]


def test_a_portfolio_is_counted_with_the_products_at_home_in_it(goals: Goals) -> None:
    fresh(goals)
    team_goal(goals)
    fresh(goals, objective=goals.top())
    assert names(report(goals, GroupBy.PORTFOLIO)) == [("Acme portfolio", 3)]


def test_rows_come_by_name_and_not_by_merit(goals: Goals) -> None:
    for name in ("Zebra", "apple"):
        objective = goals.objective(product=ProductFactory.create(name=name))
        answered(fresh(goals, objective=objective), 0)
    assert [row.name for row in report(goals).rows] == ["apple", "Zebra"]


def test_filters_narrow_what_is_counted(goals: Goals) -> None:
    fresh(goals)
    fresh(goals, objective=goals.objective(product=ProductFactory.create(name="Wallet")))
    assert [row.name for row in report(goals, product="wall").rows] == ["Wallet"]


# --- People ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("persona", "seen"),
    [
        ("admin", ["Acme contributor", "Acme lead"]),
        ("lead", ["Acme contributor", "Acme lead"]),
        ("contributor", ["Acme contributor"]),
        ("viewer", []),
    ],
)
def test_people_are_seen_by_themselves_and_by_who_leads_their_units(
    goals: Goals, persona: str, seen: list[str]
) -> None:
    fresh(goals)
    team_goal(goals)
    assert [row.name for row in report(goals, GroupBy.PERSON, persona).rows] == seen


def test_the_total_counts_only_what_is_shown(goals: Goals) -> None:
    fresh(goals)
    team_goal(goals)
    assert report(goals, GroupBy.PERSON, "contributor").total.current == 1


# --- The page and the file ------------------------------------------------------------------
def test_the_page_shows_the_share_with_its_counts(goals: Goals, look: Look) -> None:
    answered(fresh(goals), 0, 0, 1)
    page = look("check-ins/report/")
    assert "67%" in page
    assert "2 of 3" in page


def test_the_file_has_a_line_for_each_row(goals: Goals, look: Look) -> None:
    answered(fresh(goals), 0, 0, 1)
    header, line = look("check-ins/report/export.csv").splitlines()
    assert header.endswith("This quarter: on time,This quarter: missed,This quarter: share")
    assert line == "Acme product,weekly,1,1,0,0,0,2,1,67%"


def test_without_a_cycle_the_page_says_so(goals: Goals, look: Look) -> None:
    goals.cycle.delete()
    assert "There is no cycle yet" in look("check-ins/report/")


def test_without_a_cycle_the_other_pages_of_check_ins_are_still_a_click_away(
    goals: Goals, look: Look
) -> None:
    goals.cycle.delete()
    assert '<a class="tab" href="/o/acme/check-ins/reminders/">' in look("check-ins/report/")


@pytest.mark.parametrize("rows", [1, 3, 50])
@pytest.mark.parametrize("by", list(GroupBy))
def test_the_report_reads_as_often_for_one_product_as_for_fifty(
    rows: int, by: GroupBy, goals: Goals
) -> None:
    for _ in range(rows):
        fresh(goals, objective=goals.objective(product=ProductFactory.create()))
    assert reads(goals.world.client("admin"), f"check-ins/report/?by={by}") == STATEMENTS[by]


def test_it_agrees_with_the_roll_up(goals: Goals) -> None:
    """What is out of date here is out of date on the dashboard too."""
    goals.key_result(goals.objective())
    recompute_everything(cause="test")
    goals.rolled_up()
    [score] = goals.product.unit_scores.all()
    sums = only(report(goals))
    assert (score.outdated, score.key_results) == (sums.outdated, sums.key_results)
