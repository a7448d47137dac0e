"""A run that measures, and somebody who measures at the same moment: both get through."""

from collections.abc import Callable
from threading import Event

import pytest
from django.db import OperationalError, transaction

from accounts.tenancy import tenant
from integrations.actions.held import hold_connection
from integrations.actions.links import create_link
from integrations.actions.measures import observation_run
from integrations.models import Connection, Link
from okrs.actions.recompute import lock_scores
from tests.factories.integrations import ConnectionFactory
from tests.factories.okrs import InitiativeFactory
from tests.integrations.items import make_source
from tests.integrations.sync.meeting import PATIENCE, Meeting
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connection(world: World) -> Connection:
    with transaction.atomic(), tenant(world.organization.pk, actor_id=world["admin"].pk):
        made: Connection = ConnectionFactory.create(owner=world["admin"])
        make_source(made, "Web shop")
        return made


def meets_a_run(
    world: World, connection: Connection, work: Callable[[], None]
) -> list[OperationalError]:
    """Does the work while a run holds the connection, which then measures what it read."""
    meeting, holds, may_measure = Meeting(world), Event(), Event()

    def measure() -> None:
        hold_connection(connection.pk)
        holds.set()
        may_measure.wait(PATIENCE)
        lock_scores()

    run = meeting.begins(measure)
    assert holds.wait(PATIENCE)
    other = meeting.begins(work)
    other.join(1)
    may_measure.set()
    run.join(PATIENCE)
    other.join(PATIENCE)
    return meeting.problems


def test_a_link_is_made_while_a_run_measures(world: World, connection: Connection) -> None:
    def link() -> None:
        access = world.access("admin")
        source = connection.sources.select_related("connection").get()
        create_link(access, source, initiative=InitiativeFactory.create())
        lock_scores()

    assert meets_a_run(world, connection, link) == []
    with transaction.atomic(), tenant(world.organization.pk):
        assert Link.objects.count() == 1


def test_a_past_is_drawn_while_a_run_measures(world: World, connection: Connection) -> None:
    def draw() -> None:
        lock_scores()
        observation_run(connection.pk, requested_by=None)

    assert meets_a_run(world, connection, draw) == []
