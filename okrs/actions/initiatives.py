"""Planning the work that moves key results."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.actions.commitments import settle_commitments
from okrs.actions.stored import update_rows
from okrs.models import Initiative, InitiativeKeyResult, KeyResult


def units_of(initiative: Initiative) -> list[UUID | None]:
    return [initiative.product_id, initiative.team_id]


@transaction.atomic
def create_initiative(access: Access, **fields: Any) -> Initiative:
    fields.setdefault("owner", access.member)
    initiative = Initiative(**fields)
    access.require(Permission.OKR_WRITE, units_of(initiative))
    initiative.full_clean()
    initiative.save(force_insert=True)
    return initiative


@transaction.atomic
def edit_initiative(
    access: Access, initiative: Initiative, *, expected_version: int | None, **changes: Any
) -> Initiative:
    access.require(Permission.OKR_WRITE, units_of(initiative))
    for field, value in changes.items():
        setattr(initiative, field, value)
    access.require(Permission.OKR_WRITE, units_of(initiative))
    return save_edit(initiative, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def archive_initiative(
    access: Access, initiative: Initiative, *, expected_version: int | None, archived: bool = True
) -> Initiative:
    access.require(Permission.OKR_WRITE, units_of(initiative))
    initiative.archived_at = timezone.now() if archived else None
    save_edit(initiative, fields=["archived_at"], expected_version=expected_version)
    settle_commitments()
    return initiative


@transaction.atomic
def drive_key_result(
    access: Access, initiative: Initiative, key_result: KeyResult, *, note: str = ""
) -> InitiativeKeyResult:
    """Record that the work is meant to move a key result."""
    access.require(Permission.OKR_WRITE, units_of(initiative))
    link = InitiativeKeyResult(initiative=initiative, key_result=key_result, note=note)
    link.full_clean()
    link.save(force_insert=True)
    settle_commitments()
    return link


@transaction.atomic
def stop_driving(access: Access, link: InitiativeKeyResult) -> None:
    access.require(Permission.OKR_WRITE, units_of(link.initiative))
    link.delete()


def note_progress(progress: dict[UUID, tuple[int, int]]) -> None:
    """Store items done and in all, read by a higher app from linked work."""
    rows = [
        {"id": pk, "items_done": done, "items_total": total}
        for pk, (done, total) in progress.items()
    ]
    update_rows(Initiative, rows)
