"""What the resources of goals share."""

from typing import Any

from rest_framework import serializers

from accounts.api_base import Resource
from accounts.permissions import Permission
from okrs.queries.key_results import visible_key_results
from okrs.queries.objectives import visible_objectives

READ = {"list": Permission.ORG_READ, "retrieve": Permission.ORG_READ}
WRITE = {
    **READ,
    "create": Permission.OKR_WRITE,
    "partial_update": Permission.OKR_WRITE,
    "destroy": Permission.OKR_WRITE,
}
ADD_AND_REMOVE = {name: p for name, p in WRITE.items() if name != "partial_update"}


class GoalResource(Resource):
    """Records that hang on objectives or key results: hidden with them."""

    # Look-ups of the objectives and key results that must be visible.
    objectives: tuple[str, ...] = ()
    key_results: tuple[str, ...] = ()

    def visible(self) -> Any:
        rows = self.model.objects.all()
        if self.access.units.hidden:
            for key in self.objectives:
                rows = rows.filter(**{f"{key}__in": visible_objectives(self.access)})
            for key in self.key_results:
                rows = rows.filter(**{f"{key}__in": visible_key_results(self.access)})
        return rows


def changed(row: Any, data: dict[str, Any], *, never: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a body that an edit may set; `never` are the ones fixed at creation."""
    fixed = {name: data.pop(name) for name in never if name in data}
    moved = {name for name, value in fixed.items() if getattr(row, name) != value}
    if moved:
        raise serializers.ValidationError({name: ["This cannot be changed."] for name in moved})
    return data
