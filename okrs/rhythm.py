"""Who decides how often a unit checks in. No Django here.

Each unit may choose a cadence. The level above leaves it free, suggests its own, or sets its own
for all below: team ← product ← portfolio ← the organisation's table.
"""

from dataclasses import dataclass
from enum import StrEnum

from okrs.scoring import Cadence


class Rule(StrEnum):
    """What the cadence of a level means to the one below."""

    FREE = "free"
    SUGGESTED = "suggested"
    FORCED = "forced"


class Why(StrEnum):
    """How a unit came by its cadence."""

    OWN = "own"
    INHERITED = "inherited"
    FORCED = "forced"


@dataclass(frozen=True)
class Setting:
    """A cadence with the place where it is set: a unit by name, or a row of the table.

    `kind` is "organization", "portfolio", "product" or "team".
    """

    cadence: Cadence
    kind: str
    name: str


@dataclass(frozen=True)
class Effective:
    """The cadence that holds for a unit, and why.

    `wish` is the unit's own choice that does not count while the level above sets one for all,
    `suggestion` what the level above suggested and the unit chose not to follow.
    """

    setting: Setting
    why: Why
    wish: Cadence | None = None
    suggestion: Setting | None = None

    @property
    def cadence(self) -> Cadence:
        return self.setting.cadence


@dataclass(frozen=True)
class Above:
    """The nearest level above that says something: what holds there, and what it means below."""

    effective: Effective
    rule: Rule

    @property
    def binds(self) -> bool:
        return self.rule is Rule.FORCED or self.effective.why is Why.FORCED

    @property
    def suggestion(self) -> Setting | None:
        return self.effective.setting if self.rule is Rule.SUGGESTED else None


def effective_cadence(
    own: Setting | None, *, table: Setting, rule_of_table: Rule, above: Above | None = None
) -> Effective:
    """What holds for a unit: the highest level that sets it for all, else the unit's own choice,
    else the nearest suggestion, else the organisation's table.
    """
    wish = own.cadence if own else None
    if rule_of_table is Rule.FORCED:
        return Effective(table, Why.FORCED, wish=_unlike(wish, table))
    if above is not None and above.binds:
        return Effective(
            above.effective.setting, Why.FORCED, _unlike(wish, above.effective.setting)
        )
    suggestion = above.suggestion if above else None
    if own is None:
        return Effective(suggestion or table, Why.INHERITED)
    offered = suggestion or (table if rule_of_table is Rule.SUGGESTED else None)
    declined = offered if offered is not None and offered.cadence != own.cadence else None
    return Effective(own, Why.OWN, suggestion=declined)


def _unlike(wish: Cadence | None, setting: Setting) -> Cadence | None:
    return None if wish == setting.cadence else wish
