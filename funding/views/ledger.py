"""One budget with its ledger: reading it, entering money, and taking an entry back."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.permissions import MemberRequest, Permission, requires
from funding import actions
from funding.forms import EntryForm, ReversalForm
from funding.models import Budget, LedgerEntry
from funding.queries.budgets import get_budget, movements_in, position_of
from funding.queries.entries import (
    entries_of,
    get_entry,
    ledger_lines,
    purpose_lines,
    purpose_of,
)
from lib.display import show_money
from lib.form_answers import add_errors, posted
from lib.htmx import render_page
from lib.paging import page_of

NEWEST_FIRST = ("-on_date", "-id")


@requires(Permission.MONEY_READ, post=Permission.MONEY_WRITE)
def budget(request: MemberRequest, pk: UUID) -> HttpResponse:
    found = get_budget(request.access, pk)
    form = EntryForm(posted(request), access=request.access, budget=found)
    if form.is_valid():
        try:
            entry = actions.add_entry(request.access, found, **form.entry)
        except ValidationError as error:
            add_errors(form, error)
        else:
            tell(request, found, entry)
            return redirect("funding:budget", request.org.slug, pk)
    return budget_page(request, found, form)


def budget_page(request: MemberRequest, found: Budget, form: EntryForm) -> HttpResponse:
    moved = movements_in(found)
    page = page_of(entries_of(found), request, by=NEWEST_FIRST)
    context = {
        "budget": found,
        "form": form,
        "may_write": request.access.allows(Permission.MONEY_WRITE) and not found.archived_at,
        "position": position_of(found, moved),
        "purposes": purpose_lines(request.access, moved),
        "page": page,
        "lines": ledger_lines(request.access, found, page.rows),
    }
    status = 422 if form.is_bound else 200
    fragment = page.fragment("entries")
    return render_page(request, "funding/budget.html", context, fragment=fragment, status=status)


def tell(request: MemberRequest, found: Budget, entry: LedgerEntry) -> None:
    """What was entered, and what is unusual about it."""
    shown = show_money(entry.amount, found.currency)
    messages.success(request, f"{entry.get_kind_display()} of {shown} entered.")
    position = position_of(found, movements_in(found))
    if position.overspent:
        over = show_money(position.overspent, found.currency)
        messages.warning(request, f"This budget is now overspent by {over}.")
    if not found.covers(entry.on_date):
        messages.warning(request, "The date lies after the budget's period.")


@requires(Permission.MONEY_WRITE, post=Permission.MONEY_WRITE)
def entry_reverse(request: MemberRequest, pk: UUID, entry: UUID) -> HttpResponse:
    found = get_budget(request.access, pk)
    row = get_entry(request.access, found, entry)
    form = ReversalForm(posted(request))
    if form.is_valid():
        try:
            actions.reverse_entry(request.access, row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Entry reversed.")
            return redirect("funding:budget", request.org.slug, pk)
    purpose = purpose_of(request.access, row.objective or row.initiative)
    context = {"budget": found, "entry": row, "purpose": purpose, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "funding/reverse.html", context, status=status)
