"""The negotiation board: proposals side by side, and what the system finds wrong with the plan."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.queries import latest_changes
from okrs.choices import (
    CommitmentState,
    ContributionMode,
    CycleState,
    DependencyState,
    KeyResultSource,
    LinkState,
    ObjectiveState,
    TierKind,
)
from okrs.models import CommittedTeam, KeyResult, Objective
from okrs.queries.team_loads import team_loads
from portfolio.models import Portfolio, Product, Team
from reviews.findings import Finding, Kind, Proof, chapters
from reviews.models import PlanningRound
from reviews.queries.board import Board, board_of
from reviews.queries.findings import findings_of
from tests.factories.okrs import (
    ContributionFactory,
    CycleFactory,
    DependencyFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.factories.portfolio import ProductFactory, ProductPlacementFactory, TeamFactory
from tests.factories.promises import CommitmentFactory
from tests.factories.reviews import PlanningRoundFactory
from tests.personas import World

S = ObjectiveState
BOARD_QUERIES = 20
FIRST, LAST = date(2027, 1, 1), date(2027, 3, 31)


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


@pytest.fixture
def planning(bound: World) -> PlanningRound:
    cycle = CycleFactory.create(state=CycleState.PLANNED, starts_on=FIRST, ends_on=LAST)
    made: PlanningRound = PlanningRoundFactory.create(
        portfolio=Portfolio.objects.get(slug="main"), cycle=cycle
    )
    return made


def own_product() -> Product:
    return Product.objects.get(slug="product")


def a_goal(planning: PlanningRound, title: str = "Shops stay", **fields: Any) -> Objective:
    made: Objective = ObjectiveFactory.create(
        title=title,
        tier=TierFactory.create(kind=TierKind.PORTFOLIO),
        product=None,
        portfolio=planning.portfolio,
        cycle=planning.cycle,
        **{"state": S.ACCEPTED, **fields},
    )
    return made


def a_proposal(planning: PlanningRound, title: str = "Quick checkout", **fields: Any) -> Objective:
    given = {"product": own_product(), "state": S.PROPOSED, **fields}
    made: Objective = ObjectiveFactory.create(title=title, cycle=planning.cycle, **given)
    return made


def another_product(planning: PlanningRound, name: str = "Wallet") -> Product:
    product: Product = ProductFactory.create(name=name)
    ProductPlacementFactory.create(product=product, portfolio=planning.portfolio, is_home=True)
    return product


def board(world: World, planning: PlanningRound, persona: str = "lead") -> Board:
    return board_of(world.access(persona), planning)


def found(world: World, planning: PlanningRound, kind: Kind) -> list[Finding]:
    every = findings_of(world.access("lead"), board(world, planning))
    return [finding for finding in every if finding.kind == kind]


def said(world: World, planning: PlanningRound, kind: Kind) -> list[str]:
    return [finding.title for finding in found(world, planning, kind)]


# --- Side by side -----------------------------------------------------------------------------
def test_a_cell_holds_what_a_product_offers_to_a_goal(
    bound: World, planning: PlanningRound
) -> None:
    goal, proposal = a_goal(planning), a_proposal(planning)
    ObjectiveAlignmentFactory.create(child=proposal, parent=goal)
    [offer] = board(bound, planning).cell(goal.pk, own_product().pk)
    assert (offer.proposal.title, offer.words, offer.state) == (
        "Quick checkout",
        "contributes",
        LinkState.PROPOSED,
    )


def test_an_amount_is_offered_in_the_unit_of_the_goal(
    bound: World, planning: PlanningRound
) -> None:
    parent = KeyResultFactory.create(objective=a_goal(planning), title="Revenue")
    child = KeyResultFactory.create(objective=a_proposal(planning), metric=parent.metric)
    ContributionFactory.create(child=child, parent=parent, amount=Decimal(20))
    [offer] = board(bound, planning).cell(parent.objective_id, own_product().pk)
    assert offer.words.startswith("20")
    assert offer.words.endswith("towards Revenue")


def test_a_proposal_that_serves_nothing_here_is_listed_apart(
    bound: World, planning: PlanningRound
) -> None:
    a_proposal(planning)
    [alone] = board(bound, planning).unaligned[own_product().pk]
    assert alone.title == "Quick checkout"


def test_a_withdrawn_link_is_no_offer(bound: World, planning: PlanningRound) -> None:
    goal, proposal = a_goal(planning), a_proposal(planning)
    ObjectiveAlignmentFactory.create(child=proposal, parent=goal, state=LinkState.WITHDRAWN)
    assert board(bound, planning).cell(goal.pk, own_product().pk) == ()


@pytest.mark.parametrize("state", [S.DECLINED, S.DEFERRED, S.WITHDRAWN])
def test_what_was_set_aside_is_off_the_table(
    bound: World, planning: PlanningRound, state: str
) -> None:
    a_proposal(planning, state=state)
    assert board(bound, planning).proposals == {}


def test_products_of_other_portfolios_are_not_on_the_board(
    bound: World, planning: PlanningRound
) -> None:
    a_proposal(planning, product=ProductFactory.create())
    assert board(bound, planning).proposals == {}


def test_the_board_turns_without_losing_a_cell(bound: World, planning: PlanningRound) -> None:
    goal, proposal = a_goal(planning), a_proposal(planning)
    ObjectiveAlignmentFactory.create(child=proposal, parent=goal)
    found_board = board(bound, planning)
    assert found_board.rows_by_goal()[0][1] == found_board.rows_by_product()[0][1]


# --- Gaps and shortfalls ----------------------------------------------------------------------
def summed(goal: Objective, **fields: Any) -> KeyResult:
    made: KeyResult = KeyResultFactory.create(
        objective=goal,
        title="Revenue",
        source=KeyResultSource.CONTRIBUTIONS,
        contribution_mode=ContributionMode.SUM,
        **fields,
    )
    return made


def test_a_goal_that_nobody_serves_is_a_gap(bound: World, planning: PlanningRound) -> None:
    a_goal(planning)
    assert said(bound, planning, Kind.GAP) == ["Nobody serves “Shops stay”"]


def test_a_served_goal_is_no_gap(bound: World, planning: PlanningRound) -> None:
    ObjectiveAlignmentFactory.create(child=a_proposal(planning), parent=a_goal(planning))
    assert said(bound, planning, Kind.GAP) == []


def test_a_key_result_that_nobody_adds_to_is_a_gap_below_a_served_goal(
    bound: World, planning: PlanningRound
) -> None:
    goal = a_goal(planning)
    summed(goal)
    ObjectiveAlignmentFactory.create(child=a_proposal(planning), parent=goal)
    assert said(bound, planning, Kind.GAP) == ["Nobody adds to “Revenue”"]


def contribute(parent: KeyResult, planning: PlanningRound, amount: int, state: str) -> None:
    child = KeyResultFactory.create(objective=a_proposal(planning), metric=parent.metric)
    ContributionFactory.create(child=child, parent=parent, amount=Decimal(amount), state=state)


def test_what_is_agreed_below_the_target_is_a_shortfall(
    bound: World, planning: PlanningRound
) -> None:
    parent = summed(a_goal(planning))
    contribute(parent, planning, 60, LinkState.AGREED)
    [finding] = found(bound, planning, Kind.SHORTFALL)
    assert finding.title.startswith("“Revenue” misses 40")
    assert [proof.id for proof in finding.proofs] == [parent.pk]


def test_offers_that_would_fill_the_gap_are_told(bound: World, planning: PlanningRound) -> None:
    parent = summed(a_goal(planning))
    contribute(parent, planning, 60, LinkState.AGREED)
    contribute(parent, planning, 40, LinkState.PROPOSED)
    [finding] = found(bound, planning, Kind.SHORTFALL)
    assert finding.proofs[0].words == "then nothing once all that is on offer is agreed"


def test_a_target_that_is_reached_is_no_shortfall(bound: World, planning: PlanningRound) -> None:
    contribute(summed(a_goal(planning)), planning, 100, LinkState.AGREED)
    assert said(bound, planning, Kind.SHORTFALL) == []


# --- Over-asked teams -------------------------------------------------------------------------
def ask(objective: Objective, team: Team, weeks: str, **fields: Any) -> CommittedTeam:
    state = fields.pop("state", CommitmentState.DRAFT)
    commitment = CommitmentFactory.create(objective=objective, state=state)
    return CommittedTeam.objects.create(
        commitment=commitment, team=team, people_weeks=Decimal(weeks), **fields
    )


def test_two_products_that_want_one_team_are_told_before_the_quarter(
    bound: World, planning: PlanningRound
) -> None:
    platform = TeamFactory.create(name="Platform", capacity=Decimal(10))
    one = a_proposal(planning, "Quick checkout")
    other = a_proposal(planning, "Fewer refunds", product=another_product(planning))
    for objective, weeks in ((one, "8"), (other, "6")):
        ask(objective, platform, weeks, starts_on=date(2027, 2, 1), ends_on=date(2027, 2, 28))
    [finding] = found(bound, planning, Kind.OVER_ASKED)
    assert finding.title == "Platform: 14.0 people-weeks are wanted in February, 10.0 are there"
    assert [(proof.id, proof.words) for proof in finding.proofs] == [
        (one.pk, "Acme product: 8.0 weeks"),
        (other.pk, "Wallet: 6.0 weeks"),
    ]


def test_a_promise_that_a_proposal_waits_for_proves_what_is_wanted_of_a_team(
    bound: World, planning: PlanningRound
) -> None:
    platform = TeamFactory.create(name="Platform", capacity=Decimal(10))
    proposal = a_proposal(planning, "Quick checkout")
    ask(proposal, platform, "8", starts_on=date(2027, 1, 1), ends_on=date(2027, 1, 31))
    need = DependencyFactory.create(
        title="An event stream",
        needer_key_result=KeyResultFactory.create(objective=proposal),
        provider_product=None,
        provider_team=platform,
        people_weeks=Decimal(6),
        needed_by=date(2027, 1, 31),
    )
    [finding] = found(bound, planning, Kind.OVER_ASKED)
    assert finding.title == "Platform: 14.0 people-weeks are wanted in January, 10.0 are there"
    assert [(proof.page, proof.id, proof.words) for proof in finding.proofs] == [
        ("okrs:objective", proposal.pk, "Acme product: 8.0 weeks"),
        ("okrs:dependency", need.pk, "Acme product: 6.0 weeks"),
    ]
    assert finding.proposals == {proposal.pk}


def test_a_team_with_room_for_all_is_not_over_asked(bound: World, planning: PlanningRound) -> None:
    platform = TeamFactory.create(capacity=Decimal(10))
    ask(a_proposal(planning), platform, "29")
    assert said(bound, planning, Kind.OVER_ASKED) == []


def test_a_released_commitment_asks_for_nothing(bound: World, planning: PlanningRound) -> None:
    ask(
        a_proposal(planning),
        TeamFactory.create(capacity=Decimal(1)),
        "90",
        state=CommitmentState.RELEASED,
    )
    assert team_loads(bound.access("lead"), planning.cycle) == []


def test_a_declined_proposal_asks_for_nothing(bound: World, planning: PlanningRound) -> None:
    ask(a_proposal(planning, state=S.DECLINED), TeamFactory.create(capacity=Decimal(1)), "90")
    assert team_loads(bound.access("lead"), planning.cycle) == []


def test_a_standing_commitment_is_a_promise(bound: World, planning: PlanningRound) -> None:
    platform = TeamFactory.create(capacity=Decimal(10))
    ask(a_proposal(planning), platform, "9", state=CommitmentState.STANDING)
    [load] = team_loads(bound.access("lead"), planning.cycle)
    assert sum(month.promised for month in load.months) == 9


def test_an_ask_of_a_hidden_goal_counts_but_is_not_named(
    bound: World, planning: PlanningRound
) -> None:
    platform = TeamFactory.create(capacity=Decimal(1))
    ask(a_proposal(planning), platform, "90")
    Portfolio.objects.update(is_private=True)
    [load] = team_loads(bound.access("bystander"), planning.cycle)
    assert load.is_over_asked
    assert load.asks == {}


# --- Dependencies -----------------------------------------------------------------------------
def needed(planning: PlanningRound, **fields: Any) -> None:
    key_result = KeyResultFactory.create(objective=a_proposal(planning))
    DependencyFactory.create(
        title="A sandbox", needer_key_result=key_result, needed_by=date(2027, 2, 1), **fields
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": DependencyState.ASKED}, "was not answered"),
        ({"state": DependencyState.COUNTERED}, "was countered and not answered"),
        ({"state": DependencyState.DECLINED}, "was turned down"),
        ({"state": DependencyState.BROKEN}, "was promised and broken"),
        (
            {"state": DependencyState.ACCEPTED, "promised_by": date(2027, 2, 8)},
            "is promised for 8 Feb 2027, needed by 1 Feb 2027",
        ),
    ],
    ids=["asked", "countered", "declined", "broken", "late"],
)
def test_a_promise_that_does_not_hold_is_told(
    bound: World, planning: PlanningRound, fields: dict[str, Any], words: str
) -> None:
    needed(planning, **fields)
    assert said(bound, planning, Kind.DEPENDENCY) == [f"“A sandbox” {words}"]


def test_a_promise_in_time_is_not_told(bound: World, planning: PlanningRound) -> None:
    needed(planning, state=DependencyState.ACCEPTED, promised_by=date(2027, 2, 1))
    assert said(bound, planning, Kind.DEPENDENCY) == []


# --- Duplicates, overload, aspirations, cadence -----------------------------------------------
def test_two_products_that_propose_the_same_are_told_once(
    bound: World, planning: PlanningRound
) -> None:
    one = a_proposal(planning, "Customers find what they need at once")
    other = a_proposal(
        planning, "Customers at once find what they need", product=another_product(planning)
    )
    [finding] = found(bound, planning, Kind.DUPLICATE)
    assert {proof.id for proof in finding.proofs} == {one.pk, other.pk}


def test_one_product_does_not_duplicate_itself(bound: World, planning: PlanningRound) -> None:
    a_proposal(planning, "Customers find what they need")
    a_proposal(planning, "Customers find what they need")
    assert said(bound, planning, Kind.DUPLICATE) == []


@pytest.mark.parametrize(("count", "is_told"), [(5, False), (6, True)])
def test_a_product_with_too_many_goals_is_told(
    bound: World, planning: PlanningRound, count: int, is_told: bool
) -> None:
    for number in range(count):
        a_proposal(planning, f"Proposal {number}")
    assert bool(said(bound, planning, Kind.OVERLOAD)) is is_told


def test_a_goal_without_people_or_money_is_an_aspiration(
    bound: World, planning: PlanningRound
) -> None:
    a_goal(planning)
    assert said(bound, planning, Kind.ASPIRATION) == ["“Shops stay” is an aspiration"]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": CommitmentState.STANDING},
        {"state": CommitmentState.CONDITIONAL, "conditional_at": timezone.now()},
    ],
    ids=["standing", "conditional"],
)
def test_a_backed_goal_is_no_aspiration(
    bound: World, planning: PlanningRound, fields: dict[str, Any]
) -> None:
    CommitmentFactory.create(objective=a_goal(planning), **fields)
    assert said(bound, planning, Kind.ASPIRATION) == []


def test_a_draft_of_a_commitment_backs_nothing(bound: World, planning: PlanningRound) -> None:
    CommitmentFactory.create(objective=a_goal(planning), state=CommitmentState.DRAFT)
    assert said(bound, planning, Kind.ASPIRATION) == ["“Shops stay” is an aspiration"]


@pytest.mark.parametrize(("cadence", "is_told"), [("quarterly", True), ("monthly", False)])
def test_a_product_that_reports_too_rarely_is_told(
    bound: World, planning: PlanningRound, cadence: str, is_told: bool
) -> None:
    Product.objects.filter(slug="product").update(cadence=cadence)
    ObjectiveAlignmentFactory.create(child=a_proposal(planning), parent=a_goal(planning))
    assert bool(said(bound, planning, Kind.CADENCE)) is is_told


# --- In order ---------------------------------------------------------------------------------
def finding(kind: Kind, title: str, weight: float = 0) -> Finding:
    return Finding(kind, title, [Proof("page", timezone.now(), title)], weight=weight)  # type: ignore[arg-type]


def test_the_gravest_kind_comes_first_and_the_largest_within_it() -> None:
    told = chapters(
        [
            finding(Kind.ASPIRATION, "Z"),
            finding(Kind.GAP, "small", 1),
            finding(Kind.GAP, "large", 2),
        ]
    )
    assert [(c.kind, [f.title for f in c.findings]) for c in told] == [
        (Kind.GAP, ["large", "small"]),
        (Kind.ASPIRATION, ["Z"]),
    ]


def test_an_edit_changes_what_a_page_compares(bound: World, planning: PlanningRound) -> None:
    before = latest_changes()
    PlanningRound.objects.filter(pk=planning.pk).update(
        commitment_by=planning.commitment_by + timedelta(days=1)
    )
    assert latest_changes() != before


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_board_costs_the_same_for_any_number_of_proposals(
    bound: World, planning: PlanningRound, rows: int, django_assert_num_queries: Any
) -> None:
    team = TeamFactory.create(capacity=Decimal(1))
    for number in range(rows):
        goal = a_goal(planning, f"Goal {number}")
        contribute(summed(goal), planning, 10, LinkState.AGREED)
        proposal = a_proposal(
            planning, f"Own {number}", product=another_product(planning, f"P{number}")
        )
        ask(proposal, team, "20")
        ObjectiveAlignmentFactory.create(child=proposal, parent=goal)
        needed(planning, state=DependencyState.ASKED)
    access = bound.access("lead")
    with django_assert_num_queries(BOARD_QUERIES):
        findings_of(access, board_of(access, planning))
