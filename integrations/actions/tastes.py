"""What a selection would count before it is followed, told from the items that were looked at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.actions.connections import refusals_by_field, selected_by, stored_provider
from integrations.models import Connection, Link
from integrations.ports import Category, Item, Preview, Selection
from integrations.providers.counting import classify, is_leaf
from integrations.queries.tallies import Tally, amounts_of, share_of
from integrations.queries.vocabulary import WORDS
from integrations.rules import rules_of_connection

ITEMS_SHOWN = 8


@dataclass(frozen=True)
class StatusSeen:
    """A status of the items looked at, and what they count as: a resolution may change that."""

    name: str
    remote_id: str
    category: Category
    items: int

    @property
    def counts_as(self) -> str:
        return WORDS[self.category]


@dataclass(frozen=True)
class ItemSeen:
    item: Item
    category: Category
    is_leaf: bool


@dataclass(frozen=True)
class Taste:
    """`measured` has the amounts of a link by the measure, over the items looked at alone."""

    preview: Preview
    measured: dict[str, Any]
    is_sum: bool
    statuses: list[StatusSeen]
    items: list[ItemSeen]
    not_counted: int

    @property
    def looked_at(self) -> int:
        return len(self.preview.items)

    @property
    def estimated(self) -> int:
        """How many of the counted items have an estimate; of those done, a value to add up."""
        has_number: int = self.of - self.measured["unestimated"]
        return has_number

    @property
    def of(self) -> int:
        """The items that should have such a number."""
        counted: int = self.measured["items_done" if self.is_sum else "items_total"]
        return counted


def taste(connection: Connection, selection: Selection, *, measure: str, field: str = "") -> Taste:
    """Ask for a page of a selection. Raises `ValidationError` by field; stores nothing.

    Waits for the network: call it outside a transaction.
    """
    with refusals_by_field(selected_by(selection.kind)):
        preview = stored_provider(connection).preview(selection)
    return judged(connection, preview, measure=measure, field=field)


def judged(connection: Connection, preview: Preview, *, measure: str, field: str = "") -> Taste:
    """The items of a preview by the rules of the connection."""
    rules = rules_of_connection(connection)
    seen = [ItemSeen(item, classify(item, rules), is_leaf(item, rules)) for item in preview.items]
    counted = [one for one in seen if one.is_leaf]
    link, tally = Link(measure=measure, field=field), Tally()
    for one in counted:
        tally.add(share_of(one.item, one.category, link.added_up))
    return Taste(
        preview=preview,
        measured=amounts_of(link, tally),
        is_sum=bool(link.added_up),
        statuses=statuses_of(counted),
        items=seen[:ITEMS_SHOWN],
        not_counted=len(seen) - len(counted),
    )


def statuses_of(seen: Sequence[ItemSeen]) -> list[StatusSeen]:
    """Each status with what it counts as, most used first."""
    found = Counter((one.item.status_name, one.item.status_id, one.category) for one in seen)
    return [StatusSeen(*words, items) for words, items in found.most_common()]
