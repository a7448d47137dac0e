"""Closed cycles beside each other."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import TenantView
from accounts.permissions import Permission
from okrs.queries.comparison import Comparison, comparison_of

SCORE: dict[str, Any] = {"max_digits": 12, "decimal_places": 10, "allow_null": True}


class CycleScoreSerializer(serializers.Serializer[Any]):
    """What counts for a cycle; null where the unit had no objective in it."""

    cycle = serializers.UUIDField()
    score = serializers.DecimalField(**SCORE)


class ComparedUnitSerializer(serializers.Serializer[Any]):
    portfolio = serializers.UUIDField(allow_null=True)
    product = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    scores = CycleScoreSerializer(many=True)
    change = serializers.DecimalField(**SCORE, help_text="From the cycle before to the last one.")


class ComparisonSerializer(serializers.Serializer[Any]):
    results = ComparedUnitSerializer(many=True)


class CycleComparison(TenantView):
    """Final scores of portfolios and products over the last closed cycles, the oldest first."""

    permissions: ClassVar = {"list": Permission.ORG_READ}
    bodies: ClassVar = {"list": (None, ComparisonSerializer)}

    def list(self, request: Request) -> Response:
        return Response({"results": told(comparison_of(self.access))})


def told(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "portfolio": line.unit.pk if line.is_portfolio else None,
            "product": None if line.is_portfolio else line.unit.pk,
            "name": line.unit.name,
            "scores": [
                {"cycle": cycle.pk, "score": score}
                for cycle, score in zip(found.cycles, line.scores, strict=True)
            ],
            "change": line.change,
        }
        for line in found.units
    ]
