"""Closed cycles beside each other."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.permissions import MemberRequest, Permission, requires
from lib.spreadsheets import csv_answer
from okrs.queries.comparison import comparison_of


@requires(Permission.ORG_READ)
def compare_cycles(request: MemberRequest) -> HttpResponse:
    """Scores of portfolios and products over the last closed cycles."""
    return render(
        request, "okrs/compare_cycles.html", {"comparison": comparison_of(request.access)}
    )


@requires(Permission.ORG_READ)
def compare_cycles_csv(request: MemberRequest) -> HttpResponse:
    found = comparison_of(request.access)
    head = ("Kind", "Unit", *(cycle.name for cycle in found.cycles), "Change")
    lines = (
        (
            "Portfolio" if line.is_portfolio else "Product",
            line.unit.name,
            *("" if score is None else score for score in line.scores),
            "" if line.change is None else line.change,
        )
        for line in found.units
    )
    return csv_answer("cycles-compared", head, lines)
