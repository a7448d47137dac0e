"""Slow statements of background work, logged with the name of the task."""

from contextlib import ExitStack
from typing import Any

from celery.signals import task_postrun, task_prerun
from django.db import connections

from config.observing.statements import Statements

# What a worker works through: its own data, and over all organisations what waits.
WATCHED = ("default", "dispatch")


@task_prerun.connect
def watch(*, task: Any, **_: Any) -> None:
    """From the task's first statement on; one that runs within a request is the request's."""
    if task.request.is_eager:
        return
    task.request.watched = ExitStack()
    for alias in WATCHED:
        statements = Statements(lambda: str(task.name))
        task.request.watched.enter_context(connections[alias].execute_wrapper(statements))


@task_postrun.connect
def let_go(*, task: Any, **_: Any) -> None:
    if not task.request.is_eager:
        task.request.watched.close()
