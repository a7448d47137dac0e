"""Pages of synced work: the tree below a goal, what one item serves, and what serves nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.access import Access
from accounts.permissions import MemberRequest, Permission, requires
from integrations.forms import UnservedFilterForm
from integrations.models import Link, SyncedItem
from integrations.queries import loose, unserved
from integrations.queries.links import (
    among,
    linkable_initiatives,
    linkable_key_results,
    visible_links,
)
from integrations.queries.plans import hash_joins
from integrations.queries.work import level_of, served_by
from lib.htmx import render_page
from lib.paging import Page, page_of
from lib.spreadsheets import csv_answer

# Rows of a file that are read at once, and told whose they are.
AT_ONCE = 20_000
UNIT = ("product__name", "team__name")
GOAL = (
    "objective__title", "objective__tier__name", "objective__portfolio__name",
    "objective__product__name", "objective__team__name",
)  # fmt: skip


# By list, what the member may link of it.
LINKABLE: dict[str, Callable[[Access], QuerySet[Any]]] = {
    "key-results": linkable_key_results,
    "initiatives": linkable_initiatives,
}


def find_link(request: MemberRequest, pk: UUID) -> Link:
    return get_object_or_404(visible_links(request.access).filter(archived_at=None), pk=pk)


def asked_id(request: MemberRequest, name: str) -> UUID | None:
    """The id in the address; anything else is no page."""
    text = request.GET.get(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def asked_project(request: MemberRequest) -> str:
    """The project in the address, by its remote id; "" for none."""
    remote_id: str = request.GET.get("project", "")
    if "\0" in remote_id:
        raise Http404
    return remote_id


@requires(Permission.ORG_READ)
def work(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The work of a link as a tree; a branch is read when it is opened."""
    link = find_link(request, pk)
    below = asked_id(request, "below")
    project = asked_project(request)
    level = level_of(link, below=below, project=project, after=asked_id(request, "after"))
    if project and not level.name:
        raise Http404
    parent = None
    if below is not None:
        rows = SyncedItem.objects.filter(connection_id=link.source.connection_id)
        parent = get_object_or_404(rows, pk=below)
    asked = {"below": below, "project": project, "after": level.after}
    query = {name: value for name, value in asked.items() if value}
    context = {
        "link": link,
        "level": level,
        "parent": parent,
        "more_url": f"{request.path}?{urlencode(query)}" if level.after else None,
    }
    return render_page(request, "integrations/work.html", context, fragment="level")


@requires(Permission.ORG_READ)
def item(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One ticket, and the goals that it serves up to the highest."""
    rows = SyncedItem.objects.select_related("connection__organization")
    row = get_object_or_404(rows, pk=pk)
    served = served_by(request.access, row)
    context = {"item": row, "served": served}
    if not served.lines and not served.idle:
        context["sources"] = loose.sources_by_item([row.pk]).get(row.pk, [])
        above = (it for it in served.above if it.facts.get("level", 0) > 0)
        context["epic"] = next(above, None)
    return render(request, "integrations/item.html", context)


def chosen_list(access: Access, form: UnservedFilterForm) -> tuple[QuerySet[Any], tuple[str, str]]:
    """The rows of the list that was asked for, and the order of its pages."""
    kind = form.kind
    if kind == "items":
        source, of_nobody = form.chosen("source"), bool(form.chosen("of_nobody"))
        rows = loose.loose_items(access, **form.units, of_nobody=of_nobody)
        rows = rows.filter(sources__source=source, sources__left_at=None) if source else rows
        return rows.select_related("connection__organization"), ("key", "id")
    if kind == "key-results":
        found = unserved.unworked_key_results(access, **form.units)
        near = ("organization", "objective__product", "objective__team", "objective__portfolio")
        return found.select_related(*near, "objective__tier", "owner"), ("title", "id")
    return unserved.idle_initiatives(access, **form.units), ("title", "id")


def joins_of(form: UnservedFilterForm) -> AbstractContextManager[None]:
    """Items may be many, and follow from one another; the other lists are plain."""
    return hash_joins() if form.kind == "items" else nullcontext()


@requires(Permission.ORG_READ)
def gaps(request: MemberRequest) -> HttpResponse:
    """Initiatives and tickets that serve no key result, and key results without work."""
    form = UnservedFilterForm(request.GET, access=request.access)
    rows, order = chosen_list(request.access, form)
    if linkable := LINKABLE.get(form.kind):
        rows = rows.annotate(is_linkable=among(linkable(request.access), "pk"))
    with joins_of(form):
        page = page_of(rows, request, by=order)
        of_items = about_items(request.access, page) if form.kind == "items" else {}
    context: dict[str, Any] = {
        "form": form,
        "tabs": [
            {"label": label, "url": f"?list={kind}", "active": kind == form.kind}
            for kind, label in form.KINDS
        ],
        "page": page,
        "query": request.GET.urlencode(),
        **of_items,
    }
    fragment = page.fragment("rows") or "list"
    return render_page(request, "integrations/gaps.html", context, fragment=fragment)


def about_items(access: Access, page: Page[SyncedItem]) -> dict[str, Any]:
    """Whose the tickets of a page are, and at its top how many there are of whom."""
    ids = [row.pk for row in page.rows]
    held, sources = loose.holders_of(access, ids), loose.sources_by_item(ids)
    return {
        "held": [(row, held.get(row.pk), sources.get(row.pk, [])) for row in page.rows],
        "groups": loose.loose_groups(access) if page.is_first else None,
    }


COLUMNS = {
    "initiatives": ("title", *UNIT, "state", "owner__name", "starts_on", "ends_on"),
    "key-results": ("title", *GOAL, "objective__cycle__name", "owner__name", "score"),
    "items": ("key", "title", "kind", "status_name", "connection__name", "url"),
}


@requires(Permission.ORG_READ)
def gaps_csv(request: MemberRequest) -> HttpResponse:
    """The same choice as a file, all of it."""
    form = UnservedFilterForm(request.GET, access=request.access)
    rows, order = chosen_list(request.access, form)
    columns = COLUMNS[form.kind]
    named = [column.replace("__name", "").replace("__", "_") for column in columns]
    found = rows.order_by(*order).values_list("id", *columns).iterator(chunk_size=AT_ONCE)
    with joins_of(form):
        if form.kind == "items":
            told = with_holders(request.access, found)
            return csv_answer("items-without-a-link", [*named, "products", "teams"], told)
        return csv_answer(f"{form.kind}-without-a-link", named, (row[1:] for row in found))


def with_holders(access: Access, found: Iterator[tuple[Any, ...]]) -> Iterator[tuple[object, ...]]:
    """Rows that begin with the id of a ticket: without it, and with whose the ticket is."""
    while rows := list(islice(found, AT_ONCE)):
        held = loose.holders_of(access, [row[0] for row in rows])
        yield from ((*row[1:], *names_of(held.get(row[0]))) for row in rows)


def names_of(holders: loose.Holders | None) -> tuple[str, str]:
    """The products and the teams that a ticket is of, each in one cell."""
    if holders is None:
        return "", ""
    products, teams = (", ".join(map(str, of)) for of in (holders.products, holders.teams))
    return products, teams
