"""Which cadence holds for a unit, and who decided it."""

import pytest

from okrs.rhythm import Above, Effective, Rule, Setting, Why, effective_cadence
from okrs.scoring import Cadence

W, B, M, Q = Cadence.WEEKLY, Cadence.BIWEEKLY, Cadence.MONTHLY, Cadence.QUARTERLY
FREE, SUGGESTED, FORCED = Rule.FREE, Rule.SUGGESTED, Rule.FORCED


def table(cadence: Cadence) -> Setting:
    return Setting(cadence, "organization", "growth")


def own(cadence: Cadence | None) -> Setting | None:
    return Setting(cadence, "product", "Checkout") if cadence else None


def above(cadence: Cadence, rule: Rule, why: Why = Why.OWN) -> Above:
    return Above(Effective(Setting(cadence, "portfolio", "Commerce"), why), rule)


# own choice, table, rule of the table, level above, then: cadence, set by, why, wish, suggestion
GOLDEN = [
    # Nobody says anything but the organisation's table.
    (None, B, SUGGESTED, None, B, "organization", Why.INHERITED, None, None),
    (None, B, FREE, None, B, "organization", Why.INHERITED, None, None),
    (None, B, FORCED, None, B, "organization", Why.FORCED, None, None),
    # The unit chooses.
    (W, B, SUGGESTED, None, W, "product", Why.OWN, None, B),
    (W, B, FREE, None, W, "product", Why.OWN, None, None),
    (B, B, SUGGESTED, None, B, "product", Why.OWN, None, None),
    (W, B, FORCED, None, B, "organization", Why.FORCED, W, None),
    # The level above leaves it free: it counts as if it said nothing.
    (None, B, SUGGESTED, above(M, FREE), B, "organization", Why.INHERITED, None, None),
    (W, B, SUGGESTED, above(M, FREE), W, "product", Why.OWN, None, B),
    # It suggests: nearer than the table.
    (None, B, SUGGESTED, above(M, SUGGESTED), M, "portfolio", Why.INHERITED, None, None),
    (W, B, SUGGESTED, above(M, SUGGESTED), W, "product", Why.OWN, None, M),
    (M, B, SUGGESTED, above(M, SUGGESTED), M, "product", Why.OWN, None, None),
    # It sets its own for all below.
    (None, B, SUGGESTED, above(M, FORCED), M, "portfolio", Why.FORCED, None, None),
    (W, B, SUGGESTED, above(M, FORCED), M, "portfolio", Why.FORCED, W, None),
    (M, B, SUGGESTED, above(M, FORCED), M, "portfolio", Why.FORCED, None, None),
    # It is bound itself: what binds it reaches further down, whatever it says.
    (W, B, FREE, above(Q, FREE, Why.FORCED), Q, "portfolio", Why.FORCED, W, None),
    (None, B, FREE, above(Q, SUGGESTED, Why.FORCED), Q, "portfolio", Why.FORCED, None, None),
    # The highest level wins.
    (W, B, FORCED, above(M, FORCED), B, "organization", Why.FORCED, W, None),
]


@pytest.mark.parametrize(
    ("choice", "row", "rule", "level", "cadence", "kind", "why", "wish", "suggestion"), GOLDEN
)
def test_the_cadence_that_holds(
    choice: Cadence | None,
    row: Cadence,
    rule: Rule,
    level: Above | None,
    cadence: Cadence,
    kind: str,
    why: Why,
    wish: Cadence | None,
    suggestion: Cadence | None,
) -> None:
    found = effective_cadence(own(choice), table=table(row), rule_of_table=rule, above=level)
    declined = found.suggestion.cadence if found.suggestion else None
    assert (found.cadence, found.setting.kind, found.why, found.wish, declined) == (
        cadence,
        kind,
        why,
        wish,
        suggestion,
    )


def test_what_a_portfolio_sets_for_all_reaches_the_teams_of_its_products() -> None:
    product = effective_cadence(
        own(W), table=table(B), rule_of_table=SUGGESTED, above=above(M, FORCED)
    )
    team = effective_cadence(
        Setting(W, "team", "Till"),
        table=table(B),
        rule_of_table=SUGGESTED,
        above=Above(product, FREE),
    )
    assert (team.cadence, team.setting.name, team.wish) == (M, "Commerce", W)
