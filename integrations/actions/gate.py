"""One gate for all requests of a connection, whichever worker or page would make them.

When a service asks to wait, nobody asks it again until the time is up: asking meanwhile keeps the
limit on. The gate is kept in the cache, which all processes share; without it each finds out by
itself.
"""

import math
import time
from uuid import UUID

from django.core.cache import cache

from accounts.tenancy import current_organization_id
from integrations.models import Connection
from integrations.ports import Budget, RateLimited

LIMITED = "the service asked to wait"
NEARLY = "most of what the service allows is used; the rest is left to people"
# A budget that names no time of its return is tried again after this many seconds.
UNTOLD = 60


def key_of(connection_id: UUID) -> str:
    return f"{current_organization_id()}/gate/{connection_id}"


def shut(connection_id: UUID, seconds: float) -> None:
    """Let nobody through for so long; a gate that is shut for longer stays so."""
    until = time.time() + seconds
    if until > (cache.get(key_of(connection_id)) or 0):
        cache.set(key_of(connection_id), until, timeout=math.ceil(seconds) + 1)


def seconds_shut(connection_id: UUID) -> int:
    """How long it is still shut, 0 when it is open."""
    until = cache.get(key_of(connection_id)) or 0
    return max(0, math.ceil(until - time.time()))


def pass_gate(connection: Connection) -> None:
    """Raise `RateLimited` while the gate is shut; nothing is asked."""
    wait = seconds_shut(connection.pk)
    if wait:
        raise RateLimited(connection.provider, "", LIMITED, retry_after=wait)


def spare(connection: Connection, budget: Budget) -> None:
    """Raise `RateLimited` when little is left: a run may wait, a person at a page should not."""
    if not budget.near_limit:
        return
    wait = UNTOLD
    if budget.resets_at is not None:
        wait = max(1, math.ceil(budget.resets_at.timestamp() - time.time()))
    raise RateLimited(connection.provider, "", NEARLY, retry_after=wait)
