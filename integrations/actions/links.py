"""Linking key results and initiatives to the work that moves them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from integrations.actions.ended import require_followed, require_standing
from integrations.actions.held import hold_connection
from integrations.actions.measures import move_initiatives, observe_now
from integrations.actions.number_fields import require_fields_there
from integrations.actions.recounts import owe_past, send_owed
from integrations.actions.runs import start_run
from integrations.actions.writers import lock_metrics, refuse_second_writer
from integrations.choices import Measure, RunTrigger
from integrations.models import Link, Source
from integrations.models.trackers import LINKED_ALREADY
from integrations.rules import check_rules
from okrs.actions.closed import is_closed_now, refuse_closed
from okrs.actions.initiatives import units_of
from okrs.actions.key_results import edit_key_result
from okrs.actions.rights import require_on_key_result
from okrs.choices import KeyResultSource, Shape
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

    The key result becomes a synced one. What the source holds already counts at once; a field that
    its items were not asked for counts when they were.
    """
    link = Link(source=source, key_result=key_result, initiative=initiative, **fields)
    require_on_reader(access, link)
    hold_connection(source.connection_id)
    require_followed(source, beside="source")
    refuse_archived(link)
    lock_reader(link)
    check_link(link)
    refuse_second_writer(link)
    refuse_ticked(link)
    check_field(link)
    link.full_clean()
    link.save(force_insert=True)
    if key_result is not None:
        read_from(access, key_result, KeyResultSource.SYNCED, f"Linked to {source.name}.")
    count_or_ask(access, link)
    return link


def count_or_ask(access: Access, link: Link) -> None:
    """Measure the link now, or have its source read with the field that it needs."""
    if link.waits:
        start_run(link.source.connection, RunTrigger.SETUP, requested_by=access.member)
    else:
        observe_now([link], requested_by=access.member)


def read_from(access: Access, key_result: KeyResult, source: str, reason: str) -> None:
    """Where a key result's value comes from is part of its definition, which keeps versions."""
    if key_result.source != source:
        edit_key_result(access, key_result, expected_version=None, reason=reason, source=source)


def require_on_reader(access: Access, link: Link) -> None:
    if link.key_result is not None:
        require_on_key_result(access, Permission.OKR_WRITE, link.key_result)
    elif link.initiative is not None:
        access.require(Permission.OKR_WRITE, units_of(link.initiative))


def lock_reader(link: Link) -> None:
    """Whoever else links to the goal at the same moment waits, and is then judged by this link."""
    if link.key_result is not None:
        lock_metrics([link.key_result.metric_id])
    elif link.initiative is not None:
        Initiative.objects.select_for_update(no_key=True).get(pk=link.initiative.pk)


def check_link(link: Link) -> None:
    """Refuse, by field, what would count wrongly: the same items twice, two measures, a past cycle.

    Links of one key result share a measure, and a closed cycle takes none.
    """
    if link.rules:
        check_rules(link.source.connection.provider, link.rules)
    refuse_twin(link)
    if link.key_result is None:
        return
    refuse_closed(link.key_result.objective.cycle_id, field="key_result")
    others = Link.objects.filter(key_result=link.key_result, archived_at=None).exclude(pk=link.pk)
    unlike = others.exclude(measure=link.measure).first()
    if unlike is not None:
        message = f"The other links of this key result measure: {unlike.get_measure_display()}."
        raise ValidationError({"measure": message})


def refuse_archived(link: Link) -> None:
    for name in ("key_result", "initiative"):
        goal = getattr(link, name)
        if goal is not None and goal.archived_at is not None:
            raise ValidationError({name: "It is archived."})


def refuse_ticked(link: Link) -> None:
    """What people tick or list would be overwritten, and the other way round."""
    key_result = link.key_result
    if key_result is None:
        return
    if key_result.shape == Shape.MILESTONES:
        raise ValidationError({"key_result": "It moves by its milestones, and not by work."})
    if key_result.shape == Shape.COUNT and key_result.counted_items.filter(archived_at=None):
        message = "What it counts is listed by hand. Remove that first."
        raise ValidationError({"key_result": message})


def refuse_twin(link: Link) -> None:
    """One goal counts the same items of a source once; sums of two fields are two things."""
    if link.key_result is None and link.initiative is None:
        return
    of_goal = Q(key_result=link.key_result) if link.key_result else Q(initiative=link.initiative)
    alike = Link.objects.filter(
        of_goal,
        source=link.source,
        label=link.label,
        parent_remote_id=link.parent_remote_id,
        archived_at=None,
    ).exclude(pk=link.pk)
    if any(link.initiative or twin.added_up == link.added_up for twin in alike):
        is_stored = not link._state.adding
        beside = "label" if is_stored else "key_result" if link.key_result else "initiative"
        raise ValidationError({beside: LINKED_ALREADY})


def check_field(link: Link) -> None:
    """Refuse a field to add up that the service does not have."""
    if link.measure == Measure.SUM and link.field:
        require_fields_there(link.source.connection, [link.field], beside="field")


@transaction.atomic
def edit_link(access: Access, link: Link, *, expected_version: int | None, **changes: Any) -> Link:
    """Change what a link counts; the value moves at once, or when its new field is read.

    What it would have been in the past follows in the background, as a line beside the old one.
    """
    require_on_reader(access, link)
    hold_connection(link.source.connection_id)
    require_standing(link)
    need = link.need
    for field, value in changes.items():
        setattr(link, field, value)
    lock_reader(link)
    check_link(link)
    if link.need != need:
        check_field(link)
    link.line += 1
    save_edit(link, fields=[*changes, "line"], expected_version=expected_version)
    count_or_ask(access, link)
    owe_past([link])
    send_owed(link_id=link.pk)
    return link


@transaction.atomic
def archive_link(access: Access, link: Link, *, expected_version: int | None) -> Link:
    """Stop counting; the last value stands until another link or a person moves it."""
    require_on_reader(access, link)
    require_standing(link)
    link.archived_at = timezone.now()
    save_edit(link, fields=["archived_at"], expected_version=expected_version)
    fall_back(access, link)
    return link


def fall_back(access: Access, link: Link) -> None:
    """A key result that nothing feeds any more is checked in by hand; initiatives count anew."""
    if link.initiative_id:
        move_initiatives([link.initiative_id])
    key_result = link.key_result
    if key_result is None or is_closed_now(key_result.objective.cycle_id):
        return
    if not Link.objects.filter(key_result=key_result, archived_at=None).exists():
        reason = f"No longer linked to {link.source.name}."
        read_from(access, key_result, KeyResultSource.BY_HAND, reason)


def close_links(access: Access, links: QuerySet[Link]) -> None:
    """Archive all of `links`, whatever their goals; their last values stand."""
    wanted = links.select_related("source", "key_result__objective__cycle", "initiative")
    closed = list(wanted)
    links.update(archived_at=timezone.now())
    for link in closed:
        fall_back(access, link)
