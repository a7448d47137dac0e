"""The people of an organisation in the command palette."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from accounts import queries
from accounts.access import Access
from lib.search import SHOWN_PER_SOURCE, Found, SearchSource


def find_people(request: HttpRequest, words: str) -> Iterator[Found]:
    access: Access = request.access  # type: ignore[attr-defined]
    address = reverse("accounts:people", args=[access.organization.slug])
    for member in queries.members(access, words=words)[:SHOWN_PER_SOURCE]:
        url = f"{address}?{urlencode({'q': member.name})}"
        yield Found(member.name, url, hint=member.get_role_display(), icon="user")


PEOPLE = SearchSource(name="people", label="People", find=find_people, order=90)
