"""Reads of links: what they feed, what they last amounted to, and the items behind that."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access import Access
from accounts.permissions import BY_UNIT_ROLE, Permission
from integrations.choices import OUT_OF_SIGHT
from integrations.models import Link, Observation, Source
from integrations.queries.counted import CountedItems, behind, latest_observations
from okrs.choices import CycleState
from okrs.models import Initiative, KeyResult
from okrs.queries.initiatives import visible_initiatives
from okrs.queries.key_results import visible_key_results

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


def links_of_source(access: Access, source: Source) -> QuerySet[Link]:
    return visible_links(access).filter(source=source, archived_at=None).order_by("id")


@dataclass(frozen=True)
class LinkExplanation:
    """A link, its last observation, and the first of the items behind it."""

    link: Link
    observation: Observation | None
    items: CountedItems

    @property
    def is_frozen(self) -> bool:
        return self.link.source.state in OUT_OF_SIGHT

    @property
    def synced_at(self) -> datetime | None:
        source: Source = self.link.source
        return source.last_complete_at


def explained_links(
    access: Access, *, key_result: UUID | None = None, initiative: UUID | None = None
) -> list[LinkExplanation]:
    """The links that feed a goal; two queries, and three more a link for its items."""
    of_goal = Q(key_result_id=key_result) if key_result else Q(initiative_id=initiative)
    found = list(visible_links(access).filter(of_goal, archived_at=None).order_by("id"))
    last = latest_observations(found)
    return [
        LinkExplanation(link, last.get(link.pk), behind(link, ITEM_COLUMNS, shown=ITEMS_SHOWN))
        for link in found
    ]


def frozen_sources(key_result: UUID) -> list[Source]:
    """Sources out of sight whose links hold the value of a key result where it is."""
    links = Link.objects.filter(key_result_id=key_result, archived_at=None)
    lost = Source.objects.filter(pk__in=links.values("source_id"), state__in=OUT_OF_SIGHT)
    return list(lost.select_related("connection__organization").order_by("name", "id"))


def linkable_key_results(access: Access) -> QuerySet[KeyResult]:
    """Key results in cycles that are not closed which the member may change."""
    rows = visible_key_results(access).filter(archived_at=None)
    if Permission.OKR_WRITE not in access.everywhere:
        units = writable_units(access)
        rows = rows.filter(
            Q(owner=access.member)
            | Q(objective__owner=access.member)
            | Q(objective__portfolio__in=units)
            | Q(objective__product__in=units)
            | Q(objective__team__in=units)
        )
    open_ones = rows.exclude(objective__cycle__state=CycleState.CLOSED)
    return open_ones.select_related("objective").order_by("title", "id")


def linkable_initiatives(access: Access) -> QuerySet[Initiative]:
    """Initiatives that the member may change."""
    rows = visible_initiatives(access).filter(archived_at=None)
    if Permission.OKR_WRITE not in access.everywhere:
        units = writable_units(access)
        rows = rows.filter(Q(product__in=units) | Q(team__in=units))
    return rows.order_by("title", "id")


def writable_units(access: Access) -> list[UUID]:
    roles = access.units.roles.items()
    return [unit for unit, role in roles if Permission.OKR_WRITE in BY_UNIT_ROLE[role]]
