"""Money over the API."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.choices import TokenScope
from accounts.tenancy import tenant
from funding.api import Budgets, LedgerEntries
from funding.models import Budget, LedgerEntry
from okrs.models import Objective
from portfolio.models import Portfolio, Product
from tests.factories.funding import BudgetFactory, LedgerEntryFactory
from tests.factories.okrs import ObjectiveFactory
from tests.personas import World

# Asked anew each time: a day may end while the tests run.
TODAY = timezone.localdate


class Script:
    """A script with a write token of a member; answers are (status, body)."""

    def __init__(self, world: World, persona: str) -> None:
        expires = timezone.now() + timedelta(days=1)
        _, token = actions.create_token(
            world.access(persona), name="script", scope=TokenScope.WRITE, expires_at=expires
        )
        self.base = f"/api/v1/orgs/{world.organization.slug}/"
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str, **query: str) -> Any:
        return answer_of(self.client.get(self.base + path, query))

    def post(self, path: str, body: Any) -> Any:
        sent = self.client.post(self.base + path, body, content_type="application/json")
        return answer_of(sent)

    def patch(self, path: str, body: Any, etag: str) -> Any:
        headers = {"If-Match": etag}
        return answer_of(
            self.client.patch(
                self.base + path, body, content_type="application/json", headers=headers
            )
        )

    def delete(self, path: str, etag: str) -> int:
        return self.client.delete(self.base + path, headers={"If-Match": etag}).status_code


def answer_of(response: Any) -> Any:
    return response.status_code, response.json()


@pytest.fixture
def script(in_acme: World) -> Script:
    return Script(in_acme, "admin")


@pytest.fixture
def budget(in_acme: World) -> Budget:
    return BudgetFactory.create(
        product=Product.objects.get(), starts_on=TODAY(), ends_on=TODAY() + timedelta(days=9)
    )


def a_spend(budget: Budget, **changes: Any) -> dict[str, Any]:
    return {"budget": str(budget.pk), "kind": "spend", "amount": "125.50", **changes}


# --- Budgets --------------------------------------------------------------------------------
def test_the_example_of_a_budget_is_accepted(script: Script) -> None:
    product = str(Product.objects.get().pk)
    status, body = script.post("budgets/", {**Budgets.examples["create"], "product": product})
    assert (status, body["amount"], body["remaining"]) == (201, "1200000", "1200000")


def test_the_example_of_an_edit_is_accepted(script: Script, budget: Budget) -> None:
    _, body = script.patch(f"budgets/{budget.pk}/", Budgets.examples["partial_update"], '"1"')
    assert (body["amount"], body["version"]) == ("1350000", 2)


def test_a_budget_without_a_currency_counts_in_the_reporting_currency(script: Script) -> None:
    body = {**Budgets.examples["create"], "product": str(Product.objects.get().pk)}
    del body["currency"]
    assert script.post("budgets/", body)[1]["currency"] == "EUR"


def test_a_budget_carries_the_sums_of_its_ledger(script: Script, budget: Budget) -> None:
    LedgerEntryFactory.create(budget=budget, kind="allocation", amount=Decimal(50_000))
    LedgerEntryFactory.create(budget=budget, kind="release", amount=Decimal(20_000))
    LedgerEntryFactory.create(budget=budget, amount=Decimal("130000.25"))
    _, body = script.get(f"budgets/{budget.pk}/")
    sums = [body[name] for name in ("allocated", "released", "spent", "remaining")]
    assert sums == ["50000", "20000", "130000.25", "-30000.25"]


def test_a_budget_for_nobody_is_refused_at_its_field(script: Script) -> None:
    body = {**Budgets.examples["create"], "product": None}
    status, problem = script.post("budgets/", body)
    assert (status, problem["errors"]) == (
        422,
        {"product": ["Choose one product or value stream."]},
    )


def test_budgets_are_found_by_their_days(script: Script, budget: Budget) -> None:
    after = (TODAY() + timedelta(days=10)).isoformat()
    found = [
        len(script.get("budgets/", **{"from": day})[1]["results"])
        for day in (TODAY().isoformat(), after)
    ]
    assert found == [1, 0]


def test_a_lost_race_is_told(script: Script, budget: Budget) -> None:
    Budget.objects.update(version=2)
    assert script.patch(f"budgets/{budget.pk}/", {"amount": "5"}, '"1"')[0] == 412


def test_an_archived_budget_leaves_the_list(script: Script, budget: Budget) -> None:
    status = script.delete(f"budgets/{budget.pk}/", '"1"')
    assert (status, script.get("budgets/")[1]["results"]) == (204, [])


# --- Entries --------------------------------------------------------------------------------
def test_the_example_of_an_entry_is_accepted(script: Script, budget: Budget) -> None:
    objective = ObjectiveFactory.create(product=budget.product)
    named = {"budget": str(budget.pk), "objective": str(objective.pk)}
    body = {**LedgerEntries.examples["create"], **named, "on_date": TODAY().isoformat()}
    status, stored = script.post("ledger-entries/", body)
    assert (status, stored["amount"], stored["objective"]) == (201, "18500", str(objective.pk))


def test_an_entry_without_a_date_is_of_today(script: Script, budget: Budget) -> None:
    _, stored = script.post("ledger-entries/", a_spend(budget))
    assert stored["on_date"] == TODAY().isoformat()


def test_the_amount_is_exact(script: Script, budget: Budget) -> None:
    _, stored = script.post("ledger-entries/", a_spend(budget, amount="0.30"))
    assert stored["amount"] == "0.3"


def test_a_third_decimal_is_refused(script: Script, budget: Budget) -> None:
    status, problem = script.post("ledger-entries/", a_spend(budget, amount="0.301"))
    assert (status, list(problem["errors"])) == (422, ["amount"])


def test_an_entry_below_zero_is_refused_at_its_field(script: Script, budget: Budget) -> None:
    status, problem = script.post("ledger-entries/", a_spend(budget, amount="-1"))
    assert (status, list(problem["errors"])) == (422, ["amount"])


def test_an_entry_cannot_pose_as_a_reversal(script: Script, budget: Budget) -> None:
    entry = LedgerEntryFactory.create(budget=budget)
    _, stored = script.post("ledger-entries/", a_spend(budget, reverses=str(entry.pk)))
    assert stored["reverses"] is None


def test_the_example_of_a_reversal_is_accepted(script: Script, budget: Budget) -> None:
    entry = LedgerEntryFactory.create(budget=budget)
    status, stored = script.post(
        f"ledger-entries/{entry.pk}/reverse/", LedgerEntries.examples["reverse"]
    )
    assert (status, stored["amount"], stored["reverses"]) == (200, "-1000", str(entry.pk))


def test_a_reversed_entry_names_its_reversal(script: Script, budget: Budget) -> None:
    entry = LedgerEntryFactory.create(budget=budget)
    _, reversal = script.post(f"ledger-entries/{entry.pk}/reverse/", {"reason": "Wrong"})
    assert script.get(f"ledger-entries/{entry.pk}/")[1]["reversed_by"] == reversal["id"]


def test_a_second_reversal_is_refused(script: Script, budget: Budget) -> None:
    entry = LedgerEntryFactory.create(budget=budget)
    for _ in range(2):
        status, problem = script.post(f"ledger-entries/{entry.pk}/reverse/", {"reason": "Wrong"})
    assert (status, problem["errors"]["detail"]) == (422, ["This entry was already reversed."])


def test_entries_are_found_by_the_objective_they_serve(script: Script, budget: Budget) -> None:
    objective = ObjectiveFactory.create()
    wanted = LedgerEntryFactory.create(budget=budget, objective=objective)
    LedgerEntryFactory.create(budget=budget)
    _, page = script.get("ledger-entries/", objective=str(objective.pk))
    assert [row["id"] for row in page["results"]] == [str(wanted.pk)]


# --- Who may --------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["budgets/", "ledger-entries/"])
def test_money_is_refused_without_the_grant(path: str, in_acme: World, budget: Budget) -> None:
    LedgerEntryFactory.create(budget=budget)
    status, problem = Script(in_acme, "facilitator").get(path)
    assert (status, str(budget.pk) in str(problem)) == (403, False)


def test_who_may_only_see_money_enters_none(in_acme: World, budget: Budget) -> None:
    type(in_acme["lead"]).objects.filter(pk=in_acme["lead"].pk).update(money="see")
    status, _ = Script(in_acme, "lead").post("ledger-entries/", a_spend(budget))
    assert (status, LedgerEntry.objects.count()) == (403, 0)


@pytest.fixture
def outsider(in_acme: World, budget: Budget) -> Script:
    """A member who may change money, but has no role in the now private portfolio."""
    Portfolio.objects.update(is_private=True)
    pk = in_acme["bystander"].pk
    type(in_acme["bystander"]).objects.filter(pk=pk).update(money="change")
    return Script(in_acme, "bystander")


def test_a_private_budget_takes_no_entry_of_an_outsider(outsider: Script, budget: Budget) -> None:
    status, problem = outsider.post("ledger-entries/", a_spend(budget))
    assert (status, problem["errors"]) == (422, {"budget": ["Choose one that exists."]})


def test_private_budgets_are_not_listed(outsider: Script) -> None:
    assert outsider.get("budgets/")[1]["results"] == []


def test_entries_of_private_budgets_are_not_listed(outsider: Script, budget: Budget) -> None:
    LedgerEntryFactory.create(budget=budget)
    assert outsider.get("ledger-entries/")[1]["results"] == []


@pytest.fixture
def foreign_objective(rival: World) -> Objective:
    with tenant(rival.organization.pk):
        return ObjectiveFactory.create()


def test_the_objective_of_another_organisation_is_unknown(
    foreign_objective: Objective, script: Script, budget: Budget
) -> None:
    body = a_spend(budget, objective=str(foreign_objective.pk))
    status, problem = script.post("ledger-entries/", body)
    assert (status, list(problem["errors"])) == (422, ["objective"])


# --- What it costs --------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["budgets/", "ledger-entries/"])
@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_list_costs_the_same_however_long(
    count: int, path: str, script: Script, django_assert_num_queries: Any
) -> None:
    for budget in BudgetFactory.create_batch(count):
        LedgerEntryFactory.create(budget=budget)
    script.get(path)  # notes the use of the token, once a minute
    with django_assert_num_queries(9):
        assert len(script.get(path)[1]["results"]) == count
