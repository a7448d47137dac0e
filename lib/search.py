"""What the command palette finds: each app adds the records that it knows by name.

Sources register from `AppConfig.ready()`, so that imports keep running one way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest

SHOWN_PER_SOURCE = 6


@dataclass(frozen=True)
class Found:
    """One line of the palette: where it leads, and a few words that tell namesakes apart."""

    label: str
    url: str
    hint: str = ""
    icon: str = ""


Find = Callable[[HttpRequest, str], Iterable[Found]]


@dataclass(frozen=True, kw_only=True)
class SearchSource:
    """`find` answers typed words with what the person may see, the best first.

    Without words only the sources that need none are asked.
    """

    name: str
    label: str
    find: Find
    order: int = 100
    needs_words: bool = True


@dataclass(frozen=True)
class FoundGroup:
    label: str
    items: list[Found]


_sources: list[SearchSource] = []


def register(source: SearchSource) -> None:
    """Add `source` to the palette. Raises ValueError for a name that is taken."""
    if any(known.name == source.name for known in _sources):
        raise ValueError(f"the palette already has a source named {source.name!r}")
    _sources.append(source)
    _sources.sort(key=lambda known: (known.order, known.name))


def search(request: HttpRequest, words: str) -> list[FoundGroup]:
    """What each source finds for `words`, a few a source, without empty groups."""
    asked = [source for source in _sources if words or not source.needs_words]
    groups = (
        FoundGroup(source.label, list(islice(source.find(request, words), SHOWN_PER_SOURCE)))
        for source in asked
    )
    return [group for group in groups if group.items]
