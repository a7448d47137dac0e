"""What a webhook of any service must prove, and what little is taken from it."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import msgspec


class Refused(ValueError):
    """A delivery that is not believed; the text says why, for the log only."""


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """That something happened to an item. What it is now is asked of the service itself.

    delivery_id is the same when a delivery is repeated. remote_id is None for an event that
    is about no item.
    """

    delivery_id: str
    event: str
    remote_id: str | None
    removed: bool = False


class HookReader(Protocol):
    """How one service signs and writes its deliveries."""

    def read(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime
    ) -> Hint:
        """The hint of a delivery signed with one of the secrets; `Refused` for any other."""


def is_signed(body: bytes, signature: str, secrets: list[str]) -> bool:
    """Whether the hex HMAC-SHA256 of the raw body is by one of the secrets; in constant time."""
    given = signature.lower().encode()
    matches = [hmac.compare_digest(digest(body, secret).encode(), given) for secret in secrets]
    return any(matches)


def digest(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
