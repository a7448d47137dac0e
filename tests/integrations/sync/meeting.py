"""Two who work at the same moment, each with a connection of their own to the database."""

from collections.abc import Callable
from threading import Thread

from django.db import OperationalError, transaction
from django.db import connection as database

from accounts.tenancy import tenant
from tests.personas import World

# Seconds that a thread is waited for.
PATIENCE = 30


class Meeting:
    """Two threads with a connection of their own each; what they failed with is kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.problems: list[OperationalError] = []

    def begins(self, work: Callable[[], None]) -> Thread:
        def carry_out() -> None:
            try:
                with tenant(self.world.organization.pk), transaction.atomic():
                    work()
            except OperationalError as problem:
                self.problems.append(problem)
            finally:
                database.close()

        thread = Thread(target=carry_out)
        thread.start()
        return thread
