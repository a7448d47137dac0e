"""Links between goals: who asks, who answers, and what is refused."""

from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.tenant_models import StaleVersion
from okrs.actions.alignments import (
    answer_link,
    propose_alignment,
    propose_contribution,
    propose_support,
    weights_by_target,
)
from okrs.choices import LINK_MOVES, LinkState
from okrs.models import Objective, ObjectiveAlignment
from portfolio.choices import Dimension
from portfolio.models import Product
from tests.factories.okrs import (
    CycleFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
)
from tests.factories.portfolio import MeasureUnitFactory, MetricFactory
from tests.personas import World


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def refused(field: str) -> AbstractContextManager[object]:
    return pytest.raises(ValidationError, match=f"'{field}'")


@pytest.fixture
def own(bound: World) -> Objective:
    """An objective of the product that the contributor works on."""
    made: Objective = ObjectiveFactory.create(product=Product.objects.get(slug="product"))
    return made


@pytest.fixture
def other(own: Objective) -> Objective:
    """An objective of a product that nobody of the world has a role on."""
    made: Objective = ObjectiveFactory.create(cycle=own.cycle)
    return made


def test_who_leads_one_side_only_asks(bound: World, own: Objective, other: Objective) -> None:
    link = propose_alignment(bound.access("contributor"), child=own, parent=other)
    assert (link.state, link.answered_by) == (LinkState.PROPOSED, None)


def test_who_leads_both_sides_has_the_answer(
    bound: World, own: Objective, other: Objective
) -> None:
    link = propose_alignment(bound.access("admin"), child=own, parent=other)
    assert (link.state, link.answered_by) == (LinkState.AGREED, bound["admin"])


def test_nobody_asks_in_the_name_of_others(bound: World, own: Objective, other: Objective) -> None:
    with pytest.raises(PermissionDenied):
        propose_alignment(bound.access("contributor"), child=other, parent=own)


def test_objectives_of_two_cycles_are_not_linked(bound: World, own: Objective) -> None:
    with refused("parent"):
        propose_alignment(bound.access("admin"), child=own, parent=ObjectiveFactory.create())


def test_an_objective_does_not_serve_itself(bound: World, own: Objective) -> None:
    with refused("parent"):
        propose_alignment(bound.access("admin"), child=own, parent=own)


def test_a_weight_of_nothing_is_refused(bound: World, own: Objective, other: Objective) -> None:
    with refused("weight"):
        propose_alignment(bound.access("admin"), child=own, parent=other, weight=Decimal(0))


def test_a_long_circle_is_named_in_its_order(bound: World, own: Objective) -> None:
    access = bound.access("admin")
    goals = [own, *ObjectiveFactory.create_batch(2, cycle=own.cycle)]
    Objective.objects.filter(pk=goals[0].pk).update(title="A")
    Objective.objects.filter(pk=goals[1].pk).update(title="B")
    Objective.objects.filter(pk=goals[2].pk).update(title="C")
    propose_alignment(access, child=goals[0], parent=goals[1])
    propose_alignment(access, child=goals[1], parent=goals[2])
    with pytest.raises(ValidationError, match="“C” → “A” → “B” → “C”"):
        propose_alignment(access, child=goals[2], parent=goals[0])
    assert ObjectiveAlignment.objects.count() == 2


def test_a_declined_link_closes_no_circle(bound: World, own: Objective, other: Objective) -> None:
    access = bound.access("admin")
    link = propose_alignment(access, child=own, parent=other)
    answer_link(access, link, to=LinkState.WITHDRAWN)
    propose_alignment(access, child=other, parent=own)
    with refused("parent"):
        answer_link(access, link, to=LinkState.PROPOSED)


@pytest.mark.parametrize("before", list(LinkState))
@pytest.mark.parametrize("after", list(LinkState))
def test_a_link_moves_along_its_table_only(
    bound: World, before: LinkState, after: LinkState
) -> None:
    link = ObjectiveAlignmentFactory.create(state=before)
    if after in LINK_MOVES[before]:
        assert answer_link(bound.access("admin"), link, to=after).state == after
    else:
        with refused("state"):
            answer_link(bound.access("admin"), link, to=after)


def test_a_counter_keeps_its_terms(bound: World) -> None:
    link = ObjectiveAlignmentFactory.create()
    answer_link(bound.access("admin"), link, to=LinkState.COUNTERED, weight=Decimal("0.5"))
    link.refresh_from_db()
    assert (link.state, link.weight) == (LinkState.COUNTERED, Decimal("0.5"))


def test_the_side_below_does_not_agree_for_the_side_above(
    bound: World, own: Objective, other: Objective
) -> None:
    link = propose_alignment(bound.access("contributor"), child=own, parent=other)
    with pytest.raises(PermissionDenied):
        answer_link(bound.access("contributor"), link, to=LinkState.AGREED)


def test_an_answer_to_a_changed_offer_is_refused(bound: World) -> None:
    link = ObjectiveAlignmentFactory.create()
    answer_link(bound.access("admin"), link, to=LinkState.COUNTERED, weight=Decimal(2))
    with pytest.raises(StaleVersion):
        answer_link(bound.access("admin"), link, to=LinkState.AGREED, expected_version=1)


def test_money_is_not_added_to_percent(bound: World) -> None:
    percent = KeyResultFactory.create(
        metric=MetricFactory.create(unit=MeasureUnitFactory.create(dimension=Dimension.PERCENT))
    )
    money = KeyResultFactory.create(
        metric=MetricFactory.create(
            unit=MeasureUnitFactory.create(dimension=Dimension.MONEY, currency="EUR")
        )
    )
    with refused("parent"):
        propose_contribution(bound.access("admin"), child=money, parent=percent)


def test_a_contribution_reaches_into_an_enclosing_cycle_but_not_out_of_it(bound: World) -> None:
    year = CycleFactory.create(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    quarter = CycleFactory.create(starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30))
    unit = MeasureUnitFactory.create()
    inner, outer = (
        KeyResultFactory.create(
            objective=ObjectiveFactory.create(cycle=cycle), metric=MetricFactory.create(unit=unit)
        )
        for cycle in (quarter, year)
    )
    link = propose_contribution(bound.access("admin"), child=inner, parent=outer, amount=Decimal(4))
    assert (link.amount, link.offered) == (Decimal(4), Decimal(4))
    with refused("parent"):
        propose_contribution(bound.access("admin"), child=outer, parent=inner)


def test_a_counter_of_an_amount_keeps_what_was_offered(bound: World) -> None:
    unit = MeasureUnitFactory.create()
    child, parent = (
        KeyResultFactory.create(metric=MetricFactory.create(unit=unit)) for _ in range(2)
    )
    access = bound.access("admin")
    link = propose_contribution(access, child=child, parent=parent, amount=Decimal(9))
    answer_link(access, link, to=LinkState.COUNTERED, amount=Decimal(5))
    link.refresh_from_db()
    assert (link.amount, link.offered) == (Decimal(5), Decimal(9))


def test_an_objective_does_not_support_its_own_key_result(bound: World, own: Objective) -> None:
    with refused("key_result"):
        propose_support(
            bound.access("admin"), child=own, key_result=KeyResultFactory.create(objective=own)
        )


def test_weights_follow_the_targets() -> None:
    rows = [KeyResultFactory.create(target=Decimal(t)) for t in (100_000, 20_000, 1_000)]
    shares = weights_by_target(rows)
    assert [round(shares[row.pk] * 100, 1) for row in rows] == [
        Decimal("82.6"),
        Decimal("16.5"),
        Decimal("0.8"),
    ]
