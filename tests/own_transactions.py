"""What a worker's job asks of the database outside every transaction that it opened itself.

Row security lets nothing through there, for the organisation is told to each transaction. In a test
pytest's own transaction lies around everything, and the statement would pass: here it fails.
"""

import inspect
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest
from celery import current_app
from django.apps import apps
from django.db import connection
from django.db.transaction import Atomic

from tests.database import ROOT

# What opens and ends a savepoint runs before its block is open and after it is closed.
SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
OURS = "opened_by_the_product"


class OutsideTransaction(AssertionError):
    """A job made a statement that fails in a worker."""


@pytest.fixture(autouse=True)
def outside_transactions(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let such statements fail, and the test with them, whatever the job makes of the error."""
    met: list[str] = []
    of_jobs, enter = bodies(), Atomic.__enter__

    def note_opener(block: Atomic) -> None:
        setattr(block, OURS, is_ours(sys._getframe(1)))
        enter(block)

    def guard(execute: Callable[..., Any], sql: object, *rest: Any) -> Any:
        # A statement may be composed of parts instead of a text.
        told = str(sql)
        if is_outside() and not told.startswith(SAVEPOINTS) and is_of(of_jobs, sys._getframe(1)):
            met.append(told)
            raise OutsideTransaction(told)
        return execute(sql, *rest)

    monkeypatch.setattr(Atomic, "__enter__", note_opener)
    with connection.execute_wrapper(guard):
        yield met
    assert not met, "a job asked outside every transaction of its own"


def is_outside() -> bool:
    """Whether no transaction is open but those of pytest and of the test itself."""
    return not any(getattr(block, OURS, False) for block in connection.atomic_blocks)


def is_of(jobs: Collection[CodeType], frame: FrameType) -> bool:
    """Whether a job makes the present statement, and not something of the test inside it."""
    return is_ours(frame) and any(it.f_code in jobs for it in frames_from(frame))


def is_ours(frame: FrameType) -> bool:
    """Whether the product is nearer to the frame than the tests are."""
    packages = (package_of(it) for it in frames_from(frame))
    nearest = next((it for it in packages if it == "tests" or it in own_packages()), "tests")
    return nearest != "tests"


def package_of(frame: FrameType) -> str:
    """Whose code runs; of `@transaction.atomic`, that of the function below it."""
    if frame.f_code.co_qualname == "ContextDecorator.__call__.<locals>.inner":
        return top(frame.f_locals["func"].__module__)
    return top(frame.f_globals.get("__name__", ""))


def top(module: str) -> str:
    return module.partition(".")[0]


def frames_from(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


@cache
def own_packages() -> frozenset[str]:
    ours = [it.name for it in apps.get_app_configs() if Path(it.path).parent == ROOT]
    return frozenset({"lib", *ours})


@cache
def bodies() -> frozenset[CodeType]:
    """The code of all jobs, and of the functions that they call, which tests call as well."""
    current_app.loader.import_default_modules()
    jobs = [job for name, job in current_app.tasks.items() if not name.startswith("celery.")]
    return frozenset(code for job in jobs for code in codes_of(inspect.unwrap(job.run)))


def codes_of(body: Any) -> Iterator[CodeType]:
    yield body.__code__
    named = [body.__globals__.get(name) for name in body.__code__.co_names]
    modules = [it for it in named if isinstance(it, ModuleType)]
    named += [getattr(it, name, None) for it in modules for name in body.__code__.co_names]
    called = [it for it in named if inspect.isfunction(it)]
    yield from (
        inspect.unwrap(it).__code__ for it in called if top(it.__module__) in own_packages()
    )
