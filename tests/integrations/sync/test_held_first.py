"""A connection is held before its runs and its sources, by everybody, so that no two get stuck."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.tenancy import tenant
from integrations.actions.connections import accept_shrink
from integrations.actions.held import hold_connection
from integrations.actions.runs import ABANDONED_AFTER, MAX_LOSSES, claim_run, start_run
from integrations.choices import RunState, RunTrigger, SourceState
from integrations.models import Connection, Source, SyncRun
from tests.factories.integrations import ConnectionFactory
from tests.integrations.items import make_source
from tests.integrations.sync.meeting import PATIENCE, Meeting
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connection(world: World) -> Connection:
    """One whose run killed all workers but one, and lost that; of its source much is missing."""
    silent = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
    with transaction.atomic(), tenant(world.organization.pk, actor_id=world["admin"].pk):
        made: Connection = ConnectionFactory.create(owner=world["admin"])
        make_source(made, "Web shop")
        Source.objects.update(state=SourceState.UNOBSERVED, missing_count=5)
        SyncRun.objects.create(
            connection=made,
            trigger=RunTrigger.SCHEDULE,
            state=RunState.RUNNING,
            started_at=silent,
            progressed_at=silent,
            losses=MAX_LOSSES - 1,
        )
        return made


def give_up(_: World, connection: Connection) -> None:
    claim_run(connection.runs.get().pk)


def read_anew(_: World, connection: Connection) -> None:
    start_run(connection, RunTrigger.SETUP)


def believe(world: World, connection: Connection) -> None:
    accept_shrink(world.access("admin"), connection.sources.get())


@pytest.mark.parametrize("work", [give_up, read_anew, believe])
def test_a_worker_at_a_page_and_who_writes_to_its_run_or_source_both_get_through(
    world: World, connection: Connection, work: Callable[[World, Connection], None]
) -> None:
    meeting, holds, may_go_on = Meeting(world), Event(), Event()

    def store_a_page() -> None:
        hold_connection(connection.pk)
        holds.set()
        may_go_on.wait(PATIENCE)
        SyncRun.objects.select_for_update().get()
        Source.objects.select_for_update().get()

    worker = meeting.begins(store_a_page)
    assert holds.wait(PATIENCE)
    other = meeting.begins(lambda: work(world, connection))
    other.join(1)
    may_go_on.set()
    worker.join(PATIENCE)
    other.join(PATIENCE)
    assert meeting.problems == []
