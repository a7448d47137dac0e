"""What delivered figures become: values of metrics, each once, whoever delivers them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Member
from integrations.figures import Figure
from portfolio.actions import NewValue, record_values
from portfolio.actions.values import fitting
from portfolio.choices import ValueSource
from portfolio.models import Metric, MetricValue

Place = tuple[UUID, datetime]


@dataclass(frozen=True)
class Arrival:
    """A figure that reached its metric and its moment."""

    metric_id: UUID
    value: Decimal
    at: datetime
    note: str = ""


@dataclass(frozen=True)
class Said:
    """What a source said last of a metric at a moment, and whether that was withdrawn since."""

    value_id: UUID
    value: Decimal
    is_withdrawn: bool


@dataclass
class Settled:
    """What became of arrivals: values logged for the first time, corrected, or known already."""

    made: list[MetricValue] = field(default_factory=list)
    recorded: int = 0
    corrected: int = 0
    unchanged: int = 0


def moment_in(zone: ZoneInfo, at: date | datetime) -> datetime:
    """A day is its beginning there; a time without a zone is one there. Refuses the future."""
    whole = at if isinstance(at, datetime) else datetime.combine(at, time.min)
    try:
        moment = whole if whole.tzinfo else whole.replace(tzinfo=zone)
        is_ahead = moment > timezone.now()
    except OverflowError:
        is_ahead = True
    if is_ahead or whole.year < 1900:
        raise ValidationError({"at": "Its date is not one of the past."})
    return moment


def arrival(metric_id: UUID, figure: Figure, zone: ZoneInfo, *, note: str = "") -> Arrival:
    """Raises `ValidationError` for a moment or a number that the log does not hold."""
    at = timezone.now() if figure.at is None else moment_in(zone, figure.at)
    return Arrival(metric_id, fitting(figure.value), at, note)


def settle(
    arrivals: Sequence[Arrival],
    *,
    source: ValueSource,
    actor: Member | None = None,
    restores: bool = False,
) -> Settled:
    """Log what is news: another value for the same metric and moment takes the earlier one's place.

    What the source said already is not logged again, also where a person withdrew or corrected it
    since; with `restores`, a withdrawn value is. In a transaction of the caller's.
    """
    known = said_before(arrivals, source)
    settled, rows = Settled(), []
    for one in arrivals:
        last = known.get((one.metric_id, one.at))
        stands = last is not None and not last.is_withdrawn
        if last is not None and last.value == one.value and (stands or not restores):
            settled.unchanged += 1
            continue
        if stands:
            settled.corrected += 1
        else:
            settled.recorded += 1
        voids = last.value_id if last is not None and stands else None
        by = actor.pk if actor else None
        rows.append(NewValue(one.metric_id, one.value, one.at, source, by, one.note, voids))
    settled.made = record_values(rows)
    return settled


def said_before(arrivals: Iterable[Arrival], source: str) -> Mapping[Place, Said]:
    """The last row of the source for each arrival's metric and moment; locks the metrics."""
    wanted = {(one.metric_id, one.at) for one in arrivals}
    metrics = {metric for metric, _ in wanted}
    list(Metric.objects.select_for_update(no_key=True).filter(pk__in=metrics).order_by("pk"))
    rows = MetricValue.objects.filter(
        metric__in=metrics, effective_at__in={at for _, at in wanted}, source=source
    ).exclude(value=None)
    withdrawn = Exists(MetricValue.objects.filter(voids=OuterRef("pk")))
    told = rows.annotate(is_withdrawn=withdrawn).order_by("recorded_at", "id")
    return {
        (row.metric_id, row.effective_at): Said(row.pk, row.value, row.is_withdrawn)
        for row in told
        if row.value is not None
    }
