"""What the resources of the map share."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, expected_version
from accounts.permissions import Permission
from accounts.tenant_models import EditableModel
from portfolio import actions, queries

P = Permission


def permissions_of(create: Permission, write: Permission) -> dict[str, Permission]:
    return {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "create": create,
        "partial_update": write,
        "destroy": write,
        "restore": write,
    }


class MapResource(Resource):
    """Records of the map that people make, change, archive and restore."""

    model: ClassVar[type[EditableModel]]
    permissions: ClassVar[Mapping[str, Permission]] = permissions_of(P.MAP_WRITE, P.MAP_WRITE)

    def __init_subclass__(cls) -> None:
        """Document what `restore` answers with."""
        cls.bodies = {"restore": (None, cls.serializer_class), **cls.bodies}

    def visible(self) -> QuerySet[Any]:
        return queries.visible(self.model, self.access)

    def perform_create(self, data: dict[str, Any]) -> EditableModel:
        return actions.create(self.access, self.model(**data))

    def perform_edit(self, row: Any, data: dict[str, Any], version: int) -> EditableModel:
        edited: EditableModel = actions.edit(self.access, row, expected_version=version, **data)
        return edited

    def perform_archive(self, row: Any, version: int | None) -> None:
        actions.archive(self.access, row, expected_version=version)

    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring an archived record back."""
        row = self.get_row(pk)
        actions.restore(self.access, row, expected_version=expected_version(request, row))
        return self.answer(pk)
