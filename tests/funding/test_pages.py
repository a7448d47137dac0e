"""The pages about money, as people use them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy import tenant
from funding.choices import EntryKind
from funding.models import Budget, LedgerEntry
from portfolio.models import Portfolio, Product
from tests.factories.funding import BudgetFactory, LedgerEntryFactory
from tests.factories.okrs import CycleFactory, InitiativeFactory, ObjectiveFactory
from tests.factories.portfolio import ProductFactory, ValueStreamFactory
from tests.personas import World

# Asked anew each time: a day may end while the tests run.
TODAY = timezone.localdate
DAY = timedelta(days=1)
MANY = (1, 3, 50)
LIST_QUERIES = 15
BUDGET_QUERIES = 16
NEW = {
    "name": "Wallet run",
    "starts_on": "2026-01-01",
    "ends_on": "2026-12-31",
    "amount": "250000",
    "currency": "EUR",
    "note": "",
}


def address(name: str, *keys: Any) -> str:
    return reverse(f"funding:{name}", args=["acme", *keys])


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def admin(in_acme: World) -> Client:
    return in_acme.client("admin")


@pytest.fixture
def budget(in_acme: World) -> Budget:
    """A running budget of the product, of 100,000 euros."""
    return BudgetFactory.create(
        name="Acme run",
        product=Product.objects.get(),
        starts_on=TODAY() - 10 * DAY,
        ends_on=TODAY() + 10 * DAY,
    )


def spent(budget: Budget, amount: int, **fields: Any) -> LedgerEntry:
    return LedgerEntryFactory.create(budget=budget, amount=Decimal(amount), **fields)


# --- The list -------------------------------------------------------------------------------
def test_the_list_shows_what_remains(admin: Client, budget: Budget) -> None:
    spent(budget, 30_000)
    assert "€70,000" in text_of(admin.get(address("budgets")))


def test_the_list_names_what_is_overspent(admin: Client, budget: Budget) -> None:
    spent(budget, 130_000)
    assert "overspent" in text_of(admin.get(address("budgets")))


def test_the_list_keeps_currencies_apart(admin: Client, budget: Budget) -> None:
    BudgetFactory.create(currency="USD", amount=Decimal(7_000))
    sums = admin.get(address("budgets")).context["sums"]
    assert [(each.currency, each.planned) for each in sums] == [
        ("EUR", Decimal(100_000)),
        ("USD", Decimal(7_000)),
    ]


def test_an_archived_budget_counts_in_no_sum(admin: Client, budget: Budget) -> None:
    spent(BudgetFactory.create(archived_at=timezone.now()), 500)
    (sums,) = admin.get(address("budgets")).context["sums"]
    assert (sums.planned, sums.totals.spent) == (Decimal(100_000), Decimal(0))


def listed(response: Any) -> list[str]:
    return [row.budget.name for row in response.context["rows"]]


def test_the_list_is_narrowed_to_a_product(admin: Client, budget: Budget) -> None:
    BudgetFactory.create()
    assert listed(admin.get(address("budgets"), {"product": "product"})) == ["Acme run"]


def test_the_list_is_narrowed_to_a_value_stream(admin: Client, budget: Budget) -> None:
    stream = ValueStreamFactory.create()
    BudgetFactory.create(name="Stream run", product=None, value_stream=stream)
    assert listed(admin.get(address("budgets"), {"stream": stream.slug})) == ["Stream run"]


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), []),
        (date(2025, 12, 1), date(2026, 1, 1), ["Next"]),
        (date(2026, 3, 31), date(2026, 6, 30), ["Next"]),
        (date(2026, 4, 1), date(2026, 6, 30), []),
    ],
)
def test_the_list_is_narrowed_to_a_cycle_by_its_days(
    first: date, last: date, found: list[str], admin: Client
) -> None:
    BudgetFactory.create(name="Next", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    cycle = CycleFactory.create(starts_on=first, ends_on=last)
    assert listed(admin.get(address("budgets"), {"cycle": str(cycle.pk)})) == found


def test_an_unknown_filter_counts_as_not_given(admin: Client, budget: Budget) -> None:
    assert listed(admin.get(address("budgets"), {"product": "nobody"})) == ["Acme run"]


def test_the_archive_is_a_list_of_its_own(admin: Client, budget: Budget) -> None:
    BudgetFactory.create(name="Old run", archived_at=timezone.now())
    assert listed(admin.get(address("budgets"), {"archived": "on"})) == ["Old run"]


def test_a_private_product_hides_its_budgets(in_acme: World, budget: Budget) -> None:
    Portfolio.objects.update(is_private=True)
    grant_money(in_acme, "bystander")
    page = in_acme.client("bystander").get(address("budgets"))
    assert "Acme run" not in text_of(page)


def test_a_budget_of_a_private_product_is_not_found(in_acme: World, budget: Budget) -> None:
    Portfolio.objects.update(is_private=True)
    grant_money(in_acme, "bystander")
    assert in_acme.client("bystander").get(address("budget", budget.pk)).status_code == 404


def grant_money(world: World, persona: str, access: str = "see") -> None:
    type(world[persona]).objects.filter(pk=world[persona].pk).update(money=access)


@pytest.fixture
def foreign_budget(rival: World) -> Budget:
    with tenant(rival.organization.pk):
        return BudgetFactory.create(name="Rival run")


def test_the_budget_of_another_organisation_is_not_found(
    foreign_budget: Budget, admin: Client
) -> None:
    assert admin.get(address("budget", foreign_budget.pk)).status_code == 404


@pytest.mark.parametrize("count", MANY)
def test_the_list_needs_the_same_queries_for_any_number(
    count: int, admin: Client, django_assert_num_queries: Any
) -> None:
    for budget in BudgetFactory.create_batch(count):
        spent(budget, 10)
    admin.get(address("budgets"))  # begins the session, which has queries of its own
    with django_assert_num_queries(LIST_QUERIES):
        admin.get(address("budgets"))


def test_the_list_goes_on_behind_its_first_page(admin: Client) -> None:
    BudgetFactory.create_batch(51)
    following = admin.get(address("budgets")).context["page"].next_url
    assert len(listed(admin.get(following))) == 1


# --- The file -------------------------------------------------------------------------------
def test_the_file_has_a_line_for_each_budget(admin: Client, budget: Budget) -> None:
    spent(budget, 250)
    lines = text_of(admin.get(address("budgets-export"))).splitlines()
    first, last = TODAY() - 10 * DAY, TODAY() + 10 * DAY
    assert lines[1:] == [f"Acme run,Acme product,,{first},{last},EUR,100000.00,0,0,250.00,99750.00"]


def test_the_file_follows_the_filters(admin: Client, budget: Budget) -> None:
    BudgetFactory.create(name="Other run")
    rows = text_of(admin.get(address("budgets-export"), {"product": "product"}))
    assert "Other run" not in rows


# --- Making and changing --------------------------------------------------------------------
def test_a_budget_is_made_for_the_product_in_the_address(admin: Client) -> None:
    page = admin.get(address("budget-create"), {"product": "product"})
    assert page.context["form"].initial["product"] == Product.objects.get().pk


def test_without_a_product_a_new_budget_says_what_comes_first(admin: Client) -> None:
    Product.objects.update(archived_at=timezone.now())
    page = admin.get(address("budget-create"))
    assert "A product comes first" in text_of(page)
    assert reverse("portfolio:product-create", args=["acme"]) in text_of(page)


def test_a_value_stream_alone_can_have_a_budget(admin: Client) -> None:
    Product.objects.update(archived_at=timezone.now())
    stream = ValueStreamFactory.create()
    page = admin.get(address("budget-create"))
    assert list(page.context["form"].fields["value_stream"].queryset) == [stream]


def test_a_new_budget_leads_to_its_page(admin: Client) -> None:
    answer = admin.post(address("budget-create"), {**NEW, "product": Product.objects.get().pk})
    assert answer.headers["Location"] == address("budget", Budget.objects.get().pk)


def test_a_budget_for_nobody_is_refused_at_its_field(admin: Client) -> None:
    answer = admin.post(address("budget-create"), NEW)
    assert answer.context["form"].errors["product"] == ["Choose one product or value stream."]


def test_a_refused_form_keeps_what_was_typed(admin: Client) -> None:
    answer = admin.post(address("budget-create"), {**NEW, "ends_on": "2025-01-01"})
    assert (answer.status_code, answer.context["form"]["name"].value()) == (422, "Wallet run")


def test_an_edit_is_stored(admin: Client, budget: Budget) -> None:
    changed = {**NEW, "product": budget.product_id, "version": 1, "amount": "300000"}
    admin.post(address("budget-edit", budget.pk), changed)
    assert Budget.objects.get().amount == Decimal(300_000)


def test_the_slower_editor_sees_both_sides(admin: Client, budget: Budget) -> None:
    Budget.objects.update(version=2, amount=Decimal(7))
    changed = {**NEW, "product": budget.product_id, "version": 1}
    answer = admin.post(address("budget-edit", budget.pk), changed)
    sides = {each.label: (each.mine, each.theirs) for each in answer.context["differences"]}
    assert (answer.status_code, sides["Planned amount"]) == (409, ("250000", "7.00"))


def test_an_archived_budget_is_restored_from_its_page(admin: Client, budget: Budget) -> None:
    admin.post(address("budget-archive", budget.pk))
    page = text_of(admin.get(address("budget", budget.pk)))
    assert address("budget-restore", budget.pk) in page


def test_restoring_brings_the_budget_back(admin: Client, budget: Budget) -> None:
    Budget.objects.update(archived_at=timezone.now())
    admin.post(address("budget-restore", budget.pk))
    assert Budget.objects.get().archived_at is None


# --- The ledger -----------------------------------------------------------------------------
def entry(**changes: Any) -> dict[str, Any]:
    return {"kind": "spend", "amount": "1250.50", "on_date": TODAY().isoformat(), **changes}


def test_an_entry_is_stored_for_the_objective_it_serves(admin: Client, budget: Budget) -> None:
    objective = ObjectiveFactory.create(product=budget.product)
    admin.post(address("budget", budget.pk), entry(purpose=f"objective:{objective.pk}"))
    stored = LedgerEntry.objects.get()
    assert (stored.amount, stored.objective) == (Decimal("1250.50"), objective)


def test_an_entry_is_stored_for_the_initiative_it_serves(admin: Client, budget: Budget) -> None:
    initiative = InitiativeFactory.create(product=budget.product)
    admin.post(address("budget", budget.pk), entry(purpose=f"initiative:{initiative.pk}"))
    assert LedgerEntry.objects.get().initiative == initiative


def test_only_goals_near_the_product_are_offered(admin: Client, budget: Budget) -> None:
    near = ObjectiveFactory.create(product=budget.product)
    ObjectiveFactory.create(title="Somebody else's goal")
    form = admin.get(address("budget", budget.pk)).context["form"]
    assert list(form.objectives) == [near.pk]


def test_a_refused_entry_is_told_at_its_field(admin: Client, budget: Budget) -> None:
    late = (TODAY() + DAY).isoformat()
    answer = admin.post(address("budget", budget.pk), entry(on_date=late))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["on_date"])


def test_overspending_is_entered_and_told(admin: Client, budget: Budget) -> None:
    answer = admin.post(address("budget", budget.pk), entry(amount="100500"), follow=True)
    told = [str(message) for message in answer.context["messages"]]
    assert told == ["Spend of €100,500 entered.", "This budget is now overspent by €500."]


def test_an_entry_after_the_period_is_entered_and_told(admin: Client, budget: Budget) -> None:
    Budget.objects.update(ends_on=TODAY() - DAY)
    answer = admin.post(address("budget", budget.pk), entry(), follow=True)
    told = [str(message) for message in answer.context["messages"]]
    assert told[1] == "The date lies after the budget's period."


def test_an_entry_outside_the_period_is_marked(admin: Client, budget: Budget) -> None:
    Budget.objects.update(ends_on=TODAY() - DAY)
    spent(budget, 10)
    assert "outside the period" in text_of(admin.get(address("budget", budget.pk)))


def test_what_the_budget_serves_is_shown_with_its_share(admin: Client, budget: Budget) -> None:
    objective = ObjectiveFactory.create(product=budget.product)
    spent(budget, 300, objective=objective)
    spent(budget, 100)
    lines = admin.get(address("budget", budget.pk)).context["purposes"]
    assert [(line.purpose.title, line.share) for line in lines] == [
        (objective.title, Decimal("0.75")),
        ("Nothing by name", Decimal("0.25")),
    ]


def test_a_private_goal_keeps_its_name(in_acme: World, budget: Budget) -> None:
    secret = ObjectiveFactory.create(title="Buy the rival", product=budget.product)
    other = BudgetFactory.create(product=ProductFactory.create())
    spent(other, 10, objective=secret)
    Portfolio.objects.update(is_private=True)
    grant_money(in_acme, "bystander")
    page = text_of(in_acme.client("bystander").get(address("budget", other.pk)))
    assert ("Buy the rival" in page, "A private goal" in page) == (False, True)


def test_who_may_only_see_money_finds_no_form(in_acme: World, budget: Budget) -> None:
    grant_money(in_acme, "lead")
    page = text_of(in_acme.client("lead").get(address("budget", budget.pk)))
    assert ('id="new-entry"' in page, "Acme run" in page) == (False, True)


def test_who_may_only_see_money_enters_none(in_acme: World, budget: Budget) -> None:
    grant_money(in_acme, "lead")
    answer = in_acme.client("lead").post(address("budget", budget.pk), entry())
    assert (answer.status_code, LedgerEntry.objects.count()) == (403, 0)


def test_an_entry_is_reversed_with_a_reason(admin: Client, budget: Budget) -> None:
    row = spent(budget, 40)
    admin.post(address("entry-reverse", budget.pk, row.pk), {"reason": "Booked twice"})
    reversal = LedgerEntry.objects.get(reverses=row)
    assert (reversal.amount, reversal.note) == (Decimal(-40), "Booked twice")


def test_a_reversed_entry_offers_no_reversal(admin: Client, budget: Budget) -> None:
    row = spent(budget, 40)
    admin.post(address("entry-reverse", budget.pk, row.pk), {"reason": "Booked twice"})
    lines = admin.get(address("budget", budget.pk)).context["lines"]
    assert [line.may_be_reversed for line in lines] == [False, False]


def test_a_second_reversal_is_told(admin: Client, budget: Budget) -> None:
    row = spent(budget, 40)
    for _ in range(2):
        answer = admin.post(address("entry-reverse", budget.pk, row.pk), {"reason": "Twice"})
    assert "This entry was already reversed." in text_of(answer)


def test_an_entry_is_not_found_under_another_budget(admin: Client, budget: Budget) -> None:
    row = spent(BudgetFactory.create(), 40)
    assert admin.get(address("entry-reverse", budget.pk, row.pk)).status_code == 404


@pytest.mark.parametrize("count", MANY)
def test_a_budget_needs_the_same_queries_for_any_number_of_entries(
    count: int, admin: Client, budget: Budget, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        goal = ObjectiveFactory.create(product=budget.product)
        spent(budget, number + 1, objective=goal, kind=EntryKind.ALLOCATION)
    admin.get(address("budgets"))
    with django_assert_num_queries(BUDGET_QUERIES):
        admin.get(address("budget", budget.pk))


def test_the_ledger_goes_on_behind_its_first_page(admin: Client, budget: Budget) -> None:
    LedgerEntryFactory.create_batch(51, budget=budget)
    following = admin.get(address("budget", budget.pk)).context["page"].next_url
    assert len(admin.get(following).context["lines"]) == 1
