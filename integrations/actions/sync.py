"""One reading of a connection, from the proof of the credential to the moved scores.

Nothing is held open while the network is waited for: each page is stored in a transaction of
its own together with where to go on, so a worker that dies loses at most a page that will be
read again.
"""

import logging
from uuid import UUID

from django.db import transaction

from integrations.actions.credentials import open_provider
from integrations.actions.items import finish_source, store_page
from integrations.actions.measures import observe_links
from integrations.actions.runs import claim_run, fail_run, finish_run, is_on, note_progress
from integrations.choices import SourceState
from integrations.envelope import SecretUnreadable
from integrations.models import Connection, Credential, Link, Source, SyncRun
from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    Identity,
    Page,
    Provider,
    ProviderError,
    Selection,
    SelectionRefused,
    SourceKind,
)
from integrations.rules import rules_of_connection

logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """Somebody ended the run while it was on."""


def run_sync(run_id: UUID) -> None:
    """Carry out a run; does nothing when another worker holds it or it is over."""
    run = claim_run(run_id)
    if run is None:
        return
    try:
        provider = opened(run.connection)
        failed = read_sources(run, provider)
        observe_read(run)
        finish_run(run, partial=bool(failed or run.quarantined))
    except ProviderError as error:
        fail_run(run, error)
    except Cancelled:
        logger.info("run %s was cancelled", run_id)


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
    provider = provider_for(connection)
    identity = provider.identify()
    if connection.site_id and connection.site_id != identity.site_id:
        raise AuthenticationFailed(
            connection.provider,
            "identify",
            f"the credential belongs to {identity.site_name}, another site than before",
        )
    remember_identity(connection, identity)
    return provider


@transaction.atomic
def remember_identity(connection: Connection, identity: Identity) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        account=identity.name[:160],
        site_id=identity.site_id[:120],
        time_zone=identity.time_zone or "",
    )


def read_sources(run: SyncRun, provider: Provider) -> list[Source]:
    """Read every source to its end; the ones that could not be read, which stay as they were."""
    failed = []
    for source in sources_of(run.connection):
        try:
            read_source(run, provider, source)
        except (AccessLost, SelectionRefused) as error:
            lose_sight(source, error)
            failed.append(source)
    return failed


@transaction.atomic
def sources_of(connection: Connection) -> list[Source]:
    sources = list(Source.objects.filter(connection=connection, archived_at=None))
    for source in sources:
        source.connection = connection
    return sources


def read_source(run: SyncRun, provider: Provider, source: Source) -> None:
    pages = provider.changes(
        selection_of(source), since=source.watermark, checkpoint=source.checkpoint
    )
    watermark = source.watermark
    for page in pages:
        keep_page(run, source, page)
        watermark = page.watermark or watermark
    finish_source(source, watermark)


@transaction.atomic
def keep_page(run: SyncRun, source: Source, page: Page) -> None:
    """Store a page by the rules of this moment: holding the connection keeps them still."""
    connection = Connection.objects.select_for_update().get(pk=run.connection_id)
    if not is_on(run):
        raise Cancelled
    store_page(run, source, page, rules_of_connection(connection))
    note_progress(run)
    if page.budget.remaining is not None:
        Connection.objects.filter(pk=run.connection_id).update(
            requests_left=page.budget.remaining, resets_at=page.budget.resets_at
        )


def selection_of(source: Source) -> Selection:
    """What the source reads, with the numeric fields that its links add up."""
    return Selection(
        kind=SourceKind(source.kind),
        value=source.query or source.remote_id,
        points_fields=tuple(source.connection.points_fields),
        number_fields=number_fields_of(source),
    )


@transaction.atomic
def number_fields_of(source: Source) -> tuple[str, ...]:
    fields = Link.objects.filter(source=source, archived_at=None).exclude(field="")
    return tuple(sorted(set(fields.values_list("field", flat=True))))


@transaction.atomic
def lose_sight(source: Source, error: ProviderError) -> None:
    """Freeze what the source feeds: its last values stand, with a banner, until it is back."""
    Source.objects.filter(pk=source.pk).update(
        state=SourceState.ACCESS_LOST, problem=error.detail[:500]
    )


@transaction.atomic
def observe_read(run: SyncRun) -> None:
    """Measure the links of every source that was read to its end in this run."""
    links = Link.objects.filter(
        source__connection_id=run.connection_id,
        source__state=SourceState.CURRENT,
        source__last_complete_at__gte=run.started_at,
        archived_at=None,
    ).select_related("source__connection")
    observe_links(run, list(links))
