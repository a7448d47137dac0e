"""What every request cost, for its people, the log and the figures."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.access import Access
from accounts.permissions import Permission
from config.observing.figures import note_request

slow = logging.getLogger("flotilla.slow")
UNNAMED = "none"
LONGEST_LOGGED = 1000


@dataclass
class Statements:
    """Counts and times the statements of a request; logs the slow ones, never their values."""

    request: HttpRequest
    count: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        began = perf_counter()
        try:
            return execute(sql, *given)
        finally:
            took = perf_counter() - began
            self.count += 1
            self.seconds += took
            if took * 1000 >= settings.SLOW_QUERY_MS:
                words = " ".join(str(sql).split())[:LONGEST_LOGGED]
                slow.warning("%s: %.0f ms: %s", view_of(self.request), took * 1000, words)


class ObservingMiddleware:
    """Measures from the first statement of the request to the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        statements, began = Statements(request), perf_counter()
        with connection.execute_wrapper(statements):
            response = self.get_response(request)
        seconds = perf_counter() - began
        note_request(
            view_of(request),
            method=request.method or "",
            status=response.status_code,
            seconds=seconds,
            statements=statements.count,
        )
        if may_see_times(request):
            response.headers["Server-Timing"] = (
                f'db;dur={statements.seconds * 1000:.1f};desc="{statements.count} statements", '
                f"total;dur={seconds * 1000:.1f}"
            )
        return response


def view_of(request: HttpRequest) -> str:
    """The name of the view, which is one of few; never the address, which is one of many."""
    match = request.resolver_match
    return (match.view_name if match else "") or UNNAMED


def may_see_times(request: HttpRequest) -> bool:
    access: Access | None = getattr(request, "access", None)
    return access is not None and access.allows(Permission.ORG_MANAGE)
