"""What a review shows as evidence, and how it judges it. No Django here.

Scores, expectations and confidence are shares of 0..1, amounts of work people-weeks. A line names a
record: `page` is the name of its address, `argument` what that takes, `units` the units that own it
and whose privacy it shares.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from lib.display import show_count, show_score

# Smaller changes of a score are none.
NEGLIGIBLE = Decimal("0.005")
# A product whose own teams are wanted for less than this share of their weeks has some to spare.
SPARE = Decimal("0.7")
EACH_WAY = 5
# Rounded half up to one decimal, this is 0.7.
STRONG = Decimal("0.65")


class Verdict(StrEnum):
    """How a promise stands, the gravest first."""

    BROKEN = "broken"
    LATE = "late"
    UNANSWERED = "unanswered"
    HOLDING = "holding"
    KEPT = "kept"


class Load(StrEnum):
    """What is wanted of people against what they can do."""

    UNDER = "under-resourced"
    OVER = "over-resourced"
    FITS = "fits"
    UNPLANNED = "unplanned"
    UNKNOWN = "no capacity"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A record that answers a question."""

    page: str
    argument: str
    title: str
    units: frozenset[UUID] = frozenset()


@dataclass(frozen=True, kw_only=True)
class KeyResultLine(Line):
    """`before` is its score at the last review, `gap` how many points it is behind."""

    objective: str
    unit: str
    owner: str
    value: str
    score: Decimal | None
    before: Decimal | None
    expected: Decimal | None
    gap: Decimal | None
    pace: str
    confidence: Decimal | None
    note: str = ""
    evidence_at: datetime | None = None
    # Of a value that was written down on a later day than it was true, both days.
    true_on: date | None = None
    recorded_on: date | None = None

    @property
    def change(self) -> Decimal | None:
        """How far the score moved since the last review; None unless both are known."""
        if self.score is None or self.before is None:
            return None
        return self.score - self.before


@dataclass(frozen=True, kw_only=True)
class UnitLine(Line):
    """A unit with how its key results stand; what is outdated counts as nothing else."""

    kind: str
    score: Decimal | None
    before: Decimal | None
    key_results: int = 0
    on_track: int = 0
    behind: int = 0
    at_risk: int = 0
    outdated: int = 0
    evidence_at: datetime | None = None

    @property
    def change(self) -> Decimal | None:
        if self.score is None or self.before is None:
            return None
        return self.score - self.before


@dataclass(frozen=True, kw_only=True)
class DependencyLine(Line):
    """A promise: `hurt` orders those of one verdict, `reach` counts the key results that wait."""

    verdict: Verdict
    needer: str
    provider: str
    needed_by: date
    promised_by: date | None
    hurt: Decimal
    reach: int


@dataclass(frozen=True, kw_only=True)
class ProductLine(Line):
    """A product with what is wanted of its own teams in the cycle, in people-weeks."""

    stage: str
    posture: str
    score: Decimal | None
    capacity: Decimal
    wanted: Decimal

    @property
    def load(self) -> Load:
        return load_of(self.wanted, self.capacity)

    @property
    def share(self) -> Decimal | None:
        """Wanted over capacity; None where there is no capacity."""
        return self.wanted / self.capacity if self.capacity else None


@dataclass(frozen=True, kw_only=True)
class AskerLine(Line):
    """A goal, or a promise that a goal waits for, that wants people-weeks of a team."""

    unit: str
    people_weeks: Decimal


@dataclass(frozen=True, kw_only=True)
class TeamLine(Line):
    """A team in its worst month: what it promised and is asked for beyond that, in people-weeks.

    `askers` are those that want the most of it then.
    """

    month: date
    capacity: Decimal
    promised: Decimal
    asked: Decimal
    askers: tuple[AskerLine, ...] = ()

    @property
    def over(self) -> Decimal:
        """People-weeks beyond the capacity; 0 or more."""
        return max(self.promised + self.asked - self.capacity, Decimal(0))


@dataclass(frozen=True, kw_only=True)
class BackingLine(Line):
    """A goal that nothing stands behind, or only on a condition."""

    state: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class GivenUpLine(Line):
    """An objective that was called obsolete or was abandoned."""

    unit: str
    state: str
    on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class SignalLine(Line):
    kind: str
    happened_on: date
    source: str
    source_url: str
    filed_by: str
    assessment: str


@dataclass(frozen=True, kw_only=True)
class ThemeLine(Line):
    """A theme with its objectives, and how many of them moved since the last review."""

    objectives: int
    moved: int
    score: Decimal | None

    @property
    def stands_still(self) -> bool:
        return not self.moved


@dataclass(frozen=True, kw_only=True)
class RiskLine(Line):
    exposure: int
    level: str
    owner: str
    response: str
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class DueDecisionLine(Line):
    """A decision that was to be looked at again by now."""

    decided_on: date
    review_on: date


@dataclass(frozen=True, kw_only=True)
class MoneyLine(Line):
    """The budget of a product in one currency."""

    product: str
    currency: str
    planned: Decimal
    allocated: Decimal
    spent: Decimal
    remaining: Decimal


@dataclass(frozen=True, kw_only=True)
class DecisionLine(Line):
    outcome: str
    decided_by: str
    decided_on: date | None
    follow_up: str


@dataclass(frozen=True, kw_only=True)
class FollowUpLine(Line):
    """What somebody took on; `owner_id` tells whose it is."""

    owner: str
    owner_id: UUID
    due_on: date
    done_on: date | None = None
    is_earlier: bool = False


@dataclass(frozen=True, kw_only=True)
class AgendaLine:
    """A point of the meeting; while it runs, `id` and `version` are those of its record."""

    id: str
    version: int
    title: str
    question: str
    note: str
    is_done: bool


# --- Sections ---------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class OnTrack:
    """`own` are key results of the unit itself; `moved` and `behind` are of all that is below.

    Scores are final once the cycle is closed; nothing is on or off its pace then.
    """

    since: datetime
    is_final: bool = False
    own: tuple[KeyResultLine, ...] = ()
    units: tuple[UnitLine, ...] = ()
    moved: tuple[KeyResultLine, ...] = ()
    behind: tuple[KeyResultLine, ...] = ()

    @property
    def evidence_at(self) -> datetime | None:
        """The newest number that any of this rests on."""
        known = [line.evidence_at for line in self.own] + [line.evidence_at for line in self.units]
        return max((at for at in known if at is not None), default=None)

    @property
    def score(self) -> Decimal | None:
        """The score of the unit itself, which comes first; None without one."""
        return self.units[0].score if self.units else None

    @property
    def reached(self) -> int:
        """Own key results that are strong or full."""
        return sum(line.score is not None and line.score >= STRONG for line in self.own)

    @property
    def total(self) -> dict[str, int]:
        """Key results of all units by colour."""
        names = ("key_results", "on_track", "behind", "at_risk", "outdated")
        return {name: sum(getattr(line, name) for line in self.units) for name in names}


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    lines: tuple[DependencyLine, ...] = ()

    @property
    def by_verdict(self) -> list[tuple[Verdict, list[DependencyLine]]]:
        """Every verdict with its promises, the gravest verdict first."""
        return [(v, [line for line in self.lines if line.verdict == v]) for v in Verdict]

    @property
    def troubled(self) -> list[DependencyLine]:
        """Promises that do not hold, in the order of their verdicts."""
        fine = {Verdict.HOLDING, Verdict.KEPT}
        return [line for verdict, found in self.by_verdict if verdict not in fine for line in found]


@dataclass(frozen=True, kw_only=True)
class Reallocate:
    products: tuple[ProductLine, ...] = ()
    teams: tuple[TeamLine, ...] = ()
    backing: tuple[BackingLine, ...] = ()

    @property
    def under(self) -> list[ProductLine]:
        return [line for line in self.products if line.load == Load.UNDER]

    @property
    def over(self) -> list[ProductLine]:
        return [line for line in self.products if line.load == Load.OVER]


@dataclass(frozen=True, kw_only=True)
class Strategy:
    given_up: tuple[GivenUpLine, ...] = ()
    signals: tuple[SignalLine, ...] = ()
    themes: tuple[ThemeLine, ...] = ()
    risks: tuple[RiskLine, ...] = ()
    due: tuple[DueDecisionLine, ...] = ()

    @property
    def still(self) -> list[ThemeLine]:
        return [line for line in self.themes if line.stands_still]


@dataclass(frozen=True, kw_only=True)
class Money:
    lines: tuple[MoneyLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """What was said, decided and taken on; `earlier` are what former reviews left open.

    `first` and `last` are the days of the cycle, both inclusive.
    """

    unit: str
    cycle: str
    first: date
    last: date
    facilitator: str
    summary: str = ""
    agenda: tuple[AgendaLine, ...] = ()
    decisions: tuple[DecisionLine, ...] = ()
    follow_ups: tuple[FollowUpLine, ...] = ()
    earlier: tuple[FollowUpLine, ...] = ()

    @property
    def has_notes(self) -> bool:
        return any(item.note for item in self.agenda)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a review shows, at a moment; `money` is None without the grant.

    Of a past moment that somebody asked for (`is_past`), what was true then as known at `known_at`;
    people, money and the meeting are left out, for they keep no such history.
    """

    at: datetime
    on_track: OnTrack
    dependencies: Dependencies
    reallocate: Reallocate
    strategy: Strategy
    meeting: Meeting
    money: Money | None = None
    is_past: bool = False
    known_at: datetime | None = None
    # Links shown as they were at another moment, for want of a history of then.
    links_assumed: int = 0


@dataclass(frozen=True)
class Overview:
    """The answers in figures."""

    key_results: int
    on_track: int
    behind: int
    at_risk: int
    outdated: int
    troubled: int
    promises: int
    under: int
    over_asked: int
    still: int
    themes: int
    score: str
    reached: int
    own: int

    @property
    def in_key_results(self) -> str:
        return f"over {show_count(self.key_results, 'key result')}"

    @property
    def of_own(self) -> str:
        return f"of {show_count(self.own, 'key result')} of its own"

    @property
    def behind_words(self) -> str:
        return f"{self.behind} behind, {self.outdated} outdated"

    @property
    def of_key_results(self) -> str:
        return f"of {self.key_results}"

    @property
    def of_promises(self) -> str:
        return f"of {self.promises}"

    @property
    def of_themes(self) -> str:
        return f"of {self.themes}"

    @property
    def under_words(self) -> str:
        return f"{show_count(self.under, 'product')} under-resourced"


def overview_of(found: Evidence) -> Overview:
    total = found.on_track.total
    return Overview(
        key_results=total["key_results"],
        on_track=total["on_track"],
        behind=total["behind"],
        at_risk=total["at_risk"],
        outdated=total["outdated"],
        troubled=len(found.dependencies.troubled),
        promises=len(found.dependencies.lines),
        under=len(found.reallocate.under),
        over_asked=len(found.reallocate.teams),
        still=len(found.strategy.still),
        themes=len(found.strategy.themes),
        score=show_score(found.on_track.score),
        reached=found.on_track.reached,
        own=len(found.on_track.own),
    )


# --- Judging ----------------------------------------------------------------------------------
def load_of(wanted: Decimal, capacity: Decimal) -> Load:
    """Beyond the capacity there are too few people, below 70 % of it there are some to spare.

    Where nothing is wanted, nobody has planned with these people; where nobody gave a capacity,
    there is nothing to judge by.
    """
    if not wanted:
        return Load.UNPLANNED
    if not capacity:
        return Load.UNKNOWN
    if wanted > capacity:
        return Load.UNDER
    return Load.OVER if wanted < capacity * SPARE else Load.FITS


def verdict_of(
    state: str, needed_by: date, promised_by: date | None, today: date
) -> Verdict | None:
    """How a promise in a state stands today; None for one that nobody waits for any more."""
    match state:
        case "delivered":
            return Verdict.KEPT
        case "broken" | "declined":
            return Verdict.BROKEN
        case "asked" | "countered":
            return Verdict.UNANSWERED
        case "accepted":
            overdue = (promised_by or needed_by) < today
            late = promised_by is not None and promised_by > needed_by
            return Verdict.LATE if overdue or late else Verdict.HOLDING
    return None


def has_moved(change: Decimal | None) -> bool:
    return change is not None and abs(change) >= NEGLIGIBLE


def movers(lines: Iterable[KeyResultLine], each_way: int = EACH_WAY) -> list[KeyResultLine]:
    """The largest falls and the largest rises, each at most `each_way`; falls come first.

    Equal changes are in the order of their titles.
    """
    moved = [(line.change, line) for line in lines if line.change is not None]
    moved = [(change, line) for change, line in moved if has_moved(change)]
    falls = sorted((pair for pair in moved if pair[0] < 0), key=lambda p: (p[0], p[1].title))
    rises = sorted((pair for pair in moved if pair[0] > 0), key=lambda p: (-p[0], p[1].title))
    return [line for _, line in [*falls[:each_way], *rises[:each_way]]]


# --- Privacy ----------------------------------------------------------------------------------
Part = TypeVar("Part")


def without(part: Part, hidden: Collection[UUID]) -> Part:
    """A section, or a line of one, without lines that share the privacy of a hidden unit."""
    if not hidden or not is_dataclass(part):
        return part
    kept = {}
    for field in fields(part):
        lines = getattr(part, field.name)
        if isinstance(lines, tuple):
            kept[field.name] = tuple(
                without(line, hidden) for line in lines if is_open(line, hidden)
            )
    return replace(part, **kept)  # type: ignore[type-var]  # a dataclass, as asked above


def is_open(line: object, hidden: Collection[UUID]) -> bool:
    return not isinstance(line, Line) or line.units.isdisjoint(hidden)


def of_units(*units: UUID | None) -> frozenset[UUID]:
    return frozenset(unit for unit in units if unit is not None)
