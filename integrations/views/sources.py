"""Pages of sources: choose what to follow, see its items, link it to goals."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from integrations import forms
from integrations.actions import connections as actions
from integrations.actions import links
from integrations.models import Source
from integrations.ports import Selection, SourceKind
from integrations.queries import connections as queries
from integrations.views.connections import MANAGE, find
from lib.form_answers import add_errors, posted
from lib.htmx import render_page
from lib.paging import page_of


def find_source(pk: UUID) -> Source:
    rows = Source.objects.filter(archived_at=None, connection__archived_at=None)
    return get_object_or_404(rows.select_related("connection__organization"), pk=pk)


@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def add_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask the service what there is, and follow some of it. Waits for the network."""
    with transaction.atomic():
        connection = find(pk)
    try:
        proof = actions.prove(connection)
    except ValidationError as error:
        with transaction.atomic():
            messages.error(request, " ".join(error.messages))
            return redirect(connection)
    form = forms.SourceForm(posted(request), connection=connection, proof=proof)
    if form.is_valid():
        try:
            if form.source["kind"] == SourceKind.JQL:
                selection = Selection(kind=SourceKind.JQL, value=form.source["query"])
                actions.prove_selection(connection, selection)
            actions.add_source(request.access, connection, **form.source)
        except ValidationError as error:
            add_errors(form, error)
        else:
            with transaction.atomic():
                messages.success(request, f"Following {form.source['name']}. Reading it now.")
                return redirect(connection)
    with transaction.atomic():
        context = {"form": form, "connection": connection, "proof": proof}
        return render(
            request, "integrations/add_source.html", context, status=422 if form.errors else 200
        )


@requires(Permission.ORG_READ)
def source(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_source(pk)
    filters = forms.ItemFilterForm(request.GET)
    filters.is_valid()
    items = queries.items_of(row)
    if category := filters.cleaned_data.get("category"):
        items = items.filter(category=category, is_leaf=True)
    if words := filters.cleaned_data.get("q"):
        items = items.filter(Q(title__icontains=words) | Q(key__iexact=words))
    page = page_of(items, request, by=("-remote_updated_at", "-id"))
    context = {
        "source": row,
        "filters": filters,
        "narrows": bool(category or words),
        "page": page,
        "links": queries.links_of_source(request.access, row),
    }
    return render_page(
        request, "integrations/source.html", context, fragment=page.fragment("items")
    )


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def link_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Let a source move a key result, or show the progress of an initiative."""
    row = find_source(pk)
    form = forms.LinkForm(posted(request), access=request.access)
    if form.is_valid():
        try:
            links.create_link(request.access, row, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Linked. What is read already counts at once.")
            return redirect("integrations:source", org=request.org.slug, pk=row.pk)
    context = {"form": form, "source": row}
    status = 422 if form.errors else 200
    return render(request, "integrations/link_form.html", context, status=status)


@requires_post(Permission.OKR_WRITE)
def unlink(request: MemberRequest, pk: UUID) -> HttpResponse:
    link = get_object_or_404(queries.visible_links(request.access), pk=pk, archived_at=None)
    links.archive_link(request.access, link, expected_version=None)
    messages.success(request, "Unlinked. The last value stands.")
    return redirect("integrations:source", org=request.org.slug, pk=link.source_id)


@requires_post(MANAGE)
def remove_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_source(pk)
    try:
        actions.remove_source(request.access, row, expected_version=None)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{row.name} is not followed any more.")
    return redirect(row.connection)
