"""What links count among the stored items, item by item; nothing here is stored."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import msgspec
import orjson
from django.db.models import Aggregate, Count, DecimalField, Q, Sum, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce

from integrations.models import Link
from integrations.ports import Category, DoneRules, Item
from integrations.providers.counting import classify, is_leaf
from integrations.queries.counted import held_below, items_of, of_own_rules
from integrations.rules import rules_of_link
from okrs import scoring

NUMBER = DecimalField(max_digits=30, decimal_places=10)
ZERO = Decimal(0)
# As the columns of the database round: points, and the fields that are added up.
THREE_PLACES, TEN_PLACES = Decimal("1E-3"), Decimal("1E-10")
# Links counted in one statement; seven figures each stay below the columns a row may have.
AT_ONCE = 100
# A `Tally`, field by field, of items that were judged by rules of a link's own.
JUDGED = """
WITH judged (category, points, number) AS MATERIALIZED ({judging}), standing AS (
    SELECT *, category = 'done' AS is_done FROM judged WHERE category <> 'left_out'
)
SELECT count(*) FILTER (WHERE is_done), count(*),
       (SELECT count(*) FROM judged WHERE category = 'left_out'),
       count(*) FILTER (WHERE {lacking}),
       coalesce(sum(points) FILTER (WHERE is_done), 0), coalesce(sum(points), 0),
       coalesce(sum(number) FILTER (WHERE is_done), 0)
FROM standing
"""
NO_ESTIMATE, NO_NUMBER = "points IS NULL", "is_done AND number IS NULL"


@dataclass(frozen=True, slots=True)
class Share:
    """What one item adds to a link."""

    category: Category
    points: Decimal | None
    number: Decimal
    lacks_number: bool


def share_of(item: Item, category: Category, field: str = "") -> Share:
    """An item's share, its numbers rounded half up as they are where the database counts.

    What it may lack is the `field` that is added up, of work that is done; an estimate without one.
    """
    points, number = item.points, item.numbers.get(field)
    return Share(
        category,
        None if points is None else points.quantize(THREE_PLACES, ROUND_HALF_UP),
        (number or ZERO).quantize(TEN_PLACES, ROUND_HALF_UP),
        (number is None and category is Category.DONE) if field else points is None,
    )


@dataclass(slots=True)
class Tally:
    """Sums over the items that a link counts: items, estimates, and a field of those done.

    `unestimated` are the items without an estimate, or those done without the field.
    """

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
        self.unestimated += sign * share.lacks_number
        if share.category is Category.DONE:
            self.done += sign
            self.points_done += sign * points
            self.summed += sign * share.number


class Judged(NamedTuple):
    """An item, and what it counts as by the rules of its connection."""

    item: Item
    is_leaf: bool
    category: Category


def judge(item: Item, rules: DoneRules) -> Judged:
    return Judged(item, is_leaf(item, rules), classify(item, rules))


class Counting(Protocol):
    """A link, or as much of one as says what it counts of a whole source."""

    @property
    def source_id(self) -> UUID: ...
    @property
    def label(self) -> str: ...
    @property
    def parent_remote_id(self) -> str: ...
    @property
    def added_up(self) -> str: ...
    @property
    def rules(self) -> dict[str, Any]: ...


def share_in(link: Counting, own: DoneRules | None, judged: Judged) -> Share | None:
    """What an item adds to a link, by its `own` rules if it has any; None for what it leaves out.

    Labels are compared as they are stored.
    """
    if own is not None:
        judged = judge(judged.item, own)
    item = judged.item
    if not judged.is_leaf or (link.label and link.label not in {it[:120] for it in item.labels}):
        return None
    return share_of(item, judged.category, link.added_up)


NAMES = [field.name for field in fields(Tally)]


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


def counted_of(link: Counting) -> Counted:
    rules = orjson.dumps(link.rules, option=orjson.OPT_SORT_KEYS) if link.rules else b""
    return Counted(link.source_id, link.label, link.parent_remote_id, link.added_up, rules)


def tallies(links: Collection[Link]) -> dict[UUID, Tally]:
    """What each link counts now, by its id.

    A source is read once for all links that count by the connection's rules over the whole of it;
    below a parent, what hangs there is read and no more.
    """
    alike = {counted_of(link): link for link in links}
    found = {key: below_parent(link) for key, link in alike.items() if key.parent_remote_id}
    whole = sorted(alike.keys() - found.keys())
    found |= {key: by_own_rules(alike[key]) for key in whole if key.rules}
    plain = [key for key in whole if not key.rules]
    for source_id, of_source in groupby(plain, key=attrgetter("source_id")):
        keys = list(of_source)
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            counted = over_source(source_id, [alike[key] for key in some])
            found |= zip(some, counted, strict=True)
    return {link.pk: found[counted_of(link)] for link in links}


def over_source(source_id: UUID, links: Sequence[Link]) -> list[Tally]:
    """What links of a source count by the connection's rules, in one statement."""
    asked = {
        f"{name}_{place}": figure
        for place, link in enumerate(links)
        for name, figure in figures_of(link).items()
    }
    found = items_of(source_id).filter(is_leaf=True).aggregate(**asked)
    return [
        Tally(**{name: found[f"{name}_{place}"] for name in NAMES}) for place in range(len(links))
    ]


def below_parent(link: Link) -> Tally:
    """What a link counts of what hangs below its parent, read without the rest of its source."""
    own = rules_of_link(link) if link.rules else None
    tally = Tally()
    for facts, leaf, category in held_below(link):
        item = msgspec.json.decode(facts, type=Item, strict=False)
        share = share_in(link, own, Judged(item, leaf, Category(category)))
        if share is not None:
            tally.add(share)
    return tally


def figures_of(link: Link) -> dict[str, Aggregate | Coalesce]:
    """The sums of a `Tally` over leaf items, of which those without the link's label are none."""
    chosen = Q(labels__contains=[link.label]) if link.label else Q()
    standing = chosen & ~Q(category=Category.LEFT_OUT)
    done = chosen & Q(category=Category.DONE)
    number = number_of(link)
    zero = Value(ZERO)
    has_number = Q(facts__numbers__has_key=link.added_up)
    lacking = done & ~has_number if link.added_up else standing & Q(points=None)
    return {
        "done": Count("id", filter=done),
        "standing": Count("id", filter=standing),
        "left_out": Count("id", filter=chosen & Q(category=Category.LEFT_OUT)),
        "unestimated": Count("id", filter=lacking),
        "points_done": Coalesce(Sum("points", filter=done), zero),
        "points_total": Coalesce(Sum("points", filter=standing), zero),
        "summed": Coalesce(Sum(number, filter=done), zero, output_field=NUMBER),
    }


def number_of(link: Link) -> Cast:
    """The field of an item that a link adds up."""
    return Cast(KeyTextTransform(link.added_up, KeyTransform("numbers", "facts")), NUMBER)


def by_own_rules(link: Link) -> Tally:
    """What a link with rules of its own counts, in one statement or two."""
    lacking = NO_NUMBER if link.added_up else NO_ESTIMATE
    statement = JUDGED.replace("{lacking}", lacking)
    (found,) = of_own_rules(link, statement, ["judged", "points", number_of(link)])
    return Tally(*found)
