"""Finding the names behind @ in a text: no rows, no Django.

A mention is an @ that follows no letter or digit, and the longest known name or e-mail address
right behind it. Only so many of one text count.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

AT = re.compile(r"(?<!\w)@(?=\w)")
# A name ends where a word does; more words than this no name has.
WORD_END = re.compile(r"(?<=\w)(?!\w)|(?<=\.)(?=\s|$)")
MOST_ENDS = 12
MOST_MENTIONS = 50
LONGEST_NAME = 254


@dataclass(frozen=True)
class Mention:
    """`words` as they stand in the text behind the @, from `start` (the @ itself) to `end`."""

    start: int
    end: int
    words: str


def folded(words: str) -> str:
    """Names are compared without regard to capitals."""
    return words.lower()


def possible_names(text: str) -> set[str]:
    """Everything in `text` that could be a name behind an @, folded."""
    return {folded(words) for _, words in candidates(text)}


def mentions_in(text: str, names: Collection[str]) -> list[Mention]:
    """The mentions of `names`, which are folded, in the order of the text."""
    found: dict[int, Mention] = {}
    for start, words in candidates(text):
        if folded(words) in names:
            found[start] = Mention(start, start + 1 + len(words), words)
    return list(found.values())


def candidates(text: str) -> Iterator[tuple[int, str]]:
    """(place of the @, words behind it), the shortest first."""
    for at in islice(AT.finditer(text), MOST_MENTIONS):
        line = text[at.end() : at.end() + LONGEST_NAME].split("\n", 1)[0]
        ends = [end.start() for end in WORD_END.finditer(line)]
        for end in ends[:MOST_ENDS]:
            yield at.start(), line[:end]
