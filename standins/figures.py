"""A service that knows a few numbers and says them as JSON to whoever has its token."""

from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec
from werkzeug.wrappers import Request, Response

from standins.faults import FAULTS, Fault, FaultSwitches, Occasion
from standins.web import REQUESTS_REMEMBERED, Seen, reply

# What a finance and an operations department would say; paths are addresses.
DOCUMENTS: dict[str, Any] = {
    "/finance/recurring-revenue": {
        "currency": "EUR",
        "months": [{"name": "this", "revenue": "182450.50"}, {"name": "last", "revenue": 179_900}],
    },
    "/operations/deployments": {"data": {"total": 212, "rolled_back_percent": 4.2}},
}


class Figures:
    """A WSGI application. `documents` may be changed while it runs."""

    title = "Stand-in for a service with figures"

    def __init__(self, documents: dict[str, Any] | None = None, *, token: str) -> None:
        self.documents = DOCUMENTS if documents is None else documents
        self.token = token
        self.faults = FaultSwitches()
        self.seen: deque[Seen] = deque(maxlen=REQUESTS_REMEMBERED)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        response = self.respond(request)
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

    def respond(self, request: Request) -> Response:
        if request.path == "/":
            return reply({"addresses": sorted(self.documents)})
        if request.path == "/_control/faults" and request.method == "POST":
            self.faults.add(msgspec.json.decode(request.get_data(), type=Fault))
            return reply({"waiting": len(self.faults.waiting)})
        fault = self.faults.take(request)
        if fault is None:
            return self.answer(request)
        return FAULTS[fault.name](Occasion(fault, request, self.answer, self))

    def answer(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.error(401, "Say who you are.")
        if request.path not in self.documents:
            return self.error(404, "There is no such figure.")
        document = self.documents[request.path]
        if isinstance(document, bytes):
            return Response(document, content_type="application/json")
        return reply(document)

    def error(self, status: int, message: str) -> Response:
        return reply({"error": message}, status)

    def rate_limited(self, retry_after: int | None) -> Response:
        headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
        return reply({"error": "Too many requests."}, 429, **headers)
