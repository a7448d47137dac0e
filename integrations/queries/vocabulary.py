"""The statuses, resolutions and types that a connection's items have, and what each counts as."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KT

from integrations.models import Connection, Source, SyncedItem
from integrations.ports import Category, DoneRules
from integrations.queries.counted import items_of
from integrations.rules import default_rules

WORDS: Mapping[str, str] = {
    Category.TO_DO: "To do",
    Category.DOING: "In progress",
    Category.DONE: "Done",
    Category.LEFT_OUT: "Left out",
}
COUNTED_WORDS = {True: "Counted", False: "Not counted"}


@dataclass(frozen=True)
class Term:
    """A word of the other system by its id there: what it counts as, and by whose choice.

    `group` is the rule that it belongs to: statuses, resolutions or types. `chosen` is the text
    of the choice that differs from the default, empty without one.
    """

    group: str
    remote_id: str
    name: str
    items: int
    default: str
    chosen: str = ""

    @property
    def usual(self) -> str:
        """What it counts as in the connection."""
        return self.chosen or self.default


def terms(connection: Connection) -> list[Term]:
    """What the stored items use, most used first within each group; three queries."""
    items = SyncedItem.objects.filter(connection=connection, gone_at=None)
    return terms_among(items, connection)


def terms_of_source(source: Source) -> list[Term]:
    """What the items of a source use; three queries."""
    return terms_among(items_of(source.pk), source.connection)


def terms_among(items: QuerySet[SyncedItem], connection: Connection) -> list[Term]:
    rules = default_rules(connection.provider)
    statuses = used(items, "status_id", "status_name", "status_kind")
    resolutions = used(items, "resolution_id", "resolution_name")
    types = used(items, "type_id", "type_name", "level")
    return [
        *(term(connection, "statuses", row, status_default(rules, row)) for row in statuses),
        *(term(connection, "resolutions", r, resolution_default(rules, r)) for r in resolutions),
        *(term(connection, "types", row, type_default(rules, row)) for row in types),
    ]


def used(
    items: QuerySet[SyncedItem], id_of: str, name_of: str, fact: str = ""
) -> list[dict[str, Any]]:
    """Each id with its name, a fact if one is asked for, and the number of items that have it."""
    columns = {"term_id": KT(f"facts__{id_of}"), "name": KT(f"facts__{name_of}")}
    if fact:
        columns["fact"] = KT(f"facts__{fact}")
    rows = items.annotate(**columns).values(*columns).annotate(count=Count("id"))
    ordered = rows.order_by("-count", "name", "term_id")
    return [row for row in ordered if row["term_id"] is not None]


def term(connection: Connection, group: str, row: dict[str, Any], default: str) -> Term:
    chosen = connection.rules.get(group, {}).get(row["term_id"])
    told = COUNTED_WORDS[chosen] if isinstance(chosen, bool) else WORDS.get(chosen or "", "")
    return Term(group, row["term_id"], row["name"] or "", row["count"], default, told)


def status_default(rules: DoneRules, row: dict[str, Any]) -> str:
    return WORDS[rules.status_kinds.get(row["fact"], Category.TO_DO)]


def resolution_default(rules: DoneRules, row: dict[str, Any]) -> str:
    names = rules.done_resolutions
    means_done = names is None or (row["name"] or "").casefold() in names
    return WORDS[Category.DONE if means_done else Category.LEFT_OUT]


def type_default(rules: DoneRules, row: dict[str, Any]) -> str:
    return COUNTED_WORDS[int(row["fact"]) in rules.levels]
