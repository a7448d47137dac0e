"""Proposing to several goals at once, and answering what was read, not what came since."""

from decimal import Decimal
from typing import Any

import pytest

from okrs.actions import alignments as actions
from okrs.choices import CycleState, LinkState
from okrs.models import Contribution, Cycle, KeyResult, ObjectiveAlignment, ObjectiveSupport
from tests.factories.okrs import KeyResultFactory, ObjectiveFactory
from tests.factories.portfolio import MetricFactory
from tests.okrs.goals import a_contribution, a_key_result, an_objective
from tests.okrs.views.conftest import Browser
from tests.personas import World

L = LinkState


@pytest.fixture
def child(bound: World) -> KeyResult:
    return a_key_result(bound, title="What we add")


def above(child: KeyResult, title: str, **fields: Any) -> KeyResult:
    """A key result measured alike, of a product that nobody of the world knows."""
    if "objective" not in fields:
        fields["objective"] = ObjectiveFactory.create(cycle=child.objective.cycle)
    metric = MetricFactory.create(unit=child.metric.unit)
    return KeyResultFactory.create(title=title, metric=metric, **fields)


def chosen(*goals: Any, **terms: str) -> dict[str, Any]:
    """The form as it is sent with some goals ticked; `terms` hold for each."""
    fields = {f"{name}-{goal.pk}": value for goal in goals for name, value in terms.items()}
    return {"chosen": [str(goal.pk) for goal in goals], **fields}


# --- Proposing --------------------------------------------------------------------------------
def test_one_key_result_offers_an_amount_to_each_of_several(
    child: KeyResult, as_contributor: Browser
) -> None:
    one, two = above(child, "One"), above(child, "Two")
    form = chosen(one, two, amount="5") | {f"amount-{two.pk}": "7", "note": "All we can"}
    as_contributor.post("contribute", child.pk, **form)
    links = Contribution.objects.order_by("amount").values_list("parent_id", "amount", "note")
    assert list(links) == [
        (one.pk, Decimal(5), "All we can"),
        (two.pk, Decimal(7), "All we can"),
    ]


def test_an_objective_serves_several_at_once(bound: World, as_contributor: Browser) -> None:
    lower = an_objective(bound)
    goals = ObjectiveFactory.create_batch(2, cycle=lower.cycle)
    form = chosen(*goals, kind="contributes", weight="2")
    as_contributor.post("align-objective", lower.pk, **form)
    assert ObjectiveAlignment.objects.filter(child=lower, state=L.PROPOSED, weight=2).count() == 2


def test_an_objective_supports_several_key_results_at_once(
    child: KeyResult, as_contributor: Browser
) -> None:
    goals = [above(child, "One"), above(child, "Two")]
    as_contributor.post("support-key-result", child.objective_id, **chosen(*goals))
    assert ObjectiveSupport.objects.count() == 2


def test_one_refusal_refuses_all_and_stands_at_its_amount(
    child: KeyResult, as_contributor: Browser
) -> None:
    rising = above(child, "Rising")
    falling = above(child, "Falling", baseline=Decimal(10), target=Decimal(2))
    answer = as_contributor.post("contribute", child.pk, **chosen(rising, falling, amount="5"))
    assert answer.status_code == 422
    assert not Contribution.objects.exists()
    [error] = answer.context["form"].errors[f"amount-{falling.pk}"]
    assert error == "The key result above is to fall: offer a change below 0."


def test_what_is_not_ticked_is_not_judged(child: KeyResult, as_contributor: Browser) -> None:
    ticked, other = above(child, "Ticked"), above(child, "Other")
    form = chosen(ticked, amount="5") | {f"amount-{other.pk}": "about ten"}
    as_contributor.post("contribute", child.pk, **form)
    assert Contribution.objects.get().parent == ticked


def test_nothing_ticked_is_told(child: KeyResult, as_contributor: Browser) -> None:
    answer = as_contributor.post("contribute", child.pk)
    assert "Tick at least one goal." in answer.content.decode()


def test_a_goal_that_nobody_offered_is_refused(
    bound: World, child: KeyResult, as_contributor: Browser
) -> None:
    form: dict[str, Any] = {"chosen": ["0197a000-0000-7000-8000-000000000001"]}
    answer = as_contributor.post("contribute", child.pk, **form)
    assert answer.status_code == 422


def test_what_is_ticked_stays_while_others_are_searched_for(
    child: KeyResult, as_contributor: Browser
) -> None:
    kept = above(child, "Kept")
    query = chosen(kept, amount="12") | {"q": "nothing like it"}
    html = as_contributor.get("contribute", child.pk, htmx=True, **query).content.decode()
    assert f'id="option-{kept.pk}" checked' in html
    assert 'value="12"' in html


def test_a_target_above_says_what_it_still_needs(child: KeyResult, as_contributor: Browser) -> None:
    parent = above(child, "Needs", source="contributions", target=Decimal(13))
    other = above(child, "Other")
    Contribution.objects.create(
        child=other, parent=parent, amount=9, state=L.AGREED, asked_by=other.owner
    )
    html = as_contributor.get("contribute", child.pk, htmx=True, q="Needs").content.decode()
    assert "missing</strong>" in html


def test_goals_of_closed_cycles_are_not_offered(child: KeyResult, as_contributor: Browser) -> None:
    over = above(child, "Over", objective=ObjectiveFactory.create())
    Cycle.objects.filter(pk=over.objective.cycle_id).update(state=CycleState.CLOSED)
    html = as_contributor.get("contribute", child.pk, htmx=True).content.decode()
    assert "Over" not in html


@pytest.mark.parametrize("rows", [1, 3, 20])
def test_the_chooser_costs_the_same_for_few_and_many(
    rows: int, child: KeyResult, as_contributor: Browser, django_assert_max_num_queries: Any
) -> None:
    for number in range(rows):
        above(child, f"Goal {number}", source="contributions")
    as_contributor.get("contribute", child.pk, htmx=True)
    with django_assert_max_num_queries(13):
        as_contributor.get("contribute", child.pk, htmx=True)


# --- Answering --------------------------------------------------------------------------------
def test_a_button_without_the_version_that_was_read_agrees_to_nothing(
    bound: World, as_admin: Browser
) -> None:
    link = a_contribution(bound)
    answer = as_admin.post("answer-contribution", link.pk, to="agreed")
    assert answer.status_code == 409
    assert Contribution.objects.get().state == L.PROPOSED


def test_of_two_answers_the_second_is_told_what_happened(bound: World, as_admin: Browser) -> None:
    link = a_contribution(bound)
    as_admin.post("answer-contribution", link.pk, to="agreed", version="1")
    answer = as_admin.post(
        "answer-contribution", link.pk, to="countered", amount="3", note="Less", version="1"
    )
    assert answer.status_code == 409
    assert "Somebody changed this while you were editing." in answer.content.decode()
    assert Contribution.objects.get().state == L.AGREED


def test_an_agreement_after_withdrawal_is_told(bound: World, as_admin: Browser) -> None:
    link = a_contribution(bound)
    actions.answer_link(bound.access("admin"), link, to=L.WITHDRAWN)
    answer = as_admin.post("answer-contribution", link.pk, to="agreed", version="2")
    assert answer.status_code == 422


def test_the_page_of_an_answer_tells_what_was_said(bound: World, as_admin: Browser) -> None:
    child = a_key_result(bound)
    link = actions.propose_contribution(
        bound.access("contributor"), child=child, parent=above(child, "Up"), amount=Decimal(10)
    )
    actions.answer_link(
        bound.access("facilitator"), link, to=L.COUNTERED, amount=Decimal(15), note="More, please"
    )
    html = as_admin.get("answer-contribution", link.pk).content.decode()
    assert "<del>10" in html
    assert "<ins>15" in html
    assert "More, please" in html
    assert "waits for the side below" in html


def test_old_and_new_terms_stand_on_the_page_of_the_key_result(
    bound: World, as_contributor: Browser
) -> None:
    child = a_key_result(bound)
    link = actions.propose_contribution(
        bound.access("contributor"), child=child, parent=above(child, "Up"), amount=Decimal(10)
    )
    actions.answer_link(bound.access("facilitator"), link, to=L.COUNTERED, amount=Decimal(15))
    html = as_contributor.get("key-result", child.pk).content.decode()
    assert "Acme facilitator countered:" in html
    assert 'name="to" value="agreed"' in html
