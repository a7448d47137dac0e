"""Tokens of the API: made, shown once, listed, revoked."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import actions, queries, shown_once
from accounts.forms import TokenForm
from accounts.models import ApiToken
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.reauthentication import recently_confirmed
from lib.form_answers import add_errors, posted
from lib.paging import page_of

PAGE = "accounts/tokens.html"


@requires(Permission.TOKEN_MANAGE, post=Permission.TOKEN_MANAGE)
@recently_confirmed
def tokens(request: MemberRequest) -> HttpResponse:
    form = token_form(request)
    if request.method == "GET":
        return show(request, form)
    if not form.is_valid():
        return show(request, form, status=422)
    data = form.cleaned_data
    try:
        token, raw = actions.create_token(
            request.access,
            name=data["name"],
            scope=data["scope"],
            expires_at=form.expires_at,
            member=data.get("member"),
        )
    except ValidationError as error:
        add_errors(form, error)
        return show(request, form, status=422)
    shown_once.keep(request.access, request.session, token, raw)
    return redirect("accounts:tokens", org=request.org.slug)


def token_form(request: MemberRequest) -> TokenForm:
    manages = request.access.allows(Permission.MEMBER_MANAGE)
    scripts = queries.service_accounts(request.access) if manages else None
    return TokenForm(posted(request), service_accounts=scripts)


def show(request: MemberRequest, form: TokenForm, *, status: int = 200) -> HttpResponse:
    """The page; making a token leads here, where it is shown once."""
    page = page_of(queries.visible_tokens(request.access), request, by=("-created_at", "-id"))
    fresh, raw = made_just_now(request, page.rows)
    context = {"form": form, "page": page, "fresh": fresh, "raw": raw}
    return render(request, PAGE, context, status=status)


def made_just_now(
    request: MemberRequest, tokens: Iterable[ApiToken]
) -> tuple[ApiToken | None, str]:
    """The first of the tokens that is still to be shown, and how it reads."""
    for token in tokens:
        if raw := shown_once.take(request.access, request.session, token):
            return token, raw
    return None, ""


@requires_post(Permission.TOKEN_MANAGE)
@recently_confirmed
def revoke_token(request: MemberRequest, pk: UUID) -> HttpResponse:
    token = get_object_or_404(queries.visible_tokens(request.access), pk=pk)
    actions.revoke_token(request.access, token)
    messages.success(request, f"{token.name} does not work any more.")
    return redirect("accounts:tokens", org=request.org.slug)
