"""Requests to Jira with typed replies, and what each kind of refusal means."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NoReturn, TypeVar

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

UNKNOWN_PROJECT = "does not exist for the field 'project'"
WEB_PAGE = "Jira answered with a web page"
CAPTCHA_ADVICE = "Log in to Jira once in a browser to answer its captcha, then connect again."
MAX_MESSAGE = 300
QUOTA = re.compile(r'"([\w-]+)"\s*;\s*r=(\d+)\s*;\s*t=(\d+)')
# Jira translates names and messages otherwise, and rules are written for the English ones.
ENGLISH = {"Accept-Language": "en", "X-Force-Accept-Language": "true"}


class Refusal(msgspec.Struct):
    """Jira's error body; its texts name fields and values of a query, nothing secret."""

    error_messages: list[str] = msgspec.field(name="errorMessages", default_factory=list)


class JiraClient:
    """One site and one credential. Counts requests and keeps what was said of the rate limit.

    base is the address of the site as people know it; requests go to api, if that is another.
    """

    def __init__(
        self,
        outbound: OutboundClient,
        *,
        provider: str,
        base: str,
        authorization: Authorization,
        api: str = "",
        gate: Gate | None = None,
    ) -> None:
        self.provider = provider
        self.base = base
        self._api = api or base
        self.budget = Budget()
        self.server_time: datetime | None = None
        self._outbound = outbound
        self._requests = 0
        self._authorization = authorization
        self._gate = gate or OpenGate()

    def get(self, path: str, into: type[T], params: Mapping[str, str] | None = None) -> T:
        """The decoded body; any ProviderError."""
        send = partial(self._outbound.get, self._api + path, params=params)
        return self._asked(f"GET {path}", send, into)

    def get_openly(self, path: str, into: type[T]) -> T:
        """What the site tells everybody; the credential stays here. Any ProviderError."""
        request = f"GET {path}"
        send = partial(self._outbound.get, self.base + path)
        return self._decoded(request, self._sent(request, send, None), into)

    def post(self, path: str, body: Mapping[str, object], into: type[T]) -> T:
        """The decoded body; any ProviderError."""
        sent = msgspec.json.encode(body)
        send = partial(self._outbound.post, self._api + path, body=sent)
        return self._asked(f"POST {path}", send, into)

    def take_requests(self) -> int:
        """How many requests were made since this was last asked."""
        count, self._requests = self._requests, 0
        return count

    def _asked(self, request: str, send: Callable[..., Reply], into: type[T]) -> T:
        """Ask once more when the credential was refused and could be renewed."""
        header = self._authorization.header()
        reply = self._sent(request, send, header)
        if _is_anonymous(reply) and self._authorization.renew(header):
            reply = self._sent(request, send, self._authorization.header())
        return self._decoded(request, reply, into)

    def _sent(self, request: str, send: Callable[..., Reply], header: str | None) -> Reply:
        self._gate.enter(request)
        self._requests += 1
        authorized = {} if header is None else {"Authorization": header}
        with reached(self.provider, request):
            reply = send(headers={**authorized, **ENGLISH})
        now = datetime.now(UTC)
        if reply.status != 429:
            self._gate.note(allowances(reply.headers, now))
        elif wait := retry_after(reply.headers, now):
            self._gate.shut(wait)
        return reply

    def _decoded(self, request: str, reply: Reply, into: type[T]) -> T:
        self.budget = _budget(reply.headers)
        self.server_time = served_at(reply)
        self._require_success(request, reply)
        if not _is_json(reply):
            raise self._error(GarbledReply, request, reply, WEB_PAGE)
        try:
            return msgspec.json.decode(reply.body, type=into)
        except msgspec.ValidationError:
            detail = "the reply has another form than Jira's"
            raise self._error(UnexpectedReply, request, reply, detail) from None
        except msgspec.DecodeError:
            detail = "the reply is no whole JSON"
            raise self._error(GarbledReply, request, reply, detail) from None

    def _require_success(self, request: str, reply: Reply) -> None:
        if reply.status == 429:
            wait = retry_after(reply.headers, datetime.now(UTC))
            self._refuse_for_now(RateLimited, request, reply, "too many requests", wait)
        if reply.status >= 500:
            # What it says of its limits, it says with every answer: only a limit waits for them.
            wait = asked_wait(reply.headers, datetime.now(UTC))
            self._refuse_for_now(RemoteUnavailable, request, reply, "Jira has a problem", wait)
        if _is_anonymous(reply):
            detail = "Jira did not accept the credential"
            raise self._error(AuthenticationFailed, request, reply, detail)
        if reply.status == 400:
            self._refuse_query(request, reply)
        if reply.status == 404 and not _is_json(reply):
            # Of what stands before Jira, or of a server on which it has not started yet.
            raise self._error(GarbledReply, request, reply, WEB_PAGE)
        if reply.status in {403, 404}:
            detail = "it does not exist or the account may not see it"
            raise self._error(AccessLost, request, reply, detail)
        if reply.status != 200:
            raise self._error(UnexpectedReply, request, reply, "an answer without a meaning here")

    def _refuse_for_now(
        self, kind: type[ProviderError], request: str, reply: Reply, detail: str, wait: int | None
    ) -> NoReturn:
        raise kind(self.provider, request, detail, status=reply.status, retry_after=wait)

    def _refuse_query(self, request: str, reply: Reply) -> NoReturn:
        message = _message(reply) or "Jira refused the request"
        kind = AccessLost if UNKNOWN_PROJECT in message else SelectionRefused
        raise self._error(kind, request, reply, message)

    def _error(
        self, kind: type[ProviderError], request: str, reply: Reply, detail: str
    ) -> ProviderError:
        captcha = "X-Authentication-Denied-Reason" in reply.headers
        advice = CAPTCHA_ADVICE if captcha else None
        return kind(self.provider, request, detail.rstrip("."), status=reply.status, advice=advice)


def _is_anonymous(reply: Reply) -> bool:
    """Jira answers 200 with nothing in it when it does not know the caller."""
    headers = reply.headers
    return (
        reply.status == 401
        or "AUTHENTICATED_FAILED" in headers.get("X-Seraph-Loginreason", "")
        or "AUTHENTICATION_DENIED" in headers.get("X-Seraph-Loginreason", "")
        or headers.get("X-AUSERNAME") == "anonymous"
        or "X-Authentication-Denied-Reason" in headers
    )


def _is_json(reply: Reply) -> bool:
    return "json" in reply.headers.get("Content-Type", "")


def _message(reply: Reply) -> str:
    try:
        refusal = msgspec.json.decode(reply.body, type=Refusal)
    except msgspec.DecodeError:
        return ""
    return " ".join(refusal.error_messages)[:MAX_MESSAGE]


def retry_after(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds to wait, from 1 to a day; None when Jira did not say.

    Data Center says 0 and means one interval of its bucket; a gateway names only the reset.
    """
    told = asked_wait(headers, now)
    if told:
        return told
    interval = headers.get("X-RateLimit-Interval-Seconds", "")
    if interval.isdigit():
        return max(1, bounded(int(interval)))
    reset = _moment(headers.get("X-RateLimit-Reset"))
    if reset is not None:
        return max(1, bounded(math.ceil((reset - now).total_seconds())))
    return 1 if told == 0 else None


def _budget(headers: Mapping[str, str]) -> Budget:
    left = headers.get("X-RateLimit-Remaining", "")
    return Budget(
        remaining=int(left) if left.isdigit() else None,
        resets_at=_moment(headers.get("X-RateLimit-Reset")),
        near_limit=headers.get("X-RateLimit-NearLimit") == "true",
    )


def allowances(headers: Mapping[str, str], now: datetime) -> list[Allowance]:
    """What is left of each budget that an answer tells of."""
    return [*_bucket(headers), *_quotas(headers, now)]


def _bucket(headers: Mapping[str, str]) -> list[Allowance]:
    """The bucket of Data Center, or Cloud's budget of bursts."""
    left, limit = headers.get("X-RateLimit-Remaining", ""), headers.get("X-RateLimit-Limit", "")
    fill = headers.get("X-RateLimit-FillRate", "")
    interval = headers.get("X-RateLimit-Interval-Seconds", "")
    if not (left.isdigit() and limit.isdigit()):
        return []
    refills = fill.isdigit() and interval.isdigit() and int(interval) > 0
    resets_at = _moment(headers.get("X-RateLimit-Reset"))
    if not refills and resets_at is None:
        return []
    return [
        Allowance(
            name="requests",
            left=int(left),
            limit=int(limit),
            per_second=int(fill) / int(interval) if refills else 0,
            resets_at=None if refills else resets_at,
        )
    ]


def _quotas(headers: Mapping[str, str], now: datetime) -> list[Allowance]:
    """Quotas in the newer form; those that only inform have another name and are not asked."""
    return [
        Allowance(
            name=name,
            left=int(left),
            limit=int(left),
            resets_at=now + timedelta(seconds=int(seconds)),
        )
        for name, left, seconds in QUOTA.findall(headers.get("RateLimit", ""))
    ]


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
