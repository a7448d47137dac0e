"""Telling the owner of a connection that it needs a person."""

from collections.abc import Sequence
from uuid import UUID

from accounts.models import Notification
from accounts.notifications import Line, Message, Standing, notify, say_anew
from integrations.choices import OUT_OF_SIGHT, ConnectionState
from integrations.models import Connection, Source, SyncRun
from integrations.queries.owners import who_hears
from lib.display import show_count

BROKEN = "integrations.broken"
FAILING = "integrations.failing"
UNSEEN = "integrations.unseen"
# What happened → how it is told.
TITLES = {
    BROKEN: "{name} cannot be read any more",
    FAILING: "{name} fails again and again",
    UNSEEN: "A part of {name} is out of sight",
}
LISTED = 10
UNTIL_THEN = "The scores that it feeds stand as they were until it is read again."


def alert(run: SyncRun, kind: str) -> None:
    """Tell the owner what a run met; sources that get out of sight in one run are told as one."""
    connection = Connection.objects.select_related("organization", "owner__person").get(
        pk=run.connection_id
    )
    text = "\n".join(line.text for line in lines_of(connection, kind, run.problem, run.remedy))
    notify(
        Message(
            to=member,
            kind=kind,
            key=f"{kind}:{run.pk}",
            title=TITLES[kind].format(name=connection.name),
            text=text,
            url=connection.get_absolute_url(),
            about=run.pk,
        )
        for member in who_hears(connection.owner)
    )
    if kind == UNSEEN:
        say_anew(run.pk, text)


def standing(row: Notification) -> Standing | None:
    """How it is by the time of the letter; None when it was mended, paused or disconnected."""
    connection = connection_of(row.about)
    if connection is None or not holds(connection, row.kind):
        return None
    lines = lines_of(connection, row.kind, connection.problem, connection.remedy)
    return Standing(TITLES[row.kind].format(name=connection.name), lines)


def connection_of(run_id: UUID | None) -> Connection | None:
    of_run = Connection.objects.filter(runs=run_id, archived_at=None)
    return of_run.exclude(state=ConnectionState.PAUSED).first()


def holds(connection: Connection, kind: str) -> bool:
    if kind == UNSEEN:
        return lost_sources(connection) != []
    if kind == BROKEN:
        return connection.state == ConnectionState.BROKEN
    return connection.failures > 0


def lines_of(connection: Connection, kind: str, problem: str, remedy: str) -> Sequence[Line]:
    """What happened, what to do about it, and what becomes of the scores."""
    return [Line(text, "") for text in [*reasons(connection, kind, problem, remedy), UNTIL_THEN]]


def reasons(connection: Connection, kind: str, problem: str, remedy: str) -> list[str]:
    if kind != UNSEEN:
        return [f"{problem[:1].upper()}{problem[1:]}. {remedy}"]
    lost = lost_sources(connection)
    told = [f"{source.name}: {source.problem}." for source in lost[:LISTED]]
    if len(lost) > LISTED:
        told.append(f"And {show_count(len(lost) - LISTED, 'other')}.")
    return told


def lost_sources(connection: Connection) -> list[Source]:
    lost = Source.objects.filter(connection=connection, archived_at=None, state__in=OUT_OF_SIGHT)
    return list(lost.order_by("name"))
