"""What stands in place of a form that has nothing to choose from yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import MemberRequest
from okrs.forms.fields import GoalForm, UnitField
from okrs.views.editing import FormPage


@dataclass(frozen=True)
class Missing:
    """What there has to be first, and the page where it is added."""

    title: str
    words: str
    address: str
    action: str


# By the field that asks for it.
FIRST: Mapping[str, Missing] = {
    "portfolio": Missing(
        "There is no portfolio yet",
        "A round plans the goals of one portfolio. Add it first, with its products.",
        "portfolio:portfolios",
        "Open the portfolios",
    ),
    "product": Missing(
        "There is no product yet",
        "Initiatives are the work on a product. Add it first.",
        "portfolio:products",
        "Open the products",
    ),
    "unit": Missing(
        "There is no portfolio, product or team yet",
        "This is written for one of them. Add it first.",
        "portfolio:products",
        "Open the products",
    ),
    "cycle": Missing(
        "There is no cycle for this yet",
        "Rounds plan a cycle that is still ahead or open, and reviews look at one that has begun.",
        "okrs:cycles",
        "Open the cycles",
    ),
}


def missing_first(request: MemberRequest, form: GoalForm, page: FormPage) -> HttpResponse | None:
    """The page that says what is missing; None once the form can be filled in."""
    for name, missing in FIRST.items():
        if name in form.fields and not offers_something(form.fields[name]):
            url = reverse(missing.address, args=[request.org.slug])
            context = {"page": page, "missing": missing, "url": url}
            return render(request, "okrs/missing.html", context)
    return None


def offers_something(field: Any) -> bool:
    return bool(field.rows) if isinstance(field, UnitField) else field.queryset.exists()
