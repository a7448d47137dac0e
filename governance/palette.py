"""Decisions, risks and signals in the command palette, by the words of their titles."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.access import Access
from governance.queries.decisions import search_decisions
from governance.queries.risks import search_risks
from governance.queries.signals import search_signals
from lib.search import SHOWN_PER_SOURCE, Find, Found, SearchSource

Search = Callable[[Access, str], QuerySet[Any]]


def finder(search: Search, hint: str, icon: str) -> Find:
    """Lines for what `search` finds; `hint` is the method that says what state a row is in."""

    def find(request: HttpRequest, words: str) -> Iterator[Found]:
        access: Access = request.access  # type: ignore[attr-defined]  # set by the view's gate
        rows = search(access, words).select_related("organization")
        for row in rows[:SHOWN_PER_SOURCE]:
            yield Found(row.title, row.get_absolute_url(), getattr(row, hint)(), icon)

    return find


SOURCES = (
    SearchSource(
        name="decisions",
        label="Decisions",
        find=finder(search_decisions, "get_state_display", "scale"),
        order=32,
    ),
    SearchSource(
        name="risks",
        label="Risks",
        find=finder(search_risks, "get_state_display", "exclamation-triangle"),
        order=34,
    ),
    SearchSource(
        name="signals",
        label="Signals",
        find=finder(search_signals, "get_kind_display", "signal"),
        order=36,
    ),
)
