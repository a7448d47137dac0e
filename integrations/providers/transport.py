"""What a failed connection means to the person who follows a sync."""

from collections.abc import Iterator
from contextlib import contextmanager

from integrations.ports import RemoteUnavailable, UnexpectedReply
from lib.outbound import (
    BodyTooLargeError,
    ForbiddenAddressError,
    OutboundError,
    RedirectError,
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
