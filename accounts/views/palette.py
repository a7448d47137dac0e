"""Search or jump to."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.permissions import MemberRequest, Permission, requires
from lib.search import search

LONGEST_QUERY = 100


@requires(Permission.ORG_READ)
def palette(request: MemberRequest) -> HttpResponse:
    """The results below the palette's field, for the words typed so far."""
    words = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    context = {"groups": search(request, words), "query": words}
    return render(request, "_shared/palette_results.html", context)
