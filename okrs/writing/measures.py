"""What a text measures: numbers, from where to where, in which unit, under which condition."""

import re
from dataclasses import dataclass

from okrs.writing.deadlines import without_deadlines
from okrs.writing.words import (
    CHANGE_VERBS,
    EFFECTS,
    NEEDS_UNIT,
    NUMBER_WORDS,
    SCALES,
    STOP_WORDS,
)

_FIGURE = r"[€$£¥]?\d[\d.,]*"
_NUMBER = re.compile(rf"(?<![\w.-]){_FIGURE}")
_FROM_TO = re.compile(
    rf"\bfrom\s+{_FIGURE}.{{0,30}}?\bto\s+{_FIGURE}|{_FIGURE}\s*%?\s*(?:→|->|–>)\s*{_FIGURE}",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"{_FIGURE}\s*(?:%|percent\b|per cent\b|percentage points?\b|pp\b)", re.IGNORECASE
)
_CURRENCY = re.compile(
    r"[€$£¥]\s*\d|\d[\d.,]*\s*(?:k|m|bn)?\s*(?:eur|usd|gbp|chf|€|\$|£)\b", re.IGNORECASE
)
# "by 30%", "to 500": a change whose start is somewhere else.
_CHANGE = re.compile(rf"\b(?:by|to)\s+{_FIGURE}", re.IGNORECASE)
_MULTIPLE = frozenset({"double", "halve", "quadruple", "triple"})
# A number and the word behind it, which is its unit unless it only joins the sentence.
_WITH_WORD = re.compile(rf"{_FIGURE}\+?\s*(?P<word>[a-z%][\w'’-]*)", re.IGNORECASE)
_JOINING = STOP_WORDS | {"above", "below", "less", "more", "per", "until", "within"}
# How long something takes is a time limit, not what it achieves.
_TIME_LIMIT = re.compile(r"\b(?:with)?in\s+\d+\s+(?:day|week|month|quarter)s?\b", re.IGNORECASE)
# Where a text goes on from the work to what it must bring about.
_CONDITION = re.compile(
    r"\b(?:that|which|who|whose|each|so that|such that|used by|adopted by|rated|loved by"
    r"|leading to|resulting in|driving|reaching|bringing|cutting|raising|lifting|with at least"
    r"|with more than|with fewer than|with less than|for at least)\b(?P<rest>.+)",
    re.IGNORECASE,
)
_MEASURABLE = re.compile(r"\bmeasur\w+", re.IGNORECASE)


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation around them."""
    return [word.strip("'’-") for word in re.findall(r"[\w'’&+%-]+", text.lower())]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was found in a text, whose deadlines do not count.

    A quantity is a number in figures or in words; `changes` says that it goes up or down by or to
    a number, `lacks_unit` that none of its numbers says what it counts.
    """

    has_number: bool
    has_quantity: bool
    is_from_to: bool
    has_percent: bool
    changes: bool
    lacks_unit: bool


def measures_of(text: str) -> Measures:
    bare = without_deadlines(text)
    words = words_of(bare)
    has_number = bool(_NUMBER.search(bare))
    return Measures(
        has_number=has_number,
        has_quantity=has_number or not NUMBER_WORDS.isdisjoint(words),
        is_from_to=bool(_FROM_TO.search(bare)),
        has_percent=bool(_PERCENT.search(bare)),
        changes=_is_change(bare, words),
        lacks_unit=has_number and _lacks_unit(bare, words),
    )


def _is_change(text: str, words: list[str]) -> bool:
    opening = set(words[:3])
    if _MULTIPLE & opening:
        return True
    return bool(CHANGE_VERBS & opening and _CHANGE.search(text))


def _lacks_unit(text: str, words: list[str]) -> bool:
    """Whether none of the numbers says what it counts, although the thing needs a unit."""
    if NEEDS_UNIT.isdisjoint(words) or not SCALES.isdisjoint(words):
        return False
    if _PERCENT.search(text) or _CURRENCY.search(text):
        return False
    return all(found["word"].lower() in _JOINING for found in _WITH_WORD.finditer(text))


@dataclass(frozen=True, slots=True)
class Condition:
    """What work must bring about, as the text says it; `is_measured` when with a number."""

    words: str
    is_measured: bool


def condition_of(text: str) -> Condition | None:
    """The condition that a piece of work carries, or None when it carries none that counts.

    It names an effect on people or on money, and a number or that it is measurable.
    """
    bare = without_deadlines(text)
    found = _CONDITION.search(bare)
    rest = found["rest"] if found else _rest_after_change(bare)
    words = set(words_of(rest))
    figures = _TIME_LIMIT.sub(" ", rest)
    is_measured = bool(_PERCENT.search(figures)) or bool(
        _NUMBER.search(figures) and not EFFECTS.isdisjoint(words)
    )
    if is_measured or (_MEASURABLE.search(rest) and not EFFECTS.isdisjoint(words)):
        return Condition(rest.strip(), is_measured)
    return None


def _rest_after_change(text: str) -> str:
    """What follows a later verb of change: "… and raise conversion from 2% to 3%"."""
    words = re.split(r"(\s+)", text)
    for place, word in enumerate(words):
        if place and word.lower().strip(",.;") in CHANGE_VERBS:
            return "".join(words[place:])
    return ""
