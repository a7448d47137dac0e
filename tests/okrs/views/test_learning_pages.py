"""Looking back on objectives and portfolios, while a cycle closes and afterwards."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tenant_models import StaleVersion
from okrs.actions import learning
from okrs.choices import CycleState
from okrs.models import Cycle, Objective, ObjectiveRetrospective, PortfolioRetrospective
from okrs.queries.learning import not_looked_back_on, portfolio_lines
from tests.factories.closing import ObjectiveRetrospectiveFactory
from tests.factories.okrs import CycleFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import an_objective
from tests.okrs.views.conftest import Browser
from tests.personas import World


@pytest.fixture
def cycle(bound: World) -> Cycle:
    return CycleFactory.create(state=CycleState.CLOSING)


@pytest.fixture
def objective(bound: World, cycle: Cycle) -> Objective:
    return an_objective(bound, cycle=cycle)


# --- Of an objective --------------------------------------------------------------------------
def test_what_was_learned_is_shown_on_the_page_of_the_objective(
    as_admin: Browser, objective: Objective
) -> None:
    as_admin.post("objective-retrospective", objective.pk, drivers="We began too late.")
    page = as_admin.get("objective", objective.pk).content.decode()
    assert "We began too late." in page


def test_a_retrospective_says_something(as_admin: Browser, objective: Objective) -> None:
    answer = as_admin.post("objective-retrospective", objective.pk, outcome="done")
    assert "Write at least one of the three." in answer.content.decode()


def test_what_is_dropped_is_dropped_for_a_reason(as_admin: Browser, objective: Objective) -> None:
    answer = as_admin.post("objective-retrospective", objective.pk, keep="x", outcome="drop")
    assert answer.context["form"].errors["reason"] == ["Say why it is dropped."]


def test_to_carry_it_over_leads_to_the_next_objective(
    as_admin: Browser, objective: Objective
) -> None:
    answer = as_admin.post("objective-retrospective", objective.pk, keep="x", outcome="carry-over")
    assert answer["Location"] == as_admin.address("continue-objective", objective.pk)


def test_what_goes_on_already_leads_back_to_the_objective(
    as_admin: Browser, objective: Objective
) -> None:
    an_objective(as_admin.world, continued_from=objective)
    answer = as_admin.post("objective-retrospective", objective.pk, keep="x", outcome="carry-over")
    assert answer["Location"] == objective.get_absolute_url()


def test_two_who_edit_at_once_see_both_sides(as_admin: Browser, objective: Objective) -> None:
    row = ObjectiveRetrospectiveFactory.create(objective=objective, keep="First")
    as_admin.post("objective-retrospective", objective.pk, keep="Second", version=row.version)
    answer = as_admin.post("objective-retrospective", objective.pk, keep="Third", version=1)
    assert (answer.status_code, ObjectiveRetrospective.objects.get().keep) == (409, "Second")


def test_a_running_cycle_is_not_looked_back_on(as_admin: Browser, bound: World) -> None:
    answer = as_admin.post("objective-retrospective", an_objective(bound).pk, keep="x")
    assert "Look back once the cycle is closing." in answer.content.decode()


def test_a_closed_cycle_still_takes_what_was_learned(bound: World, objective: Objective) -> None:
    Cycle.objects.update(state=CycleState.CLOSED)
    objective.refresh_from_db()
    learning.look_back_on_objective(bound.access("admin"), objective, keep="x")
    assert ObjectiveRetrospective.objects.get().author == bound["admin"]


def test_an_objective_has_one_retrospective(bound: World, objective: Objective) -> None:
    learning.look_back_on_objective(bound.access("admin"), objective, keep="x")
    with refused("__all__"):
        learning.look_back_on_objective(bound.access("admin"), objective, keep="y")


def test_a_viewer_writes_no_retrospective(bound: World, objective: Objective) -> None:
    with pytest.raises(PermissionDenied):
        learning.look_back_on_objective(bound.access("viewer"), objective, keep="x")


def test_a_stale_edit_is_refused(bound: World, objective: Objective) -> None:
    row = ObjectiveRetrospectiveFactory.create(objective=objective)
    with pytest.raises(StaleVersion):
        learning.edit_retrospective(bound.access("admin"), row, expected_version=9, keep="y")


# --- Of a portfolio ---------------------------------------------------------------------------
def test_a_portfolio_says_what_a_cycle_taught(as_admin: Browser, cycle: Cycle) -> None:
    slug, client = as_admin.world.organization.slug, as_admin.client
    place = {"org": slug, "pk": as_admin.world.portfolio.pk, "cycle": cycle.pk}
    page = reverse("okrs:portfolio-learned", kwargs=place)
    edit = reverse("okrs:write-portfolio-learned", kwargs=place)
    closing = client.get(reverse("okrs:close-cycle", args=[slug, cycle.pk]))
    assert f'href="{page}"' in closing.content.decode()
    assert f'href="{edit}"' in client.get(page).content.decode()
    saved = client.post(edit, {"change": "Fewer themes."}, follow=True)
    assert (saved.redirect_chain[0][0], saved.status_code) == (page, 200)
    assert "Fewer themes." in saved.content.decode()


def test_a_portfolio_looks_back_once_a_cycle(bound: World, cycle: Cycle) -> None:
    access, portfolio = bound.access("admin"), bound.portfolio
    learning.look_back_on_portfolio(access, portfolio, cycle, keep="x")
    with refused("__all__"):
        learning.look_back_on_portfolio(access, portfolio, cycle, keep="y")


def test_a_contributor_does_not_speak_for_the_portfolio(bound: World, cycle: Cycle) -> None:
    with pytest.raises(PermissionDenied):
        learning.look_back_on_portfolio(bound.access("viewer"), bound.portfolio, cycle, keep="x")
    assert not PortfolioRetrospective.objects.exists()


# --- What is still missing --------------------------------------------------------------------
def test_the_closing_page_lists_what_nobody_looked_back_on(
    as_admin: Browser, objective: Objective
) -> None:
    ObjectiveRetrospectiveFactory.create(
        objective=an_objective(as_admin.world, cycle=objective.cycle)
    )
    page = as_admin.get("close-cycle", objective.cycle_id)
    assert page.context["silent"] == [objective]


def test_the_closing_page_asks_the_same_questions_for_many_objectives(
    as_admin: Browser, objective: Objective
) -> None:
    as_admin.get("close-cycle", objective.cycle_id)
    counts = []
    for size in (1, 3, 50):
        while Objective.objects.filter(cycle=objective.cycle_id).count() < size:
            an_objective(as_admin.world, cycle=objective.cycle)
        with CaptureQueriesContext(connection) as asked:
            as_admin.get("close-cycle", objective.cycle_id)
        counts.append(len(asked))
    assert len(set(counts)) == 1


def test_a_portfolio_that_wrote_says_who(bound: World, cycle: Cycle) -> None:
    learning.look_back_on_portfolio(bound.access("admin"), bound.portfolio, cycle, keep="x")
    [line] = [
        line
        for line in portfolio_lines(bound.access("viewer"), cycle)
        if line.portfolio == bound.portfolio
    ]
    assert line.written is not None
    assert line.written.author == bound["admin"]


def test_a_draft_asks_for_no_retrospective(bound: World, cycle: Cycle) -> None:
    an_objective(bound, cycle=cycle, state="draft")
    assert list(not_looked_back_on(bound.access("admin"), cycle)) == []
