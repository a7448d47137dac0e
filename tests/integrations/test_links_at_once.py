"""Two people link at the same moment: what both may not have, one of them is refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.tenancy import tenant
from integrations.actions.links import create_link
from integrations.models import Link, Source
from integrations.models.trackers import LINKED_ALREADY
from okrs.models import KeyResult
from tests.factories.integrations import SourceFactory
from tests.factories.portfolio import MetricFactory
from tests.okrs.goals import a_cycle, a_key_result, an_objective
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def bound(world: World) -> Iterator[None]:
    with transaction.atomic(), tenant(world.organization.pk, actor_id=world["admin"].pk):
        yield


def at_once(world: World, *acts: Callable[[], object]) -> list[str]:
    """What those were told that were refused, each in a transaction on a connection of its own."""
    start = Barrier(len(acts))
    told: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            with bound(world):
                act()
        except ValidationError as error:
            told.extend(error.messages)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def linking(world: World, source: UUID, key_result: UUID) -> Callable[[], object]:
    def act() -> Link:
        return create_link(
            world.access("admin"),
            Source.objects.get(pk=source),
            key_result=KeyResult.objects.get(pk=key_result),
        )

    return act


def test_of_two_clicks_at_once_one_links(world: World) -> None:
    with bound(world):
        source, goal = SourceFactory.create().pk, a_key_result(world).pk
    told = at_once(world, *[linking(world, source, goal)] * 3)
    assert told == [LINKED_ALREADY] * 2


def test_of_two_sources_that_are_linked_to_one_metric_at_once_one_writes_it(world: World) -> None:
    with bound(world):
        metric = MetricFactory.create()
        quarters = [a_cycle(), a_cycle(starts_on=date(2021, 1, 1), ends_on=date(2021, 3, 31))]
        goals = [
            a_key_result(world, metric=metric, objective=an_objective(world, cycle=cycle)).pk
            for cycle in quarters
        ]
        sources = [SourceFactory.create().pk for _ in goals]
    told = at_once(world, *(linking(world, *pair) for pair in zip(sources, goals, strict=True)))
    assert [message[:25] for message in told] == ["It shares its metric with"]
