"""Connecting by signing in at the service: the way there, the answer, and the choice of a site."""

import re
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from integrations import forms
from integrations.actions import sign_ins as actions
from integrations.actions.sign_ins import Asked, SignInFailed
from integrations.models import Connection
from integrations.ports import Grant
from integrations.providers.oauth import Site
from integrations.registry import PROVIDERS
from integrations.views.connections import find, show_connect
from lib.form_answers import posted

MANAGE = Permission.CONNECTION_MANAGE
STATE = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)\.[A-Za-z0-9_-]{43}")


@requires_post(MANAGE)
def sign_in(request: MemberRequest, provider: str) -> HttpResponse:
    """Send the person to the service, for a new connection."""
    if provider not in PROVIDERS or not actions.is_offered(provider):
        raise Http404
    form = forms.SignInForm(request.POST, provider=provider)
    if not form.is_valid():
        return show_connect(request, provider, sign_in=form)
    name = form.cleaned_data["name"]
    return redirect(actions.ask(request.access, request.session, provider=provider, name=name))


@requires_post(MANAGE)
def sign_in_again(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Send the person to the service, for a new credential of a connection."""
    row = find(pk)
    if not actions.is_offered(row.provider):
        raise Http404
    address = actions.ask(
        request.access, request.session, provider=row.provider, connection=row, name=row.name
    )
    return redirect(address)


def sign_in_answer(request: HttpRequest) -> HttpResponse:
    """The one address that services know leads on to the organisation that asked."""
    state = STATE.fullmatch(request.GET.get("state", ""))
    if state is None:
        raise Http404
    address = reverse("integrations:signed-in", args=[state[1]])
    return redirect(f"{address}?{request.GET.urlencode()}")


@transaction.non_atomic_requests
@requires(MANAGE)
def signed_in(request: MemberRequest) -> HttpResponse:
    """The answer of a service: a refusal is explained, a code becomes a connection."""
    told = request.GET
    asked = None
    try:
        state = told.get("state", "")
        asked = actions.take_answer(request.access, request.session, state=state)
        actions.require_yes(told.get("error", ""))
        grant, sites = actions.redeem(asked, told.get("code", ""))
        if len(sites) > 1:
            key = actions.put_off(request.session, asked, grant, sites)
            return redirect("integrations:choose-site", org=request.org.slug, key=key)
        return concluded(request, asked, grant, sites[0])
    except SignInFailed as failure:
        return show_failure(request, asked, [str(failure)])
    except ValidationError as error:
        return show_failure(request, asked, error.messages)


@transaction.non_atomic_requests
@requires(MANAGE, post=MANAGE)
def choose_site(request: MemberRequest, key: UUID) -> HttpResponse:
    """Which of the sites that a grant reaches is to be read."""
    try:
        choosing = actions.waiting(request.access, request.session, key)
    except SignInFailed as failure:
        return show_failure(request, None, [str(failure)])
    form = forms.SiteForm(posted(request), sites=choosing.sites)
    if not form.is_valid():
        context = {"form": form, "label": PROVIDERS[choosing.asked.provider].label}
        status = 422 if form.is_bound else 200
        with transaction.atomic():
            return render(request, "integrations/choose_site.html", context, status=status)
    try:
        grant = actions.take_choice(request.session, key, choosing)
        return concluded(request, choosing.asked, grant, form.site)
    except SignInFailed as failure:
        return show_failure(request, choosing.asked, [str(failure)])
    except ValidationError as error:
        return show_failure(request, choosing.asked, error.messages)


def concluded(request: MemberRequest, asked: Asked, grant: Grant, site: Site) -> HttpResponse:
    made = actions.conclude(request.access, asked, grant, site)
    with transaction.atomic():
        if asked.connection is not None:
            messages.success(request, "The new credential works.")
            return redirect(made)
        messages.success(request, f"Connected as {made.account}.")
        return redirect("integrations:seen", org=request.org.slug, pk=made.pk)


def show_failure(request: MemberRequest, asked: Asked | None, reasons: list[str]) -> HttpResponse:
    """Why nothing was connected, and the ways on."""
    with transaction.atomic():
        context = {
            "reasons": reasons,
            "asked": asked,
            "label": PROVIDERS[asked.provider].label if asked else "",
            "connection": connection_of(asked),
        }
        return render(request, "integrations/sign_in_failed.html", context, status=400)


def connection_of(asked: Asked | None) -> Connection | None:
    """The connection that stays as it was; None for a new one, or when it is gone."""
    if asked is None or asked.connection is None:
        return None
    try:
        return actions.renewing(asked.connection)
    except SignInFailed:
        return None
