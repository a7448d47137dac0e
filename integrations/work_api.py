"""Synced work over the API: the tree, what an item serves, and what serves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, filter_by
from accounts.permissions import Permission
from integrations import serializers
from integrations.models import SourceItem, SyncedItem
from integrations.queries import loose, unserved
from integrations.queries.plans import hash_joins
from integrations.queries.work import level_of
from okrs.models import Initiative, KeyResult

LIST: dict[str, Permission] = {"list": Permission.ORG_READ}


class IdleInitiatives(Resource):
    """Initiatives that drive no key result of a cycle that is not closed."""

    model = Initiative
    serializer_class = serializers.IdleInitiativeSerializer
    permissions: ClassVar = LIST
    filters: ClassVar = {"product": "product_id", "team": "team_id"}

    def visible(self) -> QuerySet[Initiative]:
        return unserved.idle_initiatives(self.access)


class UnworkedKeyResults(Resource):
    """Key results of goals that stand on which no link, initiative or contribution works."""

    model = KeyResult
    serializer_class = serializers.UnworkedKeyResultSerializer
    permissions: ClassVar = LIST
    filters: ClassVar = {
        "product": "objective__product_id",
        "team": "objective__team_id",
        "cycle": "objective__cycle_id",
    }

    def visible(self) -> QuerySet[KeyResult]:
        return unserved.unworked_key_results(self.access)


class HeldItems(Resource):
    """Items, of which `source` asks for those that a source holds now: once each, and none that
    left it.
    """

    def narrowed(
        self, rows: QuerySet[SyncedItem], name: str, lookup: str, value: str
    ) -> QuerySet[SyncedItem]:
        if name != "source":
            return super().narrowed(rows, name, lookup, value)
        held = SourceItem.objects.filter(item=OuterRef("pk"), left_at=None)
        return rows.filter(Exists(filter_by(held, name, "source_id", value)))


class LooseItems(HeldItems):
    """Open items that no link takes up, whatever they hang below, with whose they are.

    An item is of the products and teams whose goals its sources feed, or else other items of its
    project; `of_nobody=true` asks for those that are of none.
    """

    model = SyncedItem
    serializer_class = serializers.LooseItemSerializer
    permissions: ClassVar = LIST
    filters: ClassVar = {"connection": "connection_id", "source": "sources__source_id"}
    query_parameters: ClassVar = {"list": ("product", "team", "of_nobody")}

    def visible(self) -> QuerySet[SyncedItem]:
        names = self.query_parameters["list"]
        asked = {name: v for name, v in self.request.query_params.items() if name in names}
        given = serializers.LooseItemsQuerySerializer(data=asked)
        given.is_valid(raise_exception=True)
        return loose.loose_items(self.access, **given.validated_data)

    def list(self, request: Request) -> Response:
        with hash_joins():
            return super().list(request)

    def _columns(self) -> Mapping[str, str]:
        return serializers.SyncedItemSerializer.columns()

    def _bodies(self, rows: QuerySet[SyncedItem]) -> Sequence[dict[str, Any]]:
        found = super()._bodies(rows)
        held = loose.holders_of(self.access, [row["id"] for row in found])
        return [{**row, **told_holders(held.get(row["id"]))} for row in found]


def told_holders(holders: loose.Holders | None) -> dict[str, list[UUID]]:
    if holders is None:
        return {"products": [], "teams": []}
    return {
        "products": [unit.pk for unit in holders.products],
        "teams": [unit.pk for unit in holders.teams],
    }


def told_level(request: Request, link: Any) -> Response:
    """One level of a link's tree: the top, what it holds of a project, or what is below an item."""
    asked = serializers.BranchQuerySerializer(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    level = level_of(link, **asked.validated_data)
    return Response(
        {
            "projects": [asdict(row) for row in level.projects],
            "results": [{**asdict(row), "id": row.id} for row in level.rows],
            "after": level.after,
        }
    )


def told_service(served: Any) -> Response:
    """What an item serves, as ids and titles from the work up to the highest goal."""
    idle = [row for row in served.idle if row.link.initiative_id]
    return Response(
        {
            "above": [{"id": row.pk, "key": row.key, "title": row.title} for row in served.above],
            "lines": [line_of(line) for line in served.lines],
            "idle_initiatives": [row.link.initiative_id for row in idle],
            "idle": [idle_line_of(row) for row in idle],
            "has_more": served.has_more,
        }
    )


def line_of(line: Any) -> dict[str, Any]:
    return {
        "link": line.link.pk,
        "project": project_of(line.top),
        "initiative": line.link.initiative_id,
        "key_result": named(line.key_result),
        "objectives": [named(goal) for goal in line.objectives],
    }


def idle_line_of(row: Any) -> dict[str, Any]:
    work = row.link.initiative
    return {
        "link": row.link.pk,
        "project": project_of(row.top),
        "initiative": named(work),
        "product": unit(work.product),
        "team": unit(work.team) if work.team else None,
    }


def unit(row: Any) -> dict[str, UUID | str]:
    return {"id": row.pk, "name": row.name}


def project_of(item: SyncedItem) -> dict[str, str] | None:
    if not item.project_name:
        return None
    return {"remote_id": item.project_remote_id, "name": item.project_name}


def named(row: Any) -> dict[str, UUID | str]:
    return {"id": row.pk, "title": row.title}
