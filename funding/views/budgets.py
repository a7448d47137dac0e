"""The list of budgets, and making, changing and archiving one."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import conflicts
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.tenant_models import StaleVersion
from funding import actions
from funding.forms import BudgetFilterForm, BudgetForm
from funding.models import Budget
from funding.queries import budgets as queries
from funding.queries.choices import is_anything_to_fund, receiver_named
from lib.form_answers import add_errors, posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer

FORM = "funding/budget_form.html"
COLUMNS = (
    "budget",
    "product",
    "value_stream",
    "first_day",
    "last_day",
    "currency",
    "planned",
    "allocated",
    "released",
    "spent",
    "remaining",
)


@requires(Permission.MONEY_READ)
def budgets(request: MemberRequest) -> HttpResponse:
    form = BudgetFilterForm(request.GET, access=request.access)
    chosen = queries.chosen_budgets(request.access, form.chosen)
    page = page_of(chosen, request, by=queries.NEWEST_FIRST)
    moved = queries.movements_of(chosen)
    context = {
        "form": form,
        "filters": form.chosen,
        "page": page,
        "rows": queries.rows_of(page.rows, moved),
        "sums": queries.sums_by_currency(request.access, chosen, moved),
    }
    return render_page(request, "funding/budgets.html", context, fragment=page.fragment("rows"))


@requires(Permission.MONEY_READ)
def budgets_export(request: MemberRequest) -> HttpResponse:
    """The same choice of budgets as a file."""
    form = BudgetFilterForm(request.GET, access=request.access)
    chosen = queries.chosen_budgets(request.access, form.chosen)
    rows = queries.rows_of(chosen, queries.movements_of(chosen))
    return csv_answer(f"budgets-{request.org.slug}", COLUMNS, csv_rows(rows))


def csv_rows(rows: list[queries.BudgetRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        budget, position = row.budget, row.position
        yield (
            budget.name,
            budget.product.name if budget.product else "",
            budget.value_stream.name if budget.value_stream else "",
            budget.starts_on,
            budget.ends_on,
            budget.currency,
            budget.amount,
            position.totals.allocated,
            position.totals.released,
            position.totals.spent,
            position.remaining,
        )


@requires(Permission.MONEY_WRITE, post=Permission.MONEY_WRITE)
def budget_create(request: MemberRequest) -> HttpResponse:
    """A new budget; `?product=` or `?stream=` names what it is for, of which there must be some."""
    initial = receiver_named(request.access, **request.GET.dict())
    form = BudgetForm(posted(request), access=request.access, initial=initial)
    if not form.is_bound and not is_anything_to_fund(request.access):
        return render(request, "funding/budget_first.html")
    back = reverse("funding:budgets", args=[request.org.slug])
    context = {"form": form, "back": back, "title": "New budget"}
    if form.is_valid():
        try:
            budget = actions.create_budget(request.access, **form.changes)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Budget added.")
            return redirect("funding:budget", request.org.slug, budget.pk)
    return render(request, FORM, context, status=422 if form.is_bound else 200)


@requires(Permission.MONEY_WRITE, post=Permission.MONEY_WRITE)
def budget_edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    budget = queries.get_budget(request.access, pk)
    form = BudgetForm(posted(request), access=request.access, instance=budget)
    if not form.is_valid():
        return edit_page(request, form, status=422 if form.is_bound else 200)
    try:
        version = form.cleaned_data["version"]
        actions.edit_budget(request.access, budget, expected_version=version, **form.changes)
    except StaleVersion as stale:
        found = conflicts.differences(form, stale.current)
        conflicts.take_version(form, stale.current)
        return edit_page(request, form, status=409, differences=found)
    except ValidationError as error:
        add_errors(form, error)
        return edit_page(request, form, status=422)
    messages.success(request, "Budget saved.")
    return redirect("funding:budget", request.org.slug, pk)


def edit_page(
    request: MemberRequest, form: BudgetForm, *, status: int, **context: object
) -> HttpResponse:
    budget: Budget = form.instance
    back = reverse("funding:budget", args=[request.org.slug, budget.pk])
    shown = {"form": form, "row": budget, "back": back, "title": "Edit budget", **context}
    return render(request, FORM, shown, status=status)


@requires_post(Permission.MONEY_WRITE)
def budget_archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True)


@requires_post(Permission.MONEY_WRITE)
def budget_restore(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False)


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool) -> HttpResponse:
    """Archiving is undone on the page that follows it."""
    budget = queries.get_budget(request.access, pk)
    actions.archive_budget(request.access, budget, expected_version=None, archived=archived)
    messages.success(request, f"{budget.name} was {'archived' if archived else 'restored'}.")
    return redirect("funding:budget", request.org.slug, pk)
