"""How scores went: the newest ones, oldest first, and the one that stood earlier."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from okrs.models import KeyResult, Objective, ScorePoint
from okrs.queries.courses import Course, courses
from tests.factories.okrs import KeyResultFactory, ObjectiveFactory
from tests.personas import World

NOW = timezone.now()
WEEK_AGO = NOW - timedelta(days=7)


@pytest.fixture
def goal(in_acme: World) -> Objective:
    objective: Objective = ObjectiveFactory.create()
    ScorePoint.objects.all().delete()
    return objective


def points(*scores: str | None, **of: object) -> None:
    """One a day, the last one now."""
    for days, score in enumerate(reversed(scores)):
        value = None if score is None else Decimal(score)
        ScorePoint.objects.create(at=NOW - timedelta(days=days), score=value, **of)


def course(*, limit: int = 20, **of: UUID) -> Course:
    [(name, pk)] = of.items()
    return courses(since=WEEK_AGO, until=NOW, limit=limit, **{name: [pk]})[pk]


def test_scores_come_oldest_first(goal: Objective) -> None:
    points("0.1", "0.2", "0.4", objective=goal)
    assert course(objectives=goal.pk).scores == (Decimal("0.1"), Decimal("0.2"), Decimal("0.4"))


def test_the_oldest_ones_are_left_out_beyond_the_limit(goal: Objective) -> None:
    points("0.1", "0.2", "0.4", objective=goal)
    assert course(objectives=goal.pk, limit=2).scores == (Decimal("0.2"), Decimal("0.4"))


def test_the_change_is_since_the_score_that_stood_then_however_many_came_later(
    goal: Objective,
) -> None:
    points("0.1", "0.2", "0.3", "0.3", "0.3", "0.3", "0.3", "0.3", "0.5", objective=goal)
    assert course(objectives=goal.pk, limit=2).change == Decimal("0.3")


def test_what_began_later_has_not_changed_since(goal: Objective) -> None:
    points("0.1", "0.2", objective=goal)
    assert course(objectives=goal.pk).change is None


def test_a_score_that_was_taken_back_is_in_no_course(goal: Objective) -> None:
    points("0.1", None, objective=goal)
    found = course(objectives=goal.pk)
    assert (found.scores, found.last) == ((Decimal("0.1"),), None)


def test_what_comes_after_the_moment_is_not_known_then(goal: Objective) -> None:
    points("0.1", "0.2", objective=goal)
    yesterday = NOW - timedelta(days=1)
    found = courses(objectives=[goal.pk], since=WEEK_AGO, until=yesterday)
    assert found[goal.pk].scores == (Decimal("0.1"),)


def test_what_was_never_scored_is_left_out(goal: Objective) -> None:
    assert courses(objectives=[goal.pk], since=WEEK_AGO, until=NOW) == {}


def test_records_of_several_kinds_are_told_apart(goal: Objective) -> None:
    key_result: KeyResult = KeyResultFactory.create(objective=goal)
    ScorePoint.objects.all().delete()
    points("0.4", objective=goal)
    points("0.6", key_result=key_result)
    found = courses(objectives=[goal.pk], key_results=[key_result.pk], since=WEEK_AGO, until=NOW)
    assert {pk: row.last for pk, row in found.items()} == {
        goal.pk: Decimal("0.4"),
        key_result.pk: Decimal("0.6"),
    }
