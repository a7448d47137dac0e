"""The past by the rules of today: what a link would have amounted to after each run.

The kept versions of items are gone through in the order they came, and counted at the end of each
run: a chunk of the items at a time, whose sums are kept until all of them are there. The new line
stands beside the old one, which stays as it was observed. What lies below a parent is taken from
today's hierarchy. Closed cycles are left alone, and nothing before the key result's cycle is
touched, nor before the time since which the link's field is known, nor what is forgotten.
"""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.actions.measures import move_past, observation_run
from integrations.actions.recounts import JOB_SECONDS, send_owed
from integrations.choices import RunState
from integrations.models import (
    ItemVersion,
    Link,
    Observation,
    Recount,
    SourceItem,
    SyncedItem,
    SyncRun,
)
from integrations.payloads import unpack
from integrations.ports import DoneRules, Item
from integrations.providers.counting import classify, is_leaf
from integrations.queries.counted import ids_below
from integrations.queries.tallies import NAMES, Share, Tally, amounts_of, share_of
from integrations.rules import item_of, rules_of_link

BATCH = 2000


@dataclass
class Counter:
    """The items of a source through time, as one link counts them."""

    link: Link
    rules: DoneRules
    below: set[str] | None
    tally: Tally = field(default_factory=Tally)
    shares: dict[UUID, Share | None] = field(default_factory=dict)
    members: set[UUID] = field(default_factory=set)

    def learn(self, item_id: UUID, item: Item) -> None:
        """The item is another from now on."""
        before, now = self.shares.get(item_id), self.share_of(item)
        if item_id in self.members:
            self._swap(before, now)
        self.shares[item_id] = now

    def enter(self, item_id: UUID) -> None:
        if item_id not in self.members:
            self.members.add(item_id)
            self._swap(None, self.shares.get(item_id))

    def leave(self, item_id: UUID) -> None:
        if item_id in self.members:
            self.members.remove(item_id)
            self._swap(self.shares.get(item_id), None)

    def share_of(self, item: Item) -> Share | None:
        """None for an item that the link does not count at all."""
        if item.deleted or not is_leaf(item, self.rules):
            return None
        if self.link.label and self.link.label not in item.labels:
            return None
        if self.below is not None and item.remote_id not in self.below:
            return None
        return share_of(item, classify(item, self.rules), self.link.added_up)

    def _swap(self, before: Share | None, now: Share | None) -> None:
        if before is not None:
            self.tally.add(before, -1)
        if now is not None:
            self.tally.add(now, 1)


class Course(msgspec.Struct):
    """What the items gone through so far amount to together at each moment, and how many."""

    moments: list[datetime]
    members: list[int]
    tallies: list[Tally]


def replay(link_id: UUID) -> int:
    """Draw the line of a link's present rules through the past; the number of points added.

    0 also when a job's time is over: the rest is owed to the queue.
    """
    until = time.monotonic() + JOB_SECONDS
    while (made := replay_some(link_id)) is None:
        if time.monotonic() >= until:
            send_owed(link_id=link_id)
            return 0
    return made


@transaction.atomic
def replay_some(link_id: UUID) -> int | None:
    """Go through the past of the next items, or draw the line; None while there are some left.

    Nothing when another worker is at it. What a link counts is a sum over items, so that each
    can be gone through by itself.
    """
    free = Recount.objects.select_for_update(skip_locked=True)
    owed = free.filter(link=link_id).first()
    if owed is None:
        return 0
    link = Link.objects.select_related("source__connection", "key_result__objective__cycle").get(
        pk=link_id
    )
    if link.archived_at is not None or is_closed(link) or link.waits:
        owed.delete()
        return 0
    course = course_of(owed) or beginning_of(link)
    if ids := next_items(link, owed.after):
        go_through(course, link, ids)
        owed.kept, owed.after = msgspec.to_builtins(course), str(ids[-1])
        owed.items_done += len(ids)
        owed.progressed_at = timezone.now()
        owed.save()
        return None
    owed.delete()
    return draw(link, course)


def draw(link: Link, course: Course) -> int:
    run = observation_run(link.source.connection_id, requested_by=None)
    made = store_line(link, run, list(points(link, course)))
    if link.key_result_id:
        run.values_written = move_past(link.key_result_id, beginning(link))
        run.save(update_fields=["values_written"])
    return made


def course_of(owed: Recount) -> Course | None:
    return msgspec.convert(owed.kept, Course, strict=False) if owed.kept else None


def beginning_of(link: Link) -> Course:
    """No items yet; the moments are those known now: later runs observe the line themselves."""
    since = beginning(link)
    moments = [moment for moment in ends_of_runs(link) if moment >= since]
    return Course(moments, [0] * len(moments), [Tally() for _ in moments])


def next_items(link: Link, after: str) -> list[UUID]:
    """Ids of items that the source ever held, after one of them."""
    held = SourceItem.objects.filter(source=link.source_id).order_by("item_id")
    rest = held.filter(item_id__gt=after) if after else held
    return list(rest.values_list("item_id", flat=True).distinct()[:BATCH])


def is_closed(link: Link) -> bool:
    return link.key_result is not None and link.key_result.objective.cycle.is_closed


def below_parent(link: Link) -> set[str] | None:
    """Remote ids that a link below a parent counts among; None for all of its source."""
    if not link.parent_remote_id:
        return None
    return set(ids_below(link.source.connection_id, link.parent_remote_id))


def beginning(link: Link) -> datetime:
    """The first moment that the link may speak of.

    Before the point up to which versions were deleted, an item would pass for what it became later.
    """
    begins: datetime = link.source.created_at
    if link.key_result is not None:
        first_day: date = link.key_result.objective.cycle.starts_on
        begins = timezone.make_aware(datetime.combine(first_day, time_of_day.min))
    forgotten = link.source.connection.forgotten_to
    return max(begins, link.known_since or begins, forgotten or begins)


def ends_of_runs(link: Link) -> list[datetime]:
    """When runs ended that changed something, and when the link was observed by other rules."""
    runs = SyncRun.objects.filter(
        Q(changed__gt=0) | Q(gone__gt=0),
        connection=link.source.connection_id,
        state__in=[RunState.COMPLETE, RunState.PARTIAL],
    )
    observed = Observation.objects.filter(link=link).exclude(line=link.line)
    moments = {at for at in runs.values_list("finished_at", flat=True) if at is not None}
    return sorted(moments.union(observed.values_list("effective_at", flat=True)))


def go_through(course: Course, link: Link, ids: Collection[UUID]) -> None:
    """Add to a course what items were at each of its moments."""
    counter = Counter(link, rules_of_link(link), below_parent(link))
    for item_id, item in first_known(ids):
        counter.learn(item_id, item)
    events = merged(link, ids)
    waiting = next(events, None)
    for place, moment in enumerate(course.moments):
        while waiting is not None and waiting[0] <= moment:
            apply(counter, waiting)
            waiting = next(events, None)
        course.members[place] += len(counter.members)
        course.tallies[place] = together(course.tallies[place], counter.tally)


def together(one: Tally, other: Tally) -> Tally:
    return Tally(**{name: getattr(one, name) + getattr(other, name) for name in NAMES})


def points(link: Link, course: Course) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """What the link amounts to at each moment where that is another than before.

    Versions may have been deleted since the first of its items were gone through.
    """
    since = beginning(link)
    before: dict[str, Any] | None = None
    for moment, members, tally in zip(course.moments, course.members, course.tallies, strict=True):
        if moment < since or (not members and before is None):
            continue
        amounts = amounts_of(link, tally)
        if amounts != before:
            yield moment, amounts
        before = amounts


Event = tuple[datetime, int, UUID, Item | None]
VERSION, ENTERED, LEFT = range(3)


def apply(counter: Counter, event: Event) -> None:
    _, kind, item_id, item = event
    if kind == ENTERED:
        counter.enter(item_id)
    elif kind == LEFT:
        counter.leave(item_id)
    elif item is not None:
        counter.learn(item_id, item)


def merged(link: Link, ids: Collection[UUID]) -> Iterator[Event]:
    """Versions of items, and their comings and goings, in the order of time."""
    moves: list[Event] = []
    rows = SourceItem.objects.filter(source=link.source_id, item__in=ids)
    for item_id, came, left in rows.values_list("item_id", "created_at", "left_at"):
        moves.append((came, ENTERED, item_id, None))
        if left is not None:
            moves.append((left, LEFT, item_id, None))
    moves.sort(key=lambda event: event[:2])
    at = 0
    for version in versions(ids):
        while at < len(moves) and moves[at][0] <= version[0]:
            yield moves[at]
            at += 1
        yield version
    yield from moves[at:]


def versions(ids: Collection[UUID]) -> Iterator[Event]:
    """Every kept version of items, oldest first, some in memory at a time."""
    rows = ItemVersion.objects.filter(item__in=ids).order_by("received_at", "id")
    found = rows.values_list("received_at", "item_id", "body").iterator(chunk_size=BATCH)
    for received_at, item_id, body in found:
        yield received_at, VERSION, item_id, unpack(bytes(body)).item


def first_known(ids: Collection[UUID]) -> Iterator[tuple[UUID, Item]]:
    """Each item as it was first kept: what came before that is forgotten or was never seen."""
    oldest = ItemVersion.objects.filter(item__in=ids).order_by("item_id", "received_at", "id")
    kept = dict(oldest.distinct("item_id").values_list("item_id", "body"))
    for item_id, facts in SyncedItem.objects.filter(pk__in=ids).values_list("pk", "facts"):
        body = kept.get(item_id)
        yield item_id, item_of(facts) if body is None else unpack(bytes(body)).item


def store_line(link: Link, run: SyncRun, points: list[tuple[datetime, dict[str, Any]]]) -> int:
    """Add the points of the line that it does not have yet."""
    known = set(
        Observation.objects.filter(link=link, line=link.line).values_list("effective_at", flat=True)
    )
    made = Observation.objects.bulk_create(
        Observation(link=link, run=run, line=link.line, effective_at=moment, **amounts)
        for moment, amounts in points
        if moment not in known
    )
    return len(made)
