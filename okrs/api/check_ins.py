"""Checking in: what is owed, how often, when one is reminded, and how regularly numbers come."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, TenantView
from accounts.permissions import Permission
from okrs.actions import check_ins, rhythm
from okrs.api.base import READ, GoalResource
from okrs.models import CheckInSettings, HiddenAlert, Postponement, ReminderChoice
from okrs.queries.alerts import alerts_for
from okrs.queries.cadence_list import unit_cadences
from okrs.queries.cadences import check_in_settings
from okrs.queries.due_list import check_ins_of
from okrs.queries.reminders import own_reminder
from okrs.queries.scope import Filters, Scope, chosen_cycle, cycle_choices
from okrs.queries.turns import GroupBy, turns_report
from okrs.serializers.check_ins import (
    AlertsSerializer,
    CheckInReportSerializer,
    CheckInSettingsSerializer,
    HiddenAlertSerializer,
    OwedCheckInsSerializer,
    PostponementSerializer,
    ReminderChoiceSerializer,
    ReportQuerySerializer,
    UnitCadencesSerializer,
    told_report,
)

P = Permission


class OneRow(Resource):
    """A record of which there is one, stored once somebody changes it."""

    def stored(self) -> Any:
        raise NotImplementedError

    def get_row(self, pk: UUID | None) -> Any:
        return self.stored()

    def retrieve(self, request: Request, pk: UUID | None = None) -> Response:
        return self.answer(pk)

    def partial_update(self, request: Request, pk: UUID | None = None) -> Response:
        return super().partial_update(request, pk)  # type: ignore[arg-type]  # there is one row

    def answer(self, pk: UUID | None, status: int = 200) -> Response:
        row = self.stored()
        body = {name: getattr(row, name) for name in self._columns()}
        return Response(body, status=status, headers={"ETag": f'"{row.version}"'})


class CheckInSettingsOfOrganization(OneRow):
    """How often goals get a number, and when people are reminded, unless somebody chooses else."""

    model = CheckInSettings
    serializer_class = CheckInSettingsSerializer
    permissions = {"retrieve": P.ORG_READ, "partial_update": P.CYCLE_MANAGE}
    examples = {"partial_update": {"growth": "weekly", "remind_on": 1, "escalate_after": 10}}

    def stored(self) -> CheckInSettings:
        return check_in_settings()

    def perform_edit(self, row: Any, data: dict[str, Any], version: int) -> CheckInSettings:
        return rhythm.edit_check_in_settings(self.access, expected_version=version, **data)


class OwnReminder(OneRow):
    """When you are reminded; null is as the organisation has it."""

    model = ReminderChoice
    serializer_class = ReminderChoiceSerializer
    permissions = {"retrieve": P.ORG_READ, "partial_update": P.NOTIFICATION_WRITE}
    examples = {"partial_update": {"remind_on": 2, "remind_at": 14}}

    def stored(self) -> ReminderChoice:
        return own_reminder(self.access.member, timezone.now()).choice

    def perform_edit(self, row: Any, data: dict[str, Any], version: int) -> ReminderChoice:
        return rhythm.choose_reminder(self.access, expected_version=version, **data)


class Postponements(GoalResource):
    """Check-ins that were put off, with the reason; an empty `until` takes one up again."""

    model = Postponement
    serializer_class = PostponementSerializer
    permissions = {**READ, "create": P.CHECK_IN_WRITE}
    filters = {"key_result": "key_result_id", "author": "author_id"}
    key_results = ("key_result",)
    examples = {
        "create": {
            "key_result": "0197a000-0000-7000-8000-000000000001",
            "until": "2026-12-01",
            "reason": "The survey closes on 30 November.",
        }
    }

    def perform_create(self, data: dict[str, Any]) -> Postponement:
        key_result, until = data["key_result"], data.get("until")
        if until is None:
            return check_ins.take_up_again(self.access, key_result)
        reason = data.get("reason", "")
        return check_ins.postpone(self.access, key_result, until=until, reason=reason)


class HiddenAlerts(Resource):
    """Alerts that you do not want to see again."""

    model = HiddenAlert
    serializer_class = HiddenAlertSerializer
    permissions = {
        **READ,
        "create": P.NOTIFICATION_WRITE,
        "destroy": P.NOTIFICATION_WRITE,
    }
    filters = {"key_result": "key_result_id", "kind": "kind"}
    examples = {
        "create": {"key_result": "0197a000-0000-7000-8000-000000000001", "kind": "early-high"}
    }

    def visible(self) -> Any:
        return HiddenAlert.objects.filter(member=self.access.member)

    def perform_create(self, data: dict[str, Any]) -> HiddenAlert:
        return rhythm.hide_alert(self.access, data["key_result"], data["kind"])

    def perform_archive(self, row: HiddenAlert, version: int | None) -> None:
        rhythm.show_alert(self.access, row.key_result, row.kind)


class OwedCheckIns(TenantView):
    """The check-ins that you owe, as home and your reminders name them."""

    permissions = {"owed": P.ORG_READ}
    bodies = {"owed": (None, OwedCheckInsSerializer)}

    def owed(self, request: Request) -> Response:
        """What you owe now, the longest due first, and what comes next."""
        found = check_ins_of(self.access, timezone.now())
        due = [
            {
                "key_result": item.row.id,
                "title": item.row.title,
                "due_on": item.due_on,
                "value": item.row.offered_value,
                "confidence": item.row.confidence,
            }
            for item in found.due
        ]
        coming = [
            {"key_result": item.id, "title": item.title, "due_on": item.due_on}
            for item in found.coming
        ]
        return Response(OwedCheckInsSerializer({"due": due, "coming": coming}).data)


class GoalAlerts(TenantView):
    """Key results of yours, or of units that you lead, that are worth a second look."""

    permissions = {"alerts": P.ORG_READ}
    bodies = {"alerts": (None, AlertsSerializer)}

    def alerts(self, request: Request) -> Response:
        """What home shows as worth a look."""
        found = alerts_for(self.access, timezone.now())
        return Response(AlertsSerializer({"results": found}).data)


class UnitCadences(TenantView):
    """How often every unit checks in, and who decided it."""

    permissions = {"cadences": P.ORG_READ}
    bodies = {"cadences": (None, UnitCadencesSerializer)}

    def cadences(self, request: Request) -> Response:
        """Each unit after the one above it. Change it on the portfolio, product or team."""
        return Response(UnitCadencesSerializer({"results": unit_cadences(self.access)}).data)


class CheckInReport(TenantView):
    """Who is current, and which share of check-ins came on time, over the last cycles."""

    permissions = {"report": P.ORG_READ}
    bodies = {"report": (None, CheckInReportSerializer)}
    query_parameters = {
        "report": ("by", "cycle", "portfolio", "theme", "tier", "product", "owner", "mine")
    }

    def report(self, request: Request) -> Response:
        """By portfolio, product, team or person. You see yourself, and people of units you lead."""
        asked = ReportQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wish = dict(asked.validated_data)
        by, wanted = GroupBy(wish.pop("by")), wish.pop("cycle", None)
        now, cycles = timezone.now(), cycle_choices()
        today = now.astimezone(ZoneInfo(self.access.organization.time_zone)).date()
        cycle = chosen_cycle(cycles, wanted, today)
        if cycle is None or (wanted and cycle.id != wanted):
            raise Http404
        scope = Scope(access=self.access, cycle=cycle, filters=Filters(**wish), now=now, at=now)
        return Response(told_report(turns_report(scope, cycles, by)))
