"""Starting, claiming and ending runs. A run is the record of one reading of a connection.

A run is waiting, running, or over. A worker claims it under a name of its own and shows life with
every page; when it falls silent, another claims the run under another name, and the first one,
should it wake, finds that and stops before it writes anything.
"""

import random
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db import connection as database
from django.db.models import F, Q
from django.utils import timezone

from accounts import outbox
from accounts.access import Access
from accounts.fields import new_id
from accounts.models import Member
from accounts.permissions import Permission
from accounts.tenancy import current_organization_id
from integrations.actions.alerts import BROKEN, FAILING, alert
from integrations.actions.ended import require_connected
from integrations.actions.gate import shut
from integrations.actions.held import hold_connection
from integrations.choices import (
    OPEN_RUNS,
    OUT_OF_SIGHT,
    ConnectionState,
    Measure,
    RunState,
    RunTrigger,
    SourceState,
    Wait,
)
from integrations.models import (
    Connection,
    Link,
    QuarantinedRecord,
    Source,
    SyncRun,
    WebhookDelivery,
)
from integrations.ports import (
    AuthenticationFailed,
    GarbledReply,
    ListStuck,
    ProviderError,
    RateLimited,
    RemoteUnavailable,
    UnexpectedReply,
)
from integrations.queries.connections import open_run

# Somebody waits for the runs of the first kind; the schedule waits for those of the second.
SOON_JOB = "integrations.tasks.run_sync_soon"
RUN_JOB = "integrations.tasks.run_sync"
SOON = (RunTrigger.PERSON, RunTrigger.SETUP, RunTrigger.WEBHOOK)
# Nobody in the organisation asked for these.
UNASKED = (RunTrigger.SCHEDULE, RunTrigger.WEBHOOK)
# A worker that shows no life for this long is gone; the run goes on with another.
ABANDONED_AFTER = timedelta(minutes=2)
# A message that has not led to a claim for this long is sent again.
FORGOTTEN_AFTER = timedelta(minutes=2)
# Runs of one organisation that may be at work at once, whatever it has connected.
RUNS_AT_ONCE = 2
TURN_COMES_IN = timedelta(seconds=5)
MAX_LOSSES = 3
# Tries after the first, by the first kind that fits. What was cut off or came from something in
# between may be whole the next time; an answer of another form hardly, so that is asked once more.
# A list that was begun again and again is not begun once more.
MAX_TRIES = {
    RateLimited: 30,
    RemoteUnavailable: 4,
    GarbledReply: 4,
    ListStuck: 0,
    UnexpectedReply: 1,
}
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
SLOWEST = timedelta(days=1)
# A page is stored by statements that are not built anew for each.
IS_ON = """
SELECT FROM integrations_syncrun
WHERE organization_id = %(org)s AND id = %(run)s AND state = %(state)s
  AND claim IS NOT DISTINCT FROM %(claim)s
FOR UPDATE
"""
COUNTS = (
    "attempts", "seen", "changed", "quarantined", "gone", "requests", "repaired", "sources_total",
    "sources_done", "source_seen", "source_expected",
)  # fmt: skip
NOTE_PROGRESS = f"""
UPDATE integrations_syncrun SET progressed_at = %(progressed_at)s,
    {", ".join(f"{name} = %({name})s" for name in COUNTS)}
WHERE organization_id = %(org)s AND id = %(run)s
"""  # noqa: S608 (names of ours)
# Runs that fail one after the other before the owner is told and the page speaks of a pause.
TRIPS_AT = 3


@transaction.atomic
def sync_now(access: Access, connection: Connection) -> SyncRun:
    """Read a connection now, or join the run that is on."""
    access.require_anywhere(Permission.CONNECTION_SYNC)
    require_connected(connection)
    return start_run(connection, RunTrigger.PERSON, requested_by=access.member)


@transaction.atomic
def start_run(
    connection: Connection, trigger: str, *, requested_by: Member | None = None
) -> SyncRun:
    """A waiting run, owed to the queue; the open one if there is one.

    What that one does not do for the asker any more follows as soon as it is over. Only who asks
    for a reading plans the next one, and so holds the connection.
    """
    if trigger != RunTrigger.WEBHOOK:
        connection = hold_connection(connection.pk)
    while True:
        try:
            with transaction.atomic():
                run = SyncRun.objects.create(
                    connection=connection, trigger=trigger, requested_by=requested_by
                )
            break
        except IntegrityError:
            # The one in the way may end before it is read; then there is room for another.
            if present := open_run(connection):
                return joined(present, connection, trigger, requested_by)
    if trigger != RunTrigger.WEBHOOK:
        plan_next(connection)
    enqueue(run)
    return run


def joined(run: SyncRun, connection: Connection, trigger: str, by: Member | None) -> SyncRun:
    """The open run, made to serve who asks for one, or followed by one that does.

    A run by webhook reads no source: one that waits becomes what is asked for. What was set up just
    now, a run that has begun may be past.
    """
    if trigger == RunTrigger.WEBHOOK:
        return run
    waiting = SyncRun.objects.filter(pk=run.pk, trigger=RunTrigger.WEBHOOK, state=RunState.WAITING)
    if waiting.update(trigger=trigger, requested_by=by):
        run.refresh_from_db()
        plan_next(connection)
    elif run.trigger == RunTrigger.WEBHOOK or (trigger == RunTrigger.SETUP and run.started_at):
        Connection.objects.filter(pk=connection.pk).update(next_run_at=timezone.now())
    return run


def enqueue(run: SyncRun) -> None:
    """Owe the run to the queue of its kind."""
    run.enqueued_at = timezone.now()
    run.save(update_fields=["enqueued_at"])
    outbox.enqueue(SOON_JOB if run.trigger in SOON else RUN_JOB, run_id=str(run.pk))


def plan_next(connection: Connection) -> None:
    due = timezone.now() + timedelta(minutes=connection.interval_minutes)
    Connection.objects.filter(pk=connection.pk).update(next_run_at=due)


@transaction.atomic
def start_due_runs() -> int:
    """Start what is due, and take up runs that wait for their time or lost their worker."""
    due = Connection.objects.filter(archived_at=None, next_run_at__lte=timezone.now()).exclude(
        state=ConnectionState.PAUSED
    )
    started = [start_run(connection, RunTrigger.SCHEDULE) for connection in due.order_by("pk")]
    for run in SyncRun.objects.filter(stuck()):
        enqueue(run)
    return len(started)


def stuck() -> Q:
    """Runs that nobody is at although somebody should; `0004_due_runs` says the same in SQL."""
    now = timezone.now()
    unsent = (
        Q(enqueued_at=None)
        | Q(enqueued_at__lt=F("resume_at"))
        | Q(enqueued_at__lt=now - FORGOTTEN_AFTER)
    )
    waiting = Q(state=RunState.WAITING) & (
        Q(resume_at__lte=now) | Q(resume_at=None, created_at__lte=now)
    )
    return (waiting & unsent) | lost()


def lost() -> Q:
    """Runs whose worker shows no life any more."""
    return Q(state=RunState.RUNNING, progressed_at__lt=timezone.now() - ABANDONED_AFTER)


def claim_run(run_id: UUID) -> SyncRun | None:
    """Take a run for this worker; None when it is over, not yet due, or another holds it."""
    give_up_lost(run_id)
    return take_free(run_id)


@transaction.atomic
def take_free(run_id: UUID) -> SyncRun | None:
    now = timezone.now()
    lock_runs_of_organization()
    free = Q(state=RunState.WAITING) & (Q(resume_at=None) | Q(resume_at__lte=now))
    run = (
        SyncRun.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(free | lost(), pk=run_id)
        .select_related("connection")
        .first()
    )
    if run is None:
        return None
    if others_at_work(run) >= RUNS_AT_ONCE:
        run.resume_at, run.waits_for = now + TURN_COMES_IN, Wait.TURN
        run.save(update_fields=["resume_at", "waits_for"])
        return None
    run.losses += run.state == RunState.RUNNING
    run.state = RunState.RUNNING
    run.claim = new_id()
    run.started_at = run.started_at or now
    run.progressed_at = now
    run.resume_at, run.waits_for = None, ""
    run.save(
        update_fields=[
            "state", "claim", "started_at", "progressed_at", "resume_at", "waits_for", "losses",
        ]
    )  # fmt: skip
    return run


def lock_runs_of_organization() -> None:
    """Claims of one organisation follow each other, so that each counts what the other took."""
    with database.cursor() as cursor:
        key = f"runs of {current_organization_id()}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def others_at_work(run: SyncRun) -> int:
    alive = timezone.now() - ABANDONED_AFTER
    running = SyncRun.objects.filter(state=RunState.RUNNING, progressed_at__gte=alive)
    return running.exclude(pk=run.pk).count()


@transaction.atomic
def give_up_lost(run_id: UUID) -> None:
    """End a run that keeps killing its workers, once the last of them is silent.

    The connection is waited for, and held before the run: so not while claims of the organisation
    stand in line.
    """
    of_run = SyncRun.objects.filter(lost(), pk=run_id, losses__gte=MAX_LOSSES - 1)
    if (found := of_run.first()) is None:
        return
    hold_to_end(found)
    if run := of_run.select_for_update().first():
        run.losses += 1
        run.problem = f"its worker stopped without a word {run.losses} times"
        run.remedy = "Nothing to do now: the next run begins where this one was."
        fail(run, ConnectionState.WORKING)


def is_on(run: SyncRun) -> bool:
    """Whether the run is still this worker's: nobody ended it or took it over.

    Nobody does before the transaction is over: the row is held. Who also holds the connection
    takes that first.
    """
    parameters = {
        "org": run.organization_id,
        "run": run.pk,
        "state": RunState.RUNNING.value,
        "claim": run.claim,
    }
    with database.cursor() as cursor:
        cursor.execute(IS_ON, parameters)
        return cursor.fetchone() is not None


@transaction.atomic
def end_open_runs(connection: Connection, triggers: Collection[str] = RunTrigger.values) -> None:
    """Cancel what waits or runs; a worker notices before it stores another page."""
    runs = SyncRun.objects.filter(connection=connection, state__in=OPEN_RUNS)
    runs.filter(trigger__in=triggers).update(state=RunState.CANCELLED, finished_at=timezone.now())


@transaction.atomic
def hand_on(run: SyncRun) -> None:
    """Go to the back of the queue with what is left, so that others get their turn."""
    if not is_on(run):
        return
    run.state, run.resume_at, run.losses = RunState.WAITING, None, 0
    run.save(update_fields=["state", "resume_at", "losses", "attempts"])
    enqueue(run)


@transaction.atomic
def finish_run(run: SyncRun) -> None:
    """End a run that read everything it could: partial, if something could not be read.

    One that only followed deliveries says nothing of how the connection can be read.
    """
    hold_to_end(run)
    if not is_on(run):
        return
    of_connection = Source.objects.filter(connection=run.connection_id, archived_at=None)
    out_of_sight = of_connection.filter(state__in=OUT_OF_SIGHT).exists()
    aside = QuarantinedRecord.objects.filter(source__in=of_connection, resolved_at=None)
    run.quarantined = aside.count()
    is_partial = out_of_sight or run.quarantined > 0
    run.problem = run.request = run.remedy = ""
    end(run, RunState.PARTIAL if is_partial else RunState.COMPLETE)
    if run.trigger != RunTrigger.WEBHOOK:
        tell(run, ConnectionState.WORKING, problem="", remedy="")
        connection = Connection.objects.filter(pk=run.connection_id)
        connection.update(failures=0)
        if not is_partial:
            connection.update(last_complete_at=run.finished_at)
    start_next(run)


def start_next(run: SyncRun) -> None:
    """Start what could not begin while the run was on."""
    if has_waiting_links(run):
        start_run(run.connection, RunTrigger.SETUP)
    else:
        start_due_or_told(run)


def start_due_or_told(run: SyncRun, **among: Any) -> None:
    """Start a reading that is due, or else a run for deliveries that wait.

    The other way round deliveries that never cease would keep readings away.
    """
    connection = Connection.objects.get(pk=run.connection_id)
    if is_due(connection):
        start_run(connection, RunTrigger.SCHEDULE)
    elif has_hints(connection, **among):
        start_run(connection, RunTrigger.WEBHOOK)


def is_due(connection: Connection) -> bool:
    is_paused = connection.state == ConnectionState.PAUSED
    due = connection.next_run_at
    return not is_paused and due is not None and due <= timezone.now()


def hold_to_end(run: SyncRun) -> None:
    """Hold the connection, and have no delivery join the run any more.

    Those that are being stored are waited for, and later ones find that it is over: each is
    followed by this run or by another. Before anything of the run is written: they read it.
    """
    with database.cursor() as cursor:
        key = hints_key(run.connection_id)
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    hold_connection(run.connection_id)


def note_storing(connection_id: UUID) -> None:
    """Say that a delivery is being stored, which may join a run; many at once may."""
    with database.cursor() as cursor:
        key = hints_key(connection_id)
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [key])


def hints_key(connection_id: UUID) -> str:
    return f"hints of {connection_id}"


def has_hints(connection: Connection, **among: Any) -> bool:
    """Whether deliveries wait that came meanwhile, and the connection may be asked for them."""
    waiting = WebhookDelivery.objects.filter(
        webhook__connection=connection, settled_at=None, **among
    )
    return waiting.exists() and follows_hints(connection)


def follows_hints(connection: Connection) -> bool:
    """Whether deliveries start runs: not while it is paused, broken or failing.

    A dead credential is not sent with each of them, and a service in trouble is left to the
    schedule. They are kept, and the run that finds it working again follows them first.
    """
    stopped = connection.state in {ConnectionState.PAUSED, ConnectionState.BROKEN}
    return not stopped and connection.failures == 0


def has_waiting_links(run: SyncRun) -> bool:
    """Whether a link came meanwhile that counts a field which this run did not ask for."""
    links = Link.objects.filter(
        source__connection=run.connection_id,
        source__state=SourceState.CURRENT,
        measure__in=[Measure.SUM, Measure.SHARE_OF_POINTS],
        archived_at=None,
    )
    return any(link.waits for link in links.select_related("source__connection"))


def tell(run: SyncRun, state: ConnectionState, *, problem: str, remedy: str) -> None:
    """Say on the connection how the run went; a paused one stays paused."""
    connection = Connection.objects.filter(pk=run.connection_id)
    connection.update(problem=problem, remedy=remedy)
    present = connection.exclude(state=ConnectionState.PAUSED)
    if state == ConnectionState.BROKEN and present.exclude(state=state).exists():
        alert(run, BROKEN)
    present.update(state=state)


@transaction.atomic
def fail_run(run: SyncRun, error: ProviderError) -> None:
    """Try again later, or end a run that cannot go on and say what to do.

    Nothing that was stored is taken back.
    """
    hold_to_end(run)
    if not is_on(run):
        return
    run.problem, run.request, run.remedy = (
        error.detail[:500],
        error.request[:240],
        error.what_to_do[:500],
    )
    if has_tries_left(run, error):
        run.waits_for = Wait.LIMIT if isinstance(error, RateLimited) else Wait.RETRY
        put_off(run, error.retry_after)
        if isinstance(error, RateLimited) and error.status is not None and run.resume_at:
            shut(run.connection_id, (run.resume_at - timezone.now()).total_seconds())
        return
    is_broken = isinstance(error, AuthenticationFailed)
    fail(run, ConnectionState.BROKEN if is_broken else ConnectionState.WORKING)


def fail(run: SyncRun, state: ConnectionState) -> None:
    """End a run with its problem. The connection is held.

    Whether a connection fails is for the runs to say that read all of it; any may find its
    credential dead.
    """
    end(run, RunState.FAILED)
    is_reading = run.trigger != RunTrigger.WEBHOOK
    if is_reading:
        slow_down(run)
    if is_reading or state == ConnectionState.BROKEN:
        tell(run, state, problem=run.problem, remedy=run.remedy)
    # What it was to follow itself is for whichever run comes next: a service in trouble is not
    # asked for the same again and again.
    start_due_or_told(run, received_at__gt=run.started_at)


def has_tries_left(run: SyncRun, error: ProviderError) -> bool:
    """Whether what was asked last is asked again."""
    tries = next((n for kind, n in MAX_TRIES.items() if isinstance(error, kind)), 0)
    return run.attempts < tries


def put_off(run: SyncRun, seconds: int | None) -> None:
    """Wait without holding a worker: as long as the service asks, else longer each time."""
    asked = timedelta(seconds=seconds) if seconds else None
    run.attempts += 1
    run.state, run.losses = RunState.WAITING, 0
    run.resume_at = timezone.now() + (asked * spread(1, 1.1) if asked else backoff(run.attempts))
    run.save(
        update_fields=[
            "state", "resume_at", "waits_for", "attempts", "losses", "problem", "request",
            "remedy",
        ]
    )  # fmt: skip


def backoff(attempt: int) -> timedelta:
    """Doubles with each attempt from 5 seconds to 15 minutes, give or take 30 %."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempt - 1, 10)
    return min(doubled, LONGEST_WAIT) * spread(0.7, 1.3)


def spread(low: float, high: float) -> float:
    """Those who were sent away together shall not come back together."""
    return random.uniform(low, high)  # noqa: S311 (no secret)


def slow_down(run: SyncRun) -> None:
    """A circuit breaker: each failure in a row doubles the time to the next try, to a day."""
    row = hold_connection(run.connection_id)
    row.failures = min(row.failures + 1, 30)
    wait = timedelta(minutes=row.interval_minutes) * 2 ** min(row.failures - 1, 12)
    row.next_run_at = timezone.now() + min(wait, SLOWEST) * spread(0.9, 1.1)
    Connection.objects.filter(pk=row.pk).update(failures=row.failures, next_run_at=row.next_run_at)
    if row.failures == TRIPS_AT:
        alert(run, FAILING)


def end(run: SyncRun, state: RunState) -> None:
    run.state = state
    run.finished_at = timezone.now()
    run.claim = None
    run.save()


def note_progress(run: SyncRun) -> None:
    """Store the counts so far; another worker sees that this one lives."""
    run.progressed_at = timezone.now()
    counts = {name: getattr(run, name) for name in COUNTS}
    parameters = {
        "org": run.organization_id, "run": run.pk, "progressed_at": run.progressed_at, **counts,
    }  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(NOTE_PROGRESS, parameters)
