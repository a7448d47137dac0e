"""Portfolios, themes, value streams, products and teams over the API."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, TenantSerializer, expected_version
from accounts.permissions import Permission
from portfolio import actions, queries, serializers
from portfolio.api.base import MapResource, permissions_of
from portfolio.models import (
    Portfolio,
    Product,
    ProductPlacement,
    ProductStance,
    Team,
    Theme,
    ValueStream,
    holding,
)

P = Permission


class Portfolios(MapResource):
    """Products that are steered together. Private ones show to people with a role in them."""

    model = Portfolio
    serializer_class = serializers.PortfolioSerializer
    permissions: ClassVar = permissions_of(P.MAP_MANAGE, P.MAP_WRITE)
    filters: ClassVar = {"slug": "slug", "name": "name__iexact"}
    examples: ClassVar = {
        "create": {"name": "Payments", "description": "Everything that moves money."},
        "partial_update": {"cadence": "biweekly", "cadence_rule": "suggested"},
    }


class Themes(MapResource):
    """Directions of a portfolio for a stretch of time."""

    model = Theme
    serializer_class = serializers.ThemeSerializer
    filters: ClassVar = {
        "portfolio": "portfolio_id",
        "starts_until": "starts_on__lte",
        "ends_from": "ends_on__gte",
    }
    examples: ClassVar = {
        "create": {
            "portfolio": "01990000-0000-7000-8000-000000000001",
            "name": "Trust at the till",
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
        },
        "partial_update": {"ends_on": "2027-03-31"},
    }


class ValueStreams(MapResource):
    """Lasting flows of value that are funded as such."""

    model = ValueStream
    serializer_class = serializers.ValueStreamSerializer
    permissions: ClassVar = permissions_of(P.MAP_MANAGE, P.MAP_MANAGE)
    filters: ClassVar = {"slug": "slug", "lead": "lead_id"}
    examples: ClassVar = {
        "create": {"name": "Merchant onboarding"},
        "partial_update": {"description": "From the first call to the first sale."},
    }


class Products(MapResource):
    """What customers use, with a stage in its life and a stance towards it."""

    model = Product
    serializer_class = serializers.ProductSerializer
    permissions: ClassVar = {**MapResource.permissions, "move_home": P.MAP_WRITE}
    filters: ClassVar = {
        "slug": "slug",
        "q": "name__icontains",
        "home": "home_id",
        "value_stream": "value_stream_id",
        "lifecycle_stage": "lifecycle_stage",
        "posture": "posture",
        "lead": "lead_id",
    }
    examples: ClassVar = {
        "create": {
            "name": "Checkout",
            "home": "01990000-0000-7000-8000-000000000001",
            "lifecycle_stage": "growth",
            "posture": "grow",
        },
        "partial_update": {"posture": "sunset", "stance_note": "The licence ends in March."},
        "move_home": {
            "portfolio": "01990000-0000-7000-8000-000000000002",
            "from_date": "2026-07-01",
        },
    }

    bodies: ClassVar = {
        "create": (serializers.NewProductSerializer, serializers.ProductSerializer),
        "partial_update": (serializers.EditedProductSerializer, serializers.ProductSerializer),
        "move_home": (serializers.MoveHomeSerializer, serializers.PlacementSerializer),
    }

    def get_serializer_class(self) -> type[TenantSerializer]:
        if self.action == "create":
            return serializers.NewProductSerializer
        if self.action == "partial_update":
            return serializers.EditedProductSerializer
        return self.serializer_class

    def visible(self) -> QuerySet[Product]:
        homes = queries.live(ProductPlacement, self.access).filter(
            holding(timezone.localdate()), product=OuterRef("pk"), is_home=True
        )
        rows = queries.visible(Product, self.access)
        return rows.annotate(home_id=Subquery(homes.values("portfolio_id")[:1]))

    def perform_create(self, data: dict[str, Any]) -> Product:
        return actions.create_product(self.access, home=data.pop("home", None), **data)

    def perform_edit(self, row: Product, data: dict[str, Any], version: int) -> Product:
        return actions.edit_product(self.access, row, expected_version=version, **data)

    def move_home(self, request: Request, pk: UUID) -> Response:
        """Give the product another home portfolio from a day on."""
        row = self.get_row(pk)
        expected_version(request, row)
        data = self.checked(serializers.MoveHomeSerializer, request)
        placement = actions.move_home(self.access, row, **data)
        columns = serializers.PlacementSerializer.columns()
        stored = ProductPlacement.objects.filter(pk=placement.pk).values(*columns.values()).get()
        return Response({name: stored[column] for name, column in columns.items()})


class ProductStances(Resource):
    """The stages and postures of products; creating one changes the product when it is newest."""

    model = ProductStance
    serializer_class = serializers.ProductStanceSerializer
    permissions: ClassVar = {"list": P.ORG_READ, "retrieve": P.ORG_READ, "create": P.MAP_WRITE}
    filters: ClassVar = {
        "product": "product_id",
        "posture": "posture",
        "lifecycle_stage": "lifecycle_stage",
    }
    examples: ClassVar = {
        "create": {
            "product": "01990000-0000-7000-8000-000000000003",
            "lifecycle_stage": "maturity",
            "posture": "sustain",
            "from_date": "2026-04-01",
            "note": "Growth has levelled off.",
        }
    }

    def visible(self) -> QuerySet[ProductStance]:
        return queries.visible(ProductStance, self.access)

    def perform_create(self, data: dict[str, Any]) -> ProductStance:
        product = data.pop("product")
        actions.change_stance(self.access, product, expected_version=None, **data)
        stance: ProductStance = product.stances.latest("id")
        return stance


class Teams(MapResource):
    """People who deliver, with the capacity that plans are held against."""

    model = Team
    serializer_class = serializers.TeamSerializer
    filters: ClassVar = {"slug": "slug", "q": "name__icontains", "lead": "lead_id"}
    examples: ClassVar = {
        "create": {
            "name": "Basket",
            "product": "01990000-0000-7000-8000-000000000003",
            "capacity": "20",
        },
        "partial_update": {"capacity": "24.5"},
    }

    bodies: ClassVar = {"create": (serializers.NewTeamSerializer, serializers.TeamSerializer)}

    def get_serializer_class(self) -> type[TenantSerializer]:
        return serializers.NewTeamSerializer if self.action == "create" else self.serializer_class

    def perform_create(self, data: dict[str, Any]) -> Team:
        return actions.create_team(self.access, product=data.pop("product", None), **data)
