"""Asking a person to prove again that it is them, before what an open laptop must not allow."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.permissions import MemberRequest

View = Callable[..., HttpResponse]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def recently_confirmed(view: View) -> View:
    """Changes need a password or second factor given in the last 15 minutes.

    The person is led to confirm and the form that they sent is then carried out, so nothing
    typed is lost. Put it below `@requires`.
    """

    @wraps(view)
    def confirmed(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in SAFE and not proved_recently(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return confirmed


def require_recent_confirmation(request: Request) -> None:
    """As `recently_confirmed` for the API: sessions are asked, tokens have a scope instead."""
    inner = request._request
    by_token: bool = inner.principal.by_token  # type: ignore[attr-defined]
    if request.method not in SAFE and not by_token and not proved_recently(inner):
        raise PermissionDenied("Sign in again first: this needs a recent proof that it is you.")


def proved_recently(request: HttpRequest) -> bool:
    """Whether this session saw a password or second factor lately, signing in included."""
    records = get_authentication_records(request, request.user)
    oldest = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(record["at"] >= oldest for record in records)
