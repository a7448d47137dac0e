"""A leaky bucket: what a service lets through before it says that it is too much."""

import time
from collections.abc import Callable


class Bucket:
    """``capacity`` units that flow back at ``per_second``."""

    def __init__(
        self,
        capacity: float,
        *,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.capacity = capacity
        self.per_second = per_second
        self._clock = clock
        self._level = capacity
        self._seen = clock()

    @property
    def remaining(self) -> float:
        """Units left now."""
        now = self._clock()
        flowed = (now - self._seen) * self.per_second
        self._level, self._seen = min(self.capacity, self._level + flowed), now
        return self._level

    @property
    def seconds_to_full(self) -> float:
        return (self.capacity - self.remaining) / self.per_second

    def take(self, amount: float = 1) -> bool:
        """Whether that much was left; nothing is taken when it was not."""
        if self.remaining < amount:
            return False
        self._level -= amount
        return True
