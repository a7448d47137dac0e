"""What every request cost, for its people, the log and the figures."""

from collections.abc import Callable
from time import perf_counter

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.access import Access
from accounts.permissions import Permission
from config.observing.figures import note_request
from config.observing.statements import Statements

UNNAMED = "none"


class ObservingMiddleware:
    """Measures from the first statement of the request to the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        statements, began = Statements(lambda: view_of(request)), perf_counter()
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
