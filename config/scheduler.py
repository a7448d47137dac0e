"""What sends the jobs that run by the clock, and outlives a broker that goes away or forgets."""

import logging
from typing import Any

from redbeat import RedBeatScheduler
from redis.exceptions import ConnectionError as BrokerIsAway
from redis.exceptions import LockNotOwnedError
from redis.exceptions import TimeoutError as BrokerIsSilent

logger = logging.getLogger(__name__)


class Scheduler(RedBeatScheduler):  # type: ignore[misc]  # has no types
    """RedBeat ends when its lock is gone: after a restart without data, or a machine's sleep.

    This one takes its place again, unless another scheduler did meanwhile: then it waits for that
    one's end, as at a start.
    """

    def tick(self, *given: Any, **named: Any) -> float:
        """Send what is due; the seconds until there may be more."""
        try:
            wait: float = super().tick(*given, **named)
        except LockNotOwnedError:
            logger.warning("the broker forgot that this scheduler is the one; it begins anew")
            self.begin_anew()
            return 0.0
        except (BrokerIsAway, BrokerIsSilent) as error:
            logger.warning("the broker does not answer, jobs wait for it: %s", error)
            return float(self.max_interval)
        return wait

    def begin_anew(self) -> None:
        """Take the lock, and write down the jobs; when each ran last is kept where it is known."""
        self.lock.acquire()
        self.setup_schedule()
