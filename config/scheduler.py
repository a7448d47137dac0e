"""What sends the jobs that run by the clock, and outlives a broker that goes away or forgets."""

import logging
from typing import Any

from celery.signals import beat_init
from kombu.exceptions import OperationalError
from redbeat import RedBeatScheduler
from redis.exceptions import ConnectionError as BrokerIsAway
from redis.exceptions import LockNotOwnedError
from redis.exceptions import TimeoutError as BrokerIsSilent

from config.celery import OF_CHORES, OF_SYNCS, app

logger = logging.getLogger(__name__)

# The lock and the times are read through one library, jobs are sent through another.
BROKER_DOES_NOT_ANSWER = (BrokerIsAway, BrokerIsSilent, OperationalError)


class Scheduler(RedBeatScheduler):  # type: ignore[misc]  # has no types
    """RedBeat ends when its lock is gone: after a restart without data, or a machine's sleep.

    This one takes its place again, unless another scheduler did meanwhile: then it waits for that
    one's end, as at a start.
    """

    def tick(self, *given: Any, **named: Any) -> float:
        """Send what is due; the seconds until there may be more."""
        try:
            return self.send_what_is_due(*given, **named)
        except BROKER_DOES_NOT_ANSWER as error:
            logger.warning("the broker does not answer, jobs wait for it: %s", error)
            return float(self.max_interval)

    def send_what_is_due(self, *given: Any, **named: Any) -> float:
        """As `tick`, with errors where the broker is away."""
        try:
            wait: float = super().tick(*given, **named)
        except LockNotOwnedError:
            logger.warning("the broker forgot that this scheduler is the one; it begins anew")
            self.begin_anew()
            return 0.0
        return wait

    def begin_anew(self) -> None:
        """Take the lock, and write down the jobs; when each ran last is kept where it is known."""
        self.lock.acquire()
        self.setup_schedule()


@beat_init.connect
def show_life(**_: Any) -> None:
    """At once, so that nobody is told after a start that background work is not running.

    RedBeat listens too, since its import above, and takes the lock: while another scheduler holds
    it, this one does no work, and says nothing.
    """
    app.send_task("accounts.tasks.beat_heartbeat")
    app.send_task("accounts.tasks.beat_heartbeat", kwargs=OF_SYNCS, queue="pulse")
    app.send_task("accounts.tasks.beat_heartbeat", kwargs=OF_CHORES, queue="rounds")
