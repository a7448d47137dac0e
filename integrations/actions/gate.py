"""One gate for all requests of a connection, whichever worker or page would make them.

When a service asks to wait, nobody asks it again until the time is up: asking meanwhile keeps the
limit on. The gate is kept in the cache, which all processes share; without it each finds out by
itself.
"""

import math
import random
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

from django.core.cache import cache

from accounts.tenancy import current_organization_id
from integrations.actions import bucket
from integrations.models import Connection
from integrations.ports import Allowance, Budget, RateLimited

LIMITED = "the service asked to wait"
USED_UP = "what the service allows is used up for now"
NEARLY = "most of what the service allows is used; the rest is left to people"
# A budget that names no time of its return is tried again after this many seconds.
UNTOLD = 60
# Seconds that a request waits for its turn here; a longer wait is for the queue.
PATIENCE = 1.0


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


class ConnectionGate:
    """The gate as the requests of one connection pass it."""

    def __init__(self, connection: Connection) -> None:
        self._connection_id = connection.pk
        self._provider = connection.provider
        self._ticket = ""

    def enter(self, request: str) -> None:
        """Take one's turn; those who have to wait do not come back all at once."""
        wait = seconds_shut(self._connection_id)
        if wait:
            raise RateLimited(self._provider, request, LIMITED, retry_after=wait)
        self._ticket = uuid4().hex
        delay = bucket.take(self._connection_id, PATIENCE, self._ticket)
        if delay > PATIENCE:
            raise RateLimited(self._provider, request, USED_UP, retry_after=math.ceil(delay))
        if delay > 0:
            time.sleep(delay * random.uniform(1, 1.2))  # noqa: S311 (no secret)

    def note(self, allowances: Sequence[Allowance]) -> None:
        bucket.note(self._connection_id, allowances, self._ticket)

    def shut(self, seconds: float) -> None:
        shut(self._connection_id, seconds)


def reopen(connection_id: UUID) -> None:
    """Forget what the service said, as when a person knows better."""
    cache.delete(key_of(connection_id))
    bucket.forget(connection_id)
