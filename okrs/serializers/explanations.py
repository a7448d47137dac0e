"""How a score came about, as the API tells it."""

from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from okrs.models import KeyResult
from okrs.queries.explain import KeyResultThen, ObjectiveThen
from okrs.queries.moment import Moment


class MomentSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    known_at = serializers.DateTimeField(allow_null=True)


class TermSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    score = serializers.DecimalField(max_digits=12, decimal_places=10)
    weight = serializers.DecimalField(max_digits=9, decimal_places=3)


class ObjectiveExplanationSerializer(MomentSerializer):
    score = serializers.DecimalField(max_digits=12, decimal_places=10, allow_null=True)
    computed = serializers.DecimalField(max_digits=12, decimal_places=10, allow_null=True)
    assessed = serializers.DecimalField(max_digits=3, decimal_places=2, allow_null=True)
    mode = serializers.CharField()
    arithmetic = serializers.CharField()
    reporting = serializers.IntegerField()
    counted = serializers.IntegerField()
    reason = serializers.CharField(help_text="Why there is no score.")
    terms = TermSerializer(many=True)


class UsedValueSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    value = serializers.DecimalField(max_digits=30, decimal_places=10)
    effective_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name people know
    note = serializers.CharField()
    is_late = serializers.BooleanField(help_text="Recorded on a later day than it was true.")


class KeyResultExplanationSerializer(MomentSerializer):
    score = serializers.DecimalField(max_digits=12, decimal_places=10, allow_null=True)
    raw = serializers.DecimalField(max_digits=24, decimal_places=10, allow_null=True)
    arithmetic = serializers.CharField()
    current = serializers.DecimalField(max_digits=30, decimal_places=10, allow_null=True)
    automatic = serializers.DecimalField(max_digits=30, decimal_places=10, allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the name people know
    reason = serializers.CharField(help_text="Why there is no score.")
    expected = serializers.DecimalField(max_digits=12, decimal_places=10, allow_null=True)
    pace = serializers.CharField()
    definition = serializers.DictField(allow_null=True)
    definition_version = serializers.IntegerField(allow_null=True)
    value = UsedValueSerializer(allow_null=True)
    override = serializers.UUIDField(allow_null=True)


def explained_objective(then: ObjectiveThen, moment: Moment) -> dict[str, Any]:
    result = then.result
    terms = getattr(result.basis, "terms", ())
    return {
        "as_of": moment.as_of,
        "known_at": moment.known_at,
        "score": result.score,
        "computed": result.computed,
        "assessed": result.assessed,
        "mode": result.mode.value,
        "arithmetic": then.arithmetic,
        "reporting": result.coverage.reporting,
        "counted": result.coverage.total,
        "reason": then.reason,
        "terms": [{"id": t.id, "score": t.value, "weight": t.weight} for t in terms],
    }


def explained_key_result(
    key_result: KeyResult, then: KeyResultThen, moment: Moment
) -> dict[str, Any]:
    scored, value = then.scored, then.value
    return {
        "as_of": moment.as_of,
        "known_at": moment.known_at,
        "score": then.score,
        "raw": then.raw,
        "arithmetic": then.arithmetic,
        "current": then.current,
        "automatic": scored.automatic if scored else None,
        "source": scored.source.value if scored else key_result.source,
        "reason": then.reason,
        "expected": then.expected,
        "pace": then.pace,
        "definition": then.version.definition if then.version else None,
        "definition_version": then.version.number if then.version else None,
        "value": {
            "id": value.id,
            "value": value.value,
            "effective_at": value.effective_at,
            "recorded_at": value.recorded_at,
            "source": value.source,
            "note": value.note,
            "is_late": value.is_late(ZoneInfo(key_result.organization.time_zone)),
        }
        if value
        else None,
        "override": then.override.pk if then.override else None,
    }
