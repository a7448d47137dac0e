"""From synced items to observations, and from observations to values of key results."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Aggregate, Count, DecimalField, Q, Sum, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from accounts.models import Member
from integrations.choices import RunState, RunTrigger, SourceState
from integrations.models import Link, Observation, SyncRun
from integrations.ports import Category
from integrations.queries.counted import (
    chosen_by,
    counted_by_own_rules,
    items_of,
    latest_observations,
)
from integrations.queries.readings import pooled, reading
from okrs import scoring
from okrs.actions.initiatives import note_progress
from okrs.actions.key_results import note_evidence
from okrs.actions.recompute import recompute
from okrs.choices import CycleState
from portfolio.actions import NewValue, record_values
from portfolio.choices import ValueSource
from portfolio.queries import latest_values, standing_values

NUMBER = DecimalField(max_digits=30, decimal_places=10)
ZERO = Decimal(0)
# More values than a cycle has runs that change something.
LONGEST_COURSE = 20_000
# Links counted in one statement; seven figures each stay below the columns a row may have.
AT_ONCE = 100
COUNTED_ANEW = "Counted anew by changed rules."


@dataclass(frozen=True, slots=True)
class Share:
    """What one item adds to a link."""

    category: Category
    points: Decimal | None
    number: Decimal


@transaction.atomic
def observe_links(run: SyncRun, links: Collection[Link]) -> None:
    """Measure links whose sources were read completely, and move what they feed."""
    now = timezone.now()
    store_observations(run, links, now)
    initiatives = {link.initiative_id for link in links if link.initiative_id}
    move_initiatives(initiatives)
    key_results = {link.key_result_id for link in links if link.key_result_id}
    run.values_written += move_key_results(key_results, now)


def observe_now(links: Collection[Link], *, requested_by: Member | None) -> None:
    """Measure links whose sources are read already; a run of no requests is their record."""
    current = [link for link in links if link.source.state == SourceState.CURRENT]
    if not current:
        return
    run = observation_run(current[0].source.connection_id, requested_by=requested_by)
    observe_links(run, current)
    run.save(update_fields=["values_written"])


def observation_run(connection_id: UUID, *, requested_by: Member | None) -> SyncRun:
    """The record of counting what is stored, which asks nobody anything."""
    now = timezone.now()
    return SyncRun.objects.create(
        connection_id=connection_id,
        trigger=RunTrigger.SETUP,
        requested_by=requested_by,
        state=RunState.COMPLETE,
        started_at=now,
        finished_at=now,
    )


def store_observations(run: SyncRun, links: Collection[Link], now: datetime) -> None:
    """Append what says something new by a link's rules; note that we looked at all of them."""
    known = latest_observations(links, present_line=True)
    counted = tallies(links)
    measured = [(link, amounts_of(link, counted[link.pk])) for link in links]
    Observation.objects.bulk_create(
        Observation(link_id=link.pk, run=run, line=link.line, effective_at=now, **amounts)
        for link, amounts in measured
        if says_otherwise(amounts, known.get(link.pk))
    )
    Link.objects.filter(pk__in=[link.pk for link in links]).update(observed_at=now)


def says_otherwise(amounts: dict[str, Any], last: Observation | None) -> bool:
    return last is None or any(getattr(last, name) != value for name, value in amounts.items())


def measure(link: Link) -> dict[str, Any]:
    """What a link amounts to now: done and total in its measure, and the items behind them."""
    return amounts_of(link, tallies([link])[link.pk])


@dataclass(slots=True)
class Tally:
    """Sums over the items that a link counts: items, estimates, and a field of those done."""

    done: int = 0
    standing: int = 0
    left_out: int = 0
    unestimated: int = 0
    points_done: Decimal = ZERO
    points_total: Decimal = ZERO
    summed: Decimal = ZERO

    def add(self, share: Share, sign: int = 1) -> None:
        """Put an item in, or take it out with sign -1."""
        if share.category is Category.LEFT_OUT:
            self.left_out += sign
            return
        points = share.points or ZERO
        self.standing += sign
        self.points_total += sign * points
        self.unestimated += sign * (share.points is None)
        if share.category is Category.DONE:
            self.done += sign
            self.points_done += sign * points
            self.summed += sign * share.number


def amounts_of(link: Link, tally: Tally) -> dict[str, Any]:
    """Done and total in the link's measure, and the items behind them."""
    amounts = {
        scoring.Measure.SHARE_OF_ITEMS: (Decimal(tally.done), Decimal(tally.standing)),
        scoring.Measure.SHARE_OF_POINTS: (tally.points_done, tally.points_total),
        scoring.Measure.COUNT: (Decimal(tally.done), None),
        scoring.Measure.SUM_OF_FIELD: (tally.summed, None),
    }
    amount, whole = amounts[scoring.Measure(link.measure)]
    return {
        "done": amount,
        "total": whole,
        "items_done": tally.done,
        "items_total": tally.standing,
        "left_out": tally.left_out,
        "unestimated": tally.unestimated,
    }


class Counted(NamedTuple):
    """What a link counts: links that agree in this have one tally."""

    source_id: UUID
    label: str
    parent_remote_id: str
    field: str
    rules: bytes


def counted_of(link: Link) -> Counted:
    rules = orjson.dumps(link.rules, option=orjson.OPT_SORT_KEYS) if link.rules else b""
    return Counted(link.source_id, link.label, link.parent_remote_id, link.field, rules)


def tallies(links: Collection[Link]) -> dict[UUID, Tally]:
    """What each link counts now, by its id; a source is read once for all links without rules."""
    alike = {counted_of(link): link for link in links}
    found = {key: by_own_rules(link) for key, link in alike.items() if key.rules}
    plain = sorted(key for key in alike if not key.rules)
    for source_id, of_source in groupby(plain, key=attrgetter("source_id")):
        keys = list(of_source)
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            counted = by_database(source_id, [alike[key] for key in some])
            found |= zip(some, counted, strict=True)
    return {link.pk: found[counted_of(link)] for link in links}


def by_database(source_id: UUID, links: Sequence[Link]) -> list[Tally]:
    """What links of a source count by the connection's rules, in one statement."""
    asked = {
        f"{name}_{place}": figure
        for place, link in enumerate(links)
        for name, figure in figures_of(link).items()
    }
    found = items_of(source_id).filter(is_leaf=True).aggregate(**asked)
    names = [field.name for field in fields(Tally)]
    return [
        Tally(**{name: found[f"{name}_{place}"] for name in names}) for place in range(len(links))
    ]


def figures_of(link: Link) -> dict[str, Aggregate | Coalesce]:
    """The sums of a `Tally` over the leaf items of the link's source."""
    chosen = chosen_by(link)
    standing = chosen & ~Q(category=Category.LEFT_OUT)
    done = chosen & Q(category=Category.DONE)
    number = Cast(KeyTextTransform(link.field, KeyTransform("numbers", "facts")), NUMBER)
    zero = Value(ZERO)
    return {
        "done": Count("id", filter=done),
        "standing": Count("id", filter=standing),
        "left_out": Count("id", filter=chosen & Q(category=Category.LEFT_OUT)),
        "unestimated": Count("id", filter=standing & Q(points=None)),
        "points_done": Coalesce(Sum("points", filter=done), zero),
        "points_total": Coalesce(Sum("points", filter=standing), zero),
        "summed": Coalesce(Sum(number, filter=done), zero, output_field=NUMBER),
    }


def by_own_rules(link: Link) -> Tally:
    """As `by_database`, with the link's own rules applied to the stored facts."""
    tally = Tally()
    for _, item, category in counted_by_own_rules(link):
        tally.add(Share(category, item.points, item.numbers.get(link.field, ZERO)))
    return tally


def move_key_results(ids: Collection[UUID], now: datetime) -> int:
    """Log the values of linked key results where they changed; the number of values written.

    All links of a key result count, also those of other connections. A link that was never
    observed, or whose source is out of sight, freezes the value: nothing is written.
    """
    links = links_by_key_result(ids)
    rows, evidence = [], {}
    known = latest_values({all_[0].key_result.metric_id for all_ in links.values()})
    observed = latest_observations(chain.from_iterable(links.values()))
    for key_result_id, of_one in links.items():
        key_result = of_one[0].key_result
        assert key_result is not None  # noqa: S101 (the query asked for key results)
        readings = [reading(link, observed.get(link.pk)) for link in of_one]
        value = pooled(of_one, readings, key_result.metric.unit.dimension)
        if value is None or any(not is_current(link) for link in of_one):
            continue
        evidence[key_result_id] = min(link.source.last_complete_at for link in of_one)
        last = known.get(key_result.metric_id)
        if last is None or last.value != value or last.source != ValueSource.SYNC:
            rows.append(NewValue(key_result.metric_id, value, now, ValueSource.SYNC))
    record_values(rows, announce=False)
    note_evidence(evidence)
    recompute(list(evidence), cause="sync", now=now)
    return len(rows)


def move_past(key_result_id: UUID, since: datetime) -> int:
    """Log what a key result was worth at each moment since then by the lines of today.

    A value that stood is followed by another for the same moment: `known_at` still shows the old
    one. Returns the number of values written.
    """
    links = links_by_key_result([key_result_id]).get(key_result_id, [])
    key_result = links[0].key_result if links else None
    if key_result is None:
        return 0
    readings = {link.pk: readings_of(link) for link in links}
    logged = {
        value.effective_at: value.value
        for value in standing_values(key_result.metric_id, limit=LONGEST_COURSE)
        if value.effective_at >= since and value.source == ValueSource.SYNC
    }
    moments = {at for course in readings.values() for at, _ in course if at >= since}
    rows: list[NewValue] = []
    standing: Decimal | None = None
    for moment in sorted(moments | set(logged)):
        standing = logged.get(moment, standing)
        value = value_at(links, readings, moment, key_result.metric.unit.dimension)
        if value is not None and value != standing:
            rows.append(
                NewValue(key_result.metric_id, value, moment, ValueSource.SYNC, note=COUNTED_ANEW)
            )
            standing = value
    record_values(rows, announce=False)
    recompute([key_result_id], cause="sync", now=timezone.now())
    return len(rows)


def readings_of(link: Link) -> list[tuple[datetime, scoring.LinkReading]]:
    """The course of a link by its present rules, oldest first."""
    rows = link.observations.filter(line=link.line).order_by("effective_at", "recorded_at", "id")
    return [(row.effective_at, reading(link, row)) for row in rows]


def value_at(
    links: list[Link],
    readings: dict[UUID, list[tuple[datetime, scoring.LinkReading]]],
    moment: datetime,
    dimension: str,
) -> Decimal | None:
    """The pooled value of links at one moment; None when one of them was not observed by then."""
    found = []
    for link in links:
        course = readings[link.pk]
        known = bisect_right(course, moment, key=itemgetter(0))
        if known == 0:
            return None
        found.append(course[known - 1][1])
    return pooled(links, found, dimension)


def links_by_key_result(ids: Iterable[UUID]) -> dict[UUID, list[Link]]:
    links = (
        Link.objects.filter(key_result_id__in=list(ids), archived_at=None)
        .exclude(key_result__objective__cycle__state=CycleState.CLOSED)
        .select_related("source", "key_result__metric__unit")
    )
    found: dict[UUID, list[Link]] = {}
    for link in links:
        found.setdefault(link.key_result_id, []).append(link)  # type: ignore[arg-type]
    return found


def is_current(link: Link) -> bool:
    return link.source.state == SourceState.CURRENT and link.source.last_complete_at is not None


def move_initiatives(ids: Collection[UUID]) -> None:
    """Items done and in all, over all links of each initiative."""
    progress: dict[UUID, tuple[int, int]] = {}
    links = list(Link.objects.filter(initiative_id__in=ids, archived_at=None))
    observed = latest_observations(links)
    for link in links:
        last = observed.get(link.pk)
        if last is not None and link.initiative_id is not None:
            done, total = progress.get(link.initiative_id, (0, 0))
            progress[link.initiative_id] = (done + last.items_done, total + last.items_total)
    note_progress(progress)
