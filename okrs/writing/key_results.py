"""Whether a key result says what is achieved, or only what is done."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from lib.display import show_day
from okrs.scoring.definition import Shape
from okrs.writing.deadlines import Period, outside_cycle, without_deadlines
from okrs.writing.measures import Condition, Measures, condition_of, measures_of, words_of
from okrs.writing.remarks import Code, Remark, Review, Tone, Verdict
from okrs.writing.words import (
    ADVERBS,
    ALSO_NOUNS,
    COUNTED_WORK,
    DETERMINERS,
    DONE,
    MEASURED_NOUNS,
    NUMBER_WORDS,
    PHRASAL_VERBS,
    WORK_VERBS,
)

WITHOUT_NUMBERS = frozenset({Shape.YES_NO, Shape.MILESTONES, Shape.BASELINE})
PERCENT = frozenset({"%", "percent"})
KEEP_AS_WORK = "Keep the work itself as an initiative that drives the key result."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultDraft:
    """A key result as far as it is written; without a shape there are only its words.

    `unit` is the name of what it is measured in, numbers are in that unit.
    """

    title: str
    shape: Shape | None = None
    unit: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    condition: str = ""
    starts_on: date | None = None
    ends_on: date | None = None

    @property
    def has_numbers(self) -> bool:
        given = (self.target, self.lower, self.upper)
        return any(number is not None for number in given)


def check_key_result(draft: KeyResultDraft, period: Period | None = None) -> Review:
    """The verdict, and remarks on what is missing; a title without words has neither."""
    if not words_of(draft.title):
        return Review(Verdict.OUTCOME)
    measures = measures_of(draft.title)
    verdict, remarks = _work(draft, measures)
    if verdict == Verdict.OUTCOME:
        remarks += _numbers(draft, measures)
    if period is not None:
        remarks += outside_cycle(draft.title, period) + _dates(draft, period)
    return Review(verdict, tuple(remarks))


# --- Outcome or task ----------------------------------------------------------------------------
def opens_with_work(title: str) -> bool:
    """Whether the text begins with something that people do: "Launch the new page"."""
    first, *rest = [*(word for word in words_of(title) if word not in ADVERBS), ""]
    after = rest[0] if rest else ""
    if after.removesuffix("s") in MEASURED_NOUNS or after in MEASURED_NOUNS:
        return False
    is_verb = first in WORK_VERBS or f"{first}-{after}" in PHRASAL_VERBS
    if first in ALSO_NOUNS or first.endswith("ing"):
        has_object = after in DETERMINERS or after in NUMBER_WORDS or after[:1].isdigit()
        return has_object and (is_verb or _is_work_in_ing(first))
    return is_verb


def _is_work_in_ing(word: str) -> bool:
    stem = word.removesuffix("ing")
    return not WORK_VERBS.isdisjoint({stem, stem + "e", stem[:-1]})


def ends_as_done(title: str) -> bool:
    """Whether the text says that something is done: "New pricing page is live"."""
    words = words_of(without_deadlines(title))
    return len(words) > 1 and (words[-1] in DONE or words[-2:] in (["in", "place"], ["in", "use"]))


def counts_work(title: str) -> bool:
    """Whether the text counts pieces of work: "Tickets closed", "Number of features shipped"."""
    return any(one in COUNTED_WORK and other in DONE for one, other in pairwise(words_of(title)))


def _work(draft: KeyResultDraft, measures: Measures) -> tuple[Verdict, list[Remark]]:
    if draft.shape in {Shape.YES_NO, Shape.MILESTONES}:
        return _done_or_not(draft, measures)
    if draft.shape == Shape.BASELINE or not _is_work(draft, measures):
        return Verdict.OUTCOME, []
    condition = condition_of(draft.title)
    if condition is not None:
        return Verdict.OUTPUT, _loose(condition)
    if measures.is_from_to or (draft.shape == Shape.COUNT and draft.condition.strip()):
        return Verdict.OUTPUT, []
    is_counted = measures.has_quantity or counts_work(draft.title)
    return Verdict.TASK, [_activity(draft.title) if is_counted else _task(draft.title)]


def _is_work(draft: KeyResultDraft, measures: Measures) -> bool:
    """A share of work says how well it went; a number of finished things may be an outcome."""
    title = draft.title
    if opens_with_work(title):
        return True
    if counts_work(title):
        return not (measures.has_percent or draft.unit in PERCENT)
    return ends_as_done(title) and not (measures.has_quantity or draft.has_numbers)


def _activity(title: str) -> Remark:
    return Remark(
        code=Code.ACTIVITY,
        tone=Tone.WARNING,
        field="title",
        seen=f"“{_short(title)}” counts work that is done.",
        why="Much may be done without anything changing for the people whom it is for.",
        suggestion="Add what the work must bring about, with a number: “…, each used by 500 active"
        f" customers”. {KEEP_AS_WORK}",
    )


def _task(title: str) -> Remark:
    return Remark(
        code=Code.TASK,
        tone=Tone.WARNING,
        field="title",
        seen=f"“{_short(title)}” reads like a task: it tells what will be done.",
        why="A key result tells what is achieved, so that it can fail although the work was done.",
        suggestion="Name what changes once this is done, and from which number to which."
        f" {KEEP_AS_WORK}",
    )


def _done_or_not(draft: KeyResultDraft, measures: Measures) -> tuple[Verdict, list[Remark]]:
    if condition_of(draft.title) is not None or measures.has_percent:
        return Verdict.OUTPUT, []
    kind = "Yes or no" if draft.shape == Shape.YES_NO else "Milestones"
    remark = Remark(
        code=Code.DONE_OR_NOT,
        tone=Tone.HINT,
        field="shape",
        seen=f"{kind} can say that it was done, not what it achieved.",
        why="It scores by the progress of the work, even when the work changes nothing.",
        suggestion=f"Measure the effect from a baseline to a target. {KEEP_AS_WORK}",
    )
    is_task = opens_with_work(draft.title) or ends_as_done(draft.title)
    return Verdict.TASK, [_task(draft.title), remark] if is_task else [remark]


def _loose(condition: Condition) -> list[Remark]:
    if condition.is_measured:
        return []
    return [
        Remark(
            code=Code.LOOSE_CONDITION,
            tone=Tone.HINT,
            field="title",
            seen=f"“{_short(condition.words)}” has no number yet.",
            why="Without one, people will disagree at the end whether it was met.",
            suggestion="Say how much counts: how many people, how often, from what to what.",
        )
    ]


# --- What is missing ----------------------------------------------------------------------------
def _numbers(draft: KeyResultDraft, measures: Measures) -> list[Remark]:
    if draft.shape in WITHOUT_NUMBERS:
        return []
    if not (draft.has_numbers or measures.has_quantity):
        return [_no_number()]
    remarks = []
    if not draft.unit and _lacks_unit(draft, measures):
        remarks.append(_no_unit())
    if _lacks_baseline(draft, measures):
        remarks.append(_no_baseline())
    return remarks


def _lacks_unit(draft: KeyResultDraft, measures: Measures) -> bool:
    return measures.lacks_unit or (draft.has_numbers and not measures.has_number)


def _lacks_baseline(draft: KeyResultDraft, measures: Measures) -> bool:
    if draft.baseline is not None or measures.is_from_to:
        return False
    return measures.changes or draft.shape == Shape.FROM_TO


def _no_number() -> Remark:
    return Remark(
        code=Code.NO_NUMBER,
        tone=Tone.WARNING,
        field="target",
        seen="There is no number in it.",
        why="A key result is measured; without a number nobody can tell how far it has come.",
        suggestion="Say from what to what, “from 18% to 25%”, or which level to hold, “60 or"
        " above”.",
    )


def _no_unit() -> Remark:
    return Remark(
        code=Code.NO_UNIT,
        tone=Tone.HINT,
        field="unit",
        seen="The numbers have no unit.",
        why="“From 18 to 25” can be percent, points or customers.",
        suggestion="Choose what it is measured in, such as percent, days or EUR.",
    )


def _no_baseline() -> Remark:
    return Remark(
        code=Code.NO_BASELINE,
        tone=Tone.HINT,
        field="baseline",
        seen="It does not say where it starts.",
        why="A change is scored by the way from its start to its target.",
        suggestion="Give the value of today. If nobody knows it, first “establish a baseline”.",
    )


def _dates(draft: KeyResultDraft, period: Period) -> list[Remark]:
    """The first and last day of its own, where they leave the cycle."""
    remarks = []
    if draft.starts_on is not None and draft.starts_on < period.starts_on:
        edge = f"{period.name} begins on {show_day(period.starts_on)}"
        remarks.append(_date("starts_on", draft.starts_on, edge))
    if draft.ends_on is not None and draft.ends_on > period.ends_on:
        edge = f"{period.name} ends on {show_day(period.ends_on)}"
        remarks.append(_date("ends_on", draft.ends_on, edge))
    return remarks


def _date(field: str, on: date, edge: str) -> Remark:
    return Remark(
        code=Code.OUTSIDE_CYCLE,
        tone=Tone.WARNING,
        field=field,
        seen=f"It names {show_day(on)}, and {edge}.",
        why="What falls outside the cycle cannot be told when the cycle closes.",
        suggestion="Choose a day inside the cycle, or another cycle.",
    )


def _short(text: str, most: int = 80) -> str:
    text = re.sub(r"\s+", " ", text).strip(" .")
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
