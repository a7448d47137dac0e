"""What belongs together, and who may steer it, over the API."""

from typing import ClassVar

from portfolio import serializers
from portfolio.api.base import MapResource
from portfolio.models import (
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    TeamCapacity,
    TeamMember,
    TeamProduct,
)


class Placements(MapResource):
    """Products in portfolios, from one day to another. Each product has one home at a time."""

    model = ProductPlacement
    serializer_class = serializers.PlacementSerializer
    filters: ClassVar = {
        "product": "product_id",
        "portfolio": "portfolio_id",
        "from_until": "from_date__lte",
    }
    examples: ClassVar = {
        "create": {
            "product": "01990000-0000-7000-8000-000000000003",
            "portfolio": "01990000-0000-7000-8000-000000000001",
            "share": "0.3",
            "from_date": "2026-01-01",
        },
        "partial_update": {"share": "0.5"},
    }


class ProductRelations(MapResource):
    """What two products share, so that a change in one reaches the other."""

    model = ProductRelation
    serializer_class = serializers.ProductRelationSerializer
    filters: ClassVar = {"product": "product_id", "other": "other_id", "kind": "kind"}
    examples: ClassVar = {
        "create": {
            "product": "01990000-0000-7000-8000-000000000003",
            "other": "01990000-0000-7000-8000-000000000004",
            "kind": "platform",
        },
        "partial_update": {"note": "Both sign in by the same accounts."},
    }


class TeamCapacities(MapResource):
    """Months in which a team can do more or less than usual."""

    model = TeamCapacity
    serializer_class = serializers.TeamCapacitySerializer
    filters: ClassVar = {"team": "team_id", "since": "month__gte", "until": "month__lte"}
    examples: ClassVar = {
        "create": {
            "team": "01990000-0000-7000-8000-000000000005",
            "month": "2026-12-01",
            "people_weeks": "14.5",
        },
        "partial_update": {"people_weeks": "12"},
    }


class TeamMembers(MapResource):
    """People in teams, with the share of their time."""

    model = TeamMember
    serializer_class = serializers.TeamMemberSerializer
    filters: ClassVar = {"team": "team_id", "member": "member_id"}
    examples: ClassVar = {
        "create": {
            "team": "01990000-0000-7000-8000-000000000005",
            "member": "01990000-0000-7000-8000-000000000006",
            "share": "0.5",
        },
        "partial_update": {"until_date": "2026-09-30"},
    }


class TeamProducts(MapResource):
    """Teams that work on products, as their own or shared with others."""

    model = TeamProduct
    serializer_class = serializers.TeamProductSerializer
    filters: ClassVar = {"team": "team_id", "product": "product_id", "tie": "tie"}
    examples: ClassVar = {
        "create": {
            "team": "01990000-0000-7000-8000-000000000005",
            "product": "01990000-0000-7000-8000-000000000004",
            "tie": "shared",
            "share": "0.4",
        },
        "partial_update": {"until_date": "2026-12-31"},
    }


class Roles(MapResource):
    """Who leads, contributes to or views a portfolio, product or team."""

    model = RoleAssignment
    serializer_class = serializers.RoleSerializer
    filters: ClassVar = {
        "member": "member_id",
        "role": "role",
        "portfolio": "portfolio_id",
        "product": "product_id",
        "team": "team_id",
    }
    examples: ClassVar = {
        "create": {
            "member": "01990000-0000-7000-8000-000000000006",
            "role": "contributor",
            "product": "01990000-0000-7000-8000-000000000003",
        },
        "partial_update": {"role": "lead"},
    }
