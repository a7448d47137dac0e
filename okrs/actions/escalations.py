"""Telling the lead of a unit about key results of which nobody has heard for long, once each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse

from accounts.models import Member
from accounts.notifications import Message, notify
from lib.display import show_day
from okrs.models import Escalation
from okrs.queries.cadences import check_in_settings
from okrs.queries.leads import Place, leads_of
from okrs.queries.owed import running_key_results

KIND = "check-ins-silent"
LISTED = 5


@dataclass(frozen=True)
class Silence:
    """A key result without news; `since` is the day of the last, or its first day."""

    key_result: UUID
    title: str
    owner: str
    since: date
    place: Place


def escalate(leads: Collection[Member], *, now: datetime, zone: ZoneInfo) -> None:
    """Tell those of `leads` whose units have been silent for longer than the organisation bears.

    Each silence is told once, to one lead, in one message with the others. `zone` is the
    organisation's.
    """
    silences = long_silences(now, zone) if leads else []
    told = leads_of({silence.place for silence in silences})
    wanted = {lead.pk: lead for lead in leads}
    rows = [
        Escalation(key_result_id=silence.key_result, silent_since=silence.since, told=lead, at=now)
        for silence in silences
        if (lead := told.get(silence.place)) is not None and lead.pk in wanted
    ]
    Escalation.objects.bulk_create(rows, ignore_conflicts=True)
    ours = Escalation.objects.filter(pk__in=[row.pk for row in rows])
    by_key_result = {silence.key_result: silence for silence in silences}
    found: dict[UUID, list[Silence]] = {}
    for told_id, key_result in ours.order_by("silent_since", "id").values_list(
        "told_id", "key_result_id"
    ):
        found.setdefault(told_id, []).append(by_key_result[key_result])
    notify(message(wanted[pk], silent) for pk, silent in found.items())


def long_silences(now: datetime, zone: ZoneInfo) -> list[Silence]:
    """Key results that went out of date too long ago, were not put off, and of which nobody was
    told yet since their last news; the longest silent first."""
    days = check_in_settings().escalate_after
    if days is None:
        return []
    bearable = now.astimezone(zone).date() - timedelta(days=days)
    told = Escalation.objects.filter(
        key_result=OuterRef("pk"), silent_since=OuterRef("silent_since")
    )
    rows = (
        running_key_results(bearable)
        .filter(outdated_from__lte=datetime.combine(bearable, time.min, zone))
        .filter(Q(postponed_until=None) | Q(postponed_until__lt=bearable))
        .annotate(silent_since=Coalesce(TruncDate("evidence_at", tzinfo=zone), F("first_day")))
        .filter(~Exists(told))
    )
    found = rows.order_by("silent_since", "id").values_list(
        "id", "title", "owner_id", "owner__name", "silent_since",
        "objective__portfolio_id", "objective__product_id", "objective__team_id",
    )  # fmt: skip
    return [
        Silence(pk, title, owner, since, Place(owner_id, portfolio, product, team))
        for pk, title, owner_id, owner, since, portfolio, product, team in found
    ]


def message(lead: Member, silences: Sequence[Silence]) -> Message:
    """One message, however many key results are silent."""
    count = len(silences)
    title = f"No news of {count} key results" if count > 1 else f"No news of “{silences[0].title}”"
    lines = [
        f"{each.title}: {each.owner}, last news {show_day(each.since)}"
        for each in silences[:LISTED]
    ]
    if count > LISTED:
        lines.append(f"and {count - LISTED} more")
    return Message(
        to=lead,
        kind=KIND,
        key=f"{KIND}:{silences[0].key_result}:{silences[0].since}",
        title=f"{title} in the units you lead",
        text="\n".join(lines),
        url=reverse("okrs:check-in-report", args=[lead.organization.slug]),
        units={unit for each in silences for unit in each.place.units},
    )
