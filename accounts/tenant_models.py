"""Base of every table that belongs to an organisation.

`TenantModelBase` gives each such model its database rules (unique target for composite keys,
same-tenant keys, row-level security, audit), so that no model writes them by hand and none
can forget them.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.base import ModelBase
from django.utils import timezone

from accounts.constraints import NEVER_TOLD, Audited, RowLevelSecurity, SameTenant
from accounts.fields import TenantForeignKey, new_id
from accounts.tenancy import current_organization_id

Row = TypeVar("Row", bound="TenantModel")


class StaleVersion(ValidationError):
    """The row changed since the editor read it; the edit was not stored."""

    def __init__(self, current: models.Model) -> None:
        self.current = current
        super().__init__(
            "Somebody changed this while you were editing. Nothing of yours was stored yet.",
            code="stale",
        )


class TenantModelBase(ModelBase):
    def __new__(
        cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> Any:
        model: Any = super().__new__(cls, name, bases, attrs, **kwargs)
        options = model._meta
        if not options.abstract and options.managed:
            add_tenant_rules(model)
        return model


def add_tenant_rules(model: type[models.Model]) -> None:
    """Append the rules of a tenant table to the model's constraints and indexes."""
    options = model._meta
    prefix = options.db_table
    keys = [f for f in options.local_fields if isinstance(f, TenantForeignKey)]
    constraints: list[models.BaseConstraint] = [
        *options.constraints,
        *(target_of_keys(prefix) if getattr(model, "is_referred_to", True) else ()),
        *(SameTenant(field=f.name, name=f"{prefix}_{f.name}_same_org") for f in keys),
        RowLevelSecurity(name=f"{prefix}_tenant"),
    ]
    audit = getattr(model, "audit", {})
    if audit is not None:
        constraints.append(Audited(name=f"{prefix}_audit", watched=watched_of(model), **audit))
    options.constraints = constraints
    options.indexes = [*options.indexes, *missing_key_indexes(model, keys)]
    options.original_attrs["constraints"] = options.constraints
    options.original_attrs["indexes"] = options.indexes


def target_of_keys(prefix: str) -> list[models.BaseConstraint]:
    """What a composite key refers to; as an index it finds what the primary key finds."""
    return [models.UniqueConstraint(fields=["organization", "id"], name=f"{prefix}_org_id")]


def watched_of(model: Any) -> list[str]:
    """The columns of which the audit log tells, for a table that has others as well.

    They are part of the rule, so that a migration that adds a column makes the rule anew.
    """
    silent = frozenset((model.audit or {}).get("silent", ()))
    columns = [str(field.column) for field in model._meta.local_fields]
    return [name for name in columns if name not in silent | NEVER_TOLD] if silent else []


def missing_key_indexes(
    model: type[models.Model], keys: list[TenantForeignKey]
) -> list[models.Index]:
    """An (organisation, key) index for each key that no declared index or uniqueness leads with."""
    led = {tuple(index.fields[:2]) for index in model._meta.indexes}
    led |= {
        tuple(c.fields[:2])
        for c in model._meta.constraints
        if isinstance(c, models.UniqueConstraint) and c.condition is None
    }
    made = []
    for key in keys:
        if ("organization", key.name) not in led:
            index = models.Index(fields=["organization", key.name])
            index.set_name_with_model(model)
            made.append(index)
    return made


class TenantManager(models.Manager[Row]):
    """Rows of the bound organisation; raises `NoTenant` when none is bound."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(organization_id=current_organization_id())


class TenantModel(models.Model, metaclass=TenantModelBase):
    """A row of one organisation, with optimistic locking by `version`."""

    # Arguments of `Audited`, or None for tables that are their own history.
    audit: dict[str, Any] | None = {}
    # False for rows of which there are very many, and to which no other row refers.
    is_referred_to = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.CASCADE,
        default=current_organization_id,
        editable=False,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """What a constraint refuses is told beside the field that is its `violation_error_code`."""
        try:
            super().validate_constraints(exclude)
        except ValidationError as error:
            names = {field.name for field in self._meta.fields}
            told: dict[str, list[ValidationError]] = {}
            for name, refusals in error.error_dict.items():
                for refusal in refusals:
                    place = refusal.code if refusal.code in names else name
                    told.setdefault(place, []).append(refusal)
            raise ValidationError(told) from None


class EditableModel(TenantModel):
    """A tenant row that people edit: it counts its versions and can be archived."""

    version = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = True


EditableRow = TypeVar("EditableRow", bound=EditableModel)


def refuse_stale(row: EditableModel, expected_version: int | None) -> None:
    """Raise `StaleVersion` when somebody changed the row since `expected_version`.

    Where a rule reads the row's state, ask this first: what the member saw was another state.
    """
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(type(row).objects.get(pk=row.pk))


def save_edit(row: EditableRow, *, fields: list[str], expected_version: int | None) -> EditableRow:
    """Validate and store `fields` of `row` if nobody changed it since `expected_version`.

    `None` means that the caller read the row in this transaction under a lock.
    Raises `StaleVersion` with the stored row, or `ValidationError` by field.
    """
    refuse_stale(row, expected_version)
    row.full_clean()
    read_version = row.version
    row.version = read_version + 1
    values = {name: getattr(row, name) for name in [*fields, "version"]}
    row.updated_at = values["updated_at"] = timezone.now()
    stored = type(row).objects.filter(pk=row.pk, version=read_version).update(**values)
    if not stored:
        raise StaleVersion(type(row).objects.get(pk=row.pk))
    return row
