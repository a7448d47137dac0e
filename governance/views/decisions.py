"""Pages of decisions: the list, one of them, and writing it down."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from governance.actions import decisions as actions
from governance.actions.rights import may_on, require_on
from governance.forms.decisions import DecideForm, DecisionFilterForm, DecisionForm
from governance.forms.records import named_in, sent
from governance.models import Decision
from governance.panels import discussion_context
from governance.queries import decisions as queries
from governance.queries.records import GOALS
from lib.form_answers import posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer
from okrs.views.addresses import address_of
from okrs.views.editing import FormPage, answer_button, answer_form

FORM = "governance/decision_form.html"
CSV_COLUMNS = (
    "decision",
    "kind",
    "state",
    "decided_on",
    "decided_by",
    "outcome",
    "context",
    "options_considered",
    "consequences",
    "touches",
    "look_at_again_on",
    "follow_up",
)


@requires(Permission.ORG_READ)
def decisions(request: MemberRequest) -> HttpResponse:
    form = DecisionFilterForm(request.GET, access=request.access)
    today = timezone.localdate()
    chosen = queries.chosen_decisions(request.access, form.chosen, today)
    page = page_of(chosen, request, by=queries.NEWEST_FIRST)
    context = {
        "form": form,
        "page": page,
        "rows": queries.decision_rows(request.access, page.rows),
        "today": today,
        "csv_url": address_of(request).at(f"{request.path}export/"),
    }
    fragment = page.fragment("rows") or "list"
    return render_page(request, "governance/decisions.html", context, fragment=fragment)


@requires(Permission.ORG_READ)
def decisions_export(request: MemberRequest) -> HttpResponse:
    """The same choice of decisions as a file."""
    form = DecisionFilterForm(request.GET, access=request.access)
    chosen = queries.chosen_decisions(request.access, form.chosen, timezone.localdate())
    rows = queries.decision_rows(request.access, list(chosen.order_by(*queries.NEWEST_FIRST)))
    return csv_answer(f"decisions-{request.org.slug}", CSV_COLUMNS, csv_rows(rows))


def csv_rows(rows: list[queries.DecisionRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        decision = row.decision
        yield (
            decision.title,
            decision.get_kind_display(),
            decision.get_state_display(),
            decision.decided_on,
            decision.decided_by.name if decision.decided_by else "",
            decision.outcome,
            decision.context,
            decision.options,
            decision.consequences,
            "; ".join(f"{link.kind}: {link.title}" for link in row.touches),
            decision.review_on,
            decision.follow_up,
        )


@requires(Permission.ORG_READ)
def decision(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_decision(request.access, pk)
    touched = queries.touched_records(row)
    may_write = may_on(request.access, Permission.DECISION_WRITE, touched)
    may_decide = may_on(request.access, Permission.DECISION_DECIDE, touched)
    context = {
        "decision": row,
        "touches": queries.touched_links(request.access, row),
        "former": queries.former_of(request.access, row),
        "successor": queries.successor_of(request.access, row),
        "may_edit": may_write and row.is_proposed and not row.archived_at,
        "may_decide": may_decide and row.is_proposed and not row.archived_at,
        "may_supersede": may_write and row.state == "decided",
        "may_restore": may_write and row.archived_at,
        "today": timezone.localdate(),
        **discussion_context(request, row),
    }
    return render(request, "governance/decision.html", context)


@requires(Permission.DECISION_WRITE, post=Permission.DECISION_WRITE)
def create_decision(request: MemberRequest) -> HttpResponse:
    """Note a decision, made or proposed; `?product=<id>` and the like name what it touches.

    `?supersedes=<id>` names the decision whose place it takes.
    """
    data, typed, words = sent(request, "touches")
    form = DecisionForm(data, access=request.access, initial=typed or begun(request), words=words)
    back = reverse("governance:decisions", args=[request.org.slug])
    page = FormPage(title="Record a decision", back=back, back_label="Decisions", template=FORM)

    def save() -> str:
        fields = form.changes
        day, person = fields.pop("decided_on"), fields.pop("decided_by")
        if "propose" in request.POST:
            return actions.propose_decision(request.access, **fields).get_absolute_url()
        made = actions.record_decision(request.access, decided_on=day, decided_by=person, **fields)
        return made.get_absolute_url()

    done = "Proposal saved." if "propose" in request.POST else "Decision recorded."
    return answer_form(request, form, page, save=save, done=done)


def begun(request: MemberRequest) -> dict[str, Any]:
    """What the address says about a new decision."""
    initial: dict[str, Any] = {"kind": request.GET.get("kind", "")}
    touches = named_in(request, request.access, GOALS)
    former = former_in(request)
    if former is not None:
        touches = [link.value for link in queries.touched_links(request.access, former)]
        initial |= {"supersedes": former.pk, "kind": former.kind, "title": former.title}
    return {**initial, "touches": touches}


def former_in(request: MemberRequest) -> Decision | None:
    given = request.GET.get("supersedes", "")
    try:
        return queries.standing_decisions(request.access).filter(pk=UUID(given)).first()
    except ValueError:
        return None


@requires(Permission.DECISION_WRITE, post=Permission.DECISION_WRITE)
def edit_decision(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_decision(request.access, pk)
    require_on(request.access, Permission.DECISION_WRITE, queries.touched_records(row))
    data, typed, words = sent(request, "touches")
    form = DecisionForm(data, access=request.access, row=row, initial=typed, words=words)
    page = FormPage(
        title="Edit the proposal",
        back=row.get_absolute_url(),
        back_label=row.title,
        template=FORM,
        context={"row": row},
    )

    def save() -> str:
        actions.edit_decision(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Proposal saved.")


@requires(Permission.DECISION_DECIDE, post=Permission.DECISION_DECIDE)
def decide(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = queries.get_decision(request.access, pk)
    require_on(request.access, Permission.DECISION_DECIDE, queries.touched_records(row))
    form = DecideForm(posted(request), access=request.access, row=row)
    page = FormPage(
        title="Decide",
        back=row.get_absolute_url(),
        back_label=row.title,
        submit="Decide",
        note="Once it is decided, nothing of it changes; another decision can take its place.",
    )

    def save() -> str:
        actions.decide(request.access, row, expected_version=form.expected_version, **form.changes)
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Decided.")


@requires_post(Permission.DECISION_WRITE)
def withdraw_decision(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_withdrawn(request, pk, withdrawn=True)


@requires_post(Permission.DECISION_WRITE)
def restore_decision(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_withdrawn(request, pk, withdrawn=False)


def set_withdrawn(request: MemberRequest, pk: UUID, *, withdrawn: bool) -> HttpResponse:
    """Withdrawing is undone on the page that follows it."""
    row = queries.get_decision(request.access, pk)

    def act() -> None:
        actions.withdraw_decision(request.access, row, expected_version=None, withdrawn=withdrawn)

    done = "The proposal was withdrawn." if withdrawn else "The proposal is back."
    return answer_button(request, row.get_absolute_url(), act=act, done=done)
