"""Pages of initiatives, dependencies, commitments and cycles, and the palette."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpRequest
from django.utils import timezone

from okrs.choices import CycleState
from okrs.models import (
    Commitment,
    CommittedTeam,
    Cycle,
    Dependency,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
    Tier,
)
from okrs.palette import find_key_results, find_objectives
from portfolio.models import Product, Team
from tests.factories.okrs import (
    CycleFactory,
    DependencyFactory,
    InitiativeFactory,
    KeyResultFactory,
    TierFactory,
)
from tests.factories.portfolio import ProductFactory
from tests.okrs.goals import (
    a_closing_cycle,
    a_commitment,
    a_dependency,
    a_drive,
    a_key_result,
    an_initiative,
    an_objective,
    product,
)
from tests.okrs.views.conftest import Browser
from tests.personas import World


def soon(days: int = 30) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# --- Initiatives ------------------------------------------------------------------------------
def test_an_initiative_is_planned_from_its_form(bound: World, as_contributor: Browser) -> None:
    as_contributor.post(
        "create-initiative",
        title="One-page sign-up",
        product=str(product().pk),
        owner=str(bound["admin"].pk),
        state="proposed",
    )
    assert Initiative.objects.get().title == "One-page sign-up"


def test_the_list_of_initiatives_is_narrowed(bound: World, as_admin: Browser) -> None:
    an_initiative(bound, title="Wanted", state="done")
    an_initiative(bound, title="Unwanted")
    html = as_admin.get("initiatives", state="done", htmx=True).content.decode()
    assert ("Wanted" in html, "Unwanted" in html) == (True, False)


def test_the_file_of_initiatives_holds_them_all_and_runs_no_formula(
    bound: World, as_admin: Browser
) -> None:
    for number in range(60):
        an_initiative(bound, title=f"Step {number:02}")
    an_initiative(
        bound, title="=1+1", state="done", ends_on=date(2026, 12, 31), items_done=3, items_total=4
    )
    head, first, *others = as_admin.get("initiatives-csv").content.decode().splitlines()
    assert head.startswith("Initiative,Product,Team,Owner,First day,Last day,")
    assert first == "'=1+1,Acme product,,Acme admin,,2026-12-31,3,4,0,Done"
    assert len(others) == 60


def test_the_file_of_initiatives_is_the_choice_of_the_list(bound: World, as_admin: Browser) -> None:
    an_initiative(bound, title="Wanted", state="done")
    an_initiative(bound, title="Unwanted")
    page = as_admin.get("initiatives", state="done", htmx=True)
    assert str(page.context["csv_url"]) == "/o/acme/initiatives/export.csv?state=done"
    lines = as_admin.get("initiatives-csv", state="done").content.decode().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == ["Wanted"]


@pytest.mark.parametrize(
    ("ends_in", "state", "is_late"),
    [(-1, "in-progress", True), (0, "in-progress", False), (-1, "done", False)],
)
def test_work_past_its_last_day_is_called_late(
    ends_in: int, state: str, is_late: bool, bound: World, as_admin: Browser
) -> None:
    an_initiative(bound, ends_on=soon(ends_in), state=state)
    html = as_admin.get("initiatives", htmx=True).content.decode()
    assert (">late<" in html) is is_late


def test_an_initiative_is_linked_to_what_it_should_move(
    bound: World, as_contributor: Browser
) -> None:
    row, key_result = an_initiative(bound), a_key_result(bound)
    as_contributor.post("drive-key-result", row.pk, chosen=str(key_result.pk))
    assert InitiativeKeyResult.objects.get().key_result == key_result


def test_a_second_link_of_the_same_is_told(bound: World, as_contributor: Browser) -> None:
    link = a_drive(bound)
    answer = as_contributor.post(
        "drive-key-result", link.initiative_id, chosen=str(link.key_result_id)
    )
    assert (answer.status_code, "already drives" in answer.content.decode()) == (422, True)


# --- Dependencies -----------------------------------------------------------------------------
def ask(browser: Browser, key_result: KeyResult, **more: str) -> Any:
    address = f"{browser.address('ask-dependency')}?key_result={key_result.pk}"
    typed = {
        "title": "An interface",
        "provider": str(ProductFactory.create().pk),
        "needed_by": soon(),
        "criticality": "0.8",
        "needer_owner": str(browser.world["admin"].pk),
    }
    return browser.client.post(address, {**typed, **more})


def test_something_is_asked_for_in_the_name_of_a_key_result(
    bound: World, as_contributor: Browser
) -> None:
    key_result = a_key_result(bound)
    ask(as_contributor, key_result)
    made = Dependency.objects.get()
    assert (made.needer_key_result, made.criticality, made.state) == (
        key_result,
        Decimal("0.80"),
        "asked",
    )


def test_nobody_asks_in_the_name_of_others(bound: World, as_contributor: Browser) -> None:
    assert ask(as_contributor, KeyResultFactory.create()).status_code == 403


def test_the_provider_promises_a_day(bound: World, as_contributor: Browser) -> None:
    dependency = DependencyFactory.create(provider_product=product())
    as_contributor.post(
        "answer-dependency", dependency.pk, to="accepted", promised_by=soon(40), note="After X"
    )
    stored = Dependency.objects.get(pk=dependency.pk)
    assert (stored.state, str(stored.promised_by)) == ("accepted", soon(40))


def test_a_bare_delivery_leaves_the_promise_as_it_was(bound: World, as_admin: Browser) -> None:
    dependency = a_dependency(bound, state="accepted", promised_by=soon(5))
    as_admin.post("answer-dependency", dependency.pk, to="delivered")
    stored = Dependency.objects.get(pk=dependency.pk)
    assert (stored.state, str(stored.promised_by)) == ("delivered", soon(5))


def test_before_there_is_a_product_no_initiative_is_set(as_admin: Browser) -> None:
    Product.objects.update(archived_at=timezone.now())
    assert "There is no product yet" in as_admin.get("create-initiative").content.decode()


def test_before_there_is_a_key_result_nothing_can_wait(as_admin: Browser) -> None:
    assert "No key results yet" in as_admin.get("ask-dependency").content.decode()


def test_words_that_no_key_result_has_are_said_to_match_none(as_admin: Browser) -> None:
    html = as_admin.get("ask-dependency", q="nowhere").content.decode()
    assert "No key result matches." in html


def test_nothing_is_asked_for_in_a_closed_cycle(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound, title="Long over")
    Cycle.objects.filter(pk=key_result.objective.cycle_id).update(state=CycleState.CLOSED)
    assert "Long over" not in as_admin.get("ask-dependency").content.decode()


def test_that_there_is_more_to_choose_from_is_told(
    bound: World, as_admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okrs.views.dependencies.OFFERED", 1)
    objective = an_objective(bound)
    KeyResultFactory.create_batch(2, objective=objective)
    assert "There are more." in as_admin.get("ask-dependency").content.decode()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("asked", "Accept"),
        ("accepted", "Promise another day"),
        ("delivered", "Not delivered after all"),
        ("broken", "Promise again"),
    ],
)
def test_the_way_to_a_promise_is_named_by_what_went_before(
    state: str, words: str, bound: World, as_admin: Browser
) -> None:
    row = a_dependency(bound, state=state, promised_by=None if state == "asked" else soon(5))
    html = as_admin.get("dependency", row.pk).content.decode()
    assert f'?to=accepted">{words}\n' in html


def test_the_needer_is_not_offered_the_providers_answers(
    bound: World, as_contributor: Browser
) -> None:
    dependency = DependencyFactory.create(needer_key_result=a_key_result(bound))
    html = as_contributor.get("answer-dependency", dependency.pk).content.decode()
    assert ('value="withdrawn"' in html, 'value="accepted"' in html) == (True, False)


def test_a_promise_later_than_needed_is_told(bound: World, as_admin: Browser) -> None:
    dependency = a_dependency(bound, state="accepted", promised_by=soon(60))
    assert "promised too late" in as_admin.get("dependency", dependency.pk).content.decode()


def of_a_team(world: World, weeks: int, **fields: Any) -> Dependency:
    """Asked of the world's team, which can do ten people-weeks a month."""
    Team.objects.filter(pk=world.team.pk).update(capacity=Decimal(10))
    row = DependencyFactory.create(
        needer_key_result=a_key_result(world),
        provider_product=None,
        provider_team=world.team,
        people_weeks=Decimal(weeks),
        **fields,
    )
    return Dependency.objects.get(pk=row.pk)


def test_people_weeks_are_asked_of_a_team_in_the_form(
    bound: World, as_contributor: Browser
) -> None:
    ask(as_contributor, a_key_result(bound), provider=str(bound.team.pk), people_weeks="3.5")
    made = Dependency.objects.get()
    assert (made.provider_team, made.people_weeks) == (bound.team, Decimal("3.5"))


def test_people_weeks_of_a_product_are_refused_beside_the_field(
    bound: World, as_contributor: Browser
) -> None:
    answer = ask(as_contributor, a_key_result(bound), people_weeks="3")
    assert answer.status_code == 422
    assert "Ask a team for people-weeks, not a product." in answer.content.decode()


def test_the_answer_begins_with_the_people_weeks_that_are_asked(
    bound: World, as_admin: Browser
) -> None:
    html = as_admin.get("answer-dependency", of_a_team(bound, 3).pk).content.decode()
    assert 'name="promised_weeks" value="3"' in html


def test_a_product_is_not_asked_how_many_people_weeks_it_promises(
    bound: World, as_admin: Browser
) -> None:
    html = as_admin.get("answer-dependency", a_dependency(bound).pk).content.decode()
    assert "promised_weeks" not in html


def test_a_counter_over_the_capacity_is_refused_and_nothing_typed_is_lost(
    bound: World, as_admin: Browser
) -> None:
    row = of_a_team(bound, 3)
    typed: dict[str, Any] = {
        "promised_by": soon(5),
        "promised_weeks": "300",
        "note": "With the whole team",
    }
    answer = as_admin.post("answer-dependency", row.pk, to="countered", **typed)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "people-weeks in" in html
    assert 'value="300"' in html
    assert "With the whole team" in html
    assert Dependency.objects.get(pk=row.pk).state == "asked"


def test_fewer_people_weeks_than_needed_are_told(bound: World, as_admin: Browser) -> None:
    row = of_a_team(bound, 5, state="accepted", promised_weeks=Decimal(2))
    assert "fewer than needed" in as_admin.get("dependency", row.pk).content.decode()


def test_the_download_has_the_people_weeks(bound: World, as_admin: Browser) -> None:
    of_a_team(bound, 5, state="accepted", promised_weeks=Decimal(2))
    header, line = as_admin.get("dependencies-csv").content.decode().splitlines()[:2]
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert (row["People-weeks"], row["People-weeks promised"]) == ("5.0", "2.0")


LATE = [
    ("Too late", {"state": "accepted", "promised_by": soon(60)}),
    ("Broken", {"state": "broken"}),
    ("Overdue", {"state": "asked", "needed_by": soon(-1)}),
]


@pytest.mark.parametrize(("title", "fields"), LATE)
def test_the_list_finds_what_is_late(
    bound: World, as_admin: Browser, title: str, fields: dict[str, Any]
) -> None:
    a_dependency(bound, title=title, **fields)
    a_dependency(bound, title="In good time", state="accepted", promised_by=soon(10))
    html = as_admin.get("dependencies", state="late", htmx=True).content.decode()
    assert (title in html, "In good time" in html) == (True, False)


# --- Commitments ------------------------------------------------------------------------------
def test_a_commitment_is_written_and_stands_once_it_has_a_team(
    bound: World, as_admin: Browser
) -> None:
    objective = an_objective(bound)
    as_admin.post("commitment", objective.pk, trade_off="No redesign", amount="250000")
    made = Commitment.objects.get()
    as_admin.post(
        "commit-team", made.pk, team=str(Team.objects.get(slug="team").pk), people_weeks="24"
    )
    as_admin.post("move-commitment", made.pk, to="standing")
    made.refresh_from_db()
    assert (made.state, made.amount, made.currency) == (
        "standing",
        Decimal(250000),
        bound.organization.currency,
    )


def test_who_may_not_change_money_does_not_overwrite_it(bound: World) -> None:
    commitment = a_commitment(bound)
    Commitment.objects.filter(pk=commitment.pk).update(amount=500, currency="EUR")
    lead = Browser(bound, bound.client("lead"))
    lead.post("commitment", commitment.objective_id, trade_off="x", amount="1", version="1")
    stored = Commitment.objects.get(pk=commitment.pk)
    assert (stored.trade_off, stored.amount) == ("x", Decimal(500))


def test_a_commitment_without_a_team_is_refused_with_a_reason(
    bound: World, as_admin: Browser
) -> None:
    answer = as_admin.post("move-commitment", a_commitment(bound).pk, to="standing")
    assert (answer.status_code, CommittedTeam.objects.count()) == (422, 0)


# --- Cycles -----------------------------------------------------------------------------------
def test_cycles_are_listed_inside_each_other(bound: World, as_admin: Browser) -> None:
    year = CycleFactory.create(name="The year")
    CycleFactory.create(name="Its quarter", parent=year)
    html = as_admin.get("cycles").content.decode()
    assert html.index("The year") < html.index("Its quarter")
    assert "depth-1" in html


def test_a_cycle_that_begins_to_close_leads_to_its_final_scores(
    bound: World, as_admin: Browser
) -> None:
    cycle = CycleFactory.create()
    answer = as_admin.post("move-cycle", cycle.pk, to="closing", version=1)
    assert answer.url == as_admin.address("close-cycle", cycle.pk)


def test_a_final_score_is_given_in_its_row(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound, objective=an_objective(bound, cycle=a_closing_cycle()))
    given: dict[str, Any] = {"final_score": "0.7", "judgement": "One market only"}
    answer = as_admin.post("judge-key-result", key_result.pk, htmx=True, **given)
    key_result.refresh_from_db()
    assert (key_result.final_score, key_result.judgement) == (Decimal("0.7"), "One market only")
    assert answer.content.decode().strip().startswith("<tr id=")
    assert "One market only" in as_admin.get("key-result", key_result.pk).content.decode()


def test_a_refused_final_score_stays_in_its_row_with_the_reason(
    bound: World, as_admin: Browser
) -> None:
    key_result = a_key_result(bound, objective=an_objective(bound, cycle=a_closing_cycle()))
    given: dict[str, Any] = {"final_score": "7", "judgement": "One market only"}
    answer = as_admin.post("judge-key-result", key_result.pk, htmx=True, **given)
    html = answer.content.decode().strip()
    assert (answer.status_code, html.startswith("<tr id=")) == (422, True)
    assert 'value="7" aria-invalid="true"' in html
    assert 'value="One market only"' in html
    assert "less than or equal to 1" in html


def test_the_closing_page_counts_what_has_no_score(bound: World, as_admin: Browser) -> None:
    cycle = a_closing_cycle()
    a_key_result(bound, objective=an_objective(bound, cycle=cycle))
    html = as_admin.get("close-cycle", cycle.pk).content.decode()
    assert "1 key result without any score will count 0" in html


def test_a_cycle_is_closed_from_its_page(bound: World, as_admin: Browser) -> None:
    cycle = a_closing_cycle()
    as_admin.post("move-cycle", cycle.pk, to="closed", version=1)
    assert Cycle.objects.get(pk=cycle.pk).state == CycleState.CLOSED


def test_a_tier_is_renamed(bound: World, as_admin: Browser) -> None:
    tier = TierFactory.create()
    as_admin.post("edit-tier", tier.pk, name="Brand", version=1)
    assert Tier.objects.get(pk=tier.pk).name == "Brand"


@pytest.mark.parametrize(
    ("name", "ends_on", "refused"),
    [
        ("spring", "2031-06-30", {"name": ["There is already a cycle of this name."]}),
        ("Summer", "2031-03-31", {"ends_on": ["The cycle must end after it starts."]}),
    ],
)
def test_what_a_cycle_must_not_be_is_told_beside_its_field(
    name: str, ends_on: str, refused: dict[str, list[str]], bound: World, as_admin: Browser
) -> None:
    CycleFactory.create(name="Spring")
    answer = as_admin.post("create-cycle", name=name, starts_on="2031-04-01", ends_on=ends_on)
    assert (answer.status_code, answer.context["form"].errors) == (422, refused)


def test_the_api_tells_a_name_that_is_taken_under_its_name(bound: World, as_admin: Browser) -> None:
    CycleFactory.create(name="Spring")
    answer = as_admin.client.post(
        "/api/v1/orgs/acme/cycles/",
        {"name": "SPRING", "starts_on": "2031-04-01", "ends_on": "2031-06-30"},
        content_type="application/json",
    )
    assert answer.json()["errors"] == {"name": ["There is already a cycle of this name."]}


def test_the_days_of_an_initiative_out_of_order_are_told_beside_the_last(
    bound: World, as_contributor: Browser
) -> None:
    answer = as_contributor.post(
        "create-initiative",
        title="One-page sign-up",
        product=str(product().pk),
        owner=str(bound["admin"].pk),
        state="proposed",
        starts_on="2031-04-02",
        ends_on="2031-04-01",
    )
    refused = {"ends_on": ["The last day must not come before the first."]}
    assert answer.context["form"].errors == refused


# --- The palette ------------------------------------------------------------------------------
def test_the_palette_finds_goals_by_their_words(bound: World) -> None:
    key_result = a_key_result(bound, title="Churn below 2%")
    request = HttpRequest()
    request.access = bound.access("viewer")  # type: ignore[attr-defined]
    found = [hit.url for hit in find_key_results(request, "churn")]
    assert found == [key_result.get_absolute_url()]


def test_the_palette_finds_no_archived_goal(bound: World) -> None:
    an_objective(bound, title="Old goal", archived_at=timezone.now())
    request = HttpRequest()
    request.access = bound.access("viewer")  # type: ignore[attr-defined]
    assert list(find_objectives(request, "old")) == []


# --- Costs ------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_of_initiatives_costs_the_same(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        InitiativeFactory.create(product=product(), owner=bound["admin"])
    as_admin.get("initiatives")
    with django_assert_num_queries(12):
        as_admin.get("initiatives")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_file_of_initiatives_costs_the_same(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        InitiativeFactory.create(product=product(), owner=bound["admin"])
    as_admin.get("initiatives-csv")
    with django_assert_num_queries(8):
        as_admin.get("initiatives-csv")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_of_dependencies_costs_the_same(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        a_dependency(bound)
    as_admin.get("dependencies")
    with django_assert_num_queries(15):
        as_admin.get("dependencies")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_closing_page_costs_the_same(
    rows: int, bound: World, as_admin: Browser, django_assert_num_queries: Any
) -> None:
    objective = an_objective(bound, cycle=a_closing_cycle())
    for _ in range(rows):
        KeyResultFactory.create(objective=objective)
    as_admin.get("close-cycle", objective.cycle_id)
    with django_assert_num_queries(15):
        as_admin.get("close-cycle", objective.cycle_id)
