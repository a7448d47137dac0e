"""Linking key results and initiatives to the work that moves them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from integrations.actions.connections import check_rules
from integrations.actions.measures import observe_links
from integrations.choices import RunState, RunTrigger, SourceState
from integrations.models import Link, Source, SyncRun
from okrs.actions.initiatives import units_of
from okrs.actions.rights import require_on_key_result
from okrs.choices import KeyResultSource
from okrs.models import Initiative, KeyResult


@transaction.atomic
def create_link(
    access: Access,
    source: Source,
    *,
    key_result: KeyResult | None = None,
    initiative: Initiative | None = None,
    **fields: Any,
) -> Link:
    """Let a source move a key result or show the progress of an initiative.

    The key result becomes a synced one. What the source holds already counts at once.
    """
    link = Link(source=source, key_result=key_result, initiative=initiative, **fields)
    require_on_reader(access, link)
    check_link(link)
    link.full_clean()
    link.save(force_insert=True)
    if key_result is not None and key_result.source != KeyResultSource.SYNCED:
        KeyResult.objects.filter(pk=key_result.pk).update(source=KeyResultSource.SYNCED)
    observe_at_once(access, [link])
    return link


def require_on_reader(access: Access, link: Link) -> None:
    if link.key_result is not None:
        require_on_key_result(access, Permission.OKR_WRITE, link.key_result)
    elif link.initiative is not None:
        access.require(Permission.OKR_WRITE, units_of(link.initiative))


def check_link(link: Link) -> None:
    """Links of one key result share a measure, and a closed cycle takes none."""
    if link.rules:
        check_rules(link.source.connection.provider, link.rules)
    if link.key_result is None:
        return
    if link.key_result.objective.cycle.is_closed:
        raise ValidationError({"key_result": "Its cycle is closed: its scores stand."})
    others = Link.objects.filter(key_result=link.key_result, archived_at=None).exclude(pk=link.pk)
    unlike = others.exclude(measure=link.measure).first()
    if unlike is not None:
        message = f"The other links of this key result measure: {unlike.get_measure_display()}."
        raise ValidationError({"measure": message})


@transaction.atomic
def edit_link(access: Access, link: Link, *, expected_version: int | None, **changes: Any) -> Link:
    """Change what a link counts; the value moves at once, its history stays as it was."""
    require_on_reader(access, link)
    for field, value in changes.items():
        setattr(link, field, value)
    check_link(link)
    save_edit(link, fields=list(changes), expected_version=expected_version)
    observe_at_once(access, [link])
    return link


@transaction.atomic
def archive_link(access: Access, link: Link, *, expected_version: int | None) -> Link:
    """Stop counting; the last value stands until another link or a person moves it."""
    require_on_reader(access, link)
    link.archived_at = timezone.now()
    save_edit(link, fields=["archived_at"], expected_version=expected_version)
    rest = Link.objects.filter(key_result_id=link.key_result_id, archived_at=None)
    if link.key_result_id and not rest.exists():
        KeyResult.objects.filter(pk=link.key_result_id).update(source=KeyResultSource.BY_HAND)
    return link


def observe_at_once(access: Access, links: list[Link]) -> None:
    """Measure links whose sources are read already; a run of no requests is their record."""
    current = [link for link in links if link.source.state == SourceState.CURRENT]
    if not current:
        return
    now = timezone.now()
    run = SyncRun.objects.create(
        connection=current[0].source.connection,
        trigger=RunTrigger.SETUP,
        requested_by=access.member,
        state=RunState.COMPLETE,
        started_at=now,
        finished_at=now,
    )
    observe_links(run, current)
    run.save(update_fields=["values_written"])
