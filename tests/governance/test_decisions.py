"""Decisions: proposed, made, frozen, and superseded by another."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notification
from governance.actions import record_decision
from governance.actions.decisions import (
    decide,
    edit_decision,
    propose_decision,
    withdraw_decision,
)
from governance.choices import DecisionKind, DecisionState
from governance.models import Decision
from governance.queries.decisions import touched_records
from governance.queries.records import visible_decisions
from okrs.actions.commitments import create_commitment, move_commitment
from okrs.choices import CommitmentState
from okrs.models import Commitment, Objective
from portfolio.models import Portfolio, Product
from tests.factories.governance import DecisionFactory
from tests.factories.portfolio import ProductFactory, TeamFactory
from tests.factories.promises import CommittedTeamFactory
from tests.governance.conftest import Browser, make_private
from tests.okrs.goals import an_objective
from tests.personas import World

DAY = timedelta(days=1)
S = DecisionState


def proposed(world: World, *touches: Any, **fields: Any) -> Decision:
    given = {"title": "Wallets first", "kind": "trade-off", **fields}
    return propose_decision(world.access("lead"), touches=touches, **given)


def made(world: World, *touches: Any, **fields: Any) -> Decision:
    given = {"title": "Wallets first", "kind": "trade-off", "outcome": "Invoices wait.", **fields}
    return record_decision(world.access("lead"), touches=touches, **given)


# --- Proposing and deciding -------------------------------------------------------------------
def test_a_proposal_touches_what_it_names(
    bound: World, objective: Objective, product: Product
) -> None:
    decision = proposed(bound, objective, product)
    assert (decision.state, touched_records(decision)) == (S.PROPOSED, [objective, product])


def test_an_edit_replaces_what_a_proposal_touches(
    bound: World, objective: Objective, product: Product
) -> None:
    decision = proposed(bound, objective)
    edit_decision(bound.access("lead"), decision, expected_version=1, touches=[product])
    assert touched_records(decision) == [product]


def test_a_decision_says_who_and_when(bound: World, product: Product) -> None:
    decision = made(bound, product)
    assert (decision.state, decision.decided_on, decision.decided_by) == (
        S.DECIDED,
        timezone.localdate(),
        bound["lead"],
    )


def test_a_decision_made_before_says_its_day(bound: World, product: Product) -> None:
    day = timezone.localdate() - DAY
    decision = made(bound, product, decided_on=day, decided_by=bound["admin"])
    assert (decision.decided_on, decision.decided_by) == (day, bound["admin"])


def test_nothing_is_decided_ahead_of_its_day(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError, match="today or a day before"):
        made(bound, product, decided_on=timezone.localdate() + DAY)


def test_a_decision_without_words_is_refused(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError, match="Say what was decided"):
        made(bound, product, outcome="  ")


def test_a_refused_decision_leaves_nothing(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError):
        made(bound, product, outcome="")
    assert Decision.objects.count() == 0


def test_those_who_answer_for_what_it_touches_are_told(bound: World, objective: Objective) -> None:
    record_decision(
        bound.access("admin"),
        title="Wallets first",
        kind="scope",
        outcome="Invoices wait.",
        touches=[objective],
    )
    told = Notification.objects.get()
    assert (told.member, told.kind, told.text) == (bound["lead"], "decision", "Invoices wait.")


# --- What stays -------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [{"title": "Another"}, {"outcome": "Else"}, {"follow_up": "x"}])
def test_a_decision_that_was_made_is_not_edited(
    change: dict[str, Any], bound: World, product: Product
) -> None:
    decision = made(bound, product)
    with pytest.raises(ValidationError, match="stays as it is"):
        edit_decision(bound.access("lead"), decision, expected_version=None, **change)


def test_a_decision_that_was_made_is_not_withdrawn(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError, match="stays as it is"):
        withdraw_decision(bound.access("lead"), made(bound, product), expected_version=None)


def test_a_decision_is_not_made_twice(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError, match="stays as it is"):
        decide(bound.access("lead"), made(bound, product), expected_version=None)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"outcome": "Else"},
        {"decided_on": date(2020, 1, 1)},
        {"kind": "scope"},
    ],
)
def test_the_database_keeps_what_was_decided(
    change: dict[str, Any], bound: World, product: Product
) -> None:
    rows = Decision.objects.filter(pk=made(bound, product).pk)
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        rows.update(**change)


def test_the_database_never_makes_a_decision_a_proposal_again(
    bound: World, product: Product
) -> None:
    rows = Decision.objects.filter(pk=made(bound, product).pk)
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        rows.update(state=S.PROPOSED)


def test_the_database_deletes_no_decision(bound: World, product: Product) -> None:
    rows = Decision.objects.filter(pk=made(bound, product).pk)
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        rows.delete()


def test_the_database_keeps_what_a_decision_touches(
    bound: World, product: Product, objective: Objective
) -> None:
    decision = made(bound, product)
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        decision.touches.create(objective=objective)
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        decision.touches.all().delete()


def test_the_database_wants_to_know_who_decided_what(bound: World) -> None:
    row = DecisionFactory.create()
    with pytest.raises(IntegrityError, match="decision_says_who_when_what"), transaction.atomic():
        Decision.objects.filter(pk=row.pk).update(state=S.DECIDED)


# --- Superseding ------------------------------------------------------------------------------
def test_a_decision_takes_the_place_of_another(bound: World, product: Product) -> None:
    former = made(bound, product)
    made(bound, product, supersedes=former)
    former.refresh_from_db()
    assert former.state == S.SUPERSEDED


def test_a_proposal_leaves_the_other_standing(bound: World, product: Product) -> None:
    former = made(bound, product)
    proposed(bound, product, supersedes=former)
    former.refresh_from_db()
    assert former.state == S.DECIDED


def test_a_decision_is_superseded_once(bound: World, product: Product) -> None:
    former = made(bound, product)
    made(bound, product, supersedes=former)
    former.refresh_from_db()
    with pytest.raises(ValidationError, match="decision that stands"):
        made(bound, product, supersedes=former)


def test_two_proposals_do_not_wait_for_one_place(bound: World, product: Product) -> None:
    former = made(bound, product)
    proposed(bound, product, supersedes=former)
    with pytest.raises(ValidationError, match="takes its place already"):
        proposed(bound, product, supersedes=former)


def test_a_withdrawn_proposal_frees_the_place(bound: World, product: Product) -> None:
    former = made(bound, product)
    waiting = proposed(bound, product, supersedes=former)
    withdraw_decision(bound.access("lead"), waiting, expected_version=None)
    assert proposed(bound, product, supersedes=former).supersedes == former


def test_a_proposal_is_no_decision_to_supersede(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError, match="decision that stands"):
        made(bound, product, supersedes=proposed(bound, product))


# --- Who may ----------------------------------------------------------------------------------
def test_a_contributor_proposes_for_their_product(bound: World, product: Product) -> None:
    access = bound.access("contributor")
    assert propose_decision(access, touches=[product], title="A", kind="scope").is_proposed


def test_a_contributor_does_not_decide(bound: World, product: Product) -> None:
    access = bound.access("contributor")
    with pytest.raises(PermissionDenied):
        record_decision(access, touches=[product], title="A", kind="scope", outcome="B")


def test_a_lead_does_not_decide_for_products_of_others(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        made(bound, ProductFactory.create())


def test_a_lead_does_not_decide_for_the_whole_organisation(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        made(bound)


def test_a_facilitator_decides_for_the_whole_organisation(bound: World) -> None:
    access = bound.access("facilitator")
    decision = record_decision(access, title="A", kind="strategy", outcome="B")
    assert decision.state == S.DECIDED


def test_a_decision_that_touches_something_private_is_private(
    bound: World, objective: Objective, product: Product
) -> None:
    public = ProductFactory.create()
    record_decision(
        bound.access("admin"), title="A", kind="scope", outcome="B", touches=[product, public]
    )
    make_private()
    seen = [visible_decisions(bound.access(name)).count() for name in ("viewer", "bystander")]
    assert seen == [1, 0]


# --- The pages --------------------------------------------------------------------------------
def typed(product: Product, **changes: Any) -> dict[str, Any]:
    return {
        "title": "Wallets first",
        "kind": "trade-off",
        "outcome": "Invoices wait.",
        "decided_on": timezone.localdate().isoformat(),
        "touches": [f"product:{product.pk}"],
        **changes,
    }


def test_a_decision_is_recorded_by_the_form(bound: World, product: Product, lead: Browser) -> None:
    answer = lead.post("create-decision", **typed(product))
    page = lead.client.get(answer["Location"]).content.decode()
    assert ("Invoices wait." in page, Decision.objects.get().state) == (True, S.DECIDED)


def test_a_proposal_is_saved_by_its_own_button(product: Product, lead: Browser) -> None:
    lead.post("create-decision", **typed(product, propose="1"))
    assert Decision.objects.get().state == S.PROPOSED


def test_finding_records_submits_nothing_and_keeps_what_was_typed(
    product: Product, lead: Browser
) -> None:
    given = typed(product, find="1", find_words="Acme portfolio")
    page = lead.post("create-decision", **given).content.decode()
    assert Decision.objects.count() == 0
    assert ('value="Wallets first"' in page, "Portfolio: Acme portfolio" in page) == (True, True)
    assert f'value="product:{product.pk}"' in page


def test_the_address_names_what_a_new_decision_touches(product: Product, lead: Browser) -> None:
    page = lead.text("create-decision", product=str(product.pk), kind="pricing")
    assert (f'value="product:{product.pk}"' in page, "selected>Pricing" in page) == (True, True)


def test_a_hidden_record_cannot_be_touched(objective: Objective, bound: World) -> None:
    make_private()
    public = ProductFactory.create()
    browser = Browser(bound.client("bystander"))
    bound["bystander"].roles.create(role="lead", product=public)
    given = typed(public, touches=[f"product:{public.pk}", f"objective:{objective.pk}"])
    answer = browser.post("create-decision", **given)
    assert (answer.status_code, Decision.objects.count()) == (422, 0)


@pytest.mark.parametrize("value", ["product:nothing", "budget:1", "product", ""])
def test_a_record_that_is_none_is_refused_at_its_field(
    value: str, product: Product, lead: Browser
) -> None:
    answer = lead.post("create-decision", **typed(product, touches=[value]))
    assert (answer.status_code, "touches" in answer.context["form"].errors) == (422, True)


def test_records_are_found_while_typing(objective: Objective, lead: Browser) -> None:
    page = lead.text("records", "decision", find_words="sell soon")
    assert f'value="objective:{objective.pk}"' in page


def test_a_private_record_is_not_found_by_others(objective: Objective, bystander: Browser) -> None:
    make_private()
    assert str(objective.pk) not in bystander.text("records", "decision", find_words="sell")


def test_superseding_begins_with_what_stood(bound: World, product: Product, lead: Browser) -> None:
    former = made(bound, product)
    page = lead.text("create-decision", supersedes=str(former.pk))
    assert (f'value="product:{product.pk}"' in page, 'value="Wallets first"' in page) == (True,) * 2


def listed(answer: Any) -> list[str]:
    return [row.decision.title for row in answer.context["rows"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "wallet"}, ["Wallets first"]),
        ({"kind": "pricing"}, ["Price up"]),
        ({"state": "proposed"}, ["Price up"]),
        ({"state": "due"}, ["Wallets first"]),
        ({"product": "product"}, ["Wallets first"]),
        ({"portfolio": "main"}, ["Price up"]),
        ({"kind": "nonsense"}, ["Price up", "Wallets first"]),
    ],
)
def test_the_list_is_narrowed(
    query: dict[str, Any],
    found: list[str],
    bound: World,
    objective: Objective,
    portfolio: Portfolio,
    lead: Browser,
) -> None:
    made(bound, objective, review_on=timezone.localdate())
    proposed(bound, portfolio, title="Price up", kind="pricing")
    assert listed(lead.get("decisions", **query)) == found


def test_a_private_decision_is_on_no_page_of_others(
    bound: World, product: Product, bystander: Browser
) -> None:
    decision = made(bound, product)
    make_private()
    assert "Wallets first" not in bystander.text("decisions")
    assert bystander.get("decision", decision.pk).status_code == 404
    assert "Wallets first" not in bystander.text("decisions-export")


def test_the_file_says_what_was_decided_and_about_what(
    bound: World, product: Product, lead: Browser
) -> None:
    made(bound, product)
    line = lead.text("decisions-export").splitlines()[1]
    assert line.startswith("Wallets first,Trade-off,Decided,")
    assert "Product: Acme product" in line


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_list_costs_the_same_however_long(
    count: int, bound: World, product: Product, lead: Browser, django_assert_num_queries: Any
) -> None:
    for row in DecisionFactory.create_batch(count):
        row.touches.create(product=product)
    lead.get("decisions", htmx=True)
    with django_assert_num_queries(9):
        lead.get("decisions", htmx=True)


# --- Trade-offs -------------------------------------------------------------------------------
def backed(world: World, **fields: Any) -> Commitment:
    """A goal that has just come to be backed by a team."""
    made = create_commitment(world.access("lead"), an_objective(world, title="Faster"), **fields)
    platform = TeamFactory.create(name="Platform")
    CommittedTeamFactory.create(commitment=made, team=platform, people_weeks=Decimal(12))
    return move_commitment(world.access("lead"), made, to=CommitmentState.STANDING)


def test_what_is_given_up_for_a_goal_becomes_a_decision(bound: World) -> None:
    backed(bound, trade_off="Gift cards wait.")
    decision = Decision.objects.get()
    assert (decision.title, decision.kind, decision.state) == (
        "“Faster” is backed", DecisionKind.TRADE_OFF, DecisionState.DECIDED,
    )  # fmt: skip
    assert (decision.consequences, decision.decided_by) == ("Gift cards wait.", bound["lead"])
    assert decision.outcome == "12 people-weeks of Platform stand behind “Faster”."
    assert decision.touches.get().objective.title == "Faster"


def test_a_goal_that_costs_nothing_else_decides_nothing(bound: World) -> None:
    backed(bound)
    assert not Decision.objects.exists()


def test_a_commitment_that_stands_again_is_not_decided_again(bound: World) -> None:
    made = backed(bound, trade_off="Gift cards wait.")
    for to in (CommitmentState.CONDITIONAL, CommitmentState.STANDING):
        move_commitment(bound.access("lead"), made, to=to, condition="The pilot runs")
    assert Decision.objects.count() == 1
