"""Pages of links: which goal a source moves, and how its items are counted."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.access import Access
from accounts.conflicts import differences, take_version
from accounts.permissions import MemberRequest, Permission, requires
from accounts.tenant_models import StaleVersion
from integrations import link_forms as forms
from integrations.actions import links as actions
from integrations.actions.measures import measure
from integrations.choices import Measure
from integrations.models import Link, Source
from integrations.queries.lines import LinkLines, lines_of
from integrations.queries.links import (
    followed_sources,
    linkable_initiatives,
    linkable_key_results,
    sources_linked_to,
    visible_links,
    with_parent,
)
from integrations.queries.overlaps import shared_items
from integrations.views.confirming import Question, ask
from integrations.views.sources import find_source
from lib.charts import Reading, history_chart
from lib.form_answers import add_errors, posted
from lib.htmx import render_page
from lib.paging import page_of
from okrs.models import Initiative, KeyResult
from okrs.queries.initiatives import visible_initiatives
from okrs.queries.key_results import visible_key_results

WRITE = Permission.OKR_WRITE
TAKES_NO_WORK = (
    "Work cannot be linked to it: you may not change it, its cycle is closed, or it moves by what"
    " people tick and list."
)
READ_ANEW = "Everything is read again with its field now, and counts when that is done."


def find_link(request: MemberRequest, pk: UUID) -> Link:
    rows = with_parent(visible_links(request.access).filter(archived_at=None))
    with_place = rows.select_related(
        "source__connection__organization",
        "key_result__objective__cycle",
        "initiative__organization",
    )
    return get_object_or_404(with_place, pk=pk)


GOALS: dict[str, Callable[[Access], QuerySet[Any]]] = {
    "key_result": visible_key_results,
    "initiative": visible_initiatives,
}
LINKABLE: dict[str, Callable[[Access], QuerySet[Any]]] = {
    "key_result": linkable_key_results,
    "initiative": linkable_initiatives,
}


@requires(WRITE)
def link_work(request: MemberRequest) -> HttpResponse:
    """Choose whose work is to move a goal, which the address names."""
    name, goal = asked_goal(request)
    if goal is not None and not LINKABLE[name](request.access).filter(pk=goal.pk).exists():
        messages.error(request, TAKES_NO_WORK)
        return redirect(goal)
    words = request.GET.get("q", "").replace("\0", "")
    page = page_of(followed_sources(words), request, by=("name", "id"))
    context = {
        "goal": goal,
        "goal_name": name,
        "page": page,
        "words": words,
        "linked": sources_linked_to(goal) if goal else frozenset(),
    }
    fragment = page.fragment("rows")
    return render_page(request, "integrations/link_work.html", context, fragment=fragment)


def asked_goal(request: MemberRequest) -> tuple[str, KeyResult | Initiative | None]:
    """What sort of goal the address names, and which; raises `Http404` for one that is not seen."""
    for name, pool in GOALS.items():
        pk = request.GET.get(name)
        if pk:
            if not forms.is_uuid(pk):
                raise Http404
            return name, get_object_or_404(pool(request.access), pk=pk)
    return "", None


@requires(WRITE, post=WRITE)
def link_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Let a source move a key result, or show the progress of an initiative."""
    row = find_source(pk)
    form = forms.LinkForm(
        sent(request),
        access=request.access,
        source=row,
        initial=filled(request),
        **searched(request),
    )
    if form.is_valid():
        try:
            link = actions.create_link(request.access, row, **form.reader, **form.counted)
        except ValidationError as error:
            add_errors(form, error)
        else:
            counts = READ_ANEW if link.waits else "What is read already counts at once."
            messages.success(request, f"Linked. {counts}")
            goal = link.key_result or link.initiative
            if goal and asked_goal(request)[1]:
                return redirect(goal)
            return redirect("integrations:source", org=request.org.slug, pk=row.pk)
    context = {"form": form, "source": row, **searched(request), **tried_out(request, row, form)}
    status = 422 if form.errors else 200
    return render(request, "integrations/link_form.html", context, status=status)


def sent(request: MemberRequest) -> QueryDict | None:
    """What is to be stored; nothing while goals or epics are looked for, which stores nothing."""
    return None if "find" in request.POST else posted(request)


def filled(request: MemberRequest) -> dict[str, str]:
    """What stands in the form before it is sent, by its address or since goals were looked for."""
    given = request.POST if "find" in request.POST else request.GET
    return {name: str(value) for name, value in given.items() if "\0" not in str(value)}


def searched(request: MemberRequest) -> dict[str, str]:
    """The words by which goals and epics are looked for."""
    return {name: request.POST.get(name, "").replace("\0", "") for name in ("words", "parents")}


@requires(WRITE, post=WRITE)
def preview_link(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What the stored items would amount to, as the form stands; posted, for it may be long."""
    row = find_source(pk)
    stored = stored_link(request, row)
    form = forms.DraftForm(
        posted(request) or request.GET,
        access=request.access,
        source=row,
        rules=stored.rules if stored else None,
    )
    context = {"source": row, "form": form, **preview(row, form, stored)}
    return render(request, "integrations/_preview.html", context)


def stored_link(request: MemberRequest, source: Source) -> Link | None:
    """The link that is being edited, if it is one."""
    pk = request.POST.get("link", "")
    if not forms.is_uuid(pk):
        return None
    return visible_links(request.access).filter(pk=pk, source=source, archived_at=None).first()


def tried_out(request: MemberRequest, source: Source, form: forms.LinkForm) -> dict[str, Any]:
    """The preview of a new link, as the form was sent or filled in so far."""
    if form.is_bound:
        return preview(source, form)
    brought = filled(request)
    if not brought:
        return {"measured": measure(Link(source=source))}
    brought.setdefault("measure", Measure.SHARE_OF_ITEMS.value)
    return preview(source, forms.DraftForm(brought, access=request.access, source=source))


def preview(source: Source, form: forms.CountForm, stored: Link | None = None) -> dict[str, Any]:
    """What a link would count: `measured`, and the `shared` items that its goal counts already.

    `measured` is None while the form cannot be counted; where the field was not asked for yet, it
    says only that the link waits.
    """
    if not form.counts:
        return {"measured": None}
    link = Link(source=source, **form.counted)
    if stored is not None:
        link.key_result, link.initiative = stored.key_result, stored.initiative
    elif isinstance(form, forms.DraftForm):
        link.key_result, link.initiative = form.reader["key_result"], form.reader["initiative"]
    try:
        actions.check_field(link)
    except ValidationError as error:
        add_errors(form, error)
        return {"measured": None}
    measured = {"waits": True} if link.waits else measure(link)
    return {"measured": measured, "shared": shared_items(link, besides=stored or link)}


@requires(WRITE, post=WRITE)
def edit_link(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Change what a link counts."""
    row = find_link(request, pk)
    actions.require_on_reader(request.access, row)
    form = forms.LinkEditForm(
        sent(request),
        source=row.source,
        rules=row.rules,
        parents=searched(request)["parents"],
        initial={
            **forms.LinkEditForm.initial_of(row),
            "version": row.version,
            **(filled(request) if "find" in request.POST else {}),
        },
    )
    context: dict[str, Any] = {"form": form, "source": row.source, "link": row}
    status = 422 if form.is_bound else 200
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            actions.edit_link(request.access, row, expected_version=version, **form.counted)
        except StaleVersion as stale:
            take_version(form, stale.current)
            context["differences"] = differences(form, stale.current)
            status = 409
        except ValidationError as error:
            add_errors(form, error)
        else:
            counts = READ_ANEW if row.waits else "The value is counted anew."
            messages.success(request, f"Saved. {counts}")
            return redirect("integrations:source", org=request.org.slug, pk=row.source_id)
    context |= {**searched(request), **tried_again(request, row, form)}
    return render(request, "integrations/link_form.html", context, status=status)


def tried_again(request: MemberRequest, row: Link, form: forms.LinkEditForm) -> dict[str, Any]:
    """The preview of a stored link: as the form stands, or as the link is."""
    if form.is_bound:
        return preview(row.source, form, row)
    if "find" in request.POST:
        meant = forms.CountForm(filled(request), source=row.source, rules=row.rules)
        return preview(row.source, meant, row)
    present = {"waits": True} if row.waits else measure(row)
    return {"measured": present, "shared": shared_items(row, besides=row)}


@requires(Permission.ORG_READ)
def link_history(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What a link amounted to, by its present rules and by those before."""
    row = find_link(request, pk)
    lines = lines_of(row)
    context = {"link": row, "lines": lines, "chart": drawn(lines)}
    return render(request, "integrations/link_history.html", context)


def drawn(lines: LinkLines) -> SafeString:
    """The present line, and the one before it dashed."""
    today = timezone.localdate()
    days = [point.on for point in (*lines.present, *lines.former)]
    return history_chart(
        [Reading(point.on, point.amount) for point in lines.present],
        first=min(days, default=today),
        last=today,
        today=today,
        expected=[(point.on, point.amount) for point in lines.former],
        unit="%" if lines.in_percent else "",
        name="By the present rules",
    )


@requires(WRITE, post=WRITE)
def unlink(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Let a source move a goal no more, after asking."""
    link = find_link(request, pk)
    if request.method == "GET":
        actions.require_on_reader(request.access, link)
        return ask(request, about_unlinking(link))
    actions.archive_link(request.access, link, expected_version=None)
    messages.success(request, "Unlinked. The last value stands.")
    return redirect("integrations:source", org=request.org.slug, pk=link.source_id)


def about_unlinking(link: Link) -> Question:
    goal = link.key_result or link.initiative
    return Question(
        title=f"Unlink {link.source.name} from {goal}?",
        words="Its work is not counted for the goal any more, and the last value stands. A key"
        " result that nothing else feeds is checked in by hand from then on.",
        act="Unlink",
        place=link.source.name,
        back=reverse("integrations:source", args=[link.organization.slug, link.source_id]),
        goals=[goal],
    )
