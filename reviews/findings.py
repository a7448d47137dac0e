"""What the system finds wrong with a plan, each with the rows that prove it. No Django here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """The gravest first: what would break the plan before what would blur it."""

    GAP = "gap"
    SHORTFALL = "shortfall"
    OVER_ASKED = "over-asked"
    DEPENDENCY = "dependency"
    DUPLICATE = "duplicate"
    OVERLOAD = "overload"
    ASPIRATION = "aspiration"
    CADENCE = "cadence"


@dataclass(frozen=True)
class Topic:
    """A kind of finding in words: its heading, and what is wrong with it."""

    label: str
    why: str


TOPICS: Mapping[Kind, Topic] = {
    Kind.GAP: Topic("Gaps", "Nobody has offered to serve these."),
    Kind.SHORTFALL: Topic("Shortfalls", "What is agreed does not reach the target."),
    Kind.OVER_ASKED: Topic("Over-asked teams", "More is asked of them than they can do."),
    Kind.DEPENDENCY: Topic("Dependencies", "Unanswered, turned down, or later than needed."),
    Kind.DUPLICATE: Topic("Duplicate efforts", "Two products propose nearly the same."),
    Kind.OVERLOAD: Topic("Overload", "More goals than focus allows."),
    Kind.ASPIRATION: Topic("Aspirations", "No people or money stand behind these."),
    Kind.CADENCE: Topic("Cadence", "Checked in more rarely than what relies on it is reviewed."),
}


@dataclass(frozen=True)
class Proof:
    """A record that shows the finding; `page` is the name of its address, `words` what it adds."""

    page: str
    id: UUID
    title: str
    words: str = ""


@dataclass(frozen=True)
class Finding:
    """Something to settle before the plan is published.

    `goals` and `proposals` are the objectives that it concerns, above and below; `weight` orders
    findings of a kind, the largest first.
    """

    kind: Kind
    title: str
    proofs: Sequence[Proof]
    goals: frozenset[UUID] = field(default_factory=frozenset)
    proposals: frozenset[UUID] = field(default_factory=frozenset)
    weight: float = 0


@dataclass(frozen=True)
class Chapter:
    """All findings of a kind."""

    kind: Kind
    findings: Sequence[Finding]

    @property
    def label(self) -> str:
        return TOPICS[self.kind].label

    @property
    def why(self) -> str:
        return TOPICS[self.kind].why


def chapters(findings: Iterable[Finding]) -> list[Chapter]:
    """Findings by kind, the gravest kind first, empty kinds left out."""
    by_kind: dict[Kind, list[Finding]] = {kind: [] for kind in Kind}
    for finding in findings:
        by_kind[finding.kind].append(finding)
    return [
        Chapter(kind, sorted(found, key=lambda each: (-each.weight, each.title.lower())))
        for kind, found in by_kind.items()
        if found
    ]
