"""A worker that dies before any one of a run's writes leaves what an undisturbed one leaves.

What a transaction wrote before is rolled back, as the database does for a process that is gone.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from integrations.actions.runs import ABANDONED_AFTER
from integrations.choices import RunState
from integrations.models import Connection, SyncRun
from integrations.providers.jira import cloud, data_center
from integrations.providers.linear import adapter as linear_adapter
from tests.integrations.conftest import Portal
from tests.integrations.sync.twins import SERVICES, Twins, outcome, twins

# Two pages of the tracker's thirty issues.
PAGE = 20
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
# What the database does by itself when a process is gone.
ROLLED_BACK = "ROLLBACK"


class Killed(BaseException):
    """What no worker catches."""


class Death:
    """Comes before the n-th statement that may write; nothing gets through after it."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    @property
    def came(self) -> bool:
        return self.left <= 0

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.lstrip().startswith(WRITES):
            self.left -= 1
        if self.came and not sql.startswith(ROLLED_BACK):
            raise Killed
        return execute(sql, *rest)


@pytest.fixture(autouse=True)
def two_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cloud, data_center, linear_adapter):
        monkeypatch.setattr(module, "PAGE", PAGE)


def dies_before(nth: int, portal: Portal, connection: Connection) -> bool:
    """Whether a run comes to its n-th write, at which its worker dies. It is found silent then."""
    death = Death(nth)
    with suppress(Killed), database.execute_wrapper(death):
        portal.turn(connection)
    silent = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
    SyncRun.objects.filter(state=RunState.RUNNING).update(progressed_at=silent)
    return death.came


def die_before_each_write(pair: Twins) -> int:
    """A run for each of its writes, all from the same start; how many writes there are.

    The run after a death comes to what the spared connection came to.
    """
    assert pair.portal.sync(pair.spared).state == RunState.COMPLETE
    nth = 0
    while True:
        nth += 1
        with transaction.atomic():
            died = dies_before(nth, pair.portal, pair.tried)
            assert pair.sync().state == RunState.COMPLETE
            assert outcome(pair.tried) == outcome(pair.spared)
            transaction.set_rollback(True)
        if not died:
            return nth - 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_first_reading_may_die_before_any_write(portal: Portal, service: str) -> None:
    with twins(portal, SERVICES[service]) as pair:
        assert die_before_each_write(pair) > 20


@pytest.mark.parametrize("service", SERVICES)
def test_a_reading_of_changes_may_die_before_any_write(portal: Portal, service: str) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.sync()
        for issue in list(pair.tracker.visible())[::2]:
            pair.tracker.finish(issue.id)
        assert die_before_each_write(pair) > 20
