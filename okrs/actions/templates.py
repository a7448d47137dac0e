"""Templates of objectives: what a new organisation starts with, and how they are kept."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member, Organization
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs.default_templates import DEFAULTS
from okrs.models import KeyResultPattern, ObjectiveTemplate
from portfolio.models import MeasureUnit


def set_up_templates(organization: Organization, _member: Member) -> None:
    """What every new organisation starts with, in its own units; "" is its currency."""
    units = {unit.name: unit for unit in MeasureUnit.objects.all()}
    for words, patterns in DEFAULTS:
        template = ObjectiveTemplate.objects.create(**words)
        KeyResultPattern.objects.bulk_create(
            KeyResultPattern(
                template=template,
                **{**pattern, "unit": units[pattern["unit"] or organization.currency]},
            )
            for pattern in patterns
        )


@transaction.atomic
def create_template(access: Access, **fields: Any) -> ObjectiveTemplate:
    access.require(Permission.CYCLE_MANAGE)
    template = ObjectiveTemplate(**fields)
    template.full_clean()
    template.save(force_insert=True)
    return template


@transaction.atomic
def edit_template(
    access: Access, template: ObjectiveTemplate, *, expected_version: int | None, **changes: Any
) -> ObjectiveTemplate:
    access.require(Permission.CYCLE_MANAGE)
    for name, value in changes.items():
        setattr(template, name, value)
    return save_edit(template, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def archive_template(
    access: Access,
    template: ObjectiveTemplate,
    *,
    expected_version: int | None = None,
    archived: bool = True,
) -> ObjectiveTemplate:
    """Offer it no longer, or again; objectives that began with it stay."""
    access.require(Permission.CYCLE_MANAGE)
    template.archived_at = timezone.now() if archived else None
    return save_edit(template, fields=["archived_at"], expected_version=expected_version)


@transaction.atomic
def add_pattern(access: Access, template: ObjectiveTemplate, **fields: Any) -> KeyResultPattern:
    access.require(Permission.CYCLE_MANAGE)
    pattern = KeyResultPattern(template=template, **fields)
    pattern.full_clean()
    pattern.save(force_insert=True)
    return pattern


@transaction.atomic
def edit_pattern(
    access: Access, pattern: KeyResultPattern, *, expected_version: int | None, **changes: Any
) -> KeyResultPattern:
    access.require(Permission.CYCLE_MANAGE)
    for name, value in changes.items():
        setattr(pattern, name, value)
    return save_edit(pattern, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def archive_pattern(
    access: Access, pattern: KeyResultPattern, *, expected_version: int | None = None
) -> KeyResultPattern:
    access.require(Permission.CYCLE_MANAGE)
    pattern.archived_at = timezone.now()
    return save_edit(pattern, fields=["archived_at"], expected_version=expected_version)
