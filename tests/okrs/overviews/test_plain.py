"""Reads whose SQL is kept find what the ORM would find."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import Access, UnitAccess
from okrs.models import Cycle, Objective, ScorePoint
from okrs.queries import plain
from okrs.queries.dashboard.board import folded_rows, product_rows
from okrs.queries.dashboard.movers import moved
from okrs.queries.dashboard.off_pace import off_pace_rows
from okrs.queries.dashboard.roll_ups import stored_roll_ups
from okrs.queries.scope import CycleChoice, Filters, Scope
from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals

Ask = Callable[[Scope], list[dict[str, Any]]]
READS: dict[str, Ask] = {
    "products": product_rows,
    "roll-ups": stored_roll_ups,
    "objectives": folded_rows,
    "behind": off_pace_rows,
    "movers": lambda scope: moved(scope, scope.now - timedelta(days=7)),
}


@pytest.fixture(params=READS)
def ask(request: pytest.FixtureRequest) -> Ask:
    return READS[request.param]


@pytest.fixture
def scope(goals: Goals) -> Scope:
    goals.grow(3)
    now = timezone.now()
    top = goals.top(title="At the top", score=Decimal("0.9"), scored_at=now)
    ScorePoint.objects.create(objective=top, at=now - timedelta(days=10), score=Decimal("0.2"))
    return scope_of(goals, goals.cycle)


def scope_of(goals: Goals, cycle: Cycle) -> Scope:
    shown = CycleChoice(cycle.pk, cycle.name, cycle.starts_on, cycle.ends_on, cycle.state)
    now = timezone.now()
    return Scope(access=goals.world.access("lead"), cycle=shown, now=now, at=now)


def of_nothing_hidden(scope: Scope) -> Scope:
    """The same, but not plain: a unit that nothing belongs to is hidden."""
    access = replace(scope.access, units=UnitAccess(hidden=frozenset({uuid4()})))
    return replace(scope, access=access)


def test_a_plain_scope_finds_what_a_statement_of_its_own_finds(ask: Ask, scope: Scope) -> None:
    of_its_own = ask(of_nothing_hidden(scope))
    assert of_its_own
    assert ask(scope) == of_its_own


def test_another_cycle_has_rows_of_its_own(ask: Ask, scope: Scope, goals: Goals) -> None:
    ask(scope)
    other = scope_of(goals, CycleFactory.create(name="Next quarter"))
    assert ask(other) == ask(of_nothing_hidden(other))


def test_a_plain_scope_is_written_for_once(
    ask: Ask, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(scope)
    monkeypatch.delattr(plain, "written")
    assert ask(scope) == first


@pytest.mark.parametrize(
    "reader",
    [
        lambda access: access.member.pk,
        lambda access: access.units.roles,
        lambda access: access.everywhere,
    ],
    ids=["member", "roles", "rights"],
)
def test_what_depends_on_the_reader_cannot_be_kept(
    reader: Callable[[Access], Any], scope: Scope
) -> None:
    @plain.written_once()
    def mine(asked: Scope) -> QuerySet[Objective, Any]:
        return Objective.objects.filter(owner=reader(asked.access)).values("id")

    with pytest.raises(AttributeError):
        mine(scope)


@pytest.mark.parametrize(
    "change",
    [
        lambda scope: {"filters": Filters(words="retention")},
        lambda scope: {"filters": Filters(product="app")},
        lambda scope: {"access": of_nothing_hidden(scope).access},
        lambda scope: {"at": scope.now - timedelta(days=1)},
        lambda scope: {"known_at": scope.now},
    ],
    ids=["words", "product", "hidden", "past", "known"],
)
def test_what_changes_the_statement_is_not_plain(
    change: Callable[[Scope], dict[str, Any]], scope: Scope
) -> None:
    assert scope.is_plain
    assert not replace(scope, **change(scope)).is_plain


def test_filters_that_nothing_can_match_find_nothing(scope: Scope) -> None:
    assert plain.rows_at_once(Cycle.objects.none().values("id"), "{}") == []
