"""The limits of the method: what is found, what it says, and when it blocks."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.limits import (
    METHOD,
    Effect,
    Finding,
    PortfolioLoad,
    Range,
    Rule,
    Stage,
    ThemeLoad,
    blocking,
    check_key_results,
    check_level,
    check_portfolio,
    check_themes,
)

Check = Callable[..., list[Finding]]

stages = st.sampled_from(Stage)


def portfolio(*objectives: int, unthemed: int = 0) -> PortfolioLoad:
    """A portfolio with a theme for each number, which has that many objectives."""
    themes = [ThemeLoad(f"Theme {place}", count) for place, count in enumerate(objectives, 1)]
    return PortfolioLoad(name="Commerce", themes=themes, unthemed=unthemed)


def rules(findings: list[Finding]) -> list[Rule]:
    return [finding.rule for finding in findings]


def outside(counts: range, check: Check) -> list[int]:
    return [count for count in counts if check("It", count)]


# --- One test a limit -------------------------------------------------------------------------
def test_a_portfolio_has_three_to_five_active_themes() -> None:
    assert outside(range(8), check_themes) == [0, 1, 2, 6, 7]


def test_a_theme_has_one_or_two_portfolio_objectives() -> None:
    counts = {n: rules(check_portfolio(portfolio(n, 1, 1, unthemed=0))) for n in range(4)}
    assert [n for n, found in counts.items() if Rule.THEME_OBJECTIVES in found] == [0, 3]


def test_a_portfolio_has_three_to_five_objectives_in_all() -> None:
    counts = {n: rules(check_portfolio(portfolio(*[1] * 3, unthemed=n))) for n in range(5)}
    assert [n for n, found in counts.items() if Rule.PORTFOLIO_OBJECTIVES in found] == [3, 4]


def test_a_level_has_three_to_five_objectives() -> None:
    assert outside(range(8), check_level) == [0, 1, 2, 6, 7]


def test_an_objective_has_two_to_five_key_results() -> None:
    assert outside(range(8), check_key_results) == [0, 1, 6, 7]


def test_twelve_objectives_are_no_priority_at_all() -> None:
    told = {n: "nothing is a priority" in check_level("It", n)[0].reason for n in (11, 12)}
    assert told == {11: False, 12: True}


def test_a_portfolio_of_twelve_objectives_has_no_priority_either() -> None:
    [*_, found] = check_portfolio(portfolio(4, 4, 4))
    assert "nothing is a priority" in found.reason


# --- C5: the three rules of a portfolio together ------------------------------------------------
def test_c5_five_themes_mean_exactly_one_objective_each() -> None:
    assert check_portfolio(portfolio(1, 1, 1, 1, 1)) == []
    [found] = [f for f in check_portfolio(portfolio(2, 1, 1, 1, 0)) if f.is_above]
    assert (found.rule, found.subject, found.count, found.allowed) == (
        Rule.THEME_OBJECTIVES,
        "Theme 1",
        2,
        Range(1, 1),
    )


@pytest.mark.parametrize(("themes", "most"), [(1, 2), (3, 2), (4, 2), (5, 1), (6, 1)])
def test_c5_more_themes_leave_fewer_objectives_for_each(themes: int, most: int) -> None:
    assert METHOD.most_each(themes) == most


def test_c5_four_themes_have_no_room_for_two_twos_while_one_has_none() -> None:
    found = [f for f in check_portfolio(portfolio(2, 2, 1, 0)) if f.is_above]
    assert rules(found) == [Rule.PORTFOLIO_OBJECTIVES]


@given(st.lists(st.integers(0, 4), max_size=8), st.integers(0, 4), stages)
def test_c5_nothing_is_found_exactly_when_the_three_rules_hold(
    counts: list[int], unthemed: int, stage: Stage
) -> None:
    holds = (
        3 <= len(counts) <= 5
        and all(1 <= count <= 2 for count in counts)
        and 3 <= sum(counts) + unthemed <= 5
    )
    found = check_portfolio(portfolio(*counts, unthemed=unthemed), stage=stage)
    assert (found == []) == holds


# --- Warning and blocking -----------------------------------------------------------------------
@given(st.integers(0, 20), st.sampled_from([check_level, check_key_results, check_themes]))
def test_while_drafting_nothing_blocks(count: int, check: Check) -> None:
    assert blocking(check("It", count)) == []


@given(st.integers(0, 20), st.sampled_from([check_level, check_key_results, check_themes]))
def test_at_the_commitment_only_an_upper_limit_blocks(count: int, check: Check) -> None:
    for found in check("It", count, stage=Stage.COMMITMENT):
        assert found.blocks == found.is_above == (found.effect == Effect.BLOCKS)


@given(st.lists(st.integers(0, 4), max_size=8), st.integers(0, 4), stages)
def test_a_finding_carries_a_count_outside_what_is_allowed(
    counts: list[int], unthemed: int, stage: Stage
) -> None:
    for found in check_portfolio(portfolio(*counts, unthemed=unthemed), stage=stage):
        assert found.count not in found.allowed
        assert found.reason.endswith(".")


# --- Limits of an organisation ------------------------------------------------------------------
def test_an_organisation_may_allow_more() -> None:
    wider = replace(METHOD, key_results=Range(1, 8))
    assert check_key_results("It", 8, limits=wider) == []


def test_a_wider_sum_leaves_five_themes_two_objectives_each() -> None:
    wider = replace(METHOD, portfolio_objectives=Range(3, 10))
    assert check_portfolio(portfolio(2, 2, 2, 2, 2), limits=wider) == []


# --- What they say --------------------------------------------------------------------------------
def test_the_reason_names_the_count_and_what_is_allowed() -> None:
    [found] = check_level("Payments", 6)
    assert found.reason == "Payments has 6 objectives; 3 to 5 keep the focus."


def test_the_reason_of_the_joint_rule_says_why_a_theme_gets_one() -> None:
    found = check_portfolio(portfolio(2, 1, 1, 1, 1))[0]
    assert found.reason == (
        "“Theme 1” has 2 objectives of the portfolio; with 5 themes, each gets 1,"
        " as all may have 5 at most."
    )


def test_the_joint_rule_speaks_of_one_theme_as_of_one() -> None:
    narrow = replace(METHOD, portfolio_objectives=Range(1, 1))
    reasons = [found.reason for found in check_portfolio(portfolio(2), limits=narrow)]
    assert any("; with 1 theme, each gets 1," in reason for reason in reasons)
