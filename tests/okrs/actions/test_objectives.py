"""Setting, moving and judging objectives."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.access import Access, access_of
from accounts.choices import UnitRole
from accounts.tenant_models import StaleVersion
from okrs.actions import objectives as actions
from okrs.choices import (
    DECIDED_ABOVE,
    NEEDS_REASON,
    OBJECTIVE_MOVES,
    CycleState,
    ObjectiveState,
    RollUpMode,
    TierKind,
)
from okrs.models import Objective, ObjectiveMove
from portfolio.models import Portfolio, Team
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import (
    CycleFactory,
    KeyResultFactory,
    TeamObjectiveFactory,
    TierFactory,
)
from tests.factories.portfolio import (
    PortfolioFactory,
    ProductFactory,
    RoleFactory,
    ThemeFactory,
)
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective, product
from tests.personas import World

S = ObjectiveState


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Customers come back",
        "tier": TierFactory.create(),
        "cycle": CycleFactory.create(),
        "product": product(),
        **changes,
    }


# --- Setting ----------------------------------------------------------------------------------
def test_a_new_objective_is_a_draft_of_its_maker(bound: World) -> None:
    made = actions.create_objective(bound.access("contributor"), **fields())
    assert (made.state, made.owner) == (S.DRAFT, bound["contributor"])


def test_an_objective_belongs_to_a_unit_of_its_tiers_kind(bound: World) -> None:
    with refused("portfolio"):
        tier = TierFactory.create(kind=TierKind.PORTFOLIO)
        actions.create_objective(bound.access("admin"), **fields(tier=tier))


def test_an_objective_of_the_organisation_has_no_unit(bound: World) -> None:
    tier = TierFactory.create(kind=TierKind.ORGANIZATION)
    made = actions.create_objective(bound.access("admin"), **fields(tier=tier, product=None))
    assert made.unit_kind == TierKind.ORGANIZATION


def test_an_objective_has_one_owner_unit(bound: World) -> None:
    with refused("__all__"):
        both = fields(portfolio=Portfolio.objects.get(slug="main"))
        objective = Objective(owner=bound["admin"], **both)
        objective.full_clean()


def test_no_objective_is_set_in_a_closed_cycle(bound: World) -> None:
    with refused("cycle"):
        closed = CycleFactory.create(state=CycleState.CLOSED)
        actions.create_objective(bound.access("admin"), **fields(cycle=closed))


def test_a_theme_covers_the_whole_cycle(bound: World) -> None:
    cycle = CycleFactory.create()
    theme = ThemeFactory.create(
        starts_on=cycle.starts_on, ends_on=cycle.ends_on - timedelta(days=1)
    )
    with refused("theme"):
        actions.create_objective(bound.access("admin"), **fields(cycle=cycle, theme=theme))


def test_who_writes_nowhere_on_the_unit_sets_nothing(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_objective(
            bound.access("contributor"), **fields(product=ProductFactory.create())
        )


# --- Changing ---------------------------------------------------------------------------------
def test_a_stale_version_is_refused_with_the_stored_row(bound: World) -> None:
    objective = an_objective(bound, state=S.DRAFT)
    access = bound.access("admin")
    actions.edit_objective(
        access, Objective.objects.get(pk=objective.pk), expected_version=1, title="First"
    )
    with pytest.raises(StaleVersion) as caught:
        actions.edit_objective(access, objective, expected_version=1, title="Second")
    assert str(caught.value.current) == "First"


def test_a_draft_changes_without_a_reason(bound: World) -> None:
    objective = an_objective(bound, state=S.DRAFT)
    changed = actions.edit_objective(
        bound.access("admin"), objective, expected_version=1, title="Better words"
    )
    assert (changed.title, changed.version) == ("Better words", 2)


def test_a_committed_objective_changes_with_a_reason_only(bound: World) -> None:
    with refused("reason"):
        actions.edit_objective(
            bound.access("admin"), an_objective(bound), expected_version=1, title="Other"
        )


def test_a_revision_is_kept_in_the_history(bound: World) -> None:
    objective = an_objective(bound)
    actions.edit_objective(
        bound.access("admin"), objective, expected_version=1, title="Other", reason="Market moved"
    )
    move = ObjectiveMove.objects.get(objective=objective)
    assert (move.from_state, move.to_state, move.reason) == (
        S.COMMITTED,
        S.COMMITTED,
        "Market moved",
    )


def test_nothing_changes_in_a_closed_cycle(bound: World) -> None:
    objective = an_objective(bound, cycle=CycleFactory.create(state=CycleState.CLOSED))
    with refused("detail"):
        actions.edit_objective(
            bound.access("admin"), objective, expected_version=1, title="x", reason="y"
        )


def test_the_accountable_person_may_edit_without_a_role_on_the_unit(bound: World) -> None:
    objective = an_objective(
        bound, owner=bound["contributor"], product=ProductFactory.create(), state=S.DRAFT
    )
    changed = actions.edit_objective(
        bound.access("contributor"), objective, expected_version=1, title="Mine"
    )
    assert changed.title == "Mine"


def test_switching_the_roll_up_scores_anew(bound: World) -> None:
    objective = an_objective(bound, state=S.DRAFT)
    KeyResultFactory.create(objective=objective, score=Decimal("0.2"))
    KeyResultFactory.create(objective=objective, score=Decimal("0.8"))
    actions.edit_objective(
        bound.access("admin"), objective, expected_version=1, roll_up=RollUpMode.WEAKEST
    )
    assert Objective.objects.get(pk=objective.pk).score == Decimal("0.2")


# --- Moving -----------------------------------------------------------------------------------
STEPS = [(before, to) for before in S for to in S]


@pytest.mark.parametrize(("before", "to"), STEPS)
def test_an_objective_moves_along_the_table_and_nowhere_else(
    bound: World, before: str, to: str
) -> None:
    objective = an_objective(bound, state=before)
    KeyResultFactory.create(objective=objective)
    if to in OBJECTIVE_MOVES[before]:
        moved = actions.move_objective(bound.access("admin"), objective, to=to, reason="because")
        assert (moved.state, objective.moves.get().to_state) == (to, to)
    else:
        with refused("state"):
            actions.move_objective(bound.access("admin"), objective, to=to, reason="because")


@pytest.mark.parametrize("to", sorted(NEEDS_REASON))
def test_turning_down_needs_a_reason(bound: World, to: str) -> None:
    before = next(state for state in S if to in OBJECTIVE_MOVES[state])
    objective = an_objective(bound, state=before)
    with refused("reason"):
        actions.move_objective(bound.access("admin"), objective, to=to, reason="  ")


@pytest.mark.parametrize("to", sorted(DECIDED_ABOVE))
def test_a_contributor_does_not_decide(bound: World, to: str) -> None:
    before = next(state for state in S if to in OBJECTIVE_MOVES[state])
    objective = an_objective(bound, state=before, owner=bound["contributor"])
    with pytest.raises(PermissionDenied):
        actions.move_objective(bound.access("contributor"), objective, to=to, reason="because")


def lead_of(**unit: Any) -> Access:
    """What somebody may who leads one unit and nothing else."""
    member = MemberFactory.create()
    RoleFactory.create(member=member, role=UnitRole.LEAD, **unit)
    return access_of(member)


def accept(access: Access, objective: Objective) -> None:
    actions.move_objective(access, objective, to=S.ACCEPTED)


def test_the_home_portfolio_decides_on_the_proposals_of_a_product(bound: World) -> None:
    objective = an_objective(bound, state=S.PROPOSED)
    accept(lead_of(portfolio=Portfolio.objects.get(slug="main")), objective)
    assert objective.state == S.ACCEPTED


def test_a_product_does_not_accept_its_own_proposals(bound: World) -> None:
    objective = an_objective(bound, state=S.PROPOSED)
    with pytest.raises(PermissionDenied):
        accept(lead_of(product=product()), objective)


def test_another_portfolio_does_not_decide(bound: World) -> None:
    objective = an_objective(bound, state=S.PROPOSED)
    with pytest.raises(PermissionDenied):
        accept(lead_of(portfolio=PortfolioFactory.create()), objective)


def test_the_product_decides_on_the_proposals_of_its_team(bound: World) -> None:
    objective = TeamObjectiveFactory.create(
        team=Team.objects.get(slug="team"), state=S.PROPOSED, owner=bound["admin"]
    )
    accept(lead_of(product=product()), objective)
    assert objective.state == S.ACCEPTED


def test_a_team_does_not_accept_its_own_proposals(bound: World) -> None:
    team = Team.objects.get(slug="team")
    objective = TeamObjectiveFactory.create(team=team, state=S.PROPOSED, owner=bound["admin"])
    with pytest.raises(PermissionDenied):
        accept(lead_of(team=team), objective)


def test_who_leads_a_portfolio_decides_on_its_own_goals(bound: World) -> None:
    main = Portfolio.objects.get(slug="main")
    objective = an_objective(bound, product=None, portfolio=main, state=S.PROPOSED)
    accept(lead_of(portfolio=main), objective)
    assert objective.state == S.ACCEPTED


def test_goals_of_the_organisation_are_decided_on_by_those_who_steer_it(bound: World) -> None:
    objective = an_objective(bound, product=None, state=S.PROPOSED)
    with pytest.raises(PermissionDenied):
        accept(bound.access("lead"), objective)
    accept(bound.access("facilitator"), objective)
    assert objective.state == S.ACCEPTED


def test_an_objective_without_key_results_is_not_proposed(bound: World) -> None:
    with refused("state"):
        actions.move_objective(
            bound.access("admin"), an_objective(bound, state=S.DRAFT), to=S.PROPOSED
        )


def test_a_condition_stands_while_it_is_accepted(bound: World) -> None:
    objective = an_objective(bound, state=S.PROPOSED)
    access = bound.access("admin")
    accepted = actions.move_objective(
        access, objective, to=S.ACCEPTED, condition="Legal agrees first"
    )
    committed = actions.move_objective(
        access, Objective.objects.get(pk=objective.pk), to=S.COMMITTED
    )
    assert (accepted.condition, committed.condition) == ("Legal agrees first", "")


# --- Judging ----------------------------------------------------------------------------------
def test_an_assessment_says_what_it_is_based_on(bound: World) -> None:
    with refused("assessment"):
        actions.assess_objective(
            bound.access("admin"), an_objective(bound), score=Decimal("0.5"), assessment=" "
        )


def test_an_assessed_score_outside_its_range_is_refused(bound: World) -> None:
    with refused("__all__"):
        actions.assess_objective(
            bound.access("admin"), an_objective(bound), score=Decimal("1.01"), assessment="great"
        )


def test_an_assessment_stands_beside_the_computed_score(bound: World) -> None:
    key_result = a_key_result(bound, score=Decimal("0.9"))
    objective = key_result.objective
    actions.assess_objective(
        bound.access("admin"), objective, score=Decimal("0.4"), assessment="One country only"
    )
    stored = Objective.objects.get(pk=objective.pk)
    assert (stored.score, stored.assessed_score) == (Decimal("0.9"), Decimal("0.4"))


def test_judged_by_hand_the_assessment_is_the_score(bound: World) -> None:
    objective = an_objective(bound, roll_up=RollUpMode.BY_HAND)
    actions.assess_objective(
        bound.access("admin"), objective, score=Decimal("0.4"), assessment="Seen it"
    )
    assert Objective.objects.get(pk=objective.pk).score == Decimal("0.4")


def test_taking_a_judgement_back_leaves_no_name_behind(bound: World) -> None:
    objective = an_objective(bound)
    access = bound.access("admin")
    actions.assess_objective(access, objective, score=Decimal("0.4"), assessment="Seen it")
    actions.assess_objective(access, objective, score=None, assessment="")
    stored = Objective.objects.get(pk=objective.pk)
    assert (stored.assessed_score, stored.assessed_by, stored.assessed_at) == (None, None, None)


# --- Archiving and co-owners ------------------------------------------------------------------
def test_an_archived_objective_comes_back(bound: World) -> None:
    objective = an_objective(bound)
    access = bound.access("admin")
    actions.archive_objective(access, objective, expected_version=None)
    actions.restore_objective(access, objective, expected_version=None)
    assert Objective.objects.get(pk=objective.pk).archived_at is None


def test_an_objective_of_a_closed_cycle_stays_in_the_lists(bound: World) -> None:
    objective = an_objective(bound, cycle=CycleFactory.create(state=CycleState.CLOSED))
    with refused("detail"):
        actions.archive_objective(bound.access("admin"), objective, expected_version=None)


def test_a_co_owner_is_named_once(bound: World) -> None:
    objective, other = an_objective(bound), ProductFactory.create()
    access = bound.access("admin")
    actions.add_co_owner(access, objective, product=other)
    with refused("__all__"):
        actions.add_co_owner(access, objective, product=other)


def test_people_of_a_co_owner_may_edit(bound: World) -> None:
    objective = an_objective(bound, product=ProductFactory.create(), state=S.DRAFT)
    actions.add_co_owner(bound.access("admin"), objective, product=product())
    changed = actions.edit_objective(
        bound.access("contributor"), objective, expected_version=1, title="Ours"
    )
    assert changed.title == "Ours"


def test_a_removed_co_owner_may_not_edit_any_more(bound: World) -> None:
    objective = an_objective(bound, product=ProductFactory.create(), state=S.DRAFT)
    admin = bound.access("admin")
    actions.remove_co_owner(admin, actions.add_co_owner(admin, objective, product=product()))
    with pytest.raises(PermissionDenied):
        actions.edit_objective(
            bound.access("contributor"), objective, expected_version=1, title="Ours"
        )
