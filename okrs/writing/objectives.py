"""Whether an objective says where to go, in words that fit nobody else."""

from okrs.writing.deadlines import Period, outside_cycle
from okrs.writing.key_results import ends_as_done, opens_with_work
from okrs.writing.measures import measures_of, words_of
from okrs.writing.remarks import Code, Remark, Tone
from okrs.writing.words import CHANGE_VERBS, EFFECTS, EMPTY_WORDS, NUMBER_WORDS, STOP_WORDS

FEWEST_WORDS = 2
EFFECT_MARKS = frozenset({"that", "which", "so", "who", "to"})


def check_objective(title: str, period: Period | None = None) -> list[Remark]:
    """Remarks on the words of an objective; a title without words has none."""
    if not words_of(title):
        return []
    remarks = [*_vague(title), *_measured(title), *_task(title)]
    return remarks + (outside_cycle(title, period) if period else [])


def meaningful_words(title: str) -> list[str]:
    """The words that could not stand in any objective of anybody."""
    left_out = STOP_WORDS | NUMBER_WORDS | EMPTY_WORDS
    return [word for word in words_of(title) if word not in left_out and not word.isdigit()]


def _vague(title: str) -> list[Remark]:
    content = [word for word in words_of(title) if word not in STOP_WORDS]
    if meaningful_words(title) and len(content) >= FEWEST_WORDS:
        return []
    return [
        Remark(
            code=Code.VAGUE,
            tone=Tone.WARNING,
            field="title",
            seen="It could be an objective of anybody.",
            why="An objective answers where we want to go, so that people can tell what to leave.",
            suggestion="Name for whom something changes, and what is true then that is not today.",
        )
    ]


def _measured(title: str) -> list[Remark]:
    measures = measures_of(title)
    if not (measures.has_percent or measures.is_from_to):
        return []
    return [
        Remark(
            code=Code.MEASURED,
            tone=Tone.HINT,
            field="title",
            seen="It has its number in the title.",
            why="An objective says in words where to go; how we know it is for its key results.",
            suggestion="Move the number into a key result, and say here what it stands for.",
        )
    ]


def _task(title: str) -> list[Remark]:
    if not (opens_with_work(title) or ends_as_done(title)) or _says_what_for(title):
        return []
    return [
        Remark(
            code=Code.TASK,
            tone=Tone.WARNING,
            field="title",
            seen="It reads like a task: it tells what will be done.",
            why="An objective outlasts the first idea of how to reach it.",
            suggestion="Say what the work is for, and keep the work itself as an initiative.",
        )
    ]


def _says_what_for(title: str) -> bool:
    """Whether the work is followed by what it brings: "… that increases lifetime value"."""
    words = words_of(title)
    for place, word in enumerate(words[1:], start=1):
        if word in EFFECT_MARKS:
            rest = {form for later in words[place:] for form in (later, later.removesuffix("s"))}
            return not (CHANGE_VERBS | EFFECTS).isdisjoint(rest)
    return False
