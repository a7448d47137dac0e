"""The rhythm of check-ins as the API gives and takes it."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from lib.decimals import rounded
from okrs.choices import AlertKind
from okrs.models import CheckInSettings, HiddenAlert, Postponement, ReminderChoice
from okrs.queries.cadence_list import UnitCadence
from okrs.queries.turns import GroupBy, Regularity, TurnsReport
from okrs.wording import cadence_in_words
from portfolio.choices import Cadence, CadenceRule

UNIT_KINDS = ("portfolio", "product", "team")


class CheckInSettingsSerializer(TenantSerializer):
    class Meta:
        model = CheckInSettings
        fields = (
            "exploration", "introduction", "growth", "maturity", "decline", "portfolios", "teams",
            "rule", "remind_on", "remind_at", "escalate_after", "version",
        )  # fmt: skip
        read_only_fields = ("version",)


class ReminderChoiceSerializer(TenantSerializer):
    """Yours; null is as the organisation has it."""

    class Meta:
        model = ReminderChoice
        fields = ("is_wanted", "remind_on", "remind_at", "version")
        read_only_fields = ("version",)


class PostponementSerializer(TenantSerializer):
    """An empty `until` takes the check-in up again."""

    class Meta:
        model = Postponement
        fields = ("id", "key_result", "author", "at", "until", "reason")
        read_only_fields = ("author", "at")


class HiddenAlertSerializer(TenantSerializer):
    class Meta:
        model = HiddenAlert
        fields = ("id", "key_result", "kind")
        validators: tuple[object, ...] = ()


class OwedCheckInSerializer(serializers.Serializer[Any]):
    """`due_on` is the last day on which the number still counts as fresh."""

    key_result = serializers.UUIDField()
    title = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)


class DueCheckInSerializer(OwedCheckInSerializer):
    """With what the form offers: the last value, where it takes one, and the last confidence."""

    value = serializers.DecimalField(
        max_digits=30, decimal_places=10, allow_null=True, normalize_output=True
    )
    confidence = serializers.DecimalField(max_digits=2, decimal_places=1, allow_null=True)


class OwedCheckInsSerializer(serializers.Serializer[Any]):
    """What you owe, the longest due first, and what comes next."""

    due = DueCheckInSerializer(many=True)
    coming = OwedCheckInSerializer(many=True)


class AlertSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=AlertKind.choices)
    key_result = serializers.UUIDField()
    title = serializers.CharField()
    objective = serializers.CharField()
    words = serializers.CharField()


class AlertsSerializer(serializers.Serializer[Any]):
    results = AlertSerializer(many=True)


class UnitCadenceSerializer(serializers.Serializer[Any]):
    """`rule` is what the unit says to those below it; `why` who decided, in words."""

    kind = serializers.ChoiceField(choices=UNIT_KINDS)
    id = serializers.UUIDField()
    name = serializers.CharField()
    above = serializers.UUIDField(allow_null=True)
    cadence = serializers.ChoiceField(choices=Cadence.choices, source="effective.cadence")
    set_by = serializers.CharField(source="effective.setting.kind")
    why = serializers.SerializerMethodField()
    rule = serializers.ChoiceField(choices=CadenceRule.choices, allow_blank=True)

    def get_why(self, row: UnitCadence) -> str:
        return cadence_in_words(row.effective)


class UnitCadencesSerializer(serializers.Serializer[Any]):
    results = UnitCadenceSerializer(many=True)


class ReportQuerySerializer(serializers.Serializer[Any]):
    """What the report covers; without a cycle the running one."""

    by = serializers.ChoiceField(choices=[each.value for each in GroupBy], default="product")
    cycle = serializers.UUIDField(required=False)
    portfolio = serializers.UUIDField(required=False)
    theme = serializers.UUIDField(required=False)
    tier = serializers.UUIDField(required=False)
    product = serializers.CharField(required=False)
    owner = serializers.CharField(required=False)
    mine = serializers.BooleanField(required=False)


class TurnsSerializer(serializers.Serializer[Any]):
    """`share` is kept turns among all, 0..1; null while none was owed."""

    kept = serializers.IntegerField()
    missed = serializers.IntegerField()
    share = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)


class RegularitySerializer(serializers.Serializer[Any]):
    """Key results of the cycle as they stand, and turns by cycle, the oldest first."""

    key_results = serializers.IntegerField()
    current = serializers.IntegerField()
    postponed = serializers.IntegerField()
    outdated = serializers.IntegerField()
    synced = serializers.IntegerField()
    turns = TurnsSerializer(many=True)


class ReportRowSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    cadence = serializers.ChoiceField(choices=Cadence.choices, allow_null=True)
    sums = RegularitySerializer()


class ReportCycleSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class CheckInReportSerializer(serializers.Serializer[Any]):
    cycles = ReportCycleSerializer(many=True)
    results = ReportRowSerializer(many=True)
    total = RegularitySerializer()


def told_report(report: TurnsReport) -> dict[str, Any]:
    return {
        "cycles": [{"id": cycle.id, "name": cycle.name} for cycle in report.cycles],
        "results": [
            {
                "id": row.id,
                "name": row.name,
                "cadence": row.cadence and row.cadence.cadence.value,
                "sums": told_sums(row.sums),
            }
            for row in report.rows
        ],
        "total": told_sums(report.total),
    }


def told_sums(sums: Regularity) -> dict[str, Any]:
    counts = ("key_results", "current", "postponed", "outdated", "synced")
    return {
        **{name: getattr(sums, name) for name in counts},
        "turns": [
            {"kept": each.kept, "missed": each.missed, "share": rounded_share(each.share)}
            for each in sums.turns
        ],
    }


def rounded_share(share: Decimal | None) -> Decimal | None:
    return None if share is None else rounded(share, 4)
