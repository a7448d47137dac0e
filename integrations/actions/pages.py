"""One worker's turn at a run, and the storing of pages under the run's lock."""

import time
from dataclasses import dataclass, field

from django.db import transaction

from accounts import outbox
from integrations.actions.gate import spare
from integrations.actions.held import hold_connection
from integrations.actions.items import store_items, store_page
from integrations.actions.number_fields import those_there
from integrations.actions.runs import RUN_JOB, SOON_JOB, is_on, note_progress
from integrations.actions.statistics import is_news, tell_planner
from integrations.choices import Measure, RunTrigger
from integrations.models import Connection, Link, Source, SyncRun
from integrations.ports import (
    ListStuck,
    Page,
    PlaceLost,
    Provider,
    Selection,
    SourceKind,
)
from integrations.rules import rules_of_connection

# Seconds that a run may keep a worker, and before it makes room for others that wait. Each turn
# begins with the proof of the credential, so turns are no shorter than others need.
TURN_SECONDS = 20.0
SHORT_TURN_SECONDS = 2.0


class Cancelled(Exception):
    """Somebody ended the run while it was on, or took it over."""


class TurnOver(Exception):
    """The run kept its worker long enough; what is left is for its next turn."""


@dataclass
class Turn:
    """A run in the hands of a worker."""

    run: SyncRun
    provider: Provider
    began_at: float = field(default_factory=time.monotonic)

    def stored(self) -> None:
        """A step is stored that no later try takes again: show life, and count tries anew."""
        self.run.attempts = 0
        note_progress(self.run)

    def alive(self) -> None:
        """Something is stored, which a later try may store again: show life."""
        note_progress(self.run)

    def rest(self) -> None:
        """Between two stored pages: `TurnOver` when others are to have the worker."""
        kept = time.monotonic() - self.began_at
        if kept >= TURN_SECONDS or (kept >= SHORT_TURN_SECONDS and another_waits()):
            raise TurnOver


def another_waits() -> bool:
    """Whether work lies in the queues that runs come from: no worker of theirs is free."""
    return outbox.anybody_waits(*{outbox.queue_of(job) for job in (SOON_JOB, RUN_JOB)})


def hold(turn: Turn) -> Connection:
    """The connection, locked; `Cancelled` when the run is no longer this worker's.

    While it is held its rules stand still, and nobody ends the run unseen.
    """
    connection = hold_connection(turn.run.connection_id)
    if not is_on(turn.run):
        raise Cancelled
    return connection


def keep_page(turn: Turn, source: Source, page: Page) -> None:
    """Store a step of a reading with where to go on, and let others have a turn."""
    held = source.item_count
    with transaction.atomic():
        connection = hold(turn)
        store_page(turn.run, source, page, rules_of_connection(connection))
        turn.run.source_seen += len(page.items)
        turn.run.attempts = 0
        note_page(turn, page)
    if is_news(held, source.item_count):
        tell_planner()
    if not page.last:
        if turn.run.trigger == RunTrigger.SCHEDULE:
            spare(connection, page.budget)
        turn.rest()


def leads_nowhere(error: PlaceLost, began_at: str | None, stored: str | None) -> bool:
    """Whether the stored place of a list is to be forgotten: no page came from there, or the list
    was begun again as often as makes sense."""
    return isinstance(error, ListStuck) or began_at == stored


@transaction.atomic
def keep_items(turn: Turn, source: Source, page: Page) -> None:
    """Store items that were asked for by their ids."""
    connection = hold(turn)
    store_items(turn.run, source, page, rules_of_connection(connection))
    note_page(turn, page)


def note_page(turn: Turn, page: Page) -> None:
    turn.alive()
    if page.budget.remaining is not None:
        Connection.objects.filter(pk=turn.run.connection_id).update(
            requests_left=page.budget.remaining, resets_at=page.budget.resets_at
        )


def selection_of(source: Source) -> Selection:
    """What the source reads, with the numeric fields that are added up.

    Those of all links of the connection: sources may share an item, which has one set of facts.
    A field that is not there is not asked for, so it stops only the sources whose links need it.
    """
    return Selection(
        kind=SourceKind(source.kind),
        value=source.query or source.remote_id,
        points_fields=those_there(source.connection, source.connection.points_fields),
        number_fields=those_there(source.connection, number_fields_of(source.connection)),
    )


@transaction.atomic
def number_fields_of(connection: Connection) -> tuple[str, ...]:
    links = Link.objects.filter(
        source__connection=connection, measure=Measure.SUM, archived_at=None
    )
    return tuple(sorted(set(links.values_list("field", flat=True))))


@transaction.atomic
def needed_fields(source: Source) -> set[str]:
    """Numeric fields without which a link of the source would count wrongly."""
    links = Link.objects.filter(source=source, archived_at=None)
    needed = set(links.filter(measure=Measure.SUM).values_list("field", flat=True))
    if links.filter(measure=Measure.SHARE_OF_POINTS).exists():
        needed |= set(source.connection.points_fields)
    return needed
