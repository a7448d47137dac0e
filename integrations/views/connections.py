"""Pages of connections: connect, look after, read now.

Connecting asks another company's service, which may take seconds: these views run outside the
request's transaction, wait first, and open a transaction of their own for what they store.
"""

from typing import NamedTuple, cast
from uuid import UUID

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts import shown_once
from accounts.conflicts import differences, take_version
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.tenant_models import StaleVersion
from integrations import forms
from integrations.actions import addresses, sign_ins, webhooks
from integrations.actions import connections as actions
from integrations.actions.credentials import open_parts
from integrations.actions.runs import sync_now
from integrations.actions.sites import can_move, is_known_by_host
from integrations.models import Connection, SyncRun
from integrations.queries import connections as queries
from integrations.queries.figures import all_inflow
from integrations.queries.recounts import Progress, progress_of
from integrations.queries.vocabulary import Term, terms
from integrations.registry import PROVIDERS
from integrations.rules import default_rules
from integrations.views.confirming import Question, ask, wants_pause
from lib.form_answers import add_errors, posted
from lib.htmx import entity_tag, nothing_new, render_page, toast, wants_fragment

MANAGE = Permission.CONNECTION_MANAGE
# The list of its own has the others.
ASIDE_SHOWN = 5


def find(pk: UUID) -> Connection:
    return get_object_or_404(queries.visible_connections(), pk=pk)


@requires(Permission.ORG_READ)
def connections(request: MemberRequest) -> HttpResponse:
    context = {
        "rows": queries.connections(),
        "providers": PROVIDERS,
        "inflow": all_inflow(request.access),
    }
    return render(request, "integrations/connections.html", context)


@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def connect(request: MemberRequest, provider: str) -> HttpResponse:
    if provider not in PROVIDERS:
        raise Http404
    form = forms.ConnectForm(posted(request), provider=provider)
    with transaction.atomic():
        is_valid = form.is_valid()
    if is_valid:
        try:
            proof = actions.prove(form.connection, form.secrets)
            made = actions.connect(request.access, form.connection, form.secrets, proof)
        except ValidationError as error:
            refuse(form, error)
        else:
            with transaction.atomic():
                messages.success(request, f"Connected as {made.account}.")
                return redirect("integrations:seen", org=request.org.slug, pk=made.pk)
    with transaction.atomic():
        return show_connect(request, provider, form=form)


def show_connect(
    request: MemberRequest,
    provider: str,
    *,
    form: forms.ConnectForm | None = None,
    sign_in: forms.SignInForm | None = None,
) -> HttpResponse:
    """The ways to connect a provider, each with what was refused in it."""
    context = {
        "form": form or forms.ConnectForm(provider=provider),
        "sign_in": sign_in or forms.SignInForm(provider=provider),
        **sign_in_words(provider),
    }
    bound = form or sign_in
    response = render(
        request,
        "integrations/connect.html",
        context,
        status=422 if bound is not None and bound.errors else 200,
    )
    return leading_to(request, response, provider)


def sign_in_words(provider: str) -> dict[str, object]:
    """What the pages of a credential say of signing in at the service."""
    entry = PROVIDERS[provider]
    return {
        "provider": provider,
        "label": entry.label,
        "can_sign_in": entry.oauth is not None,
        "sign_in_is_set_up": sign_ins.is_offered(provider),
        "there": entry.oauth.label if entry.oauth else "",
        "sign_in_title": f"Sign in at {entry.oauth.label}" if entry.oauth else "",
        "form_title": "With a token" if entry.oauth else "",
    }


def leading_to(request: MemberRequest, response: HttpResponse, provider: str) -> HttpResponse:
    """Let the form that signs in end at the service: browsers hold redirects to the policy too."""
    origin = sign_ins.origin_of(provider)
    if not origin:
        return response
    return cast("HttpResponse", csp_update({"form-action": [origin]})(lambda _: response)(request))


def refuse(form: forms.SecretsForm, error: ValidationError) -> None:
    """Show a refused credential beside the secret, whatever it is called there."""
    if hasattr(error, "error_dict") and "secrets" in error.error_dict:
        beside = form.secret_name if form.secret_name in form.fields else None
        form.add_error(beside, error.error_dict["secrets"])
        return
    add_errors(form, error)


@requires(Permission.ORG_READ)
def connection(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The page; while a run is on or rules are applied, its body asks for itself."""
    row = find(pk)
    work = under_way(row)
    tag = tag_of(request, row, work)
    if (unchanged := nothing_new(request, tag)) is not None:
        return unchanged
    response = show(request, row, work)
    response["ETag"] = tag
    return response


class UnderWay(NamedTuple):
    """What the body of the page follows."""

    run: SyncRun | None
    recount: Progress | None


def under_way(row: Connection) -> UnderWay:
    return UnderWay(queries.open_run(row), progress_of(row))


def tag_of(request: MemberRequest, row: Connection, work: UnderWay) -> str:
    """What the body depends on while it asks for itself. What else may change is at most a minute
    old: how long ago something was moves on by minutes, too.
    """
    minute = timezone.now().replace(second=0, microsecond=0)
    stored = [
        [record.serializable_value(field.attname) for field in record._meta.concrete_fields]
        for record in (row, work.run)
        if record
    ]
    return entity_tag(stored, work.recount, minute, request.member.pk)


def show(request: MemberRequest, row: Connection, work: UnderWay) -> HttpResponse:
    context = {
        "connection": row,
        "label": PROVIDERS[row.provider].label,
        "credential": queries.credential_of(row),
        "sources": queries.sources_of(row),
        "runs": queries.runs_of(row),
        "run": work.run,
        "recount": work.recount,
        "quarantine": queries.quarantine_of(row)[:ASIDE_SHOWN],
        "webhook": queries.webhook_of(row),
        "can_move": can_move(row),
        "takes_webhooks": PROVIDERS[row.provider].hooks is not None,
        "default_rules": default_rules(row.provider),
        "changed_terms": [] if wants_fragment(request) else changed_terms(row),
    }
    return render_page(request, "integrations/connection.html", context, fragment="state")


def changed_terms(row: Connection) -> list[Term]:
    """What counts otherwise than by default. Goes through all items: not for what polls."""
    return [term for term in terms(row) if term.chosen] if row.rules else []


@requires(MANAGE, post=MANAGE)
def edit_connection(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find(pk)
    form = forms.ConnectionForm(posted(request), instance=row, initial={"version": row.version})
    context: dict[str, object] = {"form": form, "connection": row, "name": row.name}
    if request.method == "GET" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "integrations/connection_form.html", context, status=status)
    data = dict(form.cleaned_data)
    version = data.pop("version")
    row.refresh_from_db()
    try:
        actions.edit_connection(request.access, row, expected_version=version, **data)
    except StaleVersion as stale:
        take_version(form, stale.current)
        context["differences"] = differences(form, stale.current)
        return render(request, "integrations/connection_form.html", context, status=409)
    except ValidationError as error:
        add_errors(form, error)
        return render(request, "integrations/connection_form.html", context, status=422)
    messages.success(request, "Saved.")
    return redirect(row)


@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def address(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Where the site is now: asked there first, and stored only if it is the known one."""
    with transaction.atomic():
        row = find(pk)
        if not can_move(row):
            raise Http404
        initial = {**open_parts(row), "address": row.address, "version": row.version}
        form = forms.AddressForm(posted(request), connection=row, initial=initial)
    if form.is_valid():
        try:
            move = addresses.prove_address(row, form.cleaned_data["address"], form.entered)
            version = form.cleaned_data["version"]
            addresses.change_address(request.access, row, move, expected_version=version)
        except StaleVersion as stale:
            with transaction.atomic():
                take_version(form, stale.current)
                found = differences(form, stale.current)
                return show_address(request, row, form, status=409, differences=found)
        except ValidationError as error:
            refuse(form, error)
        else:
            with transaction.atomic():
                messages.success(request, f"Reading {row.address} from now on.")
                return redirect(row)
    with transaction.atomic():
        return show_address(request, row, form, status=422 if form.errors else 200)


def show_address(
    request: MemberRequest,
    row: Connection,
    form: forms.AddressForm,
    *,
    status: int,
    **more: object,
) -> HttpResponse:
    row = find(row.pk)
    context = {"form": form, "connection": row, "by_host": is_known_by_host(row), **more}
    return render(request, "integrations/address.html", context, status=status)


@requires(MANAGE, post=MANAGE)
def rules(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What each status, resolution and type of the stored items counts as."""
    row = find(pk)
    form = forms.RulesForm(
        posted(request), terms=terms(row), rules=row.rules, initial={"version": row.version}
    )
    context: dict[str, object] = {"form": form, "connection": row}
    if request.method == "GET" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "integrations/rules.html", context, status=status)
    version = form.cleaned_data["version"]
    try:
        actions.edit_connection(request.access, row, expected_version=version, rules=form.rules)
    except StaleVersion as stale:
        take_version(form, stale.current)
        context["differences"] = []
        return render(request, "integrations/rules.html", context, status=409)
    messages.success(request, "Saved. The items are judged anew, and scores follow in a moment.")
    return redirect(row)


@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def credential(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Replace the credential by another of the same site."""
    with transaction.atomic():
        row = find(pk)
        initial = open_parts(row)
    form = forms.SecretsForm(posted(request), provider=row.provider, initial=initial)
    if form.is_valid():
        try:
            proof = actions.prove(row, form.secrets)
            actions.change_credential(request.access, row, form.secrets, proof)
        except ValidationError as error:
            refuse(form, error)
        else:
            with transaction.atomic():
                messages.success(request, "The new credential works.")
                return redirect(row)
    with transaction.atomic():
        context = {
            "form": form,
            "connection": row,
            "credential": queries.credential_of(row),
            "oauth": PROVIDERS[row.provider].oauth,
            **sign_in_words(row.provider),
        }
        status = 422 if form.errors else 200
        response = render(request, "integrations/credential.html", context, status=status)
        return leading_to(request, response, row.provider)


@requires_post(Permission.CONNECTION_SYNC)
def sync(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Start a run, or join the one that is on."""
    row = find(pk)
    sync_now(request.access, row)
    if wants_fragment(request):
        return toast(show(request, row, under_way(row)), "Reading now.", kind="info")
    messages.info(request, "Reading now. This page follows the run.")
    return redirect(row)


@requires_post(Permission.CONNECTION_SYNC)
def cancel(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find(pk)
    actions.cancel_run(request.access, row)
    messages.info(request, "The run is cancelled. What it read so far stays.")
    return redirect(row)


@transaction.non_atomic_requests
@requires(Permission.CONNECTION_SYNC)
def seen(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask the service now who we are there, what can be seen, and what is missing."""
    with transaction.atomic():
        row = find(pk)
    try:
        found = actions.try_out(row)
    except ValidationError as error:
        with transaction.atomic():
            messages.error(request, " ".join(error.messages))
            return redirect(row)
    with transaction.atomic():
        context = {"connection": row, "seen": found, "credential": queries.credential_of(row)}
        return render(request, "integrations/seen.html", context)


@requires(MANAGE, post=MANAGE)
def webhook(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The address for the service; making a secret leads here, where it is shown once."""
    row = find(pk)
    if request.method == "POST":
        opened, secret = webhooks.open_webhook(request.access, row)
        shown_once.keep(request.access, request.session, opened, secret)
        return redirect("integrations:webhook", org=request.org.slug, pk=row.pk)
    made = queries.webhook_of(row)
    if made is None:
        return redirect(row)
    until = webhooks.former_until(made)
    context = {
        "connection": row,
        "webhook": made,
        "url": f"{settings.PUBLIC_URL}{made.get_absolute_url()}",
        "secret": shown_once.take(request.access, request.session, made),
        "former_until": until if until and until > timezone.now() else None,
        "label": PROVIDERS[row.provider].label,
    }
    return render(request, "integrations/webhook.html", context)


@requires(MANAGE, post=MANAGE)
def close_webhook(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take no more deliveries, after asking: the service would have to be told a new address."""
    row = find(pk)
    if request.method == "GET":
        question = Question(
            title=f"Close the webhook of {row.name}?",
            words="Its address takes nothing any more, and changes are found on schedule alone. To"
            " open one again, a new address and secret have to be entered there.",
            act="Close it",
            place=row.name,
            back=row.get_absolute_url(),
        )
        return ask(request, question)
    webhooks.close_webhook(request.access, row)
    messages.success(request, "The address takes nothing any more. The schedule goes on.")
    return redirect(row)


@requires_post(MANAGE)
def pause(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop the schedule, or take it up again: as the button said that was pressed."""
    row = find(pk)
    paused = wants_pause(request)
    actions.pause_connection(request.access, row, paused=paused)
    messages.success(request, "Paused." if paused else "Reading again.")
    return redirect(row)


@requires(MANAGE, post=MANAGE)
def archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Disconnect, after saying what that means: the credential cannot be brought back."""
    row = find(pk)
    if request.method == "GET":
        context = {
            "connection": row,
            "fed": queries.fed_by(row),
            "credential": queries.credential_of(row),
            "oauth": PROVIDERS[row.provider].oauth,
        }
        return render(request, "integrations/disconnect.html", context)
    actions.archive_connection(request.access, row, expected_version=None)
    messages.success(request, f"{row.name} is disconnected. Its values stay.")
    return redirect("integrations:connections", org=request.org.slug)
