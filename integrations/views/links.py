"""Pages of links: which goal a source moves, and how its items are counted."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.conflicts import differences, take_version
from accounts.permissions import MemberRequest, Permission, requires
from accounts.tenant_models import StaleVersion
from integrations import forms
from integrations.actions import links as actions
from integrations.actions.measures import measure
from integrations.models import Link, Source
from integrations.queries.lines import LinkLines, lines_of
from integrations.queries.links import visible_links
from integrations.views.confirming import Question, ask
from integrations.views.sources import find_source
from lib.charts import Reading, history_chart
from lib.form_answers import add_errors, posted

WRITE = Permission.OKR_WRITE
# What an address may bring along into the form of a link.
PREFILLED = ("key_result", "measure", "field")
READ_ANEW = "Everything is read again with its field now, and counts when that is done."


def find_link(request: MemberRequest, pk: UUID) -> Link:
    rows = visible_links(request.access).filter(archived_at=None)
    with_place = rows.select_related(
        "source__connection__organization",
        "key_result__objective__cycle",
        "initiative__organization",
    )
    return get_object_or_404(with_place, pk=pk)


@requires(WRITE, post=WRITE)
def link_source(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Let a source move a key result, or show the progress of an initiative."""
    row = find_source(pk)
    words = request.GET.get("q", "")
    form = forms.LinkForm(
        posted(request),
        access=request.access,
        source=row,
        words=words,
        initial={name: request.GET.get(name, "") for name in PREFILLED},
    )
    if form.is_valid():
        try:
            link = actions.create_link(request.access, row, **form.reader, **form.counted)
        except ValidationError as error:
            add_errors(form, error)
        else:
            counts = READ_ANEW if link.waits else "What is read already counts at once."
            messages.success(request, f"Linked. {counts}")
            return redirect("integrations:source", org=request.org.slug, pk=row.pk)
    context = {"form": form, "source": row, "words": words, "measured": preview(row, form)}
    status = 422 if form.errors else 200
    return render(request, "integrations/link_form.html", context, status=status)


@requires(WRITE, post=WRITE)
def preview_link(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What the stored items would amount to, as the form stands; posted, for it may be long."""
    row = find_source(pk)
    form = forms.CountForm(posted(request) or request.GET, source=row)
    context = {"source": row, "form": form, "measured": preview(row, form)}
    return render(request, "integrations/_preview.html", context)


def preview(source: Source, form: forms.CountForm) -> dict[str, Any] | None:
    """The measure of an unsaved link; None while the form cannot be counted.

    Of one whose field was not asked for yet, only that it waits.
    """
    if not form.is_bound:
        return measure(Link(source=source))
    if not form.counts:
        return None
    link = Link(source=source, **form.counted)
    return {"waits": True} if link.waits else measure(link)


@requires(WRITE, post=WRITE)
def edit_link(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Change what a link counts."""
    row = find_link(request, pk)
    actions.require_on_reader(request.access, row)
    form = forms.LinkEditForm(
        posted(request),
        source=row.source,
        rules=row.rules,
        initial={**forms.LinkEditForm.initial_of(row), "version": row.version},
    )
    context = {"form": form, "source": row.source, "link": row}
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
    present = {"waits": True} if row.waits else measure(row)
    context["measured"] = preview(row.source, form) if form.is_bound else present
    return render(request, "integrations/link_form.html", context, status=status)


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
        back=reverse("integrations:source", args=[link.organization.slug, link.source_id]),
        goals=[goal],
    )
