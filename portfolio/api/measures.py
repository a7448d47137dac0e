"""Units of measure, metrics and their values over the API."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, TenantSerializer
from accounts.permissions import Permission
from portfolio import actions, queries, serializers
from portfolio.api.base import MapResource, permissions_of
from portfolio.models import MeasureUnit, Metric, MetricValue

P = Permission


class MeasureUnits(MapResource):
    """What metrics count in. Values of different dimensions are never added up."""

    model = MeasureUnit
    serializer_class = serializers.MeasureUnitSerializer
    permissions: ClassVar = permissions_of(P.MAP_MANAGE, P.MAP_MANAGE)
    filters: ClassVar = {"name": "name__iexact", "dimension": "dimension", "currency": "currency"}
    examples: ClassVar = {
        "create": {"name": "US dollar", "symbol": "$", "dimension": "money", "currency": "USD"},
        "partial_update": {"symbol": "US$"},
    }


class Metrics(MapResource):
    """Named series of values that outlive cycles; key results read them."""

    model = Metric
    serializer_class = serializers.MetricSerializer
    permissions: ClassVar = {**MapResource.permissions, "value": P.ORG_READ}
    filters: ClassVar = {"q": "name__icontains", "product": "product_id", "unit": "unit_id"}
    query_parameters: ClassVar = {"value": ("as_of", "known_at")}
    examples: ClassVar = {
        "create": {
            "name": "Checkout conversion",
            "unit": "01990000-0000-7000-8000-000000000007",
            "product": "01990000-0000-7000-8000-000000000003",
        },
        "partial_update": {"description": "Paid baskets, as a share of those that were opened."},
    }

    bodies: ClassVar = {"value": (None, serializers.ValueAtSerializer)}

    def value(self, request: Request, pk: UUID) -> Response:
        """The value that held at `as_of` as known at `known_at`; both default to now."""
        row = self.get_row(pk)
        asked = serializers.MomentsSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = queries.latest_values([row.pk], **asked.validated_data).get(row.pk)
        return Response(
            {
                "metric": row.pk,
                "value": found and found.value,
                "effective_at": found and found.effective_at,
                "recorded_at": found and found.recorded_at,
                "source": found and found.source,
                "value_id": found and found.id,
            }
        )


class MetricValues(Resource):
    """The append-only log of metrics. A row is corrected or withdrawn by another row."""

    model = MetricValue
    serializer_class = serializers.MetricValueSerializer
    permissions: ClassVar = {
        "list": P.ORG_READ,
        "retrieve": P.ORG_READ,
        "create": P.CHECK_IN_WRITE,
        "void": P.CHECK_IN_WRITE,
    }
    filters: ClassVar = {
        "metric": "metric_id",
        "source": "source",
        "since": "effective_at__gte",
        "until": "effective_at__lt",
        "recorded_since": "recorded_at__gte",
    }
    bodies: ClassVar = {
        "create": (
            serializers.NewMetricValueSerializer,
            serializers.MetricValueSerializer,
        ),
        "void": (serializers.WithdrawalSerializer, serializers.MetricValueSerializer),
    }
    examples: ClassVar = {
        "create": {
            "metric": "01990000-0000-7000-8000-000000000008",
            "value": "71.2",
            "effective_at": "2026-03-02T09:00:00Z",
            "source": "push",
        },
        "void": {"note": "Counted twice."},
    }

    def get_serializer_class(self) -> type[TenantSerializer]:
        if self.action == "create":
            return serializers.NewMetricValueSerializer
        return self.serializer_class

    def visible(self) -> QuerySet[MetricValue]:
        rows = MetricValue.objects.all()
        if self.access.units.hidden:
            rows = rows.filter(metric__in=queries.visible(Metric, self.access).values("pk"))
        return rows

    def perform_create(self, data: dict[str, Any]) -> MetricValue:
        """With `voids`, the value takes the place of that row."""
        metric, wrong = data.pop("metric"), data.pop("voids", None)
        if wrong is None:
            return actions.add_value(self.access, metric, **data)
        return actions.correct_value(self.access, metric, wrong.pk, **data)

    def void(self, request: Request, pk: UUID) -> Response:
        """Withdraw a row; withdrawing a withdrawal brings the value back."""
        row = self.get_row(pk)
        note = self.checked(serializers.WithdrawalSerializer, request)["note"]
        withdrawal = actions.withdraw_value(
            self.access, row.metric, row.pk, note=note, source="api"
        )
        return self.answer(withdrawal.pk)
