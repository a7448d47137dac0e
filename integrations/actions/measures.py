"""From synced items to observations, and from observations to values of key results."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import chain
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Member
from integrations.actions.tallies import current_tallies, kept_or_counted
from integrations.choices import RunState, RunTrigger, SourceState
from integrations.models import Link, Observation, SyncRun
from integrations.queries.counted import latest_observations
from integrations.queries.readings import pooled, reading
from integrations.queries.recounts import is_judging
from integrations.queries.tallies import Tally, amounts_of, tallies
from okrs import scoring
from okrs.actions.initiatives import note_progress
from okrs.actions.key_results import note_evidence
from okrs.actions.recompute import recompute
from okrs.choices import CycleState
from okrs.queries.readers import readers_of
from portfolio.actions import NewValue, record_values
from portfolio.choices import ValueSource
from portfolio.queries import latest_values, standing_values

# More values than a cycle has runs that change something.
LONGEST_COURSE = 20_000
COUNTED_ANEW = "Counted anew by changed rules."


@transaction.atomic
def observe_links(run: SyncRun, links: Collection[Link]) -> None:
    """Measure links whose sources were read completely, and move what they feed.

    Belongs to a run that holds the connection: what had to be counted is kept for the next one.
    Links whose field was not asked for yet are left to the run that asks for it. While rules are
    being applied nothing is measured; who ends that does it.
    """
    if is_judging(run.connection_id):
        return
    known = [link for link in links if not link.waits]
    take_up(run, known, kept_or_counted(known))


@transaction.atomic
def observe_now(links: Collection[Link], *, requested_by: Member | None) -> None:
    """Measure links whose sources are read already; a run of no requests is their record."""
    current = [link for link in links if is_known(link)]
    if not current or is_judging(current[0].source.connection_id):
        return
    run = observation_run(current[0].source.connection_id, requested_by=requested_by)
    take_up(run, current, tallies(current))
    run.save(update_fields=["values_written"])


def take_up(run: SyncRun, links: Collection[Link], counted: Mapping[UUID, Tally]) -> None:
    """Note what links amount to, and move what they feed."""
    now = timezone.now()
    store_observations(run, links, counted, now)
    initiatives = {link.initiative_id for link in links if link.initiative_id}
    move_initiatives(initiatives)
    key_results = {link.key_result_id for link in links if link.key_result_id}
    run.values_written += move_key_results(key_results, now)


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


def store_observations(
    run: SyncRun, links: Collection[Link], counted: Mapping[UUID, Tally], now: datetime
) -> None:
    """Append what says something new by a link's rules; note that we looked at all of them."""
    known = latest_observations(links, present_line=True)
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
    return amounts_of(link, current_tallies([link])[link.pk])


def move_key_results(ids: Collection[UUID], now: datetime) -> int:
    """Log the values of linked key results where they changed; the number of values written.

    All links of a key result count, also those of other connections. A link that was never
    observed, or whose source is out of sight or not read with its field yet, freezes the value:
    nothing is written. What is archived rests. Whoever else reads a metric follows its values.
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
    readers = readers_of({row.metric_id for row in rows})
    recompute(readers.union(evidence), cause="sync", now=now)
    return len(rows)


def move_past(key_result_id: UUID, since: datetime) -> int:
    """Log what a key result was worth at each moment since then by the lines of today.

    A value that stood is followed by another for the same moment: `known_at` still shows the old
    one. The past of what is archived rests. Returns the number of values written.
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
    readers = readers_of([key_result.metric_id] if rows else [])
    recompute(readers | {key_result_id}, cause="sync", now=timezone.now())
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
    """The links of key results that move: neither archived, nor of a closed cycle."""
    links = (
        Link.objects.filter(key_result_id__in=list(ids), archived_at=None)
        .filter(key_result__archived_at=None, key_result__objective__archived_at=None)
        .exclude(key_result__objective__cycle__state=CycleState.CLOSED)
        .select_related("source__connection", "key_result__metric__unit")
    )
    found: dict[UUID, list[Link]] = {}
    for link in links:
        found.setdefault(link.key_result_id, []).append(link)  # type: ignore[arg-type]
    return found


def is_known(link: Link) -> bool:
    """Whether what is stored of its source can tell what it amounts to."""
    return link.source.state == SourceState.CURRENT and not link.waits


def is_current(link: Link) -> bool:
    return is_known(link) and link.source.last_complete_at is not None


def move_initiatives(ids: Collection[UUID]) -> None:
    """Items done and in all, over all links of each initiative that is not archived."""
    progress: dict[UUID, tuple[int, int]] = {}
    moving = Link.objects.filter(initiative_id__in=ids, initiative__archived_at=None)
    links = list(moving.filter(archived_at=None))
    observed = latest_observations(links)
    for link in links:
        last = observed.get(link.pk)
        if last is not None and link.initiative_id is not None:
            done, total = progress.get(link.initiative_id, (0, 0))
            progress[link.initiative_id] = (done + last.items_done, total + last.items_total)
    note_progress(progress)
