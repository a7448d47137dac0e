"""Pages of dependencies: promises between units."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires
from lib.charts import Mark, Party, Wait, waiting_graph
from lib.display import show_count, show_day
from lib.form_answers import posted
from lib.htmx import render_page
from lib.panels import panels_for
from lib.spreadsheets import csv_answer
from okrs.actions import dependencies as actions
from okrs.choices import DependencyState
from okrs.forms.work import DependencyAnswerForm, DependencyFilterForm, DependencyForm
from okrs.models import Dependency, Initiative, KeyResult
from okrs.queries.dependencies import DependencyFilters, list_dependencies, visible_dependencies
from okrs.queries.initiatives import visible_initiatives
from okrs.queries.key_results import search_key_results, visible_key_results
from okrs.queries.objectives import is_id
from okrs.queries.waiting import (
    Ranked,
    graph_around,
    needer_of,
    provider_of,
    ranked,
    standing_dependencies,
)
from okrs.scoring import Trouble
from okrs.views.addresses import address_of
from okrs.views.alignments import key_result_option
from okrs.views.editing import FormPage, answer_form
from okrs.views.filters import read_id


def find_dependency(request: MemberRequest, pk: UUID) -> Dependency:
    return get_object_or_404(visible_dependencies(request.access), pk=pk)


PAGE = 50
OFFERED = 20
# What comes next as a rule, of all that may.
MAIN_STEPS: dict[str, DependencyState] = {
    DependencyState.ASKED: DependencyState.ACCEPTED,
    DependencyState.COUNTERED: DependencyState.ACCEPTED,
    DependencyState.ACCEPTED: DependencyState.DELIVERED,
}
CSV_COLUMNS = (
    "Needed", "Needer", "Needer's unit", "Provider", "Promised with", "Needed by", "Promised by",
    "People-weeks", "People-weeks promised", "State", "Trouble", "Days late", "Criticality",
    "Lateness", "Key results waiting", "Hurt",
)  # fmt: skip


def asked_for(request: MemberRequest, form: DependencyFilterForm) -> list[Ranked]:
    """What the filters choose, what hurts most first."""
    chosen = form.cleaned_data
    filters = DependencyFilters(
        text=chosen.get("q") or "",
        product=getattr(chosen.get("product"), "pk", None),
        state=chosen.get("state") or "",
    )
    today = timezone.localdate()
    return ranked(request.access, list_dependencies(request.access, filters, today), today)


@requires(Permission.ORG_READ)
def dependencies(request: MemberRequest) -> HttpResponse:
    form = DependencyFilterForm(request.GET, access=request.access)
    lines = asked_for(request, form)
    after = read_id(request.GET.get("after", ""))
    ids = [line.dependency.pk for line in lines]
    start = ids.index(after) + 1 if after in ids else 0
    page = lines[start : start + PAGE]
    more = address_of(request).having(after=page[-1].dependency.pk) if page else None
    context = {
        "form": form,
        "lines": page,
        "next_url": more if start + PAGE < len(lines) else None,
        "today": timezone.localdate(),
        "csv_url": address_of(request).at(f"{request.path}export.csv"),
    }
    fragment = "rows" if start else "list"
    return render_page(request, "okrs/dependencies.html", context, fragment=fragment)


@requires(Permission.ORG_READ)
def dependencies_csv(request: MemberRequest) -> HttpResponse:
    form = DependencyFilterForm(request.GET, access=request.access)
    return csv_answer("dependencies", CSV_COLUMNS, map(csv_row, asked_for(request, form)))


def csv_row(line: Ranked) -> tuple[object, ...]:
    row, hurt = line.dependency, line.hurt
    return (
        row.title, str(needer(row)), unit_needing(row),
        str(row.provider_product or row.provider_team),
        str(row.provider_key_result or row.provider_initiative or ""), row.needed_by,
        row.promised_by, row.people_weeks, row.promised_weeks, row.get_state_display(),
        hurt.trouble.value, hurt.days_late, hurt.criticality, round(hurt.lateness, 3), hurt.reach,
        round(hurt.amount, 3),
    )  # fmt: skip


def needer(row: Dependency) -> KeyResult | Initiative:
    given: KeyResult | Initiative = row.needer_key_result or row.needer_initiative
    return given


def unit_needing(row: Dependency) -> str:
    """The name of the unit whose goal or work waits; empty for the organisation's own."""
    if row.needer_key_result is not None:
        return str(row.needer_key_result.objective.unit or "")
    return str(row.needer_initiative.product)


# --- The graph --------------------------------------------------------------------------------
MARKS = {
    Trouble.BROKEN: Mark.BROKEN,
    Trouble.DECLINED: Mark.BROKEN,
    Trouble.OVERDUE: Mark.LATE,
    Trouble.LATE: Mark.LATE,
    Trouble.UNANSWERED: Mark.UNANSWERED,
    Trouble.NONE: Mark.HOLDS,
}


@requires(Permission.ORG_READ)
def dependency_graph(request: MemberRequest) -> HttpResponse:
    """Who waits for whom, as a drawing and in words; `?around=` shows two hops around one goal."""
    today = timezone.localdate()
    lines = ranked(request.access, standing_dependencies(request.access), today)
    centre = read_id(request.GET.get("around", ""))
    shown = graph_around(lines, centre)
    parties = parties_of(shown.lines, centre)
    centred = next((party for party in parties if party.is_centre), None)
    context = {
        "drawing": waiting_graph(parties, [wait_of(line) for line in shown.lines]),
        "shown": shown,
        "centre": centred,
        "today": today,
    }
    return render(request, "okrs/dependency_graph.html", context)


def parties_of(lines: Sequence[Ranked], centre: UUID | None) -> list[Party]:
    """Each goal, piece of work and unit of some promises, once."""
    found: dict[UUID, Party] = {}
    for line in lines:
        row = line.dependency
        given = row.provider_key_result or row.provider_initiative
        unit = row.provider_product or row.provider_team
        for record, note in ((given or unit, str(unit)), (needer(row), unit_needing(row))):
            record.organization = row.organization  # its address names it
            found[record.pk] = Party(
                id=str(record.pk),
                title=str(record),
                note="asked as a whole" if record is unit else note,
                url=record.get_absolute_url(),
                is_unit=record is unit,
                is_centre=record.pk == centre,
            )
    return list(found.values())


def wait_of(line: Ranked) -> Wait:
    row, hurt = line.dependency, line.hurt
    words = {
        Trouble.LATE: f"{show_count(hurt.days_late, 'day')} late",
        Trouble.OVERDUE: "overdue",
    }.get(hurt.trouble, hurt.trouble.value)
    return Wait(
        provider=str(provider_of(row)),
        needer=str(needer_of(row)),
        mark=MARKS[hurt.trouble],
        words=words,
        sentence=f"{row.title}: {needer(row)} waits for"
        f" {row.provider_product or row.provider_team}, {words}",
        url=row.get_absolute_url(),
    )


@requires(Permission.ORG_READ)
def dependency(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_dependency(request, pk)
    context = {
        "dependency": row,
        "line": ranked(request.access, [row], timezone.localdate())[0],
        "graph_around": needer_of(row),
        "today": timezone.localdate(),
        "moves": list(row.moves.select_related("actor")),
        "may_edit": request.access.allows_on(Permission.OKR_WRITE, actions.needing_units(row)),
        "steps": open_steps(request, row),
        "main_step": MAIN_STEPS.get(row.state),
        "panels": panels_for("okrs.dependency", request, row),
    }
    return render(request, "okrs/dependency.html", context)


def open_steps(request: MemberRequest, row: Dependency) -> list[DependencyState]:
    """The states to which the member, who needs or provides it, may take it."""
    return [step for step in DependencyState if actions.may_move(request.access, row, step)]


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def ask_dependency(request: MemberRequest) -> HttpResponse:
    """Ask for something that `?key_result=` or `?initiative=` waits for."""
    waits = asking_goal(request)
    initial = {"needer_owner": request.member.pk, "criticality": "0.5"}
    form = DependencyForm(posted(request), access=request.access, initial=initial)
    if waits is None:
        return choose_needer(request, form)
    page = FormPage(
        title="Ask for something",
        back=waits.get_absolute_url(),
        back_label=str(waits),
        submit="Ask",
        note=f"Needed for: {waits}",
    )

    def save() -> str:
        key = "needer_key_result" if isinstance(waits, KeyResult) else "needer_initiative"
        made = actions.ask_dependency(request.access, **{key: waits}, **form.changes)
        return made.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Asked.")


def asking_goal(request: MemberRequest) -> KeyResult | Initiative | None:
    key_result, initiative = (request.GET.get(name, "") for name in ("key_result", "initiative"))
    if is_id(key_result):
        rows = visible_key_results(request.access).select_related("objective", "organization")
        return get_object_or_404(rows, pk=key_result)
    if is_id(initiative):
        return get_object_or_404(visible_initiatives(request.access), pk=initiative)
    return None


def choose_needer(request: MemberRequest, form: DependencyForm) -> HttpResponse:
    """First of all: which key result waits?"""
    words = request.GET.get("q", "")
    waiting = search_key_results(request.access, words, is_open=True, limit=OFFERED + 1)
    found = list(waiting)
    context: dict[str, Any] = {
        "options": [key_result_option(row) for row in found[:OFFERED]],
        "has_more": len(found) > OFFERED,
        "words": words,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render_page(
        request, "okrs/dependency_needer.html", context, fragment="options", status=status
    )


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def edit_dependency(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_dependency(request, pk)
    request.access.require(Permission.OKR_WRITE, actions.needing_units(row))
    form = DependencyForm(posted(request), access=request.access, row=row)
    page = FormPage(title="Edit what is needed", back=row.get_absolute_url(), back_label=row.title)

    def save() -> str:
        actions.edit_dependency(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Saved.")


def needed_in_words(row: Dependency) -> str:
    by = f"Needed by {show_day(row.needed_by)}"
    if row.people_weeks is None:
        return by
    return f"{by}, {show_count(row.people_weeks, 'people-week')}"


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def answer_dependency(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_dependency(request, pk)
    initial = {
        "to": request.GET.get("to", ""),
        "promised_by": row.promised_by or row.needed_by,
        "promised_weeks": actions.weeks_to_begin_with(row),
    }
    steps = open_steps(request, row)
    if not steps:
        raise PermissionDenied("neither side of this dependency")
    form = DependencyAnswerForm(
        posted(request), access=request.access, row=row, steps=steps, initial=initial
    )
    page = FormPage(
        title="Answer",
        back=row.get_absolute_url(),
        back_label=row.title,
        submit="Send answer",
        note=f"{needed_in_words(row)}.",
    )

    def save() -> str:
        actions.move_dependency(
            request.access, row, expected_version=form.cleaned_data["version"], **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Your answer is recorded.")
