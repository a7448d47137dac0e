"""Money on the pages of other records, for those who may see it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from funding.choices import EntryKind
from funding.ledger import Totals
from funding.models import Budget, LedgerEntry
from funding.queries.goals import ObjectiveMoney, money_for
from lib.panels import panels_for
from okrs.choices import CommitmentState
from okrs.models import Commitment, InitiativeKeyResult, Objective
from portfolio.models import Portfolio, Product, ValueStream
from tests.factories.funding import BudgetFactory, LedgerEntryFactory
from tests.factories.okrs import InitiativeFactory, KeyResultFactory, ObjectiveFactory
from tests.factories.portfolio import ProductFactory, ValueStreamFactory
from tests.personas import World

DAY = timedelta(days=1)


def product_page(world: World, persona: str) -> str:
    address = reverse("portfolio:product", args=["acme", "product"])
    return world.client(persona).get(address).content.decode()


def spent(amount: int, budget: Budget | None = None, **fields: Any) -> LedgerEntry:
    return LedgerEntryFactory.create(
        budget=budget or BudgetFactory.create(), amount=Decimal(amount), **fields
    )


class AskedBy:
    """As much of a request as a panel reads."""

    def __init__(self, world: World, persona: str) -> None:
        self.access = world.access(persona)


def panel(page: str, record: Any, world: World, persona: str = "admin") -> Any:
    """The context of funding's panel on a page, None without it."""
    request: Any = AskedBy(world, persona)
    loaded = [each for each in panels_for(page, request, record) if is_ours(each)]
    return loaded[0].context if loaded else None


def is_ours(loaded: Any) -> bool:
    return bool(loaded.panel.template.startswith("funding/"))


# --- Products and value streams -------------------------------------------------------------
def test_the_product_page_holds_spent_against_planned(in_acme: World) -> None:
    spent(12_345, BudgetFactory.create(product=Product.objects.get()))
    page = product_page(in_acme, "admin")
    assert ("€100,000" in page, "€12,345" in page) == (True, True)


def test_the_product_page_tells_nothing_of_money_without_the_grant(in_acme: World) -> None:
    spent(12_345, BudgetFactory.create(product=Product.objects.get(), name="Acme run"))
    page = product_page(in_acme, "lead")
    assert ("12,345" in page, "Acme run" in page) == (False, False)


def test_a_product_without_a_budget_says_so(in_acme: World) -> None:
    assert "No budget yet" in product_page(in_acme, "admin")


def shown(context: Any, part: str = "own") -> list[str]:
    return [row.budget.name for row in context[part]["rows"]]


def test_a_product_shows_the_budgets_of_today(in_acme: World) -> None:
    product = Product.objects.get()
    BudgetFactory.create(product=product, name="Now")
    BudgetFactory.create(
        product=product, name="Past", starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31)
    )
    assert shown(panel("portfolio.product", product, in_acme)) == ["Now"]


def test_a_product_between_budgets_shows_its_newest(in_acme: World) -> None:
    product = Product.objects.get()
    for year in (2019, 2020):
        BudgetFactory.create(
            product=product,
            name=f"Run {year}",
            starts_on=date(year, 1, 1),
            ends_on=date(year, 12, 31),
        )
    assert shown(panel("portfolio.product", product, in_acme)) == ["Run 2020"]


def test_an_archived_budget_is_not_shown(in_acme: World) -> None:
    product = Product.objects.get()
    BudgetFactory.create(product=product, archived_at=timezone.now())
    assert shown(panel("portfolio.product", product, in_acme)) == []


def test_several_budgets_are_summed_by_currency(in_acme: World) -> None:
    product = Product.objects.get()
    for currency in ("CHF", "EUR", "EUR"):
        BudgetFactory.create(product=product, currency=currency, amount=Decimal(10))
    sums = panel("portfolio.product", product, in_acme)["own"]["sums"]
    assert [(each.currency, each.planned) for each in sums] == [
        ("EUR", Decimal(20)),
        ("CHF", Decimal(10)),
    ]


@pytest.fixture
def stream(in_acme: World) -> ValueStream:
    """A value stream with a budget of its own, and a product in it with another."""
    stream = ValueStreamFactory.create()
    BudgetFactory.create(name="Stream run", product=None, value_stream=stream)
    BudgetFactory.create(name="Product run", product=ProductFactory.create(value_stream=stream))
    return stream


def test_the_budgets_of_a_streams_products_stand_apart(stream: ValueStream, in_acme: World) -> None:
    context = panel("portfolio.value_stream", stream, in_acme)
    assert (shown(context), shown(context, "below")) == (["Stream run"], ["Product run"])


def test_the_stream_page_shows_both(stream: ValueStream, in_acme: World) -> None:
    address = reverse("portfolio:value-stream", args=["acme", stream.slug])
    page = in_acme.client("admin").get(address).content.decode()
    assert ("Stream run" in page, "Product run" in page) == (True, True)


def test_a_stream_shows_no_money_without_the_grant(stream: ValueStream, in_acme: World) -> None:
    assert panel("portfolio.value_stream", stream, in_acme, "facilitator") is None


# --- Objectives -----------------------------------------------------------------------------
def money(world: World, objective: Objective) -> ObjectiveMoney:
    return money_for(world.access("admin"), objective)


def commit(world: World, objective: Objective, **fields: Any) -> Commitment:
    standing = {"state": CommitmentState.STANDING, "amount": Decimal(500), "currency": "EUR"}
    return Commitment.objects.create(
        objective=objective, made_by=world["lead"], **{**standing, **fields}
    )


def test_an_objective_sums_the_money_that_names_it(in_acme: World) -> None:
    objective = ObjectiveFactory.create()
    spent(300, objective=objective, kind=EntryKind.ALLOCATION)
    spent(40, objective=objective)
    spent(2, objective=objective)
    (line,) = money(in_acme, objective).direct
    assert line.totals == Totals(Decimal(300), Decimal(0), Decimal(42))


def test_an_objective_keeps_currencies_apart(in_acme: World) -> None:
    objective = ObjectiveFactory.create()
    for currency in ("USD", "EUR"):
        spent(5, BudgetFactory.create(currency=currency), objective=objective)
    assert [line.currency for line in money(in_acme, objective).direct] == ["EUR", "USD"]


def test_an_objective_lists_the_initiatives_that_drive_its_key_results(in_acme: World) -> None:
    key_result = KeyResultFactory.create()
    initiative = InitiativeFactory.create()
    InitiativeKeyResult.objects.create(initiative=initiative, key_result=key_result)
    spent(70, initiative=initiative)
    (line,) = money(in_acme, key_result.objective).through
    assert (line.initiative, line.totals.spent) == (initiative, Decimal(70))


def test_another_initiative_is_not_listed(in_acme: World) -> None:
    spent(70, initiative=InitiativeFactory.create())
    assert money(in_acme, ObjectiveFactory.create()).through == []


def test_money_that_was_all_taken_back_is_not_listed(in_acme: World) -> None:
    entry = spent(70, objective=ObjectiveFactory.create())
    LedgerEntryFactory.create(
        budget=entry.budget, amount=-entry.amount, objective=entry.objective, reverses=entry
    )
    assert money(in_acme, entry.objective).direct == []


def test_an_archived_budget_serves_nothing(in_acme: World) -> None:
    entry = spent(
        70, BudgetFactory.create(archived_at=timezone.now()), objective=ObjectiveFactory.create()
    )
    assert money(in_acme, entry.objective).direct == []


def test_the_budget_of_a_private_product_is_left_out_for_outsiders(in_acme: World) -> None:
    entry = spent(
        70, BudgetFactory.create(product=Product.objects.get()), objective=ObjectiveFactory.create()
    )
    Portfolio.objects.update(is_private=True)
    in_acme["bystander"].money = "see"
    assert money_for(in_acme.access("bystander"), entry.objective).direct == []


def test_the_commitment_stands_beside_the_money(in_acme: World) -> None:
    objective = ObjectiveFactory.create()
    standing = commit(in_acme, objective)
    assert money(in_acme, objective).commitment == standing


def test_a_released_commitment_backs_nothing(in_acme: World) -> None:
    objective = ObjectiveFactory.create()
    commit(in_acme, objective, state=CommitmentState.RELEASED)
    assert money(in_acme, objective).commitment is None


def test_an_objective_without_money_has_no_panel(in_acme: World) -> None:
    assert panel("okrs.objective", ObjectiveFactory.create(), in_acme) is None


def test_an_objective_shows_no_money_without_the_grant(in_acme: World) -> None:
    entry = spent(70, objective=ObjectiveFactory.create())
    assert panel("okrs.objective", entry.objective, in_acme, "facilitator") is None


def test_the_panel_of_an_objective_prints_commitment_and_money(in_acme: World) -> None:
    entry = spent(70, objective=ObjectiveFactory.create())
    commit(in_acme, entry.objective)
    context = panel("okrs.objective", entry.objective, in_acme)
    printed = render_to_string(
        "funding/panels/objective.html", {"panel": context, "org": in_acme.organization}
    )
    assert ("€500" in printed, "€70" in printed) == (True, True)


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_panel_of_an_objective_needs_four_queries(
    count: int, in_acme: World, django_assert_num_queries: Any
) -> None:
    key_result = KeyResultFactory.create()
    for _ in range(count):
        initiative = InitiativeFactory.create()
        InitiativeKeyResult.objects.create(initiative=initiative, key_result=key_result)
        spent(70, initiative=initiative)
    access = in_acme.access("admin")
    with django_assert_num_queries(4):
        money_for(access, key_result.objective)


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_panel_of_a_product_needs_two_queries(
    count: int, in_acme: World, django_assert_num_queries: Any
) -> None:
    product = Product.objects.get()
    for budget in BudgetFactory.create_batch(count, product=product):
        spent(1, budget)
    request: Any = AskedBy(in_acme, "admin")
    (ours,) = [each for each in panels_for("portfolio.product", request, product) if is_ours(each)]
    with django_assert_num_queries(2):
        ours.panel.load(request, product)
