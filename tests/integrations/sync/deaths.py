"""A worker that dies before any one of its writes.

What a transaction wrote before is rolled back, as the database does for a process that is gone.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from itertools import count
from types import ModuleType
from typing import Any
from unittest.mock import patch

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.models import Notification
from integrations.actions.runs import ABANDONED_AFTER
from integrations.choices import RunState
from integrations.models import Connection, SyncRun
from tests.integrations.sync.hinted import unfollowed
from tests.integrations.sync.twins import Twins, outcome

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
# What the database does by itself when a process is gone.
ROLLED_BACK = "ROLLBACK"
# A module, and the name of a function that is called from there.
Step = tuple[ModuleType, str]


class Killed(BaseException):
    """What no worker catches."""


class Death:
    """Comes before the n-th statement that may write; nothing gets through after it."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    @property
    def came(self) -> bool:
        return self.left <= 0

    def __call__(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        statement = sql if isinstance(sql, str) else sql.as_string(rest[-1]["cursor"].cursor)
        if statement.lstrip().startswith(WRITES):
            self.left -= 1
        if self.came and not statement.startswith(ROLLED_BACK):
            raise Killed
        return execute(sql, *rest)


def threatening(death: Death, step: Step | None) -> AbstractContextManager[object]:
    """The death comes in the work of the block, or in a step of it: a function of a module."""
    if step is None:
        return database.execute_wrapper(death)
    spared = getattr(*step)

    def tried(*args: Any) -> Any:
        with database.execute_wrapper(death):
            return spared(*args)

    return patch.object(*step, tried)


def die_before_each_write(
    work: Callable[[], object],
    *,
    repair: Callable[[], object],
    check: Callable[[], None],
    step: Step | None = None,
) -> int:
    """Work that dies before each of its writes, all from the same start; how many writes there are.

    What a death left is repaired, and what it came to then is checked, as is undisturbed work.
    """
    for nth in count(1):
        death = Death(nth)
        with transaction.atomic():
            with suppress(Killed), threatening(death, step):
                work()
            if death.came:
                repair()
            check()
            transaction.set_rollback(True)
        if not death.came:
            return nth - 1
    raise AssertionError("there is no end of writes")


def turn_dies_before_each_write(pair: Twins, step: Step | None = None) -> int:
    """How many writes a turn of the tried connection has, or a step of it, that may each not come.

    The death is found by silence, the run goes on with another worker, and comes to what that of
    the spared connection came to.
    """
    portal, tried = pair.portal, pair.tried
    expected = all_that_came_of(portal.sync(pair.spared))

    def go_on() -> None:
        fall_silent(tried)
        portal.sync(tried)

    def compare() -> None:
        assert differences(all_that_came_of(tried.runs.latest("id")), expected) == {}

    return die_before_each_write(lambda: portal.turn(tried), repair=go_on, check=compare, step=step)


def fall_silent(connection: Connection) -> None:
    """The worker of the run that is on shows no life any more."""
    silent = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
    connection.runs.filter(state=RunState.RUNNING).update(progressed_at=silent)


def all_that_came_of(run: SyncRun) -> dict[str, object]:
    """What a run left, what it says that it did, and how often members were told of it."""
    counts = ("state", "changed", "gone", "quarantined", "repaired")
    alerts = Notification.objects.filter(about__in=run.connection.runs.values("pk"))
    return {
        **outcome(run.connection),
        **{name: getattr(run, name) for name in counts},
        "alerts": alerts.count(),
        "unfollowed": unfollowed(run.connection),
    }


def differences(found: dict[str, object], expected: dict[str, object]) -> dict[str, object]:
    """What differs: how it was found and how it should be."""
    return {
        name: (value, expected[name]) for name, value in found.items() if value != expected[name]
    }
