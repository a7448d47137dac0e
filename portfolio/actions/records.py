"""Making, changing, archiving and restoring any record of the map."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.access import Access
from accounts.models import Organization
from accounts.tenancy import current_organization_id
from accounts.tenant_models import EditableModel, save_edit
from portfolio.actions.rules import check_against_others, refuse_archiving
from portfolio.actions.writers import require_write
from portfolio.models import Unit

Row = TypeVar("Row", bound=EditableModel)
# Words that stand in addresses where slugs do.
RESERVED = frozenset({"new", "export"})
# What follows in apps above: called with the row and the names of the fields that changed.
MapChanged = Callable[[EditableModel, frozenset[str]], None]
on_map_changed: list[MapChanged] = []


def tell(row: EditableModel, changed: frozenset[str]) -> None:
    for follow in on_map_changed if changed else ():
        follow(row, changed)


def hold_the_map() -> None:
    """Let one writer at a time through until commit.

    Changes of the map are rare, so this is the simplest way to keep every rule that looks at
    other rows (unique names, one home, no overlap) true under concurrency.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())


@transaction.atomic
def create(access: Access, row: Row) -> Row:
    """Store a new record of the map.

    Raises `PermissionDenied` without map:write on what it belongs to, `ValidationError` by
    field for a row that breaks a rule.
    """
    require_write(access, row)
    return store_new(access, row)


def store_new(access: Access, row: Row) -> Row:
    """As `create`, for callers that have checked the right."""
    hold_the_map()
    if isinstance(row, Unit):
        row.slug = free_slug(type(row), row.name)
    check(access, row)
    row.full_clean()
    row.save(force_insert=True)
    tell(row, frozenset({"created_at"}))
    return row


@transaction.atomic
def edit(access: Access, row: Row, *, expected_version: int | None, **changes: Any) -> Row:
    """Change fields of a record; the right is needed on what it belonged to and belongs to.

    Raises `StaleVersion` when somebody was faster, else as `create`.
    """
    hold_the_map()
    require_write(access, row)
    changed = frozenset(name for name, value in changes.items() if getattr(row, name) != value)
    for field, value in changes.items():
        setattr(row, field, value)
    require_write(access, row)
    check(access, row)
    save_edit(row, fields=list(changes), expected_version=expected_version)
    tell(row, changed)
    return row


@transaction.atomic
def archive(access: Access, row: Row, *, expected_version: int | None = None) -> Row:
    """Take a record out of every list; nothing that refers to it is touched."""
    hold_the_map()
    require_write(access, row)
    refuse_archiving(row)
    row.archived_at = timezone.now()
    save_edit(row, fields=["archived_at"], expected_version=expected_version)
    tell(row, frozenset({"archived_at"}))
    return row


@transaction.atomic
def restore(access: Access, row: Row, *, expected_version: int | None = None) -> Row:
    """Bring an archived record back, if nothing took its place meanwhile."""
    hold_the_map()
    require_write(access, row)
    row.archived_at = None
    check_against_others(row)
    save_edit(row, fields=["archived_at"], expected_version=expected_version)
    tell(row, frozenset({"archived_at"}))
    return row


def check(access: Access, row: EditableModel) -> None:
    """Rules by field first: the database's own messages name no field."""
    row.clean_fields()
    row.clean()
    refuse_hidden(access, row)
    check_against_others(row)


def refuse_hidden(access: Access, row: EditableModel) -> None:
    """A private unit answers like one that does not exist."""
    for field in ("portfolio", "product", "other", "team"):
        if getattr(row, f"{field}_id", None) in access.units.hidden:
            raise ValidationError({field: "Choose one that exists."})


def free_slug(model: type[Unit], name: str) -> str:
    """A short name for addresses made from `name`; archived records keep theirs."""
    base = slugify(name)[:44].strip("-_") or slugify(model.__name__)
    taken = set(model.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidate, number = base, 1
    while candidate in taken or candidate in RESERVED:
        number += 1
        candidate = f"{base}-{number}"
    return candidate
