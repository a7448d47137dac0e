"""What governance adds to the pages of goals and of the map."""

from typing import Any

import pytest
from django.http import HttpRequest
from django.urls import reverse

from governance.panels import STEERED_PAGES
from governance.queries.comments import discussion_of
from lib.panels import panels_for
from lib.search import search
from okrs.models import Objective
from portfolio.models import Portfolio, Product
from tests.factories.governance import (
    CommentFactory,
    DecisionFactory,
    RiskFactory,
    SignalFactory,
)
from tests.factories.okrs import KeyResultFactory
from tests.factories.promises import CommitmentFactory
from tests.governance.conftest import make_private
from tests.personas import World


def asked_by(world: World, persona: str) -> HttpRequest:
    request = HttpRequest()
    request.access = world.access(persona)  # type: ignore[attr-defined]
    return request


def panel(page: str, record: object, world: World, name: str, persona: str = "admin") -> Any:
    """The context of one panel; None where the page does not show it."""
    loaded = panels_for(page, asked_by(world, persona), record)
    return next((each.context for each in loaded if each.panel.name == name), None)


def titles(context: Any, kind: str) -> list[str]:
    return [getattr(row, kind).title for row in context["rows"]]


# --- Where they are ---------------------------------------------------------------------------
@pytest.mark.parametrize("page", STEERED_PAGES)
@pytest.mark.parametrize("name", ["comments", "decisions", "risks", "signals"])
def test_what_is_steered_shows_everything_that_governance_knows(
    page: str, name: str, bound: World, objective: Objective, portfolio: Portfolio, product: Product
) -> None:
    records: dict[str, object] = {
        "okrs.objective": objective,
        "portfolio.portfolio": portfolio,
        "portfolio.product": product,
    }
    assert panel(page, records[page], bound, name) is not None


def test_the_page_of_an_objective_prints_them(bound: World, objective: Objective) -> None:
    CommentFactory.create(objective=objective, text="Why not sooner?")
    RiskFactory.create(objective=objective, title="Too late")
    url = reverse("okrs:objective", args=["acme", objective.pk])
    page = bound.client("viewer").get(url).content.decode()
    assert ("Why not sooner?" in page, "Too late" in page) == (True, True)


def test_who_may_add_nothing_sees_no_empty_panel(bound: World, objective: Objective) -> None:
    assert panel("okrs.objective", objective, bound, "risks", "viewer") is None


def test_who_may_add_sees_where(bound: World, objective: Objective) -> None:
    shown = panel("okrs.objective", objective, bound, "risks", "contributor")
    assert (shown["rows"], shown["may_add"]) == ([], True)


# --- What they hold ---------------------------------------------------------------------------
def test_prices_and_packages_stand_apart_on_a_product(bound: World, product: Product) -> None:
    for kind in ("pricing", "packaging", "scope"):
        DecisionFactory.create(title=kind, kind=kind).touches.create(product=product)
    pricing = panel("portfolio.product", product, bound, "pricing")
    others = panel("portfolio.product", product, bound, "decisions")
    assert (titles(pricing, "decision"), titles(others, "decision")) == (
        ["packaging", "pricing"],
        ["scope"],
    )


def test_an_objective_shows_decisions_about_its_key_results_and_backing(
    bound: World, objective: Objective
) -> None:
    key_result = KeyResultFactory.create(objective=objective)
    commitment = CommitmentFactory.create(objective=objective)
    DecisionFactory.create(title="A").touches.create(key_result=key_result)
    DecisionFactory.create(title="B").touches.create(commitment=commitment)
    assert titles(panel("okrs.objective", objective, bound, "decisions"), "decision") == ["B", "A"]


def test_a_withdrawn_proposal_is_in_no_panel(bound: World, product: Product) -> None:
    row = DecisionFactory.create(archived_at="2026-01-01T00:00:00Z")
    row.touches.create(product=product)
    assert panel("portfolio.product", product, bound, "decisions")["rows"] == []


def test_closed_risks_leave_the_panel(bound: World, product: Product) -> None:
    RiskFactory.create(objective=None, product=product, state="closed")
    assert panel("portfolio.product", product, bound, "risks")["rows"] == []


def test_a_panel_shows_five_and_says_that_there_are_more(bound: World, product: Product) -> None:
    RiskFactory.create_batch(6, objective=None, product=product)
    shown = panel("portfolio.product", product, bound, "risks")
    assert (len(shown["rows"]), shown["has_more"]) == (5, True)


def test_a_commitment_is_talked_about_on_its_objective(bound: World, objective: Objective) -> None:
    commitment = CommitmentFactory.create(objective=objective)
    CommentFactory.create(objective=None, commitment=commitment)
    shown = panel("okrs.objective", objective, bound, "commitment-comments")
    assert shown["talk"].discussion.count == 1


def test_an_objective_without_a_commitment_has_no_talk_about_it(
    bound: World, objective: Objective
) -> None:
    assert panel("okrs.objective", objective, bound, "commitment-comments") is None


def test_a_decision_about_something_private_is_left_out_for_others(
    bound: World, objective: Objective
) -> None:
    shared = Product.objects.create(name="Shared", slug="shared")
    decision = DecisionFactory.create()
    decision.touches.create(objective=objective)
    decision.touches.create(product=shared)
    make_private()
    assert panel("portfolio.product", shared, bound, "decisions", "bystander") is None


# --- The palette ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("factory", "group"),
    [(DecisionFactory, "Decisions"), (RiskFactory, "Risks"), (SignalFactory, "Signals")],
)
def test_the_palette_finds_it_by_its_words(factory: Any, group: str, bound: World) -> None:
    factory.create(title="Wallets before invoices")
    found = {each.label: each.items for each in search(asked_by(bound, "viewer"), "wallets inv")}
    assert [item.label for item in found[group]] == ["Wallets before invoices"]


def test_the_palette_finds_nothing_private_for_others(bound: World, product: Product) -> None:
    RiskFactory.create(title="Wallets", objective=None, product=product)
    make_private()
    assert search(asked_by(bound, "bystander"), "wallets") == []


# --- What they cost ---------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_discussion_takes_two_queries(
    count: int, objective: Objective, django_assert_num_queries: Any
) -> None:
    CommentFactory.create_batch(count, objective=objective)
    with django_assert_num_queries(2):
        discussion_of(objective)


@pytest.mark.parametrize("count", [1, 3, 50])
@pytest.mark.parametrize("name", ["decisions", "pricing", "risks", "signals"])
def test_a_panel_takes_two_queries(
    name: str, count: int, bound: World, product: Product, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        DecisionFactory.create(kind="scope").touches.create(product=product)
        DecisionFactory.create(kind="pricing").touches.create(product=product)
        SignalFactory.create().touches.create(product=product)
    RiskFactory.create_batch(count, objective=None, product=product)
    request = asked_by(bound, "admin")
    loaded = panels_for("portfolio.product", request, product)
    ours = next(each.panel for each in loaded if each.panel.name == name)
    with django_assert_num_queries(2):
        ours.load(request, product)
