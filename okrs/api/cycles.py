"""Cycles and tiers."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, expected_version
from accounts.permissions import Permission
from okrs.actions import cycles as actions
from okrs.api.base import READ
from okrs.models import Cycle, Tier
from okrs.serializers.records import CycleSerializer, TierSerializer
from okrs.serializers.requests import MoveCycleSerializer


class Tiers(Resource):
    """Levels of goals, the highest first; an organisation may rename them."""

    model = Tier
    serializer_class = TierSerializer
    permissions = {**READ, "partial_update": Permission.CYCLE_MANAGE}
    examples = {"partial_update": {"name": "Company"}}

    def perform_edit(self, row: Tier, data: dict[str, Any], version: int) -> Tier:
        return actions.save_tier(self.access, row, expected_version=version, **data)


class Cycles(Resource):
    """Named periods for goals, both days inclusive; they nest."""

    model = Cycle
    serializer_class = CycleSerializer
    permissions = {
        **READ,
        "create": Permission.CYCLE_MANAGE,
        "partial_update": Permission.CYCLE_MANAGE,
        "move": Permission.CYCLE_MANAGE,
    }
    filters = {"state": "state", "parent": "parent_id"}
    bodies = {"move": (MoveCycleSerializer, CycleSerializer)}
    examples = {
        "create": {"name": "Q1 2027", "starts_on": "2027-01-01", "ends_on": "2027-03-31"},
        "partial_update": {"name": "First quarter of 2027"},
        "move": {"to": "open"},
    }

    def perform_create(self, data: dict[str, Any]) -> Cycle:
        return actions.create_cycle(self.access, **data)

    def perform_edit(self, row: Cycle, data: dict[str, Any], version: int) -> Cycle:
        return actions.edit_cycle(self.access, row, expected_version=version, **data)

    def move(self, request: Request, pk: UUID) -> Response:
        """Take the cycle one step on or back. Closing it fixes every score."""
        row = self.get_row(pk)
        version = expected_version(request, row)
        body = self.checked(MoveCycleSerializer, request)
        actions.move_cycle(self.access, row, to=body["to"], expected_version=version)
        return self.answer(pk)
