"""Trying a record that was set aside again, at once and by itself.

`ask_again` waits for the network outside any transaction; `keep_answer` stores what it brings.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from integrations.actions.census import take_retried
from integrations.actions.connections import (
    refusals_by_field,
    require_same_site,
    stored_provider,
)
from integrations.actions.held import hold_connection
from integrations.actions.items import store_items
from integrations.actions.measures import observation_run, observe_links
from integrations.actions.pages import selection_of
from integrations.choices import RunState, RunTrigger, SourceState
from integrations.models import Link, QuarantinedRecord, SourceItem, SyncRun
from integrations.ports import Page
from integrations.rules import rules_of_connection

SETTLED = "It is not set aside any more."
UNNAMED = (
    "It came without an id, so it cannot be asked for by itself. Once a census is due, everything"
    " is read again for it."
)
FOLLOWED_NO_MORE = "Its source is not followed any more."


def ask_again(access: Access, record: QuarantinedRecord) -> list[Page]:
    """What the service says of the record now. Raises `ValidationError`; stores nothing.

    The credential is proved first: a dead one may be answered by an empty success.
    """
    access.require_anywhere(Permission.CONNECTION_SYNC)
    with transaction.atomic():
        row = QuarantinedRecord.objects.select_related("source__connection").get(pk=record.pk)
        require_open(row)
    source, connection = row.source, row.source.connection
    with refusals_by_field():
        provider = stored_provider(connection)
        require_same_site(connection, provider.identify())
        return list(provider.items(selection_of(source), [row.remote_id]))


def require_open(record: QuarantinedRecord) -> None:
    if record.resolved_at is not None:
        raise ValidationError(SETTLED)
    if not record.remote_id:
        raise ValidationError(UNNAMED)
    if record.source.archived_at is not None or record.source.connection.archived_at is not None:
        raise ValidationError(FOLLOWED_NO_MORE)


@transaction.atomic
def keep_answer(access: Access, record: QuarantinedRecord, pages: list[Page]) -> QuarantinedRecord:
    """Store what came, and measure what it touches; what is not there any more is let go.

    Readings of the connection wait meanwhile, so that neither overtakes the other.
    """
    access.require_anywhere(Permission.CONNECTION_SYNC)
    record = QuarantinedRecord.objects.select_related("source").get(pk=record.pk)
    connection = hold_connection(record.source.connection_id)
    record.source.connection = connection
    run = observation_run(connection.pk, requested_by=access.member)
    run.trigger = RunTrigger.PERSON
    rules = rules_of_connection(connection)
    for page in pages:
        store_items(run, record.source, take_retried(record.source, page), rules)
    unreadable = {one.remote_id for page in pages for one in page.quarantined}
    if record.remote_id not in unreadable:
        still = QuarantinedRecord.objects.filter(pk=record.pk, resolved_at=None)
        still.update(resolved_at=timezone.now())
    observe_touched(run, record)
    run.state = RunState.PARTIAL if unreadable else RunState.COMPLETE
    run.finished_at = timezone.now()
    run.save()
    record.refresh_from_db()
    return record


def observe_touched(run: SyncRun, record: QuarantinedRecord) -> None:
    holding = SourceItem.objects.filter(
        item__connection=run.connection_id, item__remote_id=record.remote_id
    )
    links = Link.objects.filter(
        source__in=holding.values("source_id"),
        source__state=SourceState.CURRENT,
        archived_at=None,
    )
    observe_links(run, list(links.select_related("source__connection")))
