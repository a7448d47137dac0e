"""What the checks of the wording say. They explain and suggest; none of them refuses anything."""

from dataclasses import dataclass
from enum import StrEnum

PROMPT = "If we accomplish this, how would we measure the impact?"


class Code(StrEnum):
    TASK = "task"
    ACTIVITY = "activity"
    DONE_OR_NOT = "done-or-not"
    NO_NUMBER = "no-number"
    NO_UNIT = "no-unit"
    NO_BASELINE = "no-baseline"
    LOOSE_CONDITION = "loose-condition"
    VAGUE = "vague"
    MEASURED = "measured"
    OUTSIDE_CYCLE = "outside-cycle"
    NEAR_DUPLICATE = "near-duplicate"


class Tone(StrEnum):
    """A warning says that something is probably wrong, a hint that it could be better."""

    WARNING = "warning"
    HINT = "hint"


class Verdict(StrEnum):
    """What a key result is: an outcome, work with a measured condition, or work alone."""

    OUTCOME = "outcome"
    OUTPUT = "output"
    TASK = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One remark about a draft: what was seen, why it matters, and what to try.

    `field` is the name of the field of the form that it belongs to, `about` the id of another
    record that it speaks of.
    """

    code: Code
    tone: Tone
    field: str
    seen: str
    why: str
    suggestion: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What the checks make of a key result."""

    verdict: Verdict
    remarks: tuple[Remark, ...] = ()

    @property
    def asks(self) -> str:
        """The question that turns work into an outcome; empty for what is one."""
        return PROMPT if self.verdict == Verdict.TASK else ""
