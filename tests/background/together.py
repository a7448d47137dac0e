"""Processes beside a test that begin at the same moment, whenever each of them has started."""

import os
import subprocess
import sys
import time
from uuid import UUID, uuid4

from django.core.cache import cache

from tests.background.conftest import own_environment

PATIENCE = 60.0


def run_together(task: str, count: int, *arguments: object, **settings: str) -> list[str]:
    """What `count` processes write that call `task`, a dotted function of the tests."""
    module, _, function = task.rpartition(".")
    start = f"import django; django.setup(); from {module} import {function}; {function}()"
    given = [str(uuid4()), str(count), *map(str, arguments)]
    environment = own_environment() | {"DJANGO_SETTINGS_MODULE": "config.settings"} | settings
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", start, *given], env=environment, stdout=subprocess.PIPE
        )
        for _ in range(count)
    ]
    return [process.communicate(timeout=2 * PATIENCE)[0].decode() for process in processes]


def identifiers() -> list[UUID]:
    """The arguments of this process that name rows."""
    return [UUID(argument) for argument in sys.argv[3:]]


def all_are_ready() -> None:
    """Return when the last of the processes is here."""
    meeting, count = f"meeting/{sys.argv[1]}", int(sys.argv[2])
    cache.add(meeting, 0, timeout=600)
    cache.incr(meeting)
    deadline = time.monotonic() + PATIENCE
    while cache.get(meeting) < count and time.monotonic() < deadline:
        os.sched_yield()
