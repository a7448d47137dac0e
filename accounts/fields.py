"""Field types that every tenant table uses."""

from typing import Any
from uuid import UUID

import uuid_utils.compat
from django.db import models


def new_id() -> UUID:
    """A UUIDv7: made in the application, ordered by time, unique across cells."""
    return uuid_utils.compat.uuid7()


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]  # generic only in the stubs
    """A foreign key between two tables of one organisation.

    The database constraint is the composite key that `SameTenant` makes; the index starts
    with the organisation and is made by `TenantModelBase`.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **options: Any) -> None:
        options["db_constraint"] = False
        options["db_index"] = False
        super().__init__(to, on_delete, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options.pop("db_constraint", None)
        options.pop("db_index", None)
        return name or "", path, list(args), options

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Skip the look-up when the related row is in hand: it was read through the manager."""
        if model_instance is not None and self.is_cached(model_instance):
            related = self.get_cached_value(model_instance)
            if related is not None and related.pk == value:
                return
        super().validate(value, model_instance)
