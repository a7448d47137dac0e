"""Starting an objective from the last cycle or from a template, and what was deferred."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires
from lib.htmx import render_page
from lib.spreadsheets import csv_answer
from okrs.actions import starting as actions
from okrs.forms.starting import Seed, StartForm, seed_of_pattern, seed_of_result
from okrs.forms.templates import DeferredFilterForm
from okrs.models import Objective, ObjectiveTemplate
from okrs.queries.objectives import objectives_with_place
from okrs.queries.starting import (
    deferred_page,
    earlier_objectives,
    next_cycle,
    patterns_of,
    results_to_continue,
    templates,
)
from okrs.views.addresses import address_of
from okrs.views.editing import FormPage, answer_form
from okrs.views.filters import no_cycle
from okrs.views.writing import is_check, objective_hints

FORM = "okrs/objective_start.html"
EARLIER = "okrs/earlier_objectives.html"
DEFERRED = "okrs/deferred.html"
SHOWN = 100
CSV_COLUMNS = (
    "Objective", "Tier", "Cycle", "Belongs to", "Accountable", "Deferred because", "Deferred by",
    "Deferred on", "Taken up in",
)  # fmt: skip


# --- From what ----------------------------------------------------------------------------------
def starting_points(request: MemberRequest, here: str) -> list[dict[str, object]]:
    """The ways to begin an objective, as tabs."""
    ways = (
        ("Blank", "create-objective"),
        ("Last cycle", "earlier-objectives"),
        ("Template", "choose-template"),
        ("Deferred", "deferred"),
    )
    return [
        {"label": label, "url": reverse(f"okrs:{name}", args=[request.org.slug]),
         "active": name == here}
        for label, name in ways
    ]  # fmt: skip


@requires(Permission.OKR_WRITE)
def choose_earlier(request: MemberRequest) -> HttpResponse:
    """Objectives of past cycles that the member may go on with."""
    words = request.GET.get("q", "").strip()
    rows = list(earlier_objectives(request.access, words)[: SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "words": words,
        "ways": starting_points(request, "earlier-objectives"),
    }
    return render_page(request, EARLIER, context, fragment="list")


@requires(Permission.OKR_WRITE)
def choose_template(request: MemberRequest) -> HttpResponse:
    context = {
        "rows": list(templates().order_by("name")),
        "ways": starting_points(request, "choose-template"),
        "may_manage": request.access.allows(Permission.CYCLE_MANAGE),
    }
    return render(request, "okrs/template_choice.html", context)


# --- The form -----------------------------------------------------------------------------------
@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def continue_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A new objective that goes on from an earlier one, with its end values as baselines."""
    earlier = get_object_or_404(objectives_with_place(request.access), pk=pk)
    seeds = [seed_of_result(row) for row in results_to_continue(earlier)]
    initial = {
        "title": earlier.title,
        "description": earlier.description,
        "unit": str(earlier.unit_id or "organization"),
        "cycle": next_cycle(earlier.cycle.ends_on),
        "owner": request.member.pk if earlier.owner.left_at else earlier.owner_id,
        "roll_up": earlier.roll_up,
    }
    page = start_page(
        "Go on with an objective",
        back=earlier.get_absolute_url(),
        back_label=earlier.title,
        note=f"From {earlier.cycle}. End values become baselines; links are agreed on anew.",
    )
    save = partial(actions.continue_objective, request.access, earlier)
    return answer_start(request, page, seeds, initial, save=save)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def start_from_template(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A new objective with the key results of a template."""
    template = get_object_or_404(ObjectiveTemplate, pk=pk, archived_at=None)
    cycle = next_cycle()
    if cycle is None and request.method == "GET":
        return no_cycle(request, template.name)
    seeds = [seed_of_pattern(row) for row in patterns_of(template)]
    initial = {"title": template.title, "owner": request.member.pk, "cycle": cycle}
    page = start_page(
        f"New objective from “{template.name}”",
        back=reverse("okrs:choose-template", args=[request.org.slug]),
        back_label="Templates",
        note=template.description,
    )
    save = partial(actions.start_from_template, request.access)
    return answer_start(request, page, seeds, initial, save=save)


def start_page(title: str, **more: str) -> dict[str, Any]:
    return {"title": title, "submit": "Create draft", "template": FORM, **more}


def answer_start(
    request: MemberRequest,
    page: dict[str, Any],
    seeds: Sequence[Seed],
    initial: dict[str, Any],
    *,
    save: Callable[..., Objective],
) -> HttpResponse:
    """Show the form, read it over or store it; `save` takes its fields and the key results."""
    data = request.POST if request.method == "POST" else None
    form = StartForm(data, access=request.access, initial=initial, seeds=seeds)
    hints = objective_hints(request, request.POST if data is not None else initial)
    shown = FormPage(**page, context=hints)
    if is_check(request):
        return shown.show(request, form)

    def store() -> str:
        try:
            made = save(results=form.starts, **form.changes)
        except ValidationError as error:
            raise form.sorted_out(error) from None
        return made.get_absolute_url()

    return answer_form(request, form, shown, save=store, done="Draft created.")


# --- What was deferred --------------------------------------------------------------------------
@requires(Permission.ORG_READ)
def deferred(request: MemberRequest) -> HttpResponse:
    """What was put off, with the reason: where the next round starts from."""
    form = DeferredFilterForm(request.GET, access=request.access)
    after = request.GET.get("after", "")
    found = deferred_page(request.access, form.filters(), after=after)
    query = request.GET.copy()
    query["after"] = found.after
    may_write = request.access.allows(Permission.OKR_WRITE)
    context = {
        "form": form,
        "rows": found.rows,
        "next_url": f"{request.path}?{query.urlencode()}" if found.after else None,
        "csv_url": address_of(request).at(reverse("okrs:deferred-csv", args=[request.org.slug])),
        "ways": starting_points(request, "deferred") if may_write else [],
    }
    return render_page(request, DEFERRED, context, fragment="rows" if after else "list")


@requires(Permission.ORG_READ)
def deferred_csv(request: MemberRequest) -> HttpResponse:
    form = DeferredFilterForm(request.GET, access=request.access)
    found = deferred_page(request.access, form.filters(), limit=None)
    rows = (
        (
            row["title"], row["tier__name"], row["cycle__name"],
            row["portfolio__name"] or row["product__name"] or row["team__name"],
            row["owner__name"], row["reason"], row["deferred_by_name"],
            row["deferred_at"] and row["deferred_at"].isoformat(), row["followed_in"],
        )
        for row in found.rows
    )  # fmt: skip
    return csv_answer("deferred-objectives", CSV_COLUMNS, rows)
