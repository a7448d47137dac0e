"""One reading of a connection, from the proof of the credential to the moved scores.

Nothing is held open while the network is waited for: each page is stored in a transaction of
its own together with where to go on, so a worker that dies loses at most a page that will be
read again. A run works in turns, and goes to the back of the queue between them.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction

from integrations.actions import sites
from integrations.actions.census import is_due, take_census, take_retried
from integrations.actions.credentials import open_provider
from integrations.actions.gate import pass_gate
from integrations.actions.hints import follow_first, follow_hints
from integrations.actions.items import (
    freeze_source,
    let_nameless_go,
    note_watermark,
    settle_source,
)
from integrations.actions.measures import observe_links
from integrations.actions.number_fields import those_there
from integrations.actions.pages import (
    Cancelled,
    Turn,
    TurnOver,
    hold,
    keep_items,
    keep_page,
    leads_nowhere,
    needed_fields,
    selection_of,
)
from integrations.actions.reclassify import judge_owed
from integrations.actions.runs import claim_run, fail_run, finish_run, hand_on, has_tries_left
from integrations.actions.vocabulary import (
    names_since,
    newest_watermark,
    take_number_fields,
    take_project_names,
    take_vocabulary,
)
from integrations.asked import asked_in
from integrations.choices import OUT_OF_SIGHT, RunTrigger, SourceState
from integrations.models import Connection, Credential, Link, QuarantinedRecord, Source, SyncRun
from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    ListIncomplete,
    OurFault,
    Page,
    PlaceLost,
    Provider,
    ProviderError,
    RemoteUnavailable,
    Selection,
    SelectionRefused,
    UnexpectedReply,
)
from integrations.providers.paging import fingerprint
from lib.envelope import SecretUnreadable

logger = logging.getLogger(__name__)
ANOTHER_SITE = "Enter a credential of the site from before, or connect this one beside it."
# What may be the matter with one source and not with the service.
OF_ONE_SOURCE = (RemoteUnavailable, UnexpectedReply)
# Records set aside that one run tries again.
TRIED_AGAIN = 200
READ_UP = "read up in "


def run_sync(run_id: UUID) -> None:
    """Carry out a run, or one turn of it; nothing when another worker holds it or it is over."""
    run = claim_run(run_id)
    if run is None:
        return
    try:
        carry_out(run)
    except ProviderError as error:
        fail_run(run, error)
    except TurnOver:
        hand_on(run)
    except SoftTimeLimitExceeded:
        fail_run(run, too_slow(run))
    except Cancelled:
        logger.info("run %s was cancelled or taken over", run_id)
    except (OperationalError, InterfaceError):
        # Whether the failure can be stored is as open as why it happened: silence will end the run.
        logger.exception("run %s lost the database", run_id)
    except Exception as error:
        # Whatever it is: the run must not go on looking alive.
        logger.exception("run %s failed by our fault", run_id)
        told = f"an error on our side ({type(error).__name__})"
        fail_run(run, OurFault(run.connection.provider, "", told))


def too_slow(run: SyncRun) -> RemoteUnavailable:
    """A step that no worker has time for is tried again as a service that is too slow, and told."""
    return RemoteUnavailable(run.connection.provider, "", "a step took longer than a worker has")


def carry_out(run: SyncRun) -> None:
    turn = Turn(run, opened(run.connection))
    judge_owed(turn)
    if run.trigger == RunTrigger.WEBHOOK:
        follow_hints(turn)
    else:
        # A turn that asks once more for what failed begins with that.
        if not run.attempts:
            follow_first(turn)
        read_sources(turn)
    finish_run(turn.run)


def read_sources(turn: Turn) -> None:
    """Read what the connection follows, and measure what counts it."""
    prepare(turn)
    for number, source in enumerate(pending_sources(turn.run)):
        if number:
            turn.rest()
        read_or_freeze(turn, source)
    freeze_put_aside(turn)
    observe_read(turn)


@transaction.atomic
def provider_for(connection: Connection) -> Provider:
    """The provider; a credential that is gone or unreadable is one that does not hold."""
    try:
        return open_provider(connection)
    except (Credential.DoesNotExist, SecretUnreadable, ValueError):
        raise AuthenticationFailed(
            connection.provider, "open", "there is no credential that can be used"
        ) from None


def opened(connection: Connection) -> Provider:
    """The provider, its credential proved. A credential of another site is refused."""
    pass_gate(connection)
    provider = provider_for(connection)
    found = provider.identify()
    if not sites.is_same_site(connection, found):
        raise AuthenticationFailed(
            connection.provider,
            "identify",
            sites.another_site(connection, found),
            advice=ANOTHER_SITE,
        )
    sites.remember_identity(connection, found)
    return provider


def prepare(turn: Turn) -> None:
    """At a run's first turn: what is called or meant otherwise by now, and how much to read."""
    if turn.run.sources_total:
        return
    take_vocabulary(turn, turn.provider.vocabulary())
    judge_owed(turn)
    take_number_fields(turn, turn.provider.number_fields())
    if newest := newest_watermark(turn.run.connection_id):
        since = names_since(turn.run.connection, newest)
        take_project_names(turn, turn.provider.project_names(since=since), read_to=newest)
    with transaction.atomic():
        hold(turn)
        turn.run.sources_total = len(pending_sources(turn.run))
        turn.stored()


@transaction.atomic
def pending_sources(run: SyncRun) -> list[Source]:
    """Sources that the run has neither read to the end nor found unreadable, those in sight first.

    What failed the last time keeps nobody waiting.
    """
    live = Source.objects.filter(connection=run.connection_id, archived_at=None)
    sources = list(live.exclude(settled_in=run.pk).order_by("id"))
    connection = Connection.objects.get(pk=run.connection_id)
    for source in sources:
        source.connection = connection
    return sorted(sources, key=lambda source: source.state in OUT_OF_SIGHT)


def read_or_freeze(turn: Turn, source: Source) -> None:
    """Read a source; when it cannot be read, its values stand and the others are read."""
    try:
        read_in_time(turn, source)
    except (AccessLost, SelectionRefused, ListIncomplete) as error:
        is_lost = isinstance(error, AccessLost)
        state = SourceState.ACCESS_LOST if is_lost else SourceState.UNOBSERVED
        with transaction.atomic():
            hold(turn)
            freeze_source(turn.run, source, state, error.detail)
    except OF_ONE_SOURCE as error:
        if is_tried_again(turn.run, source, error):
            raise
        put_aside(turn, source, error)
    with transaction.atomic():
        hold(turn)
        turn.run.sources_done += 1
        turn.run.source_seen, turn.run.source_expected = 0, None
        turn.stored()


def read_in_time(turn: Turn, source: Source) -> None:
    try:
        read_source(turn, source)
    except SoftTimeLimitExceeded:
        raise too_slow(turn.run) from None


@transaction.atomic
def is_tried_again(run: SyncRun, source: Source, error: ProviderError) -> bool:
    """Whether the run waits for the source, or fails with it, rather than read the others first.

    It has its tries, but for one after another that used them up: then the service itself seems to
    be in trouble, and the run does not wait for each. The last one fails the run if no other was
    read.
    """
    others = Source.objects.filter(connection=run.connection_id, archived_at=None)
    others = others.exclude(pk=source.pk)
    was_any_read = others.filter(settled_in=run.pk, problem="").exists()
    if not was_any_read and not others.exclude(settled_in=run.pk).exists():
        return True
    is_first = was_any_read or not others.filter(settled_in=run.pk).exists()
    return is_first and has_tries_left(run, error)


@transaction.atomic
def put_aside(turn: Turn, source: Source, error: ProviderError) -> None:
    """Note what failed: if another source can be read, it is the source and not the service."""
    hold(turn)
    source.problem, source.settled_in = error.detail[:500], turn.run.pk
    source.save(update_fields=["problem", "settled_in"])


@transaction.atomic
def freeze_put_aside(turn: Turn) -> None:
    hold(turn)
    failed = Source.objects.filter(settled_in=turn.run.pk).exclude(problem="")
    for source in failed.exclude(state__in=OUT_OF_SIGHT):
        freeze_source(turn.run, source, SourceState.UNOBSERVED, source.problem)


def read_source(turn: Turn, source: Source) -> None:
    require_fields(source)
    if not (turn.run.attempts and source.checkpoint == read_up_in(turn.run)):
        read_changes(turn, source)
    try_set_aside_again(turn, source)
    if is_due(source) and not take_census(turn, source):
        return
    with transaction.atomic():
        hold(turn)
        settle_source(turn.run, source)


def read_up_in(run: SyncRun) -> str:
    """The checkpoint of a source whose changes were read to their end in a run.

    No service makes one like it. Who tries again what failed after that does not begin before it:
    else each try would get somewhere, and there would be no end of them.
    """
    return f"{READ_UP}{run.pk}"


def stored_place(source: Source) -> str | None:
    """Where a reading of changes goes on that did not come to its end."""
    place: str | None = source.checkpoint
    return None if place is None or place.startswith(READ_UP) else place


def require_fields(source: Source) -> None:
    """A field that is gone there would read as "no estimate" everywhere."""
    needed = needed_fields(source)
    if missing := needed.difference(those_there(source.connection, needed)):
        detail = f"the field {min(missing)}, which is added up, does not exist any more"
        raise SelectionRefused(source.connection.provider, "fields", detail)


def read_changes(turn: Turn, source: Source) -> None:
    """What changed since the last time; everything, when more or other is asked for than then.

    Everything as well, once a census, while there are records without an id: nobody can ask for
    them, and what they would have told may be older than any change.
    """
    selection = selection_of(source)
    read_as = fingerprint(selection, turn.provider.edition)
    seeks_nameless = is_due(source) and has_nameless(source)
    since = source.watermark if source.read_as == read_as and not seeks_nameless else None
    begins_anew = seeks_nameless and not turn.run.source_seen
    checkpoint = None if begins_anew else stored_place(source)
    if since is None and checkpoint is None:
        guess_size(turn, selection)
    watermark = since
    try:
        for page in turn.provider.changes(selection, since=since, checkpoint=checkpoint):
            keep_page(turn, source, page)
            watermark = page.watermark
    except PlaceLost as error:
        if leads_nowhere(error, checkpoint, source.checkpoint):
            give_up_place(turn, source)
        raise
    with transaction.atomic():
        hold(turn)
        note_watermark(source, watermark, read_as, asked_in(selection))
        source.checkpoint = read_up_in(turn.run)
        source.save(update_fields=["checkpoint"])
        if seeks_nameless:
            let_nameless_go(turn.run, source)


@transaction.atomic
def give_up_place(turn: Turn, source: Source) -> None:
    """Forget a place that leads nowhere; the next run begins where the last whole reading ended."""
    hold(turn)
    source.checkpoint = None
    source.save(update_fields=["checkpoint"])


@transaction.atomic
def has_nameless(source: Source) -> bool:
    records = QuarantinedRecord.objects.filter(source=source, remote_id="", resolved_at=None)
    return records.exists()


def guess_size(turn: Turn, selection: Selection) -> None:
    """For the progress bar of a first reading; nothing is ever concluded from it."""
    with suppress(AccessLost, SelectionRefused, UnexpectedReply):  # the reading meets it again
        turn.run.source_expected = turn.provider.preview(selection).count


def try_set_aside_again(turn: Turn, source: Source) -> None:
    """Ask once more for records that could not be read; what is not there any more is let go.

    They are asked for wherever they are now. One that can be read, and that only a query could
    tell to be of the source, comes in by the census that follows at once.
    """
    aside = set_aside(source, turn.run) if source.last_complete_at else []
    if not aside:
        return
    for page in turn.provider.items(selection_of(source), aside):
        keep_retried(turn, source, page)
        unreadable = {record.remote_id for record in page.quarantined}
        aside = [remote_id for remote_id in aside if remote_id not in unreadable]
    let_go(turn, source, aside)


@transaction.atomic
def keep_retried(turn: Turn, source: Source, page: Page) -> None:
    keep_items(turn, source, take_retried(source, page))


@transaction.atomic
def set_aside(source: Source, run: SyncRun) -> list[str]:
    """Ids of records set aside before this run, those first that wait longest for a try."""
    records = QuarantinedRecord.objects.filter(source=source, resolved_at=None)
    older = records.exclude(remote_id="").exclude(run=run).order_by("last_tried_at", "id")
    return list(older.values_list("remote_id", flat=True)[:TRIED_AGAIN])


@transaction.atomic
def let_go(turn: Turn, source: Source, remote_ids: Iterable[str]) -> None:
    hold(turn)
    records = QuarantinedRecord.objects.filter(source=source, resolved_at=None)
    records.filter(remote_id__in=list(remote_ids)).update(resolved_at=turn.run.progressed_at)


@transaction.atomic
def observe_read(turn: Turn) -> None:
    """Measure the links of every source that was read to its end in this run."""
    hold(turn)
    links = Link.objects.filter(
        source__connection_id=turn.run.connection_id,
        source__state=SourceState.CURRENT,
        source__settled_in=turn.run.pk,
        archived_at=None,
    ).select_related("source__connection")
    observe_links(turn.run, list(links))
