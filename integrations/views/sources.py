"""Pages of sources: choose what to follow, see its items."""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from integrations import forms
from integrations.actions import connections as actions
from integrations.actions import offers
from integrations.actions.offers import Offer
from integrations.actions.tastes import taste
from integrations.models import Connection, Source
from integrations.ports import Selection, SourceKind
from integrations.queries import connections as queries
from integrations.queries.links import links_of_source
from integrations.queries.plans import hash_joins
from integrations.views.confirming import Question, ask
from integrations.views.connections import MANAGE, find
from lib.form_answers import add_errors, posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.spreadsheets import csv_answer
from okrs.models import Initiative, KeyResult

# Rows of a file that are read at once.
AT_ONCE = 5000
COLUMNS = (
    "key", "title", "kind", "status_name", "resolution", "category", "is_leaf", "points",
    "completed_at", "url",
)  # fmt: skip


def find_source(pk: UUID) -> Source:
    rows = Source.objects.filter(archived_at=None, connection__archived_at=None)
    return get_object_or_404(rows.select_related("connection__organization"), pk=pk)


@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def add_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask the service what there is, and follow some of it. Waits for the network."""
    with transaction.atomic():
        connection = find(pk)
        key = offers.key_of(connection)
    try:
        offer = offer_of(request, connection, key)
    except ValidationError as error:
        with transaction.atomic():
            if request.method == "POST":
                return show_unanswered(request, connection, error)
            messages.error(request, " ".join(error.messages))
            return redirect(connection)
    with transaction.atomic():
        form = forms.SourceForm(posted(request), connection=connection, offer=offer)
    row = followed(request, connection, form) if form.is_valid() else None
    if row is not None:
        with transaction.atomic():
            messages.success(request, f"Following {row.name}. Reading it now.")
            return redirect(link_address(row, form) if "link" in request.POST else connection)
    with transaction.atomic():
        return show_form(request, connection, form, offer)


def offer_of(request: MemberRequest, connection: Connection, key: str) -> Offer:
    """What there is now; for a form that is sent, what it was filled in from."""
    kept = offers.kept_offer(key) if request.method == "POST" else None
    if kept is not None:
        return kept
    found = offers.what_to_follow(connection)
    offers.keep_offer(key, found)
    return found


def show_unanswered(
    request: MemberRequest, connection: Connection, error: ValidationError
) -> HttpResponse:
    """The form as it was sent, where the service does not say what there is."""
    offer = offers.as_typed(request.POST.get("choice", ""), request.POST.get("field", ""))
    form = forms.SourceForm(request.POST, connection=connection, offer=offer)
    form.is_valid()
    form.add_error(None, error.messages)
    return show_form(request, connection, form, offer)


def link_address(source: Source, form: forms.SourceForm) -> str:
    """Where to link what is followed now, counted as it was looked at."""
    address = reverse("integrations:link-source", args=[source.organization.slug, source.pk])
    return f"{address}?{urlencode(form.counted)}"


def followed(
    request: MemberRequest, connection: Connection, form: forms.SourceForm
) -> Source | None:
    """What is followed now; None if the choice could not be, and the form says why."""
    chosen = form.source
    value = chosen.get("query") or chosen["remote_id"]
    selection = Selection(kind=SourceKind(chosen["kind"]), value=value)
    try:
        actions.prove_selection(connection, selection)
        return actions.add_source(request.access, connection, **chosen)
    except ValidationError as error:
        refuse(form, error)
        return None


def refuse(form: forms.SourceForm, error: ValidationError) -> None:
    """Show a refused id beside the choice of it."""
    if hasattr(error, "error_dict") and "remote_id" in error.error_dict:
        form.add_error("choice", error.error_dict["remote_id"])
        return
    add_errors(form, error)


@transaction.non_atomic_requests
@requires_post(MANAGE)
def taste_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What a choice holds and would count, before it is followed; posted, for a query may be long.

    Waits for the network.
    """
    form = forms.TasteForm(request.POST)
    form.is_valid()
    with transaction.atomic():
        connection = find(pk)
        selection = form.selection(connection)
    found = None
    if selection is not None:
        counted = {name: form.cleaned_data[name] for name in ("measure", "field")}
        try:
            found = taste(connection, selection, **counted)
        except ValidationError as error:
            form.add_error(form.asked_by, error.messages)
    context = {"connection": connection, "form": form, "taste": found}
    with transaction.atomic():
        return render(request, "integrations/_taste.html", context)


def show_form(
    request: MemberRequest,
    connection: Connection,
    form: forms.SourceForm,
    offer: Offer,
) -> HttpResponse:
    context = {"form": form, "connection": connection, "offered": len(offer.sources)}
    status = 422 if form.errors else 200
    return render(request, "integrations/add_source.html", context, status=status)


@requires(Permission.ORG_READ)
def source(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_source(pk)
    filters = forms.ItemFilterForm(request.GET)
    items = queries.items_of(row, **filters.chosen)
    page = page_of(items, request, by=("-remote_updated_at", "-id"))
    context = {
        "source": row,
        "filters": filters,
        "narrows": bool(filters.chosen),
        "page": page,
        "query": request.GET.urlencode(),
        "links": links_of_source(request.access, row),
    }
    return render_page(
        request, "integrations/source.html", context, fragment=page.fragment("items")
    )


@requires(Permission.ORG_READ)
def source_csv(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The same choice of items as a file, all of them."""
    row = find_source(pk)
    items = queries.items_of(row, **forms.ItemFilterForm(request.GET).chosen)
    rows = items.values_list(*COLUMNS).iterator(chunk_size=AT_ONCE)
    with hash_joins():
        return csv_answer(f"items-{row.pk}", COLUMNS, rows)


@requires(MANAGE, post=MANAGE)
def accept_shrink(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Believe that what is missing is gone, after saying what that moves."""
    row = find_source(pk)
    if request.method == "GET":
        return ask(request, about_shrink(row, goals_of(request, row)))
    try:
        actions.accept_shrink(request.access, row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "Counting it anew now; what is missing leaves both sides.")
    return redirect("integrations:source", org=request.org.slug, pk=row.pk)


def about_shrink(row: Source, goals: Sequence[KeyResult | Initiative]) -> Question:
    items = f"{row.missing_count} item{'s' * (row.missing_count != 1)}"
    return Question(
        title=f"Were {items} of {row.name} deleted?",
        words="Everything is counted anew without them, and scores that they held up drop. If the"
        " account only lost its sight of them, give it back there instead.",
        act="They were deleted",
        keep="Leave it frozen",
        place=row.name,
        back=address_of(row),
        goals=goals,
    )


def about_leaving(row: Source, goals: Sequence[KeyResult | Initiative]) -> Question:
    is_read = row.links.filter(archived_at=None).exists()
    still = "It still moves goals: unlink them first."
    words = "It is not read any more. Followed again, it is read from the beginning."
    return Question(
        title=f"Stop following {row.name}?",
        words=still if is_read else words,
        act="" if is_read else "Stop following",
        place=row.name,
        back=address_of(row),
        goals=goals,
    )


def goals_of(request: MemberRequest, row: Source) -> list[KeyResult | Initiative]:
    """What the links of a source move, as far as the member sees it."""
    links = links_of_source(request.access, row)
    return [link.key_result or link.initiative for link in links]


def address_of(row: Source) -> str:
    return reverse("integrations:source", args=[row.organization.slug, row.pk])


@requires(MANAGE, post=MANAGE)
def remove_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop following it, after asking."""
    row = find_source(pk)
    if request.method == "GET":
        return ask(request, about_leaving(row, goals_of(request, row)))
    try:
        actions.remove_source(request.access, row, expected_version=None)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("integrations:source", org=request.org.slug, pk=row.pk)
    messages.success(request, f"{row.name} is not followed any more.")
    return redirect(row.connection)
