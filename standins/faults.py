"""Faults on demand: for the next requests that match, something other than an honest answer.

``POST /_control/faults`` with a Fault as JSON switches one on, ``DELETE`` clears them all, and
``GET`` lists what is waiting and what there is.
"""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol

import msgspec
from werkzeug.wrappers import Request, Response

HUGE_BODY = 32 * 1024 * 1024
ABSURD_TIME = "51502-03-01T00:00:00.000+0000"


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """For ``times`` requests that hold ``path`` and ``body``, once ``skip`` of them went by."""

    name: str
    path: str = ""
    body: str = ""
    times: int = 1
    skip: int = 0
    retry_after: int | None = None
    seconds: float = 30.0

    def matches(self, request: Request) -> bool:
        return self.path in request.path and self.body in request.get_data(as_text=True)


class Voice(Protocol):
    """How one service refuses: every company has its own error bodies."""

    def error(self, status: int, message: str) -> Response: ...
    def rate_limited(self, retry_after: int | None) -> Response: ...


@dataclass(frozen=True)
class Occasion:
    fault: Fault
    request: Request
    answer: Callable[[Request], Response]
    voice: Voice


Effect = Callable[[Occasion], Response]
Change = Callable[[Any, Occasion], Any]


def _status(status: int, message: str) -> Effect:
    return lambda occasion: occasion.voice.error(status, message)


def _html(status: int, title: str) -> Effect:
    page = f"<!doctype html><html><head><title>{title}</title></head><body>{title}</body></html>"
    return lambda _: Response(page, status=status, content_type="text/html;charset=utf-8")


def _rate_limited(occasion: Occasion) -> Response:
    return occasion.voice.rate_limited(occasion.fault.retry_after)


def _redirect(occasion: Occasion) -> Response:
    elsewhere = f"http://localhost:9{occasion.request.path}"
    return Response(status=302, headers={"Location": elsewhere})


def _wrong_credential(occasion: Occasion) -> Response:
    occasion.request.environ["HTTP_AUTHORIZATION"] = "Basic d3Jvbmc6d3Jvbmc="
    return occasion.answer(Request(occasion.request.environ))


def _expired_token(occasion: Occasion) -> Response:
    """The honest answer to a page token that is not known any more."""
    asked = json.loads(occasion.request.get_data() or "{}")
    place = asked.get("variables", asked)
    for name in ("nextPageToken", "after"):
        if place.get(name):
            place[name] = "expired"
    body = json.dumps(asked).encode()
    sent = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    environ = {**occasion.request.environ, **sent}
    environ.pop("werkzeug.request", None)
    return occasion.answer(Request(environ))


def _timeout(occasion: Occasion) -> Response:
    time.sleep(occasion.fault.seconds)
    return occasion.answer(occasion.request)


def _huge(_: Occasion) -> Response:
    block = b" " * 65536
    return Response((block for _ in range(HUGE_BODY // len(block))), mimetype="application/json")


def _truncated(occasion: Occasion) -> Response:
    response = occasion.answer(occasion.request)
    response.set_data(response.get_data()[: len(response.get_data()) // 2])
    return response


def _reset(occasion: Occasion) -> Response:
    """Promise the whole body, send half of it, and reset the connection."""
    honest = occasion.answer(occasion.request)
    body = honest.get_data()
    connection: socket.socket | None = occasion.request.environ.get("werkzeug.socket")

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionAbortedError

    return Response(half(), headers={**dict(honest.headers), "Content-Length": str(len(body))})


def _changed(change: Change) -> Effect:
    """The honest answer with its JSON changed."""

    def effect(occasion: Occasion) -> Response:
        response = occasion.answer(occasion.request)
        response.set_data(json.dumps(change(json.loads(response.get_data()), occasion)))
        return response

    return effect


def _wrong_shape(body: Any, _: Occasion) -> Any:
    return {"values": body} if isinstance(body, list) else [body]


def _repeated_token(body: Any, occasion: Occasion) -> Any:
    asked = _asked(occasion.request)
    for page in _pages(body):
        if "pageInfo" in page and asked.get("after"):
            page["pageInfo"] = {"hasNextPage": True, "endCursor": asked["after"]}
        elif asked.get("nextPageToken"):
            page |= {"nextPageToken": asked["nextPageToken"], "isLast": False}
    return body


def _empty_page(body: Any, _: Occasion) -> Any:
    for page in _pages(body):
        page["nodes" if "nodes" in page else "issues"] = []
    return body


def _empty_with_token(body: Any, occasion: Occasion) -> Any:
    """Nothing, and the promise of more, where a service pages by cursors."""
    for page in _pages(_empty_page(body, occasion)):
        if "pageInfo" in page:
            page["pageInfo"] = {"hasNextPage": True, "endCursor": "further"}
    return body


def _issue_errors(body: Any, _: Occasion) -> Any:
    """A bulk answer without its first issue, which Jira names as one that it could not return."""
    if body.get("issues"):
        left_out = body["issues"].pop(0)
        error = {"id": left_out["id"], "errorMessage": "The issue could not be retrieved."}
        body["issueErrors"].append(error)
    return body


def _no_end_signal(body: Any, _: Occasion) -> Any:
    for page in _pages(body):
        page.pop("isLast", None)
        page.pop("nextPageToken", None)
        page.pop("pageInfo", None)
    return body


def _no_is_last(body: Any, _: Occasion) -> Any:
    for page in _pages(body):
        page.pop("isLast", None)
    return body


def _bad_record(body: Any, _: Occasion) -> Any:
    for page in _pages(body):
        for row in page.get("nodes", page.get("issues", []))[:1]:
            row.get("fields", row)["updated" if "fields" in row else "updatedAt"] = ABSURD_TIME
    return body


def _no_number_fields(body: Any, _: Occasion) -> Any:
    """Jira's list of fields without those that hold estimates."""
    return [field for field in body if field.get("schema", {}).get("type") != "number"]


def _partial_data(body: Any, _: Occasion) -> Any:
    error = {"message": "Internal server error", "extensions": {"type": "internal error"}}
    return {**body, "errors": [error]}


def _asked(request: Request) -> dict[str, Any]:
    body = json.loads(request.get_data() or "{}")
    return {**request.args.to_dict(), **body, **(body.get("variables") or {})}


def _pages(body: Any) -> Iterator[dict[str, Any]]:
    """The lists in an answer: a Jira search, or every connection in a GraphQL answer."""
    if not isinstance(body, dict):
        return
    if isinstance(body.get("issues", body.get("nodes")), list):
        yield body
    for value in list(body.values()):
        yield from _pages(value)


FAULTS: dict[str, Effect] = {
    "401": _status(401, "Client must be authenticated to access this resource."),
    "403": _status(403, "You do not have permission to do this."),
    "404": _status(404, "The resource was not found."),
    "410": _status(410, "The requested API has been removed."),
    "500": _status(500, "Internal server error"),
    "503": _status(503, "Service unavailable"),
    "too-complex": _status(400, "Query is too complex."),
    "429": _rate_limited,
    "expired-token": _expired_token,
    "404-html": _html(404, "Not Found"),
    "502-html": _html(502, "Bad Gateway"),
    "200-html": _html(200, "Log in to continue"),
    "redirect": _redirect,
    "wrong-credential": _wrong_credential,
    "timeout": _timeout,
    "huge": _huge,
    "reset": _reset,
    "truncated": _truncated,
    "wrong-shape": _changed(_wrong_shape),
    "repeated-token": _changed(_repeated_token),
    "empty-page": _changed(_empty_page),
    "empty-with-token": _changed(_empty_with_token),
    "issue-errors": _changed(_issue_errors),
    "no-is-last": _changed(_no_is_last),
    "no-end-signal": _changed(_no_end_signal),
    "bad-record": _changed(_bad_record),
    "no-number-fields": _changed(_no_number_fields),
    "partial-data": _changed(_partial_data),
}


class FaultSwitches:
    """Faults waiting for their requests, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch one on; KeyError when there is no such fault."""
        if fault.name not in FAULTS:
            raise KeyError(fault.name)
        self.waiting.append(fault)

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, request: Request) -> Fault | None:
        """The fault this request meets, used up by one."""
        for fault in self.waiting:
            if not fault.matches(request):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times < 1:
                self.waiting.remove(fault)
            return fault
        return None
