"""Settings of cycles and tiers, and the closing of a cycle."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from lib.htmx import render_page, toast, wants_fragment
from okrs.actions import cycles as actions
from okrs.actions.learning import WRITABLE
from okrs.actions.rights import require_on_key_result
from okrs.choices import CycleState
from okrs.forms.cycles import CycleForm, CycleMoveForm, JudgeForm, TierForm
from okrs.models import Cycle, KeyResult, Tier
from okrs.queries.cycles import nested_cycles, rows_to_judge, tiers
from okrs.queries.key_results import key_result_rows, key_results_with_place
from okrs.queries.learning import not_looked_back_on, portfolio_lines
from okrs.views.editing import FormPage, answer_form
from okrs.views.key_results import find_key_result

SHOWN = 500
MOVED = {
    CycleState.PLANNED: "The cycle is planned again.",
    CycleState.OPEN: "The cycle is open.",
    CycleState.CLOSING: "The cycle is closing. Give the final scores.",
    CycleState.CLOSED: "The cycle is closed: its scores stand.",
}


def cycles_url(request: MemberRequest) -> str:
    return reverse("okrs:cycles", args=[request.org.slug])


def find_cycle(pk: UUID) -> Cycle:
    return get_object_or_404(Cycle.objects.select_related("organization"), pk=pk)


@requires(Permission.ORG_READ)
def cycles(request: MemberRequest) -> HttpResponse:
    context = {
        "lines": nested_cycles(),
        "tiers": list(tiers()),
        "may_manage": request.access.allows(Permission.CYCLE_MANAGE),
    }
    return render(request, "okrs/cycles.html", context)


@requires(Permission.CYCLE_MANAGE, post=Permission.CYCLE_MANAGE)
def create_cycle(request: MemberRequest) -> HttpResponse:
    form = CycleForm(posted(request), access=request.access)
    page = FormPage(title="New cycle", back=cycles_url(request), back_label="Cycles")

    def save() -> str:
        actions.create_cycle(request.access, **form.changes)
        return page.back

    return answer_form(request, form, page, save=save, done="Cycle added.")


@requires(Permission.CYCLE_MANAGE, post=Permission.CYCLE_MANAGE)
def edit_cycle(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_cycle(pk)
    form = CycleForm(posted(request), access=request.access, row=row)
    page = FormPage(title=f"Edit {row.name}", back=cycles_url(request), back_label="Cycles")

    def save() -> str:
        actions.edit_cycle(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return page.back

    return answer_form(request, form, page, save=save, done="Cycle saved.")


@requires_post(Permission.CYCLE_MANAGE)
def move_cycle(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_cycle(pk)
    form = CycleMoveForm(posted(request), access=request.access, row=row)
    page = FormPage(title=f"Move {row.name}", back=cycles_url(request), back_label="Cycles")

    def save() -> str:
        actions.move_cycle(
            request.access,
            row,
            to=form.cleaned_data["to"],
            expected_version=form.cleaned_data["version"],
        )
        is_closing = row.state == CycleState.CLOSING
        return reverse("okrs:close-cycle", args=[request.org.slug, pk]) if is_closing else page.back

    done = MOVED[CycleState(form.cleaned_data["to"])] if form.is_valid() else ""
    return answer_form(request, form, page, save=save, done=done)


@requires(Permission.ORG_READ)
def close_cycle(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Where final scores are given while a cycle is closing."""
    row = find_cycle(pk)
    missing = request.GET.get("show") == "missing"
    looks_back = row.state in WRITABLE
    rows = key_result_rows(
        request.access, rows_to_judge(request.access, row, missing=missing)[:SHOWN]
    )
    context = {
        "cycle": row,
        "rows": rows,
        "missing": missing,
        "unscored": sum(r.score is None and r.final_score is None for r in rows),
        "may_manage": request.access.allows(Permission.CYCLE_MANAGE),
        "silent": list(not_looked_back_on(request.access, row)[:SHOWN]) if looks_back else [],
        "portfolios": portfolio_lines(request.access, row) if looks_back else [],
    }
    return render_page(request, "okrs/cycle_close.html", context)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def judge_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Say what a key result finally counts; htmx gets its row back."""
    row = find_key_result(request, pk)
    require_on_key_result(request.access, Permission.OKR_WRITE, row)
    form = JudgeForm(posted(request), access=request.access, row=row)
    back = reverse("okrs:close-cycle", args=[request.org.slug, row.objective.cycle_id])
    page = FormPage(title=f"Final score of {row.title}", back=back, back_label="Closing")

    def save() -> str:
        given = {name: form.cleaned_data[name] for name in ("final_score", "judgement")}
        actions.judge_key_result(request.access, row, **given)
        return back

    answer = answer_form(request, form, page, save=save, done="Final score saved.")
    if not wants_fragment(request):
        return answer
    if answer.status_code == 302:
        return toast(judged_row(request, row), "Final score saved.")
    return judged_row(request, row, refused=form)


def judged_row(
    request: MemberRequest, key_result: KeyResult, *, refused: JudgeForm | None = None
) -> HttpResponse:
    """The row of a key result; with what was typed and why it was `refused`."""
    rows = key_results_with_place(request.access).filter(pk=key_result.pk)
    [row] = key_result_rows(request.access, rows)
    context = {"row": row, "refused": refused}
    status = 422 if refused else 200
    return render(request, "okrs/cycle_close.html#judged", context, status=status)


@requires(Permission.CYCLE_MANAGE, post=Permission.CYCLE_MANAGE)
def edit_tier(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Tier, pk=pk)
    form = TierForm(posted(request), access=request.access, row=row)
    page = FormPage(title=f"Rename {row.name}", back=cycles_url(request), back_label="Cycles")

    def save() -> str:
        actions.save_tier(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return page.back

    return answer_form(request, form, page, save=save, done="Tier renamed.")
