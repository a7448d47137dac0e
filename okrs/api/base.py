"""What the resources of goals share."""

from typing import Any

from rest_framework import exceptions, serializers
from rest_framework.request import Request

from accounts.access import Access
from accounts.api_base import Resource
from accounts.permissions import Permission
from okrs.queries.key_results import visible_key_results
from okrs.queries.moment import Moment, UnreadableMoment, read_moment
from okrs.queries.objectives import visible_objectives

READ = {"list": Permission.ORG_READ, "retrieve": Permission.ORG_READ}
WRITE = {
    **READ,
    "create": Permission.OKR_WRITE,
    "partial_update": Permission.OKR_WRITE,
    "destroy": Permission.OKR_WRITE,
}
MOMENT = ("as_of", "known_at")
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


def moment_in(request: Request, access: Access) -> Moment:
    """The moment in `?as_of=` and `?known_at=`; 400 for one that cannot be read or lies ahead."""
    as_of, known_at = (request.query_params.get(name, "") for name in MOMENT)
    try:
        return read_moment(as_of, known_at, access.organization.time_zone)
    except UnreadableMoment as unreadable:
        raise exceptions.ParseError(str(unreadable)) from None


def changed(row: Any, data: dict[str, Any], *, never: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a body that an edit may set; `never` are the ones fixed at creation."""
    fixed = {name: data.pop(name) for name in never if name in data}
    moved = {name for name, value in fixed.items() if getattr(row, name) != value}
    if moved:
        raise serializers.ValidationError({name: ["This cannot be changed."] for name in moved})
    return data
