"""ORDER BY: what Jira sorts by, and places in an order that stay valid while issues change."""

from collections.abc import Callable
from datetime import datetime
from functools import total_ordering
from typing import Any

from standins.jql import JqlError, Order
from standins.records import Issue, Site

Place = tuple[Any, ...]
SortKey = Callable[[Issue], Place]


@total_ordering
class Backwards:
    """A place in an order that runs the other way."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Backwards) and self.place == other.place

    def __lt__(self, other: "Backwards") -> bool:
        return other.place < self.place

    def __hash__(self) -> int:
        return hash(self.place)


def sort_key(site: Site, orders: tuple[Order, ...]) -> SortKey:
    """Where an issue stands: as asked, and within that the newest first. No two share a place."""
    keys = [_directed(site, order) for order in orders]
    return lambda issue: (*(key(issue) for key in keys), -int(issue.id))


def _directed(site: Site, order: Order) -> Callable[[Issue], Any]:
    key = _keys(site).get(order.field.lower())
    if key is None:
        raise JqlError(f"Not able to sort using field '{order.field}'.")
    if not order.descending:
        return key
    return lambda issue: Backwards(key(issue))


def _keys(site: Site) -> dict[str, SortKey]:
    return {
        "key": _by_key,
        "issuekey": _by_key,
        "id": lambda issue: (int(issue.id),),
        "created": lambda issue: (issue.created,),
        "updated": lambda issue: (issue.updated,),
        "resolved": _by_resolved,
        "resolutiondate": _by_resolved,
        "summary": lambda issue: (issue.title,),
        "status": lambda issue: (site.statuses[issue.status_id].name,),
        "issuetype": lambda issue: (site.types[issue.type_id].name,),
        "project": lambda issue: (site.spaces[issue.space_id].name,),
    }


def _by_key(issue: Issue) -> Place:
    space, number = issue.key.rsplit("-", 1)
    return (space, int(number))


def _by_resolved(issue: Issue) -> Place:
    moment: datetime | None = issue.resolved
    return (1,) if moment is None else (0, moment)
