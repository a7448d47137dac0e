"""Goals in the command palette, by the words of their titles."""

from collections.abc import Iterator
from itertools import islice

from django.http import HttpRequest
from django.urls import reverse

from accounts.access import Access
from lib.search import SHOWN_PER_SOURCE, Found, SearchSource
from okrs.queries.key_results import search_key_results
from okrs.queries.objectives import search_objectives


def find_objectives(request: HttpRequest, words: str) -> Iterator[Found]:
    access: Access = request.access  # type: ignore[attr-defined]
    for row in islice(search_objectives(access, words), SHOWN_PER_SOURCE):
        owner = row.unit or row.organization
        url = reverse("okrs:objective", args=[row.organization.slug, row.pk])
        yield Found(row.title, url, hint=f"{owner}, {row.cycle}", icon="flag")


def find_key_results(request: HttpRequest, words: str) -> Iterator[Found]:
    access: Access = request.access  # type: ignore[attr-defined]
    for row in islice(search_key_results(access, words), SHOWN_PER_SOURCE):
        url = reverse("okrs:key-result", args=[row.organization.slug, row.pk])
        yield Found(row.title, url, hint=row.objective.title, icon="chart-bar")


SOURCES = (
    SearchSource(name="objectives", label="Objectives", find=find_objectives, order=20),
    SearchSource(name="key-results", label="Key results", find=find_key_results, order=30),
)
