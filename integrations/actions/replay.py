"""The past by the rules of today: what a link would have amounted to after each run.

The kept versions of items are gone through in the order they came, and counted at the end of each
run. The new line stands beside the old one, which stays as it was observed. What lies below a
parent is taken from today's hierarchy. Closed cycles are left alone, and nothing before the
key result's cycle is touched, nor before the time since which the link's field is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.actions.measures import move_past, observation_run
from integrations.choices import RunState
from integrations.models import ItemVersion, Link, Observation, SourceItem, SyncRun
from integrations.payloads import unpack
from integrations.ports import DoneRules, Item
from integrations.providers.counting import classify, is_leaf
from integrations.queries.counted import ids_below
from integrations.queries.tallies import Share, Tally, amounts_of, share_of
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
        return share_of(item, classify(item, self.rules), self.link.field)

    def _swap(self, before: Share | None, now: Share | None) -> None:
        if before is not None:
            self.tally.add(before, -1)
        if now is not None:
            self.tally.add(now, 1)


@transaction.atomic
def replay(link_id: UUID) -> int:
    """Draw the line of a link's present rules through the past; the number of points added."""
    link = (
        Link.objects.select_for_update(of=("self",))
        .select_related("source__connection", "key_result__objective__cycle")
        .get(pk=link_id)
    )
    if link.archived_at is not None or is_closed(link) or link.waits:
        return 0
    since = beginning(link)
    moments = [moment for moment in ends_of_runs(link) if moment >= since]
    counter = Counter(link, rules_of_link(link), below_parent(link))
    points = list(course(counter, moments))
    run = observation_run(link.source.connection_id, requested_by=None)
    made = store_line(link, run, points)
    if link.key_result_id:
        run.values_written = move_past(link.key_result_id, since)
        run.save(update_fields=["values_written"])
    return made


def is_closed(link: Link) -> bool:
    return link.key_result is not None and link.key_result.objective.cycle.is_closed


def below_parent(link: Link) -> set[str] | None:
    """Remote ids that a link below a parent counts among; None for all of its source."""
    if not link.parent_remote_id:
        return None
    return set(ids_below(link.source.connection_id, link.parent_remote_id))


def beginning(link: Link) -> datetime:
    """The first moment that the link may speak of."""
    begins: datetime = link.source.created_at
    if link.key_result is not None:
        first_day: date = link.key_result.objective.cycle.starts_on
        begins = timezone.make_aware(datetime.combine(first_day, time.min))
    return max(begins, link.known_since or begins)


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


def course(counter: Counter, moments: list[datetime]) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """What the link amounts to at each moment where that is another than before."""
    for item_id, item in first_known(counter.link):
        counter.learn(item_id, item)
    events = merged(counter)
    waiting = next(events, None)
    before: dict[str, Any] | None = None
    for moment in moments:
        while waiting is not None and waiting[0] <= moment:
            apply(counter, waiting)
            waiting = next(events, None)
        if not counter.members and before is None:
            continue
        amounts = amounts_of(counter.link, counter.tally)
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


def merged(counter: Counter) -> Iterator[Event]:
    """Versions and comings and goings in the order of time."""
    moves: list[Event] = []
    rows = SourceItem.objects.filter(source=counter.link.source_id)
    for item_id, came, left in rows.values_list("item_id", "created_at", "left_at"):
        moves.append((came, ENTERED, item_id, None))
        if left is not None:
            moves.append((left, LEFT, item_id, None))
    moves.sort(key=lambda event: event[:2])
    at = 0
    for version in versions(counter.link):
        while at < len(moves) and moves[at][0] <= version[0]:
            yield moves[at]
            at += 1
        yield version
    yield from moves[at:]


def versions(link: Link) -> Iterator[Event]:
    """Every kept version of the source's items, oldest first, a batch in memory at a time."""
    rows = ItemVersion.objects.filter(item__in=ever_held(link)).order_by("received_at", "id")
    last: tuple[datetime, UUID] | None = None
    while True:
        batch = rows
        if last is not None:
            batch = rows.filter(Q(received_at=last[0], id__gt=last[1]) | Q(received_at__gt=last[0]))
        found = list(batch.values_list("received_at", "id", "item_id", "body")[:BATCH])
        for received_at, _, item_id, body in found:
            yield received_at, VERSION, item_id, unpack(bytes(body)).item
        if len(found) < BATCH:
            return
        last = found[-1][0], found[-1][1]


def first_known(link: Link) -> Iterator[tuple[UUID, Item]]:
    """Each item as it was first kept: what came before that is forgotten or was never seen."""
    held = SourceItem.objects.filter(source=link.source_id).order_by("item_id")
    last: UUID | None = None
    while True:
        batch = held.filter(item_id__gt=last) if last else held
        rows = list(batch.values_list("item_id", "item__facts").distinct()[:BATCH])
        ids = [item_id for item_id, _ in rows]
        oldest = ItemVersion.objects.filter(item__in=ids).order_by("item_id", "received_at", "id")
        kept = dict(oldest.distinct("item_id").values_list("item_id", "body"))
        for item_id, facts in rows:
            body = kept.get(item_id)
            yield item_id, item_of(facts) if body is None else unpack(bytes(body)).item
        if len(rows) < BATCH:
            return
        last = ids[-1]


def ever_held(link: Link) -> Any:
    return SourceItem.objects.filter(source=link.source_id).values("item_id")


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
