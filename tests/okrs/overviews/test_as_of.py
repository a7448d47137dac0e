"""As of: every place gives what the close fixed, whatever came since, and the links of then."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from okrs.actions.objectives import edit_objective
from okrs.choices import CycleState, LinkState, RollUpMode
from okrs.models import (
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    KeyResult,
    Objective,
    ObjectiveAlignment,
)
from tests.factories.closing import HistoryStartFactory
from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals
from tests.okrs.quarters import Quarter, closed_quarter, correct, first_after, running_quarter
from tests.personas import World

D = Decimal
ASSUMED = "The history of 1 link begins later: it is shown as it was when it began."


@pytest.fixture
def quarter(in_acme: World) -> Quarter:
    return closed_quarter(in_acme)


@pytest.fixture
def running(in_acme: World) -> Quarter:
    return running_quarter(in_acme)


def dashboard_page(quarter: Quarter, moment: dict[str, str]) -> tuple[str, ...]:
    page = quarter.page("dashboard/", open=str(quarter.goal.product_id), **moment)
    board = page.partition('id="board"')[2]
    return tuple(first_after(board, title) for title in (">Above</a>", ">Below</a>"))


def dashboard_file(quarter: Quarter, moment: dict[str, str]) -> tuple[str, ...]:
    rows = csv.DictReader(quarter.page("dashboard/export.csv", **moment).splitlines())
    scores = {row["Objective"]: row["Score"] for row in rows if row["Objective"]}
    return scores["Above"], scores["Below"]


def dashboard_api(quarter: Quarter, moment: dict[str, str]) -> tuple[str, ...]:
    return by_title(quarter.api("dashboard/", **moment)["objectives"])


def by_title(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    scores = {row["title"]: f"{D(row['score']):.2f}" for row in rows}
    return scores["Above"], scores["Below"]


def tree_page(quarter: Quarter, moment: dict[str, str]) -> tuple[str, ...]:
    page = quarter.page("alignment/", **moment).partition('id="alignment-card"')[2]
    return tuple(first_after(page, title) for title in (">Above</a>", ">Below</a>"))


def tree_api(quarter: Quarter, moment: dict[str, str]) -> tuple[str, ...]:
    return by_title(quarter.api("alignment-tree/", **moment)["goals"])


def objective_page(quarter: Quarter, moment: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        first_after(quarter.page(f"objectives/{pk}/", **moment), 'aria-label="Score"')
        for pk in (quarter.top.pk, quarter.goal.pk)
    )


def objective_api(quarter: Quarter, moment: dict[str, str]) -> tuple[str, ...]:
    told = [
        quarter.api(f"objectives/{pk}/explain/", **moment)["score"]
        for pk in (quarter.top.pk, quarter.goal.pk)
    ]
    return tuple(f"{D(score):.2f}" for score in told)


WHOLES: dict[str, Callable[[Quarter, dict[str, str]], tuple[str, ...]]] = {
    "dashboard": dashboard_page,
    "dashboard as CSV": dashboard_file,
    "dashboard API": dashboard_api,
    "tree": tree_page,
    "tree API": tree_api,
    "objective": objective_page,
    "objective API": objective_api,
}


def fixed(revision: int) -> tuple[str, ...]:
    rows = ClosedObjective.objects.filter(revision__number__lte=revision)
    latest = {row.objective.title: row.score for row in rows.order_by("revision__number")}
    return f"{latest['Above']:.2f}", f"{latest['Below']:.2f}"


@pytest.mark.parametrize("place", WHOLES)
def test_the_last_day_as_known_at_the_close_is_what_the_close_fixed(
    quarter: Quarter, place: str
) -> None:
    assert WHOLES[place](quarter, quarter.moment(0)) == fixed(0) == ("0.43", "0.43")


@pytest.mark.parametrize("place", WHOLES)
def test_it_still_is_after_a_late_correction(quarter: Quarter, place: str) -> None:
    correct(quarter)
    assert WHOLES[place](quarter, quarter.moment(0)) == fixed(0) == ("0.43", "0.43")


@pytest.mark.parametrize("place", WHOLES)
def test_what_is_known_since_a_correction_shows_it(quarter: Quarter, place: str) -> None:
    correct(quarter)
    assert WHOLES[place](quarter, quarter.moment(1)) == fixed(1) == ("0.60", "0.60")


# --- Key results ------------------------------------------------------------------------------
def of_key_result(quarter: Quarter, revision: int) -> tuple[str, str]:
    moment, path = quarter.moment(revision), f"key-results/{quarter.silent.pk}/"
    told = quarter.api(f"{path}explain/", **moment)["score"]
    return first_after(quarter.page(path, **moment), 'aria-label="Score"'), f"{D(told):.2f}"


def test_a_key_result_is_what_the_close_fixed_after_a_correction(quarter: Quarter) -> None:
    correct(quarter)
    frozen = ClosedKeyResult.objects.get(key_result=quarter.silent, revision__number=0)
    assert frozen.score == 0
    assert of_key_result(quarter, 0) == ("0.00", "0.00")


def test_a_key_result_shows_a_correction_once_it_is_known(quarter: Quarter) -> None:
    correct(quarter)
    assert of_key_result(quarter, 1) == ("0.50", "0.50")


# --- Units ------------------------------------------------------------------------------------
@pytest.mark.parametrize("revision", [0, 1])
def test_a_unit_is_what_the_revision_fixed(quarter: Quarter, revision: int) -> None:
    correct(quarter)
    units = quarter.api("dashboard/", **quarter.moment(revision))["units"]
    found = {row["id"]: D(row["score"]) for row in units if row["score"] is not None}
    rows = ClosedUnit.objects.filter(revision__number__lte=revision).order_by("revision__number")
    assert found == {str(row.product_id or row.portfolio_id): row.score for row in rows}


# --- Links of then ----------------------------------------------------------------------------
def before_now(quarter: Quarter) -> dict[str, str]:
    return {"as_of": timezone.now().isoformat(), "cycle": str(quarter.cycle.pk)}


@pytest.mark.parametrize("place", WHOLES)
def test_a_moment_ago_is_what_stands_stored_now(running: Quarter, place: str) -> None:
    stored = [Objective.objects.get(pk=g.pk).score for g in (running.top, running.goal)]
    assert stored == [D("0.6"), D("0.4")]
    assert WHOLES[place](running, before_now(running)) == ("0.60", "0.40")


@pytest.mark.parametrize("place", WHOLES)
def test_a_link_that_was_withdrawn_since_still_counts_then(running: Quarter, place: str) -> None:
    before = before_now(running)
    ObjectiveAlignment.objects.update(state=LinkState.WITHDRAWN)
    assert WHOLES[place](running, before) == ("0.60", "0.40")
    assert WHOLES[place](running, before_now(running)) == ("0.80", "0.40")


@pytest.mark.parametrize("place", WHOLES)
def test_a_weight_is_the_one_of_then(running: Quarter, place: str) -> None:
    before = before_now(running)
    ObjectiveAlignment.objects.update(weight=3)
    assert WHOLES[place](running, before) == ("0.60", "0.40")
    assert WHOLES[place](running, before_now(running)) == ("0.50", "0.40")


def test_the_tree_of_then_has_the_links_of_then(running: Quarter) -> None:
    before = before_now(running)
    ObjectiveAlignment.objects.update(state=LinkState.WITHDRAWN)
    told = running.api("alignment-tree/", **before)
    assert [(row["state"], row["weight"]) for row in told["links"]] == [("agreed", "1")]
    assert running.api("alignment-tree/", cycle=str(running.cycle.pk))["links"] == []


def test_a_title_is_the_one_of_then(running: Quarter) -> None:
    before = before_now(running)
    Objective.objects.filter(pk=running.goal.pk).update(title="Renamed")
    assert ">Below</a>" in running.page("alignment/", **before)
    assert "<h1>Below</h1>" in running.page(f"objectives/{running.goal.pk}/", **before)


def test_a_goal_that_was_not_set_yet_is_left_out(running: Quarter) -> None:
    before = before_now(running)
    Goals(running.world, running.cycle).objective(title="Later")
    titles = [row["title"] for row in running.api("alignment-tree/", **before)["goals"]]
    assert titles == ["Above", "Below"]


def test_links_whose_history_begins_later_are_said_to_be_assumed(running: Quarter) -> None:
    day = timezone.now() - timedelta(days=5)
    for model in (Objective, KeyResult, ObjectiveAlignment):
        model.objects.update(created_at=day - timedelta(days=1))
    page = running.page("alignment/", as_of=day.isoformat(), cycle=str(running.cycle.pk))
    assert ASSUMED in page


def test_links_that_are_older_than_all_histories_are_said_to_be_assumed(running: Quarter) -> None:
    before = before_now(running)
    HistoryStartFactory.create(begins_at=timezone.now() + timedelta(minutes=1))
    assert ASSUMED in running.page("alignment/", **before)
    assert running.api("alignment-tree/", **before)["links_assumed"] == 1


def test_histories_as_old_as_the_organisation_assume_nothing(running: Quarter) -> None:
    assert running.api("alignment-tree/", **before_now(running))["links_assumed"] == 0


# --- The control ------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["dashboard/", "alignment/"])
@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ({}, False),
        ({"as_of": "2026-01-05"}, True),
        ({"known_at": "2026-01-05"}, True),
        ({"as_of": "last week"}, True),
    ],
)
def test_the_fields_of_a_past_day_are_folded_away_until_one_is_asked_for(
    running: Quarter, path: str, asked: dict[str, str], opens: bool
) -> None:
    assert ('<details class="moment" open>' in running.page(path, **asked)) is opens


@pytest.mark.parametrize("path", ["dashboard/", "alignment/"])
@pytest.mark.parametrize(
    ("name", "typed", "reason"),
    [
        ("as_of", "last week", "As of: Give a day such as 2026-09-30"),
        ("as_of", "2999-01-01", "As of: This lies in the future."),
        ("known_at", "2999-01-01", "Known on: This lies in the future."),
    ],
)
def test_a_day_that_cannot_be_shown_is_refused_beside_its_field(
    running: Quarter, path: str, name: str, typed: str, reason: str
) -> None:
    page = running.page(path, **{name: typed})
    said = page.partition('id="moment-errors"')[2].partition("</span>")[0]
    assert reason in said
    assert "as-of-banner" not in page


@pytest.mark.parametrize(
    "path", ["dashboard/", "alignment-tree/", "coverage/", "alignment-gaps/", "objective", "result"]
)
@pytest.mark.parametrize("asked", [{"as_of": "2999-01-01"}, {"known_at": "soon"}])
def test_the_api_refuses_a_moment_with_its_reason(
    running: Quarter, path: str, asked: dict[str, str]
) -> None:
    named = {
        "objective": f"objectives/{running.goal.pk}/explain/",
        "result": f"key-results/{running.silent.pk}/explain/",
    }
    answer = running.client.get(f"/api/v1/orgs/acme/{named.get(path, path)}", asked)
    assert answer.status_code == 400
    [name] = asked
    assert answer.json()["detail"].startswith(f"{name}: ")


def test_a_file_of_a_day_that_lies_ahead_is_refused(running: Quarter) -> None:
    answer = running.client.get("/o/acme/dashboard/export.csv", {"as_of": "2999-01-01"})
    assert answer.status_code == 400


def test_the_banner_leads_back_to_today(running: Quarter) -> None:
    page = running.page("dashboard/", as_of="2026-01-05", status="behind")
    assert re.search(r'<a href="/o/acme/dashboard/\?status=behind">Back to today</a>', page)


def test_a_past_day_without_a_cycle_shows_the_cycle_that_ran_then(running: Quarter) -> None:
    today = timezone.localdate()
    earlier = CycleFactory.create(
        name="Before", starts_on=today - timedelta(days=400), ends_on=today - timedelta(days=300),
        state=CycleState.CLOSED, closed_at=timezone.now() - timedelta(days=290),
    )  # fmt: skip
    day = (today - timedelta(days=350)).isoformat()
    assert running.api("dashboard/", as_of=day)["cycle"] == str(earlier.pk)


@pytest.mark.parametrize("path", ["objectives/{goal}/", "key-results/{result}/"])
def test_a_past_page_offers_nothing_to_do(running: Quarter, path: str) -> None:
    address = path.format(goal=running.goal.pk, result=running.silent.pk)
    answer = running.world.client("admin").get(f"/o/acme/{address}", before_now(running))
    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert 'method="post"' not in page
    assert "/edit/" not in page


def test_an_edit_since_does_not_change_the_page_of_then(running: Quarter) -> None:
    before, access = before_now(running), running.world.access("admin")
    goal = Objective.objects.get(pk=running.top.pk)
    edit_objective(
        access, goal, expected_version=goal.version, roll_up=RollUpMode.OWN, reason="Alone."
    )
    assert objective_api(running, before) == ("0.60", "0.40")
    assert objective_api(running, before_now(running)) == ("0.80", "0.40")


@pytest.mark.parametrize("path", ["dashboard/", "alignment/"])
def test_a_past_overview_leads_to_goals_of_that_moment(running: Quarter, path: str) -> None:
    page = running.page(path, **before_now(running))
    assert f'href="/o/acme/objectives/{running.top.pk}/?as_of=' in page


# --- The price --------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3, 50])
@pytest.mark.parametrize(("path", "reads"), [("dashboard/", 25), ("alignment/", 24)])
def test_a_past_page_reads_as_often_for_one_goal_as_for_fifty(
    in_acme: World, path: str, rows: int, reads: int
) -> None:
    goals = Goals(in_acme, CycleFactory.create())
    goals.grow(rows)
    asked = {"as_of": timezone.now().isoformat(), "cycle": str(goals.cycle.pk)}
    client = in_acme.client("viewer")
    client.get(f"/o/acme/{path}", asked)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/o/acme/{path}", asked).status_code == 200
    read = [q for q in captured if "okrs_" in q["sql"] or '"portfolio_' in q["sql"]]
    assert len(read) == reads
