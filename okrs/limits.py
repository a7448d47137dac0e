"""How much focus allows: themes, objectives and key results, counted against their limits.

Three to five themes a portfolio; one or two portfolio objectives a theme and three to five in
all; three to five objectives a level; two to five key results an objective. The three rules of a
portfolio hold together, so five themes mean exactly one objective each. Every finding warns while
people draft; at the commitment those above an upper limit block.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lib.display import show_count

# No limit may be set higher: above this there is no focus to protect.
HIGHEST = 50


class Rule(StrEnum):
    THEMES = "themes"
    THEME_OBJECTIVES = "theme-objectives"
    PORTFOLIO_OBJECTIVES = "portfolio-objectives"
    LEVEL_OBJECTIVES = "level-objectives"
    KEY_RESULTS = "key-results"


class Stage(StrEnum):
    """What is going on with the goals that were counted."""

    DRAFTING = "drafting"
    COMMITMENT = "commitment"


class Effect(StrEnum):
    WARNS = "warns"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends are allowed."""

    least: int
    most: int

    def __contains__(self, count: int) -> bool:
        return self.least <= count <= self.most

    def __str__(self) -> str:
        return str(self.most) if self.least == self.most else f"{self.least} to {self.most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one organisation; `overload_from` objectives are called no priority at all."""

    themes: Range
    theme_objectives: Range
    portfolio_objectives: Range
    level_objectives: Range
    key_results: Range
    overload_from: int

    def most_each(self, themes: int) -> int:
        """The most objectives of one theme that leave every other theme its fewest."""
        others = self.theme_objectives.least * (themes - 1)
        room = min(self.theme_objectives.most, self.portfolio_objectives.most - others)
        return max(room, self.theme_objectives.least)


METHOD = Limits(
    themes=Range(3, 5),
    theme_objectives=Range(1, 2),
    portfolio_objectives=Range(3, 5),
    level_objectives=Range(3, 5),
    key_results=Range(2, 5),
    overload_from=12,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A count outside its limits. `subject` names what was counted for; `reason` is a sentence."""

    rule: Rule
    subject: str
    count: int
    allowed: Range
    effect: Effect
    reason: str

    @property
    def is_above(self) -> bool:
        return self.count > self.allowed.most

    @property
    def blocks(self) -> bool:
        return self.effect == Effect.BLOCKS


@dataclass(frozen=True, slots=True)
class ThemeLoad:
    """An active theme and how many portfolio objectives it has."""

    name: str
    objectives: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioLoad:
    """What a portfolio carries in one cycle; `unthemed` are its objectives without a theme."""

    name: str
    themes: Sequence[ThemeLoad]
    unthemed: int = 0
    cycle: str = ""

    @property
    def objectives(self) -> int:
        return self.unthemed + sum(theme.objectives for theme in self.themes)


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.blocks]


def check_portfolio(
    load: PortfolioLoad, *, stage: Stage = Stage.DRAFTING, limits: Limits = METHOD
) -> list[Finding]:
    """The three rules of a portfolio together; nothing is found exactly when all of them hold."""
    themes = check_themes(load.name, len(load.themes), cycle=load.cycle, stage=stage, limits=limits)
    each = [finding for theme in load.themes for finding in _theme(theme, load, stage, limits)]
    is_told = any(finding.is_above for finding in each)
    return [*themes, *each, *_in_all(load, stage, limits, only_the_sum=is_told)]


def check_themes(
    portfolio: str,
    count: int,
    *,
    cycle: str = "",
    stage: Stage = Stage.DRAFTING,
    limits: Limits = METHOD,
) -> list[Finding]:
    """The themes of a portfolio that cover a cycle."""
    active = "no active theme" if count == 0 else show_count(count, "active theme")
    has = f"{portfolio} has {active}{_during(cycle)}"
    reason = f"{has}; {limits.themes} make a direction that people remember."
    allowed = limits.themes
    return _found(Rule.THEMES, portfolio, count=count, allowed=allowed, stage=stage, reason=reason)


def check_level(
    owner: str,
    count: int,
    *,
    cycle: str = "",
    stage: Stage = Stage.DRAFTING,
    limits: Limits = METHOD,
) -> list[Finding]:
    """The objectives of one product, team or organisation in one cycle."""
    allowed = limits.level_objectives
    has = f"{owner} has {_objectives(count)}{_during(cycle)}"
    reason = f"{has}{_verdict(count, allowed, limits)}"
    return _found(
        Rule.LEVEL_OBJECTIVES, owner, count=count, allowed=allowed, stage=stage, reason=reason
    )


def check_key_results(
    objective: str, count: int, *, stage: Stage = Stage.DRAFTING, limits: Limits = METHOD
) -> list[Finding]:
    allowed = limits.key_results
    has = "no key result yet" if count == 0 else show_count(count, "key result")
    reason = f"It has {has}; {allowed} say what success looks like."
    return _found(
        Rule.KEY_RESULTS, objective, count=count, allowed=allowed, stage=stage, reason=reason
    )


def _theme(theme: ThemeLoad, load: PortfolioLoad, stage: Stage, limits: Limits) -> list[Finding]:
    most = limits.most_each(len(load.themes))
    allowed = Range(limits.theme_objectives.least, most)
    has = f"“{theme.name}” has {_objectives(theme.objectives)} of the portfolio"
    has += _during(load.cycle)
    if most < limits.theme_objectives.most:
        in_all = limits.portfolio_objectives.most
        themes = show_count(len(load.themes), "theme")
        why = f"with {themes}, each gets {allowed}, as all may have {in_all} at most"
    else:
        why = f"a theme gets {allowed}"
    return _found(
        Rule.THEME_OBJECTIVES,
        theme.name,
        count=theme.objectives,
        allowed=allowed,
        stage=stage,
        reason=f"{has}; {why}.",
    )


def _in_all(
    load: PortfolioLoad, stage: Stage, limits: Limits, *, only_the_sum: bool
) -> list[Finding]:
    """The sum, and whether it leaves the themes that have too few what they are owed."""
    fewest = limits.theme_objectives.least
    owed = 0 if only_the_sum else sum(max(0, fewest - t.objectives) for t in load.themes)
    least = max(limits.portfolio_objectives.least, fewest * len(load.themes))
    most = limits.portfolio_objectives.most
    count = load.objectives
    room = Range(min(least, most), most)
    has = f"{load.name} has {_objectives(count)}{_during(load.cycle)}"
    reason = f"{has}{_verdict(count, room, limits)}"
    if count <= most < count + owed:
        room = Range(0, most - owed)
        reason = (
            f"{has}; with {most} in all at most, that leaves no room for the themes that have"
            " too few."
        )
    return _found(
        Rule.PORTFOLIO_OBJECTIVES, load.name, count=count, allowed=room, stage=stage, reason=reason
    )


def _verdict(count: int, allowed: Range, limits: Limits) -> str:
    if count < limits.overload_from:
        return f"; {allowed} keep the focus."
    return f": with so many, nothing is a priority. Keep {allowed}."


def _during(cycle: str) -> str:
    return f" in {cycle}" if cycle else ""


def _found(
    rule: Rule, subject: str, *, count: int, allowed: Range, stage: Stage, reason: str
) -> list[Finding]:
    if count in allowed:
        return []
    is_above = count > allowed.most
    effect = Effect.BLOCKS if is_above and stage == Stage.COMMITMENT else Effect.WARNS
    return [
        Finding(
            rule=rule, subject=subject, count=count, allowed=allowed, effect=effect, reason=reason
        )
    ]


def _objectives(count: int) -> str:
    return "no objective yet" if count == 0 else show_count(count, "objective")
