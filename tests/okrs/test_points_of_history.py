"""Points of history are found by the index of what they are of, and stand in no other."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from okrs.models import ScorePoint
from okrs.queries.courses import courses
from tests.factories.evidence import ScorePointFactory
from tests.factories.okrs import ObjectiveFactory
from tests.factories.promises import UnitScoreFactory
from tests.personas import World

KEYS = ["key_result", "objective", "unit_score"]
INDEXES = {
    "key_result": "score_point_of_key_result",
    "objective": "scores_of_objective",
    "unit_score": "scores_of_unit_score",
}


@pytest.fixture(autouse=True)
def points(in_acme: World) -> dict[str, UUID]:
    """A point of each kind; what it is of, by its key."""
    of: list[dict[str, Any]] = [
        {},
        {"key_result": None, "objective": ObjectiveFactory.create()},
        {"key_result": None, "unit_score": UnitScoreFactory.create(product=in_acme.product)},
    ]
    made = [ScorePointFactory.create(**given) for given in of]
    found = {key: getattr(row, f"{key}_id") for key, row in zip(KEYS, made, strict=True)}
    with connection.cursor() as cursor:
        # So few rows are otherwise read through, whatever there is.
        cursor.execute("SET LOCAL enable_seqscan = off")
    return found


def went(points: dict[str, UUID]) -> object:
    now = timezone.now()
    return courses(
        key_results=[points["key_result"]],
        objectives=[points["objective"]],
        units=[points["unit_score"]],
        since=now,
        until=now,
    )


def listed(key: str) -> Callable[[dict[str, UUID]], object]:
    """A page of the API, whose keys are ids."""
    return lambda points: list(ScorePoint.objects.filter(**{f"{key}_id": points[key]}))


def of_several(key: str) -> Callable[[dict[str, UUID]], object]:
    """As what is deleted takes its points along."""
    return lambda points: list(ScorePoint.objects.filter(**{f"{key}__in": [points[key]]}))


def indexes_of(read: Callable[[], object]) -> set[str]:
    with CaptureQueriesContext(connection) as captured:
        read()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {captured[0]['sql']}")
        found: Any = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return {name for name in names_in(plan) if name.startswith("score")}


def names_in(plan: dict[str, Any]) -> set[str]:
    names = {plan["Index Name"]} if "Index Name" in plan else set()
    return names.union(*(names_in(child) for child in plan.get("Plans", ())))


def test_the_courses_of_scores_are_read_by_the_index_of_each_kind(
    points: dict[str, UUID],
) -> None:
    assert indexes_of(lambda: went(points)) == set(INDEXES.values())


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("read", [listed, of_several])
def test_points_of_one_record_are_read_by_its_index(
    points: dict[str, UUID], read: Callable[[str], Callable[[dict[str, UUID]], object]], key: str
) -> None:
    assert indexes_of(lambda: read(key)(points)) == {INDEXES[key]}


@pytest.mark.parametrize("key", KEYS)
def test_a_point_stands_in_the_index_of_its_own_kind_alone(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'okrs_scorepoint'")
        told = [definition for (definition,) in cursor.fetchall() if f"{key}_id" in definition]
    assert [definition.endswith(f"WHERE ({key}_id IS NOT NULL)") for definition in told] == [True]
