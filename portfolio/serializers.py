"""Records of the map as the API gives and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from portfolio.choices import ValueSource
from portfolio.models import (
    MeasureUnit,
    Metric,
    MetricValue,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    ProductStance,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    TeamProduct,
    Theme,
    ValueStream,
)

WRITTEN_BY_US = ("version", "archived_at")
UNIT = ("id", "slug", "name", "description")
DATES = ("from_date", "until_date")


class PortfolioSerializer(TenantSerializer):
    class Meta:
        model = Portfolio
        fields = (*UNIT, "is_private", "cadence", "cadence_rule", *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class ThemeSerializer(TenantSerializer):
    class Meta:
        model = Theme
        fields = (
            "id",
            "portfolio",
            "name",
            "description",
            "starts_on",
            "ends_on",
            *WRITTEN_BY_US,
        )
        read_only_fields = WRITTEN_BY_US


class ValueStreamSerializer(TenantSerializer):
    class Meta:
        model = ValueStream
        fields = (*UNIT, "lead", *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class ProductSerializer(TenantSerializer):
    """`home` is the portfolio it is at home in today; move it by `move-home`."""

    home = serializers.UUIDField(source="home_id", read_only=True, allow_null=True)

    class Meta:
        model = Product
        fields = (
            *UNIT,
            "home",
            "value_stream",
            "lifecycle_stage",
            "posture",
            "market_position",
            "customer_segment",
            "funding_stage",
            "cadence",
            "cadence_rule",
            "lead",
            *WRITTEN_BY_US,
        )
        read_only_fields = WRITTEN_BY_US


class NewProductSerializer(ProductSerializer):
    """Leads name the portfolio in which the product is at home; facilitators may leave it out."""

    home = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]
        queryset=Portfolio.objects, required=False, allow_null=True
    )


class EditedProductSerializer(ProductSerializer):
    """Another stage or posture enters the product's history from today."""

    stance_note = serializers.CharField(write_only=True, required=False, max_length=240)

    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "stance_note")  # type: ignore[assignment]


class MoveHomeSerializer(serializers.Serializer[Any]):
    portfolio = serializers.PrimaryKeyRelatedField(queryset=Portfolio.objects)
    from_date = serializers.DateField()


class ProductStanceSerializer(TenantSerializer):
    class Meta:
        model = ProductStance
        fields = (
            "id",
            "product",
            "lifecycle_stage",
            "posture",
            "from_date",
            "note",
            "recorded_by",
        )
        read_only_fields = ("recorded_by",)


class PlacementSerializer(TenantSerializer):
    class Meta:
        model = ProductPlacement
        fields = ("id", "product", "portfolio", "is_home", "share", *DATES, *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class ProductRelationSerializer(TenantSerializer):
    class Meta:
        model = ProductRelation
        fields = ("id", "product", "other", "kind", "note", *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class TeamSerializer(TenantSerializer):
    """`capacity` is in people-weeks a month."""

    class Meta:
        model = Team
        fields = (*UNIT, "lead", "capacity", "cadence", *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class NewTeamSerializer(TeamSerializer):
    """Leads name the product that the team belongs to; facilitators may leave it out."""

    product = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects, write_only=True, required=False, allow_null=True
    )

    class Meta(TeamSerializer.Meta):
        fields = (*TeamSerializer.Meta.fields, "product")  # type: ignore[assignment]


class TeamCapacitySerializer(TenantSerializer):
    """People-weeks of one month, named by its first day, where they are not the usual ones."""

    class Meta:
        model = TeamCapacity
        fields = ("id", "team", "month", "people_weeks", *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class TeamMemberSerializer(TenantSerializer):
    class Meta:
        model = TeamMember
        fields = ("id", "team", "member", "share", *DATES, *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class TeamProductSerializer(TenantSerializer):
    class Meta:
        model = TeamProduct
        fields = ("id", "team", "product", "tie", "share", *DATES, *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class RoleSerializer(TenantSerializer):
    """A role on exactly one of portfolio, product and team."""

    class Meta:
        model = RoleAssignment
        fields = ("id", "member", "role", "portfolio", "product", "team", *DATES, *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class MeasureUnitSerializer(TenantSerializer):
    class Meta:
        model = MeasureUnit
        fields = (
            "id",
            "name",
            "symbol",
            "dimension",
            "currency",
            "factor",
            "decimals",
            *WRITTEN_BY_US,
        )
        read_only_fields = WRITTEN_BY_US


class MetricSerializer(TenantSerializer):
    """`is_silent` marks a series made for one key result."""

    class Meta:
        model = Metric
        fields = ("id", "name", "description", "unit", "product", "is_silent", *WRITTEN_BY_US)
        read_only_fields = WRITTEN_BY_US


class MetricValueSerializer(TenantSerializer):
    """A row of the log. `voids` names a row that this one corrects, or withdraws when it has
    no value."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # the field of the record
        choices=ValueSource.choices,
        default=ValueSource.API,
        help_text="On writing one of api, push and file.",
    )

    class Meta:
        model = MetricValue
        fields = (
            "id",
            "metric",
            "value",
            "effective_at",
            "recorded_at",
            "source",
            "actor",
            "note",
            "voids",
        )
        read_only_fields = ("recorded_at", "actor")


class NewMetricValueSerializer(MetricValueSerializer):
    source = serializers.ChoiceField(
        choices=[ValueSource.API, ValueSource.PUSH, ValueSource.FILE], default=ValueSource.API
    )
    value = serializers.DecimalField(max_digits=30, decimal_places=10)
    effective_at = serializers.DateTimeField(
        required=False, help_text="Left out, the value is true from now on."
    )


class WithdrawalSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, max_length=500, default="")


class ValueAtSerializer(serializers.Serializer[Any]):
    """The value that held at a moment, null when there was none."""

    metric = serializers.UUIDField()
    value = serializers.DecimalField(max_digits=30, decimal_places=10, allow_null=True)
    effective_at = serializers.DateTimeField(allow_null=True)
    recorded_at = serializers.DateTimeField(allow_null=True)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # the field of the record
        choices=ValueSource.choices, allow_null=True
    )
    value_id = serializers.UUIDField(allow_null=True)


class MomentsSerializer(serializers.Serializer[Any]):
    """What was true at `as_of`, as known at `known_at`; both default to now."""

    as_of = serializers.DateTimeField(required=False, default=None)
    known_at = serializers.DateTimeField(required=False, default=None)
