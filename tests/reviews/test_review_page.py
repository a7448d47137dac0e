"""The page of a review: its evidence in a bounded number of statements, and who sees what."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.fields import new_id
from accounts.tenancy import tenant
from governance.models import SignalTouch
from okrs.choices import CommitmentState, DependencyState, ObjectiveState
from okrs.models import (
    Commitment,
    CommittedTeam,
    Cycle,
    Dependency,
    KeyResult,
    Objective,
    ObjectiveMove,
    ScorePoint,
    UnitScore,
)
from portfolio.models import Portfolio, Product, ProductPlacement, Team, TeamProduct, Theme
from reviews.actions import reviews as actions
from reviews.choices import ReviewState
from reviews.evidence import Evidence, Verdict
from reviews.models import AgendaItem, FollowUp, Review
from reviews.queries.evidence import evidence_of
from tests.factories.funding import BudgetFactory
from tests.factories.governance import RiskFactory, SignalFactory
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory
from tests.factories.portfolio import PortfolioFactory, ProductFactory, ProductPlacementFactory
from tests.factories.reviews import AgendaItemFactory, FollowUpFactory, ReviewFactory
from tests.personas import World

REVIEW_QUERIES = 47
CLOSED_QUERIES = 12
POLL_QUERIES = 13
LIST_QUERIES = 10


def url(name: str, *args: object) -> str:
    return reverse(f"reviews:{name}", args=["acme", *args])


def text(response: Any) -> str:
    return " ".join(str(response.content.decode()).split())


@pytest.fixture
def lead(acme: World) -> Client:
    return acme.client("lead")


@pytest.fixture
def review(acme: World) -> Review:
    """Planned for today; what moved is counted from the beginning of the cycle, a month ago."""
    with tenant(acme.organization.pk):
        today = timezone.localdate()
        cycle = CycleFactory.create(
            starts_on=today - timedelta(days=30), ends_on=today + timedelta(days=60)
        )
        made: Review = ReviewFactory.create(
            portfolio=Portfolio.objects.get(slug="main"), cycle=cycle, facilitator=acme["lead"]
        )
    return made


def evidence(world: World, review: Review, persona: str = "viewer") -> Evidence:
    with tenant(world.organization.pk):
        return evidence_of(world.access(persona), Review.objects.get(pk=review.pk))


def goal_of(review: Review, **fields: Any) -> Objective:
    made: Objective = ObjectiveFactory.create(
        **{
            "product": Product.objects.get(slug="product"),
            "cycle": review.cycle,
            "state": ObjectiveState.COMMITTED,
            **fields,
        }
    )
    return made


def own_goal(review: Review, **fields: Any) -> Objective:
    return goal_of(review, product=None, portfolio=review.portfolio, **fields)


# --- On track ---------------------------------------------------------------------------------
def test_key_results_of_the_portfolio_are_shown_with_their_colours(
    acme: World, review: Review
) -> None:
    with tenant(acme.organization.pk):
        made = KeyResultFactory.create(objective=own_goal(review), title="Ours")
        KeyResult.objects.filter(pk=made.pk).update(
            pace="at-risk", outdated_from=timezone.now() + timedelta(days=3)
        )
        KeyResultFactory.create(objective=goal_of(review), title="A product's")
    assert [(line.title, line.pace) for line in evidence(acme, review).on_track.own] == [
        ("Ours", "at-risk")
    ]


def test_movers_are_counted_from_the_last_review_of_the_unit(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        key_result = KeyResultFactory.create(objective=goal_of(review), title="It moves")
        now = timezone.now()
        for days, score in ((20, "0.1"), (9, "0.4")):
            ScorePoint.objects.create(
                key_result=key_result, at=now - timedelta(days=days), score=Decimal(score)
            )
        KeyResult.objects.filter(pk=key_result.pk).update(score=Decimal("0.6"), scored_at=now)
        ReviewFactory.create(
            portfolio=review.portfolio,
            cycle=review.cycle,
            held_on=review.held_on - timedelta(days=7),
            state=ReviewState.CLOSED,
            started_at=now - timedelta(days=7),
            closed_at=now - timedelta(days=7),
            closed_by=acme["lead"],
        )
    (line,) = evidence(acme, review).on_track.moved
    assert (line.before, line.change) == (Decimal("0.4"), Decimal("0.2"))


# --- Dependencies -----------------------------------------------------------------------------
def test_promises_around_the_portfolio_are_judged(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        needer = KeyResultFactory.create(objective=goal_of(review))
        Dependency.objects.create(
            title="Late one", needer_key_result=needer, needer_owner=acme["lead"],
            provider_product=ProductFactory.create(), state=DependencyState.ACCEPTED,
            needed_by=review.held_on + timedelta(days=1),
            promised_by=review.held_on + timedelta(days=9),
        )  # fmt: skip
        Dependency.objects.create(
            title="Elsewhere", needer_owner=acme["lead"],
            needer_key_result=KeyResultFactory.create(
                objective=goal_of(review, product=ProductFactory.create())
            ),
            provider_product=ProductFactory.create(), needed_by=review.held_on,
        )  # fmt: skip
    found = evidence(acme, review).dependencies.lines
    assert [(line.title, line.verdict) for line in found] == [("Late one", Verdict.LATE)]


# --- Reallocate -------------------------------------------------------------------------------
def test_a_product_whose_team_is_wanted_beyond_its_weeks_is_under_resourced(
    acme: World, review: Review
) -> None:
    with tenant(acme.organization.pk):
        Team.objects.filter(slug="team").update(capacity=Decimal(4))
        commitment = Commitment.objects.create(
            objective=goal_of(review), state=CommitmentState.STANDING, made_by=acme["lead"]
        )
        CommittedTeam.objects.create(
            commitment=commitment, team=Team.objects.get(slug="team"), people_weeks=Decimal(90)
        )
    found = evidence(acme, review).reallocate
    assert [line.title for line in found.under] == ["Acme product"]
    assert [line.title for line in found.teams] == ["Acme team"]


def test_a_goal_that_nothing_stands_behind_is_an_aspiration(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        own_goal(review, title="A wish")
    assert [(line.title, line.state) for line in evidence(acme, review).reallocate.backing] == [
        ("A wish", "aspiration")
    ]


def test_money_is_shown_with_the_grant_only(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        BudgetFactory.create(
            product=Product.objects.get(slug="product"), amount=Decimal(777000),
            starts_on=review.cycle.starts_on, ends_on=review.cycle.ends_on,
        )  # fmt: skip
    address = url("review", review.pk)
    assert "777" in text(acme.client("admin").get(address))
    assert "777" not in text(acme.client("facilitator").get(address))
    assert evidence(acme, review, "facilitator").money is None


# --- Strategy ---------------------------------------------------------------------------------
def test_an_objective_that_was_called_obsolete_is_told_with_its_reason(
    acme: World, review: Review
) -> None:
    with tenant(acme.organization.pk):
        goal = goal_of(review, title="Fax support", state=ObjectiveState.OBSOLETE)
        ObjectiveMove.objects.create(
            objective=goal, from_state="committed", to_state="obsolete", reason="Nobody faxes",
            actor=acme["lead"],
        )  # fmt: skip
    (line,) = evidence(acme, review).strategy.given_up
    assert (line.title, line.reason) == ("Fax support", "Nobody faxes")


def test_signals_about_the_unit_or_about_nothing_in_particular_are_shown(
    acme: World, review: Review
) -> None:
    with tenant(acme.organization.pk):
        SignalFactory.create(title="About all of us")
        ours = SignalFactory.create(title="About our product")
        SignalTouch.objects.create(signal=ours, product=Product.objects.get(slug="product"))
        other = SignalFactory.create(title="About another")
        SignalTouch.objects.create(signal=other, product=ProductFactory.create())
    found = evidence(acme, review).strategy.signals
    assert {line.title for line in found} == {"About all of us", "About our product"}


def test_a_theme_without_movement_stands_still(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        dates = {"starts_on": review.cycle.starts_on, "ends_on": review.cycle.ends_on}
        theme = Theme.objects.create(portfolio=review.portfolio, name="Peak", **dates)
        Theme.objects.create(portfolio=review.portfolio, name="Still", **dates)
        goal = own_goal(review, theme=theme)
        Objective.objects.filter(pk=goal.pk).update(score=Decimal("0.2"))
    found = evidence(acme, review).strategy.themes
    assert [(line.title, line.stands_still) for line in found] == [("Peak", False), ("Still", True)]


def test_high_risks_are_shown_and_low_ones_are_not(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        RiskFactory.create(objective=goal_of(review), title="High", likelihood=5, impact=4)
        RiskFactory.create(objective=goal_of(review), title="Low", likelihood=1, impact=2)
    assert [line.title for line in evidence(acme, review).strategy.risks] == ["High"]


# --- Privacy ----------------------------------------------------------------------------------
@pytest.mark.parametrize("closes", [False, True])
def test_goals_of_a_private_home_stay_private_in_the_review_of_another_portfolio(
    acme: World, review: Review, *, closes: bool
) -> None:
    with tenant(acme.organization.pk, actor_id=acme["lead"].pk, request_id="test"):
        product = ProductFactory.create(name="Secret")
        ProductPlacementFactory.create(
            product=product, portfolio=PortfolioFactory.create(is_private=True), is_home=True
        )
        ProductPlacementFactory.create(product=product, portfolio=review.portfolio, is_home=False)
        made = KeyResultFactory.create(objective=goal_of(review, product=product), title="Hush")
        KeyResult.objects.filter(pk=made.pk).update(pace="behind", pace_gap=30)
        if closes:
            actions.start_review(acme.access("admin"), review, expected_version=None)
            actions.close_review(acme.access("admin"), review, expected_version=None)
    for persona, seen in (("admin", True), ("viewer", False)):
        page = text(acme.client(persona).get(url("review", review.pk)))
        assert ("Hush" in page, "Secret" in page) == (seen, seen), persona


def test_the_review_of_a_private_portfolio_is_not_there_for_others(acme: World) -> None:
    with tenant(acme.organization.pk):
        hidden = ReviewFactory.create(portfolio=PortfolioFactory.create(is_private=True))
    assert acme.client("viewer").get(url("review", hidden.pk)).status_code == 404


# --- The page ---------------------------------------------------------------------------------
def test_without_goals_the_page_says_what_will_show_up(lead: Client, review: Review) -> None:
    page = text(lead.get(url("review", review.pk)))
    assert "No goal counts yet" in page
    assert "Nobody waits for anybody" in page


def test_who_only_reads_sees_no_button(acme: World, review: Review) -> None:
    page = text(acme.client("viewer").get(url("review", review.pk)))
    assert url("start-review", review.pk) not in page
    assert url("add-follow-up", review.pk) not in page


def test_two_notes_at_once_are_shown_beside_each_other(
    acme: World, lead: Client, review: Review
) -> None:
    with tenant(acme.organization.pk):
        item = AgendaItemFactory.create(review=review)
    address = url("note-item", item.pk)
    lead.post(address, {"note": "First", "version": 1})
    answer = acme.client("facilitator").post(address, {"note": "Second", "version": 1})
    assert answer.status_code == 409
    assert "First" in text(answer)
    assert "Second" in text(answer)
    with tenant(acme.organization.pk):
        assert AgendaItem.objects.get().note == "First"


def test_closing_asks_for_a_summary_and_keeps_it(acme: World, lead: Client, review: Review) -> None:
    lead.post(url("start-review", review.pk))
    answer = lead.post(url("close-review", review.pk), {"summary": "We stay", "version": 2})
    assert answer.status_code == 302
    assert "We stay" in text(acme.client("viewer").get(url("review", review.pk)))


def test_a_second_close_of_the_page_is_refused_with_its_reason(
    lead: Client, review: Review
) -> None:
    lead.post(url("start-review", review.pk))
    body = {"summary": "", "version": 2}
    lead.post(url("close-review", review.pk), body)
    answer = lead.post(url("close-review", review.pk), body)
    assert answer.status_code == 422
    assert "Acme lead closed this review" in text(answer)


def test_a_poll_without_news_costs_no_page(lead: Client, review: Review) -> None:
    address, asks = url("review", review.pk), {"HX-Request": "true"}
    tag = lead.get(address, headers=asks).headers["ETag"]
    assert lead.get(address, headers={**asks, "If-None-Match": tag}).status_code == 304


def test_somebody_elses_follow_up_shows_up_in_the_next_poll(
    acme: World, lead: Client, review: Review
) -> None:
    address, asks = url("review", review.pk), {"HX-Request": "true"}
    tag = lead.get(address, headers=asks).headers["ETag"]
    body = {"text": "Ring them up", "owner": acme["viewer"].pk, "due_on": "2099-01-01"}
    acme.client("facilitator").post(url("add-follow-up", review.pk), body)
    answer = lead.get(address, headers={**asks, "If-None-Match": tag})
    assert "Ring them up" in text(answer)


def test_words_of_a_note_are_shown_as_words(acme: World, lead: Client, review: Review) -> None:
    with tenant(acme.organization.pk):
        AgendaItemFactory.create(review=review, note="<script>alert(1)</script>")
    page = text(lead.get(url("review", review.pk)))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_follow_up_stands_on_home_with_its_review(
    acme: World, review: Review, lead: Client
) -> None:
    with tenant(acme.organization.pk):
        FollowUpFactory.create(review=review, owner=acme["viewer"], text="Ring them up")
    home = reverse("okrs:home", args=["acme"])
    assert "Ring them up" in text(acme.client("viewer").get(home))
    assert "Ring them up" not in text(lead.get(home))


def test_a_follow_up_is_done_with_one_button(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        task = FollowUpFactory.create(review=review, owner=acme["viewer"])
    acme.client("viewer").post(url("finish-follow-up", task.pk))
    with tenant(acme.organization.pk):
        assert FollowUp.objects.get().done_by == acme["viewer"]


def test_the_csv_has_a_line_for_each_record_with_its_address(
    acme: World, lead: Client, review: Review
) -> None:
    with tenant(acme.organization.pk):
        key_result = KeyResultFactory.create(objective=own_goal(review), title="=Ours")
    lines = lead.get(url("review-csv", review.pk)).content.decode().splitlines()
    (line,) = [line for line in lines if "Own key results" in line]
    assert "'=Ours" in line
    assert reverse("okrs:key-result", args=["acme", key_result.pk]) in line


def test_the_saved_pack_is_named_by_its_day(lead: Client, review: Review) -> None:
    title, _, _ = text(lead.get(url("pack", review.pk))).partition("</title>")
    assert f", {review.held_on.day} {review.held_on:%b %Y} ·" in title


def test_the_pack_names_organisation_unit_day_and_how_fresh_its_numbers_are(
    lead: Client, review: Review
) -> None:
    page = text(lead.get(url("pack", review.pk)))
    for words in ("Acme", "Acme portfolio: portfolio review", "the review is not closed yet"):
        assert words in page


def test_a_review_is_suggested_two_weeks_after_the_last(lead: Client, review: Review) -> None:
    form = lead.get(f"{url('create-review')}?unit={review.portfolio_id}").context["form"]
    assert form["held_on"].value() == review.held_on + timedelta(days=14)
    assert form["unit"].value() == str(review.portfolio_id)


# --- Queries ----------------------------------------------------------------------------------
def fill(world: World, review: Review, products: int, key_results: int) -> None:
    """A portfolio of products with a team each, as many key results in all, made set by set."""
    lead, portfolio, cycle = world["lead"], review.portfolio, review.cycle
    pattern = KeyResultFactory.create(objective=goal_of(review))
    tier, metric = pattern.objective.tier, pattern.metric
    made = Product.objects.bulk_create(
        Product(name=f"Product {n}", slug=f"p-{n}") for n in range(products)
    )
    teams = Team.objects.bulk_create(
        Team(name=f"Team {n}", slug=f"t-{n}", capacity=8) for n in range(products)
    )
    pairs = list(zip(made, teams, strict=True))
    ProductPlacement.objects.bulk_create(
        ProductPlacement(product=product, portfolio=portfolio, is_home=True) for product in made
    )
    TeamProduct.objects.bulk_create(TeamProduct(product=p, team=t) for p, t in pairs)
    theme = Theme.objects.create(
        portfolio=portfolio, name="T", starts_on=cycle.starts_on, ends_on=cycle.ends_on
    )
    goals = Objective.objects.bulk_create(
        Objective(
            title=f"Goal of {p}", tier=tier, cycle=cycle, product=p, owner=lead, theme=theme,
            state=ObjectiveState.COMMITTED,
        )
        for p in made
    )  # fmt: skip
    goals += Objective.objects.bulk_create(
        [
            Objective(
                title="Goal of all", tier=tier, cycle=cycle, portfolio=portfolio, owner=lead,
                state=ObjectiveState.COMMITTED,
            )
        ]
    )  # fmt: skip
    now = timezone.now()
    results = KeyResult.objects.bulk_create(
        KeyResult(
            objective=goals[n % len(goals)], title=f"Result {n}", metric=metric, owner=lead,
            target=100, baseline=0, score=Decimal("0.3"), scored_at=now, pace="behind",
            pace_gap=n % 60,
        )
        for n in range(key_results)
    )  # fmt: skip
    ScorePoint.objects.bulk_create(
        ScorePoint(key_result=row, at=now - timedelta(days=40), score=Decimal("0.1"))
        for row in results
    )
    UnitScore.objects.bulk_create(
        UnitScore(cycle=cycle, tier=tier, product=p, score=Decimal("0.3"), key_results=20)
        for p in made
    )
    Dependency.objects.bulk_create(
        Dependency(
            title=f"Need {n}", needer_key_result=row, needer_owner=lead, needed_by=review.held_on,
            provider_product=made[n % products],
        )
        for n, row in enumerate(results[:products])
    )  # fmt: skip
    commitments = Commitment.objects.bulk_create(
        Commitment(objective=goal, state=CommitmentState.STANDING, made_by=lead)
        for goal in goals[:products]
    )
    CommittedTeam.objects.bulk_create(
        CommittedTeam(commitment=commitment, team=team, people_weeks=90)
        for commitment, team in zip(commitments, teams, strict=True)
    )
    for product in made[:5]:
        SignalTouch.objects.create(id=new_id(), signal=SignalFactory.create(), product=product)
        RiskFactory.create(objective=None, product=product)
        BudgetFactory.create(
            product=product, starts_on=cycle.starts_on, ends_on=cycle.ends_on, amount=1000
        )
    AgendaItemFactory.create_batch(6, review=review)
    FollowUpFactory.create_batch(6, review=review, owner=lead)


SIZES = pytest.mark.parametrize(("products", "key_results"), [(1, 3), (3, 20), (50, 1000)])


@SIZES
def test_the_page_of_a_review_costs_the_same_for_any_number_of_products_and_key_results(
    products: int, key_results: int, acme: World, review: Review, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        fill(acme, review, products, key_results)
        assert Cycle.objects.count() == 1
    client, address = acme.client("admin"), url("review", review.pk)
    client.get(address)
    with django_assert_num_queries(REVIEW_QUERIES):
        page = text(client.get(address))
    assert "Goal of all" in page


def test_a_closed_review_reads_its_snapshot_only(
    acme: World, review: Review, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk, actor_id=acme["lead"].pk, request_id="test"):
        fill(acme, review, 20, 100)
        actions.start_review(acme.access("lead"), review, expected_version=None)
        actions.close_review(acme.access("lead"), review, expected_version=None)
    client, address = acme.client("viewer"), url("review", review.pk)
    client.get(address)
    with django_assert_num_queries(CLOSED_QUERIES):
        client.get(address)


def test_a_poll_reads_the_meeting_only(
    acme: World, review: Review, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        fill(acme, review, 20, 100)
    client, address = acme.client("viewer"), url("review", review.pk)
    client.get(address)
    with django_assert_num_queries(POLL_QUERIES):
        client.get(address, headers={"HX-Request": "true"})


@pytest.mark.parametrize("page", ["reviews", "follow-ups"])
@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_list_costs_the_same_for_any_number(
    rows: int, page: str, acme: World, review: Review, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        for _ in range(rows):
            made = ReviewFactory.create(portfolio=review.portfolio, cycle=review.cycle)
            FollowUpFactory.create(review=made)
    client = acme.client("viewer")
    client.get(url(page))
    with django_assert_num_queries(LIST_QUERIES):
        client.get(url(page))
