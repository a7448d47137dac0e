"""What a failed connection means to the person who follows a sync."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from integrations.ports import RemoteUnavailable, UnexpectedReply
from lib.outbound import (
    BodyTooLargeError,
    ForbiddenAddressError,
    OutboundError,
    RedirectError,
    Reply,
)

# Nobody is waited for longer than a day: what asks for more has its clock or its units wrong.
MOST_SECONDS_TO_WAIT = 86_400
WRONG_ADDRESS = (ForbiddenAddressError, RedirectError, BodyTooLargeError)


@contextmanager
def reached(provider: str, request: str) -> Iterator[None]:
    """Turn errors of the way there into provider errors."""
    try:
        yield
    except WRONG_ADDRESS as error:
        raise UnexpectedReply(provider, request, error.reason) from error
    except OutboundError as error:
        raise RemoteUnavailable(provider, request, error.reason) from error


def served_at(reply: Reply) -> datetime | None:
    """The service's own clock when it answered; None when it did not say."""
    try:
        return parsedate_to_datetime(reply.headers.get("Date", ""))
    except ValueError:
        return None


def asked_wait(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds that `Retry-After` asks to wait, from 0 to a day; None where it says nothing.

    It is a number, or the date at which to come back (RFC 9110, section 10.2.3).
    """
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return bounded(int(told[:9]))
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return None
    # A date without a zone is in UTC.
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return bounded(math.ceil((until - now).total_seconds()))


def bounded(seconds: int) -> int:
    return max(0, min(seconds, MOST_SECONDS_TO_WAIT))
