"""Drafting, editing and sending an update."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.models import Notification
from accounts.notifications import Line, Message, Standing, notify
from accounts.permissions import Permission
from accounts.tenant_models import refuse_stale, save_edit
from reviews.drafting import draft
from reviews.models import TeamUpdate
from reviews.queries.updates import first_day, material_for, readers_of

KIND = "update"
SENT = "This update was sent; it stays as it is."


def require_writing(access: Access, update: TeamUpdate) -> None:
    """Raise `PermissionDenied` unless the member wrote it and still contributes to the unit."""
    access.require(Permission.OKR_WRITE, [update.unit_id])
    if update.author_id != access.member.pk:
        raise PermissionDenied(Permission.OKR_WRITE)


@transaction.atomic
def draft_update(access: Access, **fields: Any) -> TeamUpdate:
    """An update from the last one on, until today; `fields` are the unit and, if given, the text.

    Without a text it says what moved, what is stuck and what was decided.
    """
    today = timezone.localdate()
    update = TeamUpdate(author=access.member, first=today, last=today, **fields)
    update.full_clean(exclude=["text"])
    access.require(Permission.OKR_WRITE, [update.unit_id])
    update.first = first_day(update, today)
    update.text = update.text or draft(material_for(access, update))
    update.full_clean()
    update.save(force_insert=True)
    return update


@transaction.atomic
def edit_update(
    access: Access, update: TeamUpdate, *, expected_version: int | None, text: str
) -> TeamUpdate:
    require_writing(access, update)
    refuse_stale(update, expected_version)
    refuse_sent(update)
    update.text = text
    return save_edit(update, fields=["text"], expected_version=expected_version)


@transaction.atomic
def send_update(access: Access, update: TeamUpdate, *, expected_version: int | None) -> TeamUpdate:
    """Tell those around the unit, by mail as each of them likes it. An update is sent once."""
    require_writing(access, update)
    refuse_stale(update, expected_version)
    refuse_sent(update)
    readers = readers_of(access, update)
    update.sent_at, update.sent_to = timezone.now(), len(readers)
    save_edit(update, fields=["sent_at", "sent_to"], expected_version=expected_version)
    notify(
        Message(
            to=reader,
            kind=KIND,
            key=f"update:{update.pk}",
            title=f"{access.member} tells how {update.unit} goes",
            text=update.text,
            url=update.get_absolute_url(),
            by=access.member,
            about=update.pk,
            units=[update.unit_id],
        )
        for reader in readers
    )
    return update


def standing(row: Notification) -> Standing | None:
    """The whole update for the letter; the page of notifications shows how it begins.

    None once it was taken off the list.
    """
    stored = TeamUpdate.objects.filter(archived_at=None)
    update = stored.filter(pk=row.about).first() if row.about is not None else None
    if update is None:
        return None
    return Standing(row.title, [Line(text, "") for text in update.text.splitlines()], act="Read it")


@transaction.atomic
def archive_update(
    access: Access, update: TeamUpdate, *, expected_version: int | None
) -> TeamUpdate:
    """Discard a draft, or take what was sent off the list."""
    require_writing(access, update)
    update.archived_at = timezone.now()
    return save_edit(update, fields=["archived_at"], expected_version=expected_version)


def refuse_sent(update: TeamUpdate) -> None:
    if update.is_sent:
        raise ValidationError(SENT)
