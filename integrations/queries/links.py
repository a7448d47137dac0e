"""Reads of links: what they feed, what they last amounted to, and the items behind that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from accounts.access import Access
from accounts.permissions import Permission
from integrations.choices import OUT_OF_SIGHT
from integrations.models import Link, Observation, Source, SyncedItem
from integrations.queries.counted import CountedItems, behind, latest_observations
from integrations.queries.readings import pooled, reading
from okrs.choices import CycleState, Shape
from okrs.models import CountedItem, Initiative, KeyResult, ObjectiveCoOwner
from okrs.queries.initiatives import visible_initiatives
from okrs.queries.key_results import visible_key_results
from okrs.queries.moment import Moment
from portfolio.choices import ValueSource
from portfolio.queries import RecordedValue, latest_values

Observations = Mapping[UUID, Observation]
ITEMS_SHOWN = 50
ITEM_COLUMNS = (
    "id", "key", "title", "url", "kind", "category", "is_leaf", "status_name", "resolution",
    "points", "labels", "completed_at", "is_archived",
)  # fmt: skip


def visible_links(access: Access) -> QuerySet[Link]:
    """Links of goals and work that the member may see."""
    links = Link.objects.select_related(
        "source__connection", "key_result__organization", "initiative__organization"
    )
    if access.units.hidden:
        links = links.filter(
            Q(key_result__in=visible_key_results(access).values("id"))
            | Q(initiative__in=visible_initiatives(access).values("id"))
        )
    return links


def with_parent(links: QuerySet[Link]) -> QuerySet[Link]:
    """With what each link stands below as `parent`: its id, key and title; None for everything."""
    found = SyncedItem.objects.filter(
        connection=OuterRef("source__connection"), remote_id=OuterRef("parent_remote_id")
    )
    named = found.values(named=JSONObject(id="id", key="key", title="title"))
    return links.annotate(parent=Subquery(named[:1]))


def links_of_source(access: Access, source: Source) -> QuerySet[Link]:
    """With `parent`, and whether the member may change each (`is_writable`)."""
    links = visible_links(access).filter(source=source, archived_at=None)
    is_writable = among(writable_key_results(access), "key_result") | among(
        writable_initiatives(access), "initiative"
    )
    return with_parent(links).annotate(is_writable=is_writable).order_by("id")


def among(rows: QuerySet[Any], reference: str) -> Exists:
    """Whether what a row of an outer query refers to is one of `rows`."""
    return Exists(rows.order_by().filter(pk=OuterRef(reference)))


@dataclass(frozen=True)
class LinkExplanation:
    """A link, the observation that the number came from, and the first items as they are now.

    `is_latest` is False while the link says more already than the number beside it.
    """

    link: Link
    observation: Observation | None
    is_latest: bool
    items: CountedItems

    @property
    def is_frozen(self) -> bool:
        return self.link.source.state in OUT_OF_SIGHT

    @property
    def is_waiting(self) -> bool:
        """Whether the number is still to be counted with a field that was not read so far."""
        return self.link.waits and not self.is_frozen

    @property
    def synced_at(self) -> datetime | None:
        source: Source = self.link.source
        return source.last_complete_at


def explained_links(
    access: Access,
    *,
    key_result: UUID | None = None,
    initiative: UUID | None = None,
    moment: Moment | None = None,
) -> list[LinkExplanation]:
    """The links that feed a goal, as its number of `moment` (now, if None) came from them.

    Four queries at most, and three more a link for its items.
    """
    of_goal = Q(key_result_id=key_result) if key_result else Q(initiative_id=initiative)
    links = with_parent(visible_links(access).filter(of_goal, archived_at=None)).order_by("id")
    found = list(links.select_related("key_result__metric__unit"))
    latest = latest_observations(found)
    at = moment or Moment.now()
    used = observations_behind(found, latest, at) if key_result and found else latest
    return [
        LinkExplanation(
            link,
            used.get(link.pk),
            used.get(link.pk) == latest.get(link.pk),
            behind(link, ITEM_COLUMNS, shown=ITEMS_SHOWN),
        )
        for link in found
    ]


def explained_link(access: Access, link: Link) -> LinkExplanation:
    """One link as `explained_links` has it; an archived one feeds nothing any longer."""
    of_goal = explained_links(access, key_result=link.key_result_id, initiative=link.initiative_id)
    for found in of_goal:
        if found.link.pk == link.pk:
            return found
    return LinkExplanation(link, None, is_latest=False, items=CountedItems([], [], []))


def observations_behind(
    links: Sequence[Link], latest: Observations, moment: Moment
) -> Observations:
    """The observations that the value of a key result came from, by link.

    Links are observed on while one of them is out of sight, and after the cycle was closed, but
    the value stands. So where the latest amount to another one, those of its time are taken.
    """
    held = latest
    if moment.is_past:
        held = latest_observations(links, as_of=moment.as_of, known_at=moment.known_at)
    value = value_beside(links, moment)
    if value is None or value.source != ValueSource.SYNC or amount_to(links, held) == value.value:
        return held
    return latest_observations(links, as_of=value.effective_at, known_at=moment.known_at)


def value_beside(links: Sequence[Link], moment: Moment) -> RecordedValue | None:
    """The automatic value of the key result that the links feed, at a moment."""
    metric: UUID = links[0].key_result.metric_id
    return latest_values({metric}, as_of=moment.as_of, known_at=moment.known_at).get(metric)


def amount_to(links: Sequence[Link], observations: Observations) -> Decimal | None:
    unit = links[0].key_result.metric.unit
    readings = [reading(link, observations.get(link.pk)) for link in links]
    return pooled(links, readings, unit.dimension)


def frozen_sources(key_result: UUID) -> list[Source]:
    """Sources out of sight whose links hold the value of a key result where it is."""
    links = Link.objects.filter(key_result_id=key_result, archived_at=None)
    lost = Source.objects.filter(pk__in=links.values("source_id"), state__in=OUT_OF_SIGHT)
    return list(lost.select_related("connection__organization").order_by("name", "id"))


def moving_links(metric_ids: Collection[UUID]) -> QuerySet[Link]:
    """Links that move metrics, in a fixed order; those of closed cycles do no more.

    Those of an archived key result rest, and keep its metric until it is restored.
    """
    links = Link.objects.filter(key_result__metric__in=list(metric_ids), archived_at=None)
    open_ones = links.exclude(key_result__objective__cycle__state=CycleState.CLOSED)
    return open_ones.order_by("id")


def followed_sources(words: str = "") -> QuerySet[Source]:
    """Sources that are read, each with its connection, whose name or whose connection's has the
    words."""
    rows = Source.objects.filter(archived_at=None, connection__archived_at=None)
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(connection__name__icontains=words))
    return rows.select_related("connection")


def sources_linked_to(goal: KeyResult | Initiative) -> frozenset[UUID]:
    """Ids of the sources whose work is linked to a goal."""
    of_goal = Q(key_result=goal) if isinstance(goal, KeyResult) else Q(initiative=goal)
    links = Link.objects.filter(of_goal, archived_at=None)
    return frozenset(links.values_list("source_id", flat=True))


def linkable_key_results(access: Access) -> QuerySet[KeyResult]:
    """Key results that the member may change, in cycles that are not closed.

    Milestones, and counts for which things are listed by hand, move by ticks and not by work.
    """
    listed = CountedItem.objects.filter(key_result=OuterRef("pk"), archived_at=None)
    rows = (
        writable_key_results(access)
        .filter(archived_at=None)
        .exclude(shape=Shape.MILESTONES)
        .exclude(Exists(listed), shape=Shape.COUNT)
    )
    open_ones = rows.exclude(objective__cycle__state=CycleState.CLOSED)
    with_place = open_ones.select_related(
        "objective__cycle",
        "objective__portfolio",
        "objective__product",
        "objective__team",
        "objective__tier",
    )
    return with_place.order_by("title", "id")


def linkable_initiatives(access: Access) -> QuerySet[Initiative]:
    """Initiatives that the member may change."""
    rows = writable_initiatives(access).filter(archived_at=None)
    return rows.order_by("title", "id")


def writable_key_results(access: Access) -> QuerySet[KeyResult]:
    """The rule of `okrs.actions.rights` for many rows."""
    rows = visible_key_results(access)
    if Permission.OKR_WRITE in access.everywhere:
        return rows
    if not access.allows(Permission.OKR_WRITE):
        return rows.none()
    units = writable_units(access)
    shared = ObjectiveCoOwner.objects.filter(Q(product__in=units) | Q(team__in=units))
    return rows.filter(
        Q(owner=access.member)
        | Q(objective__owner=access.member)
        | Q(objective__portfolio__in=units)
        | Q(objective__product__in=units)
        | Q(objective__team__in=units)
        | Q(objective__in=shared.values("objective"))
    )


def writable_initiatives(access: Access) -> QuerySet[Initiative]:
    rows = visible_initiatives(access)
    if Permission.OKR_WRITE in access.everywhere:
        return rows
    units = writable_units(access)
    return rows.filter(Q(product__in=units) | Q(team__in=units))


def writable_units(access: Access) -> list[UUID]:
    return [unit for unit in access.units.roles if access.allows_on(Permission.OKR_WRITE, [unit])]
