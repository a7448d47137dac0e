"""Where the method leaves a choice or contradicts itself: what was chosen, one test each.

The numbers are those of the list of choices; the limits themselves, one test each, are in
`tests/okrs/test_limit_rules.py`.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from integrations.models import Connection, Link, Source
from integrations.queries.work import level_of
from okrs import scoring
from okrs.actions.check_ins import check_in
from okrs.actions.cycles import move_cycle
from okrs.actions.initiatives import drive_key_result
from okrs.actions.objectives import assess_objective
from okrs.choices import CycleState
from okrs.limits import Finding, PortfolioLoad, Range, Rule, ThemeLoad, check_portfolio
from okrs.models import (
    ClosedKeyResult,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
    Objective,
)
from okrs.writing import KeyResultDraft, Verdict, check_key_result
from reviews.actions import reviews
from reviews.choices import AGENDAS, Question, ReviewAgenda
from reviews.models import AgendaItem
from tests.factories.okrs import CycleFactory
from tests.integrations.items import make_item, make_source
from tests.okrs.goals import a_key_result, an_initiative, an_objective
from tests.personas import World

D = Decimal


def test_c4_the_gaps_between_the_bands_are_closed_by_rounding_half_up_to_one_decimal() -> None:
    edges = ["0.349", "0.35", "0.649", "0.65", "0.849", "0.85"]
    assert [scoring.band_of(D(score)) for score in edges] == [
        scoring.Band.SIGNIFICANT_MISS,
        scoring.Band.FELL_SHORT,
        scoring.Band.FELL_SHORT,
        scoring.Band.STRONG,
        scoring.Band.STRONG,
        scoring.Band.FULL,
    ]


def test_c5_five_themes_have_one_objective_each_because_all_three_rules_hold() -> None:
    def above(*objectives: int) -> list[Finding]:
        themes = [ThemeLoad(f"Theme {place}", count) for place, count in enumerate(objectives, 1)]
        found = check_portfolio(PortfolioLoad(name="Commerce", themes=themes, unthemed=0))
        return [each for each in found if each.is_above]

    assert above(1, 1, 1, 1, 1) == []
    assert {(found.rule, found.allowed) for found in above(2, 1, 1, 1, 1)} == {
        (Rule.THEME_OBJECTIVES, Range(1, 1)),
        (Rule.PORTFOLIO_OBJECTIVES, Range(5, 5)),
    }


LAUNCH = "Launch three cross-product integrations"
SHIP = "Ship integration with two other portfolio products"


@pytest.mark.parametrize(
    ("title", "verdict"),
    [
        (f"{LAUNCH} that drive measurable user engagement", Verdict.OUTPUT),
        (f"{SHIP}, each used by 500+ active users within 60 days", Verdict.OUTPUT),
        (LAUNCH, Verdict.TASK),
        (SHIP, Verdict.TASK),
    ],
)
def test_c6_an_output_passes_with_a_measured_condition_and_is_flagged_without(
    title: str, verdict: Verdict
) -> None:
    assert check_key_result(KeyResultDraft(title=title)).verdict == verdict


def test_c7_the_judgement_of_the_whole_stands_beside_the_mean_with_the_spread(
    in_acme: World,
) -> None:
    objective = an_objective(in_acme)
    for score in ("0.9", "0.3"):
        a_key_result(in_acme, objective=objective, score=D(score))
    assess_objective(
        in_acme.access("admin"), objective, score=D("0.4"), assessment="The harder half is open"
    )
    kept = Objective.objects.get(pk=objective.pk)
    assert (kept.score, kept.lowest, kept.highest) == (D("0.6"), D("0.3"), D("0.9"))
    assert (kept.assessed_score, kept.assessed_by, kept.assessment) == (
        D("0.4"),
        in_acme["admin"],
        "The harder half is open",
    )


def test_c8_half_way_at_half_time_is_on_track_and_falls_short_at_the_end(in_acme: World) -> None:
    today = timezone.localdate()
    days = {"starts_on": today - timedelta(days=45), "ends_on": today + timedelta(days=45)}
    cycle = CycleFactory.create(state=CycleState.CLOSING, **days)
    row = a_key_result(in_acme, objective=an_objective(in_acme, cycle=cycle))
    said = check_in(in_acme.access("admin"), row, value=D(50))
    assert said.score is not None
    in_the_quarter = KeyResult.objects.get(pk=row.pk).pace, scoring.band_of(said.score)
    assert in_the_quarter == (scoring.Pace.ON_TRACK, scoring.Band.FELL_SHORT)
    assert scoring.band_label(scoring.band_of(said.score), closed=False) == "part way"
    move_cycle(in_acme.access("admin"), cycle, to=CycleState.CLOSED, expected_version=None)
    assert ClosedKeyResult.objects.get(key_result=row).band == scoring.Band.FELL_SHORT


def test_c9_the_portfolio_review_and_the_quarterly_review_are_two_meetings_with_their_own_agenda(
    in_acme: World,
) -> None:
    kinds = (ReviewAgenda.PORTFOLIO, ReviewAgenda.QUARTERLY)
    cycle = CycleFactory.create()
    planned = [
        reviews.plan_review(
            in_acme.access("lead"),
            portfolio=in_acme.portfolio,
            cycle=cycle,
            agenda=kind,
            held_on=timezone.localdate(),
        )
        for kind in kinds
    ]
    points = [
        [(item.title, item.question) for item in AgendaItem.objects.filter(review=review)]
        for review in planned
    ]
    assert points == [[*AGENDAS[kind]] for kind in kinds]
    assert points[0] != points[1]
    # Both put the four questions; only the quarterly one asks what was learned.
    assert all(set(Question) <= {question for _, question in found} for found in points)
    learned = "What we learned, and what we change"
    assert [any(title == learned for title, _ in found) for found in points] == [False, True]


def points_at(model: type[models.Model]) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def test_c10_work_drives_key_results_and_stories_are_synced_below_it(in_acme: World) -> None:
    assert {Initiative, KeyResult} <= points_at(InitiativeKeyResult)
    assert not any(Objective in points_at(model) for model in (InitiativeKeyResult, Initiative))
    assert not any(Objective in points_at(model) for model in (Link, Source))
    epic = an_initiative(in_acme)
    drive_key_result(in_acme.access("admin"), epic, a_key_result(in_acme))
    tracker = Connection.objects.create(
        name="Delivery", provider="jira-cloud", owner=in_acme["admin"]
    )
    source = make_source(tracker, "Web shop")
    make_item(source, "E-1", kind="Epic", is_leaf=False)
    make_item(source, "S-1", parent_remote_id="E-1")
    link = Link.objects.create(source=source, initiative=epic, parent_remote_id="E-1")
    assert [row.key for row in level_of(link).rows] == ["S-1"]
