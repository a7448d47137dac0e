"""What every stand-in is as a web server: routes, faults, a control endpoint and a page."""

import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from standins.faults import FAULTS, Fault, FaultSwitches, Occasion
from standins.page import Page, from_elsewhere
from standins.state import Tracker

Handler = Callable[..., Response]
Route = tuple[str, str, Handler]
"""A method, a path and what answers it."""
REQUESTS_REMEMBERED = 1000
OWN_PATHS = ("/_control/", "/issues/", "/browse/", "/page.css")


@dataclass(frozen=True)
class Seen:
    """A request that was answered."""

    method: str
    path: str
    query: str
    body: bytes
    status: int
    is_authorized: bool


def reply(body: Any, status: int = 200, **headers: str) -> Response:
    """JSON; header names are written with underscores."""
    response = Response(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/json;charset=UTF-8",
    )
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


class StandIn(ABC):
    """A WSGI application that plays one service over one tracker."""

    title = "Stand-in"

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.faults = FaultSwitches()
        self.seen: deque[Seen] = deque(maxlen=REQUESTS_REMEMBERED)
        routes = [*self.routes(), *self._control(), *Page(tracker, self.title).routes()]
        self._handlers = {f"{method} {path}": handler for method, path, handler in routes}
        self._map = Map(
            [
                Rule(path, methods=[method], endpoint=f"{method} {path}")
                for method, path, _ in routes
            ],
            strict_slashes=False,
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        response = self._respond(request)
        self.seen.append(
            Seen(
                request.method,
                request.path,
                request.query_string.decode(),
                request.get_data(),
                response.status_code,
                "Authorization" in request.headers,
            )
        )
        return response(environ, start_response)

    # What a service fills in

    @abstractmethod
    def routes(self) -> list[Route]:
        """The paths of the service's own API."""

    @abstractmethod
    def authorization(self) -> str:
        """The Authorization header that is let in."""

    @abstractmethod
    def error(self, status: int, message: str) -> Response:
        """A refusal in the service's own words and shape."""

    @abstractmethod
    def rate_limited(self, retry_after: int | None) -> Response:
        """What the service answers when it is asked too much."""

    @abstractmethod
    def guard(self, request: Request) -> Response | None:
        """What stands before every handler of the service's own API; None lets the request by."""

    @abstractmethod
    def sign(self, response: Response, request: Request) -> None:
        """Put on the headers that every answer of the service carries."""

    # From request to response

    def _respond(self, request: Request) -> Response:
        with self.tracker.lock:
            fault = None if _ours(request) else self.faults.take(request)
        if fault is None:
            return self._answer(request)
        return FAULTS[fault.name](Occasion(fault, request, self._answer, self))

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, values = self._map.bind_to_environ(request.environ).match()
        except HTTPException as refusal:
            return self.error(refusal.code or 404, refusal.description or "Not found")
        with self.tracker.lock:
            handler = self._handlers[endpoint]
            if _ours(request):
                return handler(request, **values)
            response = self.guard(request) or handler(request, **values)
            self.sign(response, request)
            return response

    # Control

    def _control(self) -> list[Route]:
        path = "/_control/faults"
        return [
            ("GET", path, self._list_faults),
            ("POST", path, self._add_fault),
            ("DELETE", path, self._clear_faults),
        ]

    def _list_faults(self, _: Request) -> Response:
        waiting = [msgspec.to_builtins(fault) for fault in self.faults.waiting]
        return reply({"waiting": waiting, "available": sorted(FAULTS)})

    def _add_fault(self, request: Request) -> Response:
        if from_elsewhere(request):
            return reply({"error": "This page is not for other sites."}, 403)
        try:
            self.faults.add(msgspec.json.decode(request.get_data(), type=Fault))
        except (msgspec.DecodeError, KeyError) as problem:
            return reply({"error": str(problem), "available": sorted(FAULTS)}, 400)
        return self._list_faults(request)

    def _clear_faults(self, request: Request) -> Response:
        self.faults.clear()
        return self._list_faults(request)


def _ours(request: Request) -> bool:
    """Paths that the real service does not have: the page for people and the switches."""
    return request.path == "/" or request.path.startswith(OWN_PATHS)
