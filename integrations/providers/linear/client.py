"""Questions to Linear with typed answers, and what each kind of error means."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from integrations.ports import (
    AccessLost,
    Allowance,
    AuthenticationFailed,
    Authorization,
    Budget,
    GarbledReply,
    Gate,
    OpenGate,
    ProviderError,
    RateLimited,
    RemoteUnavailable,
    SelectionRefused,
    UnexpectedReply,
)
from integrations.providers.transport import asked_wait, bounded, reached, served_at
from lib.outbound import OutboundClient, Reply

T = TypeVar("T")

NAME = "linear"
NOT_FOUND = "Entity not found"
MAX_MESSAGE = 300
UNAUTHORIZED = 401
BUDGETS = ("Requests", "Complexity", "Endpoint-Requests")
MEANINGS: dict[str, type[ProviderError]] = {
    "ratelimited": RateLimited,
    "authentication error": AuthenticationFailed,
    "forbidden": AccessLost,
    "feature not accessible": AccessLost,
    "usage limit exceeded": AccessLost,
    "invalid input": SelectionRefused,
    "user error": SelectionRefused,
    "internal error": RemoteUnavailable,
    "network error": RemoteUnavailable,
    "lock timeout": RemoteUnavailable,
}
CODES: dict[str, type[ProviderError]] = {
    "RATELIMITED": RateLimited,
    "AUTHENTICATION_ERROR": AuthenticationFailed,
}


class Extensions(msgspec.Struct, rename="camel"):
    type: str | None = None
    code: str | None = None
    user_presentable_message: str | None = None


class Error(msgspec.Struct):
    message: str | None = None
    extensions: Extensions | None = None


class Errors(msgspec.Struct):
    """Of any shape: data beside errors that could not be read must not pass for success."""

    errors: Any = None


class Answer(msgspec.Struct, Generic[T]):
    data: T


class LinearClient:
    """One workspace as one account. Counts requests and keeps what was said of the rate limit."""

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        endpoint: str,
        authorization: Authorization,
        gate: Gate | None = None,
    ) -> None:
        self.budget = Budget()
        self.server_time: datetime | None = None
        self._outbound = outbound
        self._endpoint = endpoint
        self._authorization = authorization
        self._gate = gate or OpenGate()
        self._requests = 0

    def ask(
        self, name: str, document: str, into: type[T], variables: Mapping[str, object] | None = None
    ) -> T:
        """The data of an answer without errors; any ProviderError."""
        request = f"POST /graphql {name}"
        body = msgspec.json.encode(
            {"operationName": name, "query": document, "variables": variables or {}}
        )
        header = self._authorization.header()
        reply = self._sent(request, body, header)
        if reply.status == UNAUTHORIZED and self._authorization.renew(header):
            reply = self._sent(request, body, self._authorization.header())
        self.budget = _budget(reply.headers)
        self.server_time = served_at(reply)
        return _data(request, reply, into)

    def _sent(self, request: str, body: bytes, header: str) -> Reply:
        self._gate.enter(request)
        self._requests += 1
        sent = {"Authorization": header}
        with reached(NAME, request):
            reply = self._outbound.post(self._endpoint, body=body, headers=sent)
        now = datetime.now(UTC)
        if reply.status in {400, 429} and "Retry-After" in reply.headers:
            self._gate.shut(retry_after(reply.headers, now) or 0)
        else:
            self._gate.note(allowances(reply.headers, now))
        return reply

    def take_requests(self) -> int:
        """How many requests were made since this was last asked."""
        count, self._requests = self._requests, 0
        return count


def _data(request: str, reply: Reply, into: type[T]) -> T:
    """Errors are read before data and before the status: they come with 200 and with 400 alike."""
    try:
        told = msgspec.json.decode(reply.body, type=Errors)
    except msgspec.DecodeError:
        told = None
    if told is not None and told.errors:
        raise _refusal(request, reply, _first(told.errors))
    _require_success(request, reply)
    try:
        return msgspec.json.decode(reply.body, type=Answer[into]).data  # type: ignore[valid-type]  # a type at run time
    except msgspec.ValidationError:
        raise UnexpectedReply(
            NAME, request, "the answer has another form than Linear's", status=reply.status
        ) from None
    except msgspec.DecodeError:
        detail = "the answer is no whole JSON"
        raise GarbledReply(NAME, request, detail, status=reply.status) from None


def _require_success(request: str, reply: Reply) -> None:
    kind: type[ProviderError]
    if reply.status == 200:
        return
    if reply.status == 401:
        kind, detail = AuthenticationFailed, "Linear did not accept the key"
    elif reply.status == 429:
        kind, detail = RateLimited, "too many requests"
    elif reply.status >= 500:
        kind, detail = RemoteUnavailable, "Linear has a problem"
    else:
        kind, detail = UnexpectedReply, "an answer without a meaning here"
    raise _error(kind, request, reply, detail)


def _first(errors: Any) -> Error:
    try:
        return msgspec.convert(errors, type=list[Error])[0]
    except msgspec.ValidationError:
        return Error()


def _refusal(request: str, reply: Reply, error: Error) -> ProviderError:
    told, message = error.extensions or Extensions(), error.message or ""
    kind = CODES.get(told.code or "") or MEANINGS.get(told.type or "", UnexpectedReply)
    if message.startswith(NOT_FOUND):
        kind = AccessLost
    detail = told.user_presentable_message or message or "Linear refused the request"
    return _error(kind, request, reply, detail[:MAX_MESSAGE].rstrip("."))


def _error(kind: type[ProviderError], request: str, reply: Reply, detail: str) -> ProviderError:
    waits = {RateLimited: retry_after, RemoteUnavailable: asked_wait}
    wait = waits[kind](reply.headers, datetime.now(UTC)) if kind in waits else None
    return kind(NAME, request, detail, status=reply.status, retry_after=wait)


def retry_after(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds to wait, from 1 to a day: as told, else until the emptied budget is full again."""
    told = asked_wait(headers, now)
    if told is not None:
        return max(1, told)
    resets = [_reset(headers, name) for name in BUDGETS if _left(headers, name) == 0]
    waits = [math.ceil((reset - now).total_seconds()) for reset in resets if reset]
    return max(1, bounded(max(waits))) if waits else None


def _budget(headers: Mapping[str, str]) -> Budget:
    return Budget(
        remaining=_left(headers, "Requests"),
        resets_at=_reset(headers, "Requests"),
        near_limit=any(_is_low(headers, name) for name in BUDGETS),
    )


def allowances(headers: Mapping[str, str], now: datetime) -> list[Allowance]:
    """What is left of each budget, and how fast it comes back: evenly, until it is full again."""
    found = []
    for name in BUDGETS:
        left, limit = _left(headers, name), _number(headers, f"X-RateLimit-{name}-Limit")
        reset = _reset(headers, name)
        if left is None or limit is None or reset is None:
            continue
        seconds = max(1.0, (reset - now).total_seconds())
        cost = _number(headers, "X-Complexity") if name == "Complexity" else 1
        found.append(
            Allowance(
                name=name,
                left=left,
                limit=limit,
                per_second=max(0, limit - left) / seconds,
                resets_at=reset,
                cost=cost or 1,
            )
        )
    return found


def _is_low(headers: Mapping[str, str], name: str) -> bool:
    left, limit = _left(headers, name), _number(headers, f"X-RateLimit-{name}-Limit")
    return left is not None and limit is not None and left * 5 < limit


def _left(headers: Mapping[str, str], name: str) -> int | None:
    return _number(headers, f"X-RateLimit-{name}-Remaining")


def _reset(headers: Mapping[str, str], name: str) -> datetime | None:
    milliseconds = _number(headers, f"X-RateLimit-{name}-Reset")
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdigit() else None
