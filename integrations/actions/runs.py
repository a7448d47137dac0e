"""Starting, claiming and ending runs. A run is the record of one reading of a connection."""

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import outbox
from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from integrations.choices import ConnectionState, RunState, RunTrigger
from integrations.models import Connection, SyncRun
from integrations.ports import AuthenticationFailed, ProviderError, RateLimited

RUN_JOB = "integrations.tasks.run_sync"
OPEN = [RunState.WAITING, RunState.RUNNING]
# A worker that shows no life for this long is gone; the run goes on with another.
ABANDONED_AFTER = timedelta(minutes=2)
RETRY_AFTER = timedelta(minutes=1)


@transaction.atomic
def sync_now(access: Access, connection: Connection) -> SyncRun:
    """Read a connection now, or join the run that is on."""
    access.require_anywhere(Permission.CONNECTION_SYNC)
    return start_run(connection, RunTrigger.PERSON, requested_by=access.member)


@transaction.atomic
def start_run(
    connection: Connection, trigger: str, *, requested_by: Member | None = None
) -> SyncRun:
    """A waiting run, owed to the queue; the open one if there is one."""
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(
                connection=connection, trigger=trigger, requested_by=requested_by
            )
    except IntegrityError:
        return SyncRun.objects.get(connection=connection, state__in=OPEN)
    plan_next(connection)
    outbox.enqueue(RUN_JOB, run_id=str(run.pk))
    return run


def plan_next(connection: Connection) -> None:
    due = timezone.now() + timedelta(minutes=connection.interval_minutes)
    Connection.objects.filter(pk=connection.pk).update(next_run_at=due)


@transaction.atomic
def start_due_runs() -> int:
    """Start what is due, and take up runs that wait for their time or lost their worker."""
    now = timezone.now()
    due = Connection.objects.filter(archived_at=None, next_run_at__lte=now).exclude(
        state=ConnectionState.PAUSED
    )
    started = [start_run(connection, RunTrigger.SCHEDULE) for connection in due]
    stuck = SyncRun.objects.filter(
        Q(state=RunState.WAITING, resume_at__lte=now)
        | Q(state=RunState.RUNNING, progressed_at__lt=now - ABANDONED_AFTER)
    )
    for run_id in stuck.values_list("id", flat=True):
        outbox.enqueue(RUN_JOB, run_id=str(run_id))
    return len(started)


@transaction.atomic
def claim_run(run_id: UUID) -> SyncRun | None:
    """Take a run for this worker; None when it is over or another worker holds it."""
    now = timezone.now()
    free = Q(state=RunState.WAITING) & (Q(resume_at=None) | Q(resume_at__lte=now))
    lost = Q(state=RunState.RUNNING, progressed_at__lt=now - ABANDONED_AFTER)
    run = (
        SyncRun.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(free | lost, pk=run_id)
        .select_related("connection")
        .first()
    )
    if run is None:
        return None
    run.state = RunState.RUNNING
    run.started_at = run.started_at or now
    run.progressed_at = now
    run.resume_at = None
    run.save(update_fields=["state", "started_at", "progressed_at", "resume_at"])
    return run


def is_on(run: SyncRun) -> bool:
    """Whether nobody ended the run since it was claimed."""
    return SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).exists()


@transaction.atomic
def end_open_runs(connection: Connection) -> None:
    """Cancel what waits or runs; a worker notices before it stores another page."""
    SyncRun.objects.filter(connection=connection, state__in=OPEN).update(
        state=RunState.CANCELLED, finished_at=timezone.now()
    )


@transaction.atomic
def finish_run(run: SyncRun, *, partial: bool) -> None:
    """A run that read everything it could: the connection works."""
    if not is_on(run):
        return
    end(run, RunState.PARTIAL if partial else RunState.COMPLETE)
    tell(run, ConnectionState.WORKING, problem="", remedy="")
    if not partial:
        Connection.objects.filter(pk=run.connection_id).update(last_complete_at=run.finished_at)


def tell(run: SyncRun, state: ConnectionState, *, problem: str, remedy: str) -> None:
    """Say on the connection how the run went; a paused one stays paused."""
    connection = Connection.objects.filter(pk=run.connection_id)
    connection.update(problem=problem, remedy=remedy)
    connection.exclude(state=ConnectionState.PAUSED).update(state=state)


@transaction.atomic
def fail_run(run: SyncRun, error: ProviderError) -> None:
    """End a run that could not go on, and say what to do. Nothing that was stored is taken back."""
    if not is_on(run):
        return
    run.problem, run.request, run.remedy = (
        error.detail[:500],
        error.request[:240],
        error.what_to_do[:500],
    )
    if isinstance(error, RateLimited):
        put_off(run, error)
        return
    end(run, RunState.FAILED)
    is_broken = isinstance(error, AuthenticationFailed)
    state = ConnectionState.BROKEN if is_broken else ConnectionState.WORKING
    tell(run, state, problem=run.problem, remedy=run.remedy)


def put_off(run: SyncRun, error: RateLimited) -> None:
    """Wait as long as the service asks, without holding a worker."""
    wait = timedelta(seconds=error.retry_after) if error.retry_after else RETRY_AFTER
    run.state = RunState.WAITING
    run.resume_at = timezone.now() + wait
    run.save(update_fields=["state", "resume_at", "problem", "request", "remedy"])


def end(run: SyncRun, state: RunState) -> None:
    run.state = state
    run.finished_at = timezone.now()
    run.save()


def note_progress(run: SyncRun) -> None:
    """Store the counts so far; another worker sees that this one lives."""
    run.progressed_at = timezone.now()
    run.save(update_fields=["progressed_at", "seen", "changed", "quarantined", "requests"])
