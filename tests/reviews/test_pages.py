"""Pages of planning as people use them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy import tenant
from okrs.choices import CycleState, ObjectiveState
from okrs.models import KeyResult, Objective
from portfolio.models import Portfolio, Product, Team
from reviews.actions.counters import Term, counter_proposal
from reviews.choices import RoundStep, TermField
from reviews.models import CounterProposal, PlanningRound, RoundConstraint
from tests.factories.closing import (
    ObjectiveRetrospectiveFactory,
    PortfolioRetrospectiveFactory,
)
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory
from tests.factories.portfolio import ProductFactory, ProductPlacementFactory
from tests.factories.reviews import PlanningRoundFactory
from tests.personas import World

ROUND_QUERIES = 18
LIST_QUERIES = 12


def url(name: str, *args: object) -> str:
    return reverse(f"reviews:{name}", args=["acme", *args])


def text(response: Any) -> str:
    return " ".join(str(response.content.decode()).split())


@pytest.fixture
def lead(acme: World) -> Client:
    return acme.client("lead")


@pytest.fixture
def planning(acme: World) -> PlanningRound:
    with tenant(acme.organization.pk):
        cycle = CycleFactory.create(name="Q1 2027", state=CycleState.PLANNED)
        made: PlanningRound = PlanningRoundFactory.create(
            portfolio=Portfolio.objects.get(), cycle=cycle
        )
    return made


# --- Before there is anything to choose from ---------------------------------------------------
@pytest.mark.parametrize("name", ["create-round", "create-review"])
def test_a_form_without_a_cycle_leads_to_the_cycles(name: str, lead: Client) -> None:
    page = text(lead.get(url(name)))
    assert "There is no cycle for this yet" in page
    assert 'href="/o/acme/cycles/"' in page
    assert "<select" not in page.partition("<main")[2]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("create-round", "There is no portfolio yet"),
        ("create-review", "There is no portfolio, product or team yet"),
        ("create-update", "There is no portfolio, product or team yet"),
    ],
)
def test_a_form_of_an_empty_organisation_says_what_comes_first(
    name: str, missing: str, acme: World
) -> None:
    with tenant(acme.organization.pk):
        for unit in (Portfolio, Product, Team):
            unit.objects.update(archived_at=timezone.now())
    assert missing in text(acme.client("admin").get(url(name)))


# --- Rounds -----------------------------------------------------------------------------------
def test_a_new_round_is_offered_for_the_next_planned_cycle(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        CycleFactory.create(name="Now", state=CycleState.OPEN)
        ahead = CycleFactory.create(name="Next", state=CycleState.PLANNED)
    form = lead.get(url("create-round")).context["form"]
    assert form["cycle"].value() == ahead.pk
    assert form["commitment_by"].value() < ahead.starts_on


def test_a_round_is_begun_with_the_days_that_were_offered(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        cycle = CycleFactory.create(state=CycleState.PLANNED)
        portfolio = Portfolio.objects.get()
    form = lead.get(url("create-round")).context["form"]
    body = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    answer = lead.post(url("create-round"), {**body, "portfolio": portfolio.pk, "cycle": cycle.pk})
    with tenant(acme.organization.pk):
        assert answer.headers["Location"] == PlanningRound.objects.get().get_absolute_url()


def test_days_in_the_wrong_order_lose_nothing_that_was_typed(
    acme: World, lead: Client, planning: PlanningRound
) -> None:
    body = {
        "note": "Fewer things",
        "themes_by": "2026-12-01",
        "goals_by": "2026-11-01",
        "proposals_by": "2026-12-03",
        "negotiation_by": "2026-12-04",
        "commitment_by": "2026-12-05",
        "version": planning.version,
    }
    answer = lead.post(url("edit-round", planning.pk), body)
    assert answer.status_code == 422
    assert "Each step ends on or after the one before it." in text(answer)
    assert "Fewer things" in text(answer)


def test_the_next_step_is_one_button_away(lead: Client, planning: PlanningRound) -> None:
    page = text(lead.get(url("round", planning.pk)))
    assert f'{url("move-round", planning.pk)}?to=goals">On to the portfolio OKRs</a>' in page


def test_a_round_is_moved_from_its_page(acme: World, lead: Client, planning: PlanningRound) -> None:
    lead.post(url("move-round", planning.pk), {"to": "goals", "version": planning.version})
    with tenant(acme.organization.pk):
        assert PlanningRound.objects.get().step == RoundStep.GOALS


def test_who_may_not_run_it_sees_the_round_without_buttons(
    acme: World, planning: PlanningRound
) -> None:
    page = text(acme.client("viewer").get(url("round", planning.pk)))
    assert "Q1 2027" in page
    assert url("move-round", planning.pk) not in page


def test_a_product_without_a_proposal_is_told(lead: Client, planning: PlanningRound) -> None:
    assert "nothing yet" in text(lead.get(url("round", planning.pk)))


def test_money_of_a_constraint_shows_with_the_grant_only(
    acme: World, planning: PlanningRound
) -> None:
    with tenant(acme.organization.pk):
        RoundConstraint.objects.create(
            round=planning, kind="money", text="Spend less", amount=Decimal(777000), currency="EUR"
        )
    address = url("round", planning.pk)
    assert "777,000" in text(acme.client("admin").get(address))
    assert "777,000" not in text(acme.client("facilitator").get(address))
    assert "Spend less" in text(acme.client("facilitator").get(address))


def test_the_list_says_which_step_each_round_is_at(lead: Client, planning: PlanningRound) -> None:
    page = text(lead.get(url("rounds")))
    assert "Acme portfolio" in page
    assert ">themes</span>" in page


def test_without_a_round_the_list_says_how_to_begin(lead: Client) -> None:
    assert "Begin a round" in text(lead.get(url("rounds")))


@pytest.mark.parametrize(("days", "status"), [(0, 304), (1, 200)])
def test_a_board_is_sent_again_on_another_day_alone(
    days: int,
    status: int,
    lead: Client,
    planning: PlanningRound,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, asks = url("board", planning.pk), {"HX-Request": "true"}
    tag = lead.get(address, headers=asks).headers["ETag"]
    then = timezone.localdate() + timedelta(days=days)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: then)
    assert lead.get(address, headers={**asks, "If-None-Match": tag}).status_code == status


def test_a_round_leads_to_its_board_and_to_what_may_be_proposed(
    acme: World, planning: PlanningRound
) -> None:
    page = text(acme.client("contributor").get(url("round", planning.pk)))
    assert url("board", planning.pk) in page
    new = reverse("okrs:create-objective", args=["acme"])
    assert f'href="{new}?unit={acme.product.pk}&amp;cycle={planning.cycle_id}"' in page
    assert f"?unit={planning.portfolio_id}" not in page
    assert "Propose<span" not in text(acme.client("viewer").get(url("round", planning.pk)))


def test_an_objective_of_the_portfolio_begins_in_its_round(
    lead: Client, planning: PlanningRound
) -> None:
    new = reverse("okrs:create-objective", args=["acme"])
    address = f"{new}?unit={planning.portfolio_id}&cycle={planning.cycle_id}"
    assert address.replace("&", "&amp;") in text(lead.get(url("round", planning.pk)))
    form = lead.get(address).context["form"]
    assert (form["unit"].value(), form["cycle"].value()) == (
        str(planning.portfolio_id), planning.cycle_id,
    )  # fmt: skip


def test_a_round_starts_from_what_the_last_cycle_left(
    acme: World, lead: Client, planning: PlanningRound
) -> None:
    with tenant(acme.organization.pk):
        ends_on = planning.cycle.starts_on - timedelta(days=1)
        past = CycleFactory.create(
            name="Q4 2026", starts_on=ends_on - timedelta(days=90), ends_on=ends_on
        )
        PortfolioRetrospectiveFactory.create(
            portfolio=planning.portfolio, cycle=past, keep="One team.", change="Ask earlier."
        )
        goals = {
            title: ObjectiveFactory.create(
                title=title, cycle=past, product=acme.product, state=state
            )
            for title, state in (
                ("Goes on", ObjectiveState.COMMITTED),
                ("Went on", ObjectiveState.COMMITTED),
                ("Dropped", ObjectiveState.COMMITTED),
                ("Deferred", ObjectiveState.DEFERRED),
            )
        }
        for title, outcome in (("Goes on", "carry-over"), ("Went on", "carry-over")):
            ObjectiveRetrospectiveFactory.create(objective=goals[title], outcome=outcome)
        ObjectiveRetrospectiveFactory.create(
            objective=goals["Dropped"], outcome="drop", reason="Done otherwise."
        )
        ObjectiveFactory.create(cycle=planning.cycle, continued_from=goals["Went on"])
    page = text(lead.get(url("round", planning.pk)))
    found = page[page.index('id="before"') :]
    assert [title in found for title in ("One team.", "Ask earlier.", *goals)] == [
        True, True, True, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_of_a_round_costs_the_same_for_any_number_of_products(
    rows: int, acme: World, planning: PlanningRound, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        for _ in range(rows):
            product = ProductFactory.create()
            ProductPlacementFactory.create(
                product=product, portfolio=planning.portfolio, is_home=True
            )
            ObjectiveFactory.create(product=product, cycle=planning.cycle)
            ObjectiveFactory.create(
                product=None, portfolio=planning.portfolio, cycle=planning.cycle
            )
    client = acme.client("viewer")
    address = url("round", planning.pk)
    client.get(address)
    with django_assert_num_queries(ROUND_QUERIES):
        client.get(address)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_of_rounds_costs_the_same_for_any_number(
    rows: int, acme: World, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        for _ in range(rows):
            PlanningRoundFactory.create(portfolio=Portfolio.objects.get())
    client = acme.client("viewer")
    client.get(url("rounds"))
    with django_assert_num_queries(LIST_QUERIES):
        client.get(url("rounds"))


# --- Counter-proposals ------------------------------------------------------------------------
@pytest.fixture
def proposal(acme: World) -> Objective:
    with tenant(acme.organization.pk):
        made: Objective = ObjectiveFactory.create(
            title="Checkout is quick",
            product=Product.objects.get(slug="product"),
            owner=acme["contributor"],
            state=ObjectiveState.PROPOSED,
        )
        KeyResultFactory.create(objective=made, title="Seconds saved")
    return made


def page_of(acme: World, persona: str, objective: Objective) -> str:
    address = reverse("okrs:objective", args=["acme", objective.pk])
    return text(acme.client(persona).get(address))


def key_result_of(acme: World) -> KeyResult:
    with tenant(acme.organization.pk):
        return KeyResult.objects.get()


def test_who_decides_is_offered_to_counter(acme: World, proposal: Objective) -> None:
    assert "Counter with other terms" in page_of(acme, "lead", proposal)
    assert "Counter with other terms" not in page_of(acme, "contributor", proposal)


def test_a_countered_target_shows_old_and_new_on_the_objective(
    acme: World, lead: Client, proposal: Objective
) -> None:
    key_result = key_result_of(acme)
    body = {
        "note": "The theme needs more",
        "title": proposal.title,
        f"target-{key_result.pk}": "120",
        f"weight-{key_result.pk}": "1",
        "version": proposal.version,
    }
    answer = lead.post(url("counter", proposal.pk), body)
    assert answer.status_code == 302
    page = page_of(acme, "contributor", proposal)
    assert "Target: <del>100</del>" in page
    assert "<ins>120</ins>" in page


def countered(acme: World, objective: Objective) -> CounterProposal:
    with tenant(acme.organization.pk, actor_id=acme["lead"].pk, request_id="test"):
        return counter_proposal(
            acme.access("lead"),
            Objective.objects.get(pk=objective.pk),
            note="More",
            terms=[Term(TermField.TARGET, Decimal(120), key_result_of(acme))],
        )


def test_the_terms_are_shown_once_more_before_they_are_accepted(
    acme: World, proposal: Objective
) -> None:
    made = countered(acme, proposal)
    page = text(acme.client("contributor").get(url("accept-counter", made.pk)))
    assert "<ins>120</ins>" in page


def test_accepting_on_the_page_changes_the_key_result(acme: World, proposal: Objective) -> None:
    made = countered(acme, proposal)
    acme.client("contributor").post(url("accept-counter", made.pk), {"version": made.version})
    assert key_result_of(acme).target == 120


def test_declining_without_a_reason_is_refused_beside_the_field(
    acme: World, proposal: Objective
) -> None:
    made = countered(acme, proposal)
    answer = acme.client("contributor").post(
        url("decline-counter", made.pk), {"version": made.version, "answer": " "}
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"answer": ["Say why."]}


def test_words_of_a_counter_are_shown_as_words(acme: World, proposal: Objective) -> None:
    with tenant(acme.organization.pk, actor_id=acme["lead"].pk, request_id="test"):
        counter_proposal(
            acme.access("lead"),
            Objective.objects.get(pk=proposal.pk),
            note="<script>alert(1)</script>",
        )
    page = page_of(acme, "contributor", proposal)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
