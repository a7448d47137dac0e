"""How a view answers htmx: a page or a fragment, nothing new, toasts, and moves elsewhere."""

import hashlib
from collections.abc import Mapping
from typing import Literal

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

ToastKind = Literal["ok", "info", "warn", "bad"]


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for a part of a page; a history restore needs the whole of it."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in headers


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object],
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or its partial named `fragment` when htmx asks.

    Varies on HX-Request: without it the browser's back button shows a bare fragment.
    """
    name = f"{template}#{fragment}" if fragment and wants_fragment(request) else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def entity_tag(*parts: object) -> str:
    """An ETag that is another one as soon as one of the parts that an answer depends on is."""
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def nothing_new(request: HttpRequest, tag: str) -> HttpResponse | None:
    """An empty 304 for a fragment that the browser shows already, which `tag` tells.

    A proxy that compresses pages hands the tag on as a weak one.
    """
    shown = parse_etags(request.headers.get("If-None-Match", ""))
    if wants_fragment(request) and tag in {given.removeprefix("W/") for given in shown}:
        return HttpResponseNotModified(headers={"ETag": tag})
    return None


def toast(
    response: HttpResponse,
    text: str,
    *,
    undo_url: str | None = None,
    kind: ToastKind = "ok",
) -> HttpResponse:
    """Has the browser say `text`, with a button that posts to `undo_url` when one is given."""
    return trigger_client_event(
        response, "toast", {"text": text, "kind": kind, "undo_url": undo_url}
    )


def client_redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Sends the browser to `url` as a whole page, whether or not htmx asked."""
    return HttpResponseClientRedirect(url) if wants_fragment(request) else redirect(url)
