"""What a failed connection means to the person who follows a sync."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime

from integrations.ports import RemoteUnavailable, UnexpectedReply
from lib.outbound import (
    BodyTooLargeError,
    ForbiddenAddressError,
    OutboundError,
    RedirectError,
    Reply,
)

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
