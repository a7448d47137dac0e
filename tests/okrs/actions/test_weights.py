"""Weighing contributions by their share of what was agreed."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from okrs.actions.ancestors import recompute_ancestors
from okrs.actions.weights import weigh_by_share
from okrs.choices import ContributionMode, CycleState, LinkState
from okrs.models import Contribution, Cycle, KeyResult
from portfolio.actions import record_value
from portfolio.choices import ValueSource
from tests.factories.okrs import ContributionFactory, KeyResultFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_weighed_key_result
from tests.personas import World


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def parent(bound: World) -> KeyResult:
    return a_weighed_key_result(bound)


def agree(parent: KeyResult, amount: int | None, state: str = LinkState.AGREED) -> Contribution:
    child = KeyResultFactory.create(objective__cycle=parent.objective.cycle)
    made: Contribution = ContributionFactory.create(
        child=child, parent=parent, amount=amount, state=state
    )
    return made


def weights(parent: KeyResult) -> list[Decimal]:
    rows = Contribution.objects.filter(parent=parent).order_by("id")
    return list(rows.values_list("weight", flat=True))


def test_weights_follow_the_shares_of_the_amounts(bound: World) -> None:
    parent = a_weighed_key_result(bound, 100_000, 20_000, 1_000)
    weigh_by_share(bound.access("lead"), parent)
    assert weights(parent) == [Decimal("82.645"), Decimal("16.529"), Decimal("0.826")]


def test_falls_are_weighed_by_their_size(bound: World) -> None:
    parent = a_weighed_key_result(bound, -30, -10)
    weigh_by_share(bound.access("lead"), parent)
    assert weights(parent) == [Decimal(75), Decimal(25)]


def test_what_is_only_offered_keeps_its_weight(bound: World, parent: KeyResult) -> None:
    agree(parent, 500, LinkState.PROPOSED)
    weigh_by_share(bound.access("lead"), parent)
    assert weights(parent)[-1] == 1


def test_the_score_follows_the_weights(bound: World) -> None:
    parent = a_weighed_key_result(bound, 75, 25)
    large, small = Contribution.objects.filter(parent=parent).order_by("-amount")
    for child, value in ((large.child, 40), (small.child, 80)):
        record_value(metric=child.metric, value=Decimal(value), source=ValueSource.PERSON)
    weigh_by_share(bound.access("lead"), parent)
    recompute_ancestors(key_results=[parent.pk], objectives=[])
    parent.refresh_from_db()
    assert (parent.current_value, parent.score) == (Decimal(50), Decimal("0.5"))


def test_a_contribution_without_an_amount_is_named(bound: World, parent: KeyResult) -> None:
    nameless = agree(parent, None)
    with refused("detail") as found:
        weigh_by_share(bound.access("lead"), parent)
    assert found.fields["detail"] == [f"“{nameless.child.title}” has no amount to weigh it by."]


def test_without_anything_agreed_nothing_is_weighed(bound: World, parent: KeyResult) -> None:
    Contribution.objects.filter(parent=parent).update(state=LinkState.DECLINED)
    with refused("detail"):
        weigh_by_share(bound.access("lead"), parent)


def test_a_sum_has_no_weights(bound: World, parent: KeyResult) -> None:
    parent.contribution_mode = ContributionMode.SUM
    with refused("detail"):
        weigh_by_share(bound.access("lead"), parent)


def test_a_closed_cycle_is_not_weighed_anew(bound: World, parent: KeyResult) -> None:
    Cycle.objects.update(state=CycleState.CLOSED)
    with refused("detail"):
        weigh_by_share(bound.access("lead"), KeyResult.objects.get(pk=parent.pk))


def test_the_side_below_does_not_weigh(bound: World, parent: KeyResult) -> None:
    with pytest.raises(PermissionDenied):
        weigh_by_share(bound.access("contributor"), parent)
