"""A worker keeps its connection from task to task, and nothing of an organisation sticks to it."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection

from tests.background.conftest import eventually, worker
from tests.background.telling import REFUSED, TOLD
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
OPTIONS = ("--pool", "prefork", "--concurrency", "1", "--include", "tests.background.telling")


def told_by(task: str, **arguments: Any) -> Any:
    """What the worker tells when it carries out a task of `telling`."""
    cache.delete(TOLD)
    current_app.send_task(f"tests.background.telling.{task}", kwargs=arguments, queue="default")
    assert eventually(lambda: cache.get(TOLD) is not None)
    return cache.get(TOLD)


@pytest.fixture
def _worker() -> Iterator[None]:
    with worker(options=OPTIONS):
        yield


@pytest.mark.usefixtures("_worker")
@pytest.mark.parametrize("alias", ["default", "dispatch"])
def test_tasks_that_follow_each_other_share_a_session(alias: str) -> None:
    first, second = (told_by("tell_session", alias=alias) for _ in range(2))
    assert first == second


@pytest.mark.usefixtures("_worker")
def test_what_one_organisation_read_is_out_of_sight_for_the_next(acme: World, rival: World) -> None:
    pid, *_ = told_by("tell_session")
    seen = [told_by("tell_products", org_id=str(it.organization.pk)) for it in (acme, rival)]
    assert seen == [[str(acme.product.pk)], [str(rival.product.pk)]]
    assert told_by("tell_session") == [pid, "", 0]


@pytest.mark.usefixtures("_worker")
def test_a_task_that_breaks_off_leaves_nothing_bound(acme: World) -> None:
    pid, *_ = told_by("tell_session")
    current_app.send_task(
        "tests.background.telling.break_off",
        kwargs={"org_id": str(acme.organization.pk)},
        queue="default",
    )
    assert told_by("tell_unbound") == REFUSED
    assert told_by("tell_session") == [pid, "", 0]


@pytest.mark.usefixtures("_worker")
def test_a_session_that_was_cut_off_costs_no_task() -> None:
    pid, *_ = told_by("tell_session")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert told_by("tell_session")[0] != pid
