"""The product's rules as its code and settings have them, for the simulation."""

from collections.abc import Iterable
from fnmatch import fnmatch
from typing import Any

from django.conf import settings

from accounts.outbox import LOOK_AGAIN, depth_of
from bench.growth.neighbours import FOLLOW_UP, RUN, SOON, ProductRules
from bench.growth.queueing import Rules
from config.queues import WORKERS
from integrations.actions.pages import SHORT_TURN_SECONDS, TURN_SECONDS
from integrations.actions.runs import RUN_JOB, RUNS_AT_ONCE, SOON_JOB, TURN_COMES_IN
from okrs.actions.recompute import ANCESTORS_JOB

# Periods by their first letter, as REST framework reads them.
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
JOBS = {FOLLOW_UP: ANCESTORS_JOB, RUN: RUN_JOB, SOON: SOON_JOB}


def product_rules() -> ProductRules:
    """Of the workers, those that these jobs come to."""
    queues = {kind: queue_of(job) for kind, job in JOBS.items()}
    rates: Any = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    requests, _, period = rates["principal"].partition("/")
    return ProductRules(
        background=Rules(
            queues=queues,
            turn=TURN_SECONDS,
            short_turn=SHORT_TURN_SECONDS,
            runs_at_once=RUNS_AT_ONCE,
            comes_in=TURN_COMES_IN.total_seconds(),
            depths={queue: depth_of(queue) for queue in queues.values()},
            look_again=LOOK_AGAIN,
        ),
        workers=tuple(own for own in WORKERS.values() if {*own} & {*queues.values()}),
        api_requests=int(requests),
        api_window=SECONDS[period[0]],
    )


def queue_of(job: str) -> str:
    """The queue that the routes give a task; the first pattern that fits holds."""
    routes: Iterable[tuple[str, dict[str, str]]] = settings.CELERY_TASK_ROUTES.items()
    fitting = (route["queue"] for pattern, route in routes if fnmatch(job, pattern))
    return next(fitting, settings.CELERY_TASK_DEFAULT_QUEUE)
