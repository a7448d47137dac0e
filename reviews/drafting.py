"""The draft of an update, from what its days brought. No Django here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from lib.display import show_day, show_score, show_span
from reviews.evidence import DecisionLine, DependencyLine, KeyResultLine, Verdict

NOTHING = "Nothing."
TROUBLE = {
    Verdict.BROKEN: "was broken or declined",
    Verdict.LATE: "is late",
    Verdict.UNANSWERED: "was not answered",
}


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the days from `first` to `last` brought for a unit."""

    unit: str
    first: date
    last: date
    moved: Sequence[KeyResultLine] = ()
    behind: Sequence[KeyResultLine] = ()
    promises: Sequence[DependencyLine] = ()
    decisions: Sequence[DecisionLine] = ()


def draft(found: Material) -> str:
    """Plain text with three headings; a person goes on from here."""
    stuck = [*map(behind_words, found.behind), *map(promise_words, found.promises)]
    parts = (
        (f"{found.unit}, {show_span(found.first, found.last)}", ()),
        ("What moved", list(map(moved_words, found.moved))),
        ("What is stuck", stuck),
        ("What was decided", list(map(decision_words, found.decisions))),
    )
    head, *chapters = parts
    return "\n\n".join([head[0], *(chapter(title, lines) for title, lines in chapters)])


def chapter(title: str, lines: Iterable[str]) -> str:
    told = [f"- {line}" for line in lines] or [NOTHING]
    return "\n".join([title, *told])


def moved_words(line: KeyResultLine) -> str:
    note = f" “{line.note}”" if line.note else ""
    return f"{line.title}: {show_score(line.before)} → {show_score(line.score)}.{note}"


def behind_words(line: KeyResultLine) -> str:
    note = f" “{line.note}”" if line.note else ""
    return f"{line.title}: {line.pace.replace('-', ' ')}, {line.owner}.{note}"


def promise_words(line: DependencyLine) -> str:
    how = TROUBLE.get(line.verdict, line.verdict.value)
    return (
        f"“{line.title}”, which {line.needer} needs from {line.provider} by"
        f" {show_day(line.needed_by)}, {how}."
    )


def decision_words(line: DecisionLine) -> str:
    return f"{line.title}: {line.outcome}" if line.outcome else line.title
