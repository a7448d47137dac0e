"""Objectives that say nearly the same."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from okrs.writing.measures import words_of
from okrs.writing.words import STOP_WORDS

Key = TypeVar("Key", bound=Hashable)
# Of 100. One word of five exchanged is about 85; the same beginning alone is below 70.
ALIKE = 78


@dataclass(frozen=True, slots=True)
class Likeness(Generic[Key]):
    """Another text and how alike it is, 0..100."""

    key: Key
    text: str
    ratio: float


def most_alike(
    text: str, others: Sequence[tuple[Key, str]], *, limit: int = 3
) -> list[Likeness[Key]]:
    """The texts that are nearly `text`, the most alike first; word order does not matter."""
    wanted = _plain(text)
    if not wanted:
        return []
    found = process.extract(
        wanted,
        [_plain(other) for _, other in others],
        scorer=_ratio,
        score_cutoff=ALIKE,
        limit=limit,
    )
    return [Likeness(others[place][0], others[place][1], ratio) for _, ratio, place in found]


def _ratio(one: str, other: str, *, score_cutoff: float | None = None) -> float:
    """How alike two texts are, as they stand or with their words sorted."""
    as_they_stand = fuzz.ratio(one, other, score_cutoff=score_cutoff)
    return max(as_they_stand, fuzz.token_sort_ratio(one, other, score_cutoff=score_cutoff))


def _plain(text: str) -> str:
    """The words that carry meaning, in the singular as far as a plain s makes the plural."""
    words = (word for word in words_of(text) if word not in STOP_WORDS)
    return " ".join(word if word.endswith("ss") else word.removesuffix("s") for word in words)
