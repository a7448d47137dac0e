"""Pages of what delivers figures to a metric: push addresses, files, pulls.

Pulling asks another company's service, which may take seconds: those views run outside the
request's transaction, wait first, and open a transaction of their own for what they store.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts import shown_once
from accounts.conflicts import differences, take_version
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.tenant_models import StaleVersion
from integrations.actions import imports, pulls, pushes
from integrations.figure_forms import ImportForm, PullEditForm, PullForm, PushAddressForm
from integrations.figures import Unreadable
from integrations.models import FileImport, Pull, PushAddress
from integrations.providers.json_pull.adapter import JsonPull
from integrations.queries import figures as queries
from integrations.registry import PULLS
from integrations.views.confirming import Question, ask, wants_pause
from lib.form_answers import add_errors, posted
from portfolio.models import Metric
from portfolio.queries import latest_values, visible

WRITE, MANAGE = Permission.CHECK_IN_WRITE, Permission.CONNECTION_MANAGE
ROWS_SHOWN = 20


def find_metric(request: MemberRequest, pk: UUID) -> Metric:
    rows = visible(Metric, request.access).filter(archived_at=None)
    return get_object_or_404(rows.select_related("unit", "product", "organization"), pk=pk)


def find_pull(request: MemberRequest, pk: UUID) -> Pull:
    rows = queries.visible_pulls(request.access).filter(archived_at=None)
    return get_object_or_404(rows, pk=pk)


def form_status(form: PushAddressForm | ImportForm | PullForm) -> int:
    return 422 if form.errors else 200


# --- Pushed ---------------------------------------------------------------------------------
@requires(WRITE, post=WRITE)
def new_push_address(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A new address; its own page, which follows, shows it once."""
    metric = find_metric(request, pk)
    request.access.require(WRITE, [metric.product_id])
    form = PushAddressForm(posted(request))
    opened = opened_by(request, metric, form) if form.is_valid() else None
    if opened is None:
        context = {"form": form, "metric": metric}
        template = "integrations/push_address_form.html"
        return render(request, template, context, status=form_status(form))
    address, token = opened
    shown_once.keep(request.access, request.session, address, token)
    return redirect("integrations:push-address", org=request.org.slug, pk=address.pk)


def find_address(request: MemberRequest, pk: UUID) -> PushAddress:
    return get_object_or_404(queries.visible_addresses(request.access), pk=pk)


@requires(WRITE)
def push_address(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What to enter in the script, the first time; then how the address does."""
    address = find_address(request, pk)
    request.access.require(WRITE, [address.metric.product_id])
    token = shown_once.take(request.access, request.session, address)
    url = f"{settings.PUBLIC_URL}{reverse('push', args=[token])}" if token else ""
    context = {"address": address, "metric": address.metric, "url": url}
    return render(request, "integrations/push_address.html", context)


def opened_by(
    request: MemberRequest, metric: Metric, form: PushAddressForm
) -> tuple[PushAddress, str] | None:
    """The address and its token; None if the metric takes none, and the form says why."""
    try:
        return pushes.open_address(request.access, metric, name=form.cleaned_data["name"])
    except ValidationError as error:
        add_errors(form, error)
        return None


@requires(WRITE, post=WRITE)
def close_push_address(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take no more values there, after asking."""
    address = find_address(request, pk)
    request.access.require(WRITE, [address.metric.product_id])
    if request.method == "GET":
        question = Question(
            title=f"Close {address.name}?",
            words="What pushes there is refused from then on, and the address cannot be opened"
            " again. The values that it delivered stay.",
            act="Close it",
            place=address.metric.name,
            back=address.metric.get_absolute_url(),
        )
        return ask(request, question)
    pushes.close_address(request.access, address)
    messages.success(request, f"{address.name} can push nothing any more. Its values stay.")
    return redirect(address.metric)


# --- From a file ----------------------------------------------------------------------------
@requires(WRITE, post=WRITE)
def import_to_metric(request: MemberRequest, pk: UUID) -> HttpResponse:
    metric = find_metric(request, pk)
    request.access.require(WRITE, [metric.product_id])
    return take_file(request, metric)


@requires(WRITE, post=WRITE)
def import_to_metrics(request: MemberRequest) -> HttpResponse:
    """A file that names the metric of each row."""
    return take_file(request, None)


def take_file(request: MemberRequest, metric: Metric | None) -> HttpResponse:
    """Show what a file would do, and do it once that was confirmed."""
    form = ImportForm(posted(request), request.FILES or None)
    context: dict[str, Any] = {"form": form, "metric": metric}
    if form.is_valid():
        body, name = form.body, imports.printable(form.name)
        try:
            if form.cleaned_data["text"]:
                return import_text(request, body, name, metric)
            context |= preview_of(request, body, name, metric)
        except Unreadable as error:
            context["flaws"] = error.flaws
    status = 422 if form.errors or "flaws" in context else 200
    return render(request, "integrations/import.html", context, status=status)


def preview_of(
    request: MemberRequest, body: bytes, name: str, metric: Metric | None
) -> dict[str, Any]:
    rows = imports.read_file(request.access, body, metric=metric)
    text = body.decode("utf-8-sig")
    confirm = ImportForm(initial={"text": text, "file_name": name})
    return {"rows": rows[:ROWS_SHOWN], "count": len(rows), "confirm": confirm, "name": name}


def import_text(
    request: MemberRequest, body: bytes, name: str, metric: Metric | None
) -> HttpResponse:
    done = imports.import_file(request.access, body, file_name=name, metric=metric)
    parts = [f"{done.recorded} recorded"]
    parts += [f"{done.corrected} corrected"] if done.corrected else []
    parts += [f"{done.unchanged} known already"] if done.unchanged else []
    messages.success(request, f"{done.file_name}: {', '.join(parts)}.")
    return redirect(metric) if metric else redirect("portfolio:metrics", org=request.org.slug)


@requires(WRITE, post=WRITE)
def undo_import(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take all values of a file back, after asking."""
    done = get_object_or_404(queries.visible_files(request.access), pk=pk)
    if request.method == "GET":
        question = Question(
            title=f"Take back {done.file_name}?",
            words="Every value of the file is withdrawn, and what it corrected is as before; what"
            " was changed since stays. Scores follow.",
            act="Take back",
            place=done.metric.name if done.metric else "Connections",
            back=back_from(request, done),
        )
        return ask(request, question)
    try:
        undo = imports.undo_import(request.access, done)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        told = f"{done.file_name} is taken back: {undo.withdrawn} withdrawn"
        since = f", {undo.kept} changed since and left alone" if undo.kept else ""
        messages.success(request, f"{told}{since}.")
    return redirect(back_from(request, done))


def back_from(request: MemberRequest, done: FileImport) -> str:
    """Where a file is listed."""
    if done.metric is None:
        return reverse("integrations:connections", args=[request.org.slug])
    place: str = done.metric.get_absolute_url()
    return place


# --- Pulled ---------------------------------------------------------------------------------
@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def new_pull(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Try an address and a path, and follow them if the number is the right one."""
    with transaction.atomic():
        metric = find_metric(request, pk)
    draft = Pull(metric=metric, provider=JsonPull.name)
    form = PullForm(posted(request), instance=draft, initial={"name": metric.name[:80]})
    found = None
    if form.is_valid():
        headers = form.cleaned_data["headers"]
        try:
            found = pulls.try_pull(draft, headers)
            if "try" not in request.POST:
                pull = pulls.create_pull(request.access, draft, headers, found)
                return saved(request, pull, "Pulled; it is fetched by itself from now on.")
        except ValidationError as error:
            found = None
            add_errors(form, error)
    context = {"form": form, "metric": metric, "found": found, "kind": PULLS[JsonPull.name].label}
    with transaction.atomic():
        return render(request, "integrations/pull_form.html", context, status=form_status(form))


def saved(request: MemberRequest, pull: Pull, words: str) -> HttpResponse:
    with transaction.atomic():
        messages.success(request, words)
        return redirect(pull)


@requires(Permission.ORG_READ)
def pull(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_pull(request, pk)
    latest = latest_values([row.metric_id]).get(row.metric_id)
    context = {"pull": row, "label": PULLS[row.provider].label, "latest": latest}
    return render(request, "integrations/pull.html", context)


@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def edit_pull(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What is asked anew is tried before it is stored."""
    with transaction.atomic():
        row = find_pull(request, pk)
    stored = find_stored(row)
    form = PullEditForm(posted(request), instance=row, initial={"version": row.version})
    context: dict[str, Any] = {"form": form, "metric": row.metric, "pull": row, "name": str(row)}
    status = 200
    if form.is_valid():
        try:
            change_pull(request, stored, form)
        except StaleVersion as stale:
            take_version(form, stale.current)
            context["differences"], status = differences(form, stale.current), 409
        except ValidationError as error:
            add_errors(form, error)
        else:
            return saved(request, stored, "Saved.")
    with transaction.atomic():
        status = max(status, form_status(form))
        return render(request, "integrations/pull_form.html", context, status=status)


def find_stored(row: Pull) -> Pull:
    """The record as it is stored: a form writes into its own copy."""
    with transaction.atomic():
        rows = Pull.objects.select_related("metric", "organization")
        return rows.get(pk=row.pk)


def change_pull(request: MemberRequest, row: Pull, form: PullEditForm) -> None:
    data = dict(form.cleaned_data)
    headers, version = form.new_headers, data["version"]
    changes = {name: data[name] for name in (*PullForm.Meta.fields, "owner") if name != "headers"}
    found = pulls.try_edit(row, changes, headers)
    pulls.edit_pull(
        request.access, row, expected_version=version, headers=headers, found=found, **changes
    )


@requires_post(Permission.CONNECTION_SYNC)
def pull_now(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_pull(request, pk)
    pulls.pull_now(request.access, row)
    messages.info(request, "It is being fetched. Look again in a moment.")
    return redirect(row)


@requires_post(MANAGE)
def pause_pull(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop the schedule, or take it up again: as the button said that was pressed."""
    row = find_pull(request, pk)
    paused = wants_pause(request)
    pulls.pause_pull(request.access, row, paused=paused)
    messages.success(request, "Paused." if paused else "It is being fetched again.")
    return redirect(row)


@requires(MANAGE, post=MANAGE)
def archive_pull(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Pull it no more, after asking: its headers are forgotten."""
    row = find_pull(request, pk)
    if request.method == "GET":
        question = Question(
            title=f"Stop {row.name} for good?",
            words="Nothing is fetched any more, and the headers that were stored for it are"
            " deleted. The values stay. Pausing stops it and keeps them.",
            act="Stop for good",
            place=row.name,
            back=row.get_absolute_url(),
        )
        return ask(request, question)
    pulls.archive_pull(request.access, row, expected_version=None)
    messages.success(request, f"{row.name} is fetched no more. Its values stay.")
    return redirect(row.metric)
