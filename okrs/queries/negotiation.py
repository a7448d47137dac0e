"""How a link came to its present terms: who said what, and what each step changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lib.display import show_number, show_value
from okrs.choices import AlignmentKind, LinkState, Side
from okrs.models import Contribution, LinkMove, ObjectiveAlignment, ObjectiveSupport

Link = ObjectiveAlignment | Contribution | ObjectiveSupport
Terms = Mapping[str, str]
FIELDS: dict[type[Link], str] = {
    ObjectiveAlignment: "alignment",
    Contribution: "contribution",
    ObjectiveSupport: "support",
}


@dataclass(frozen=True)
class Change:
    """A term that a step put in place of another, both in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Step:
    at: datetime
    who: str
    side: str
    state: str
    words: str
    note: str
    terms: Terms
    changes: Sequence[Change]

    @property
    def side_label(self) -> str:
        return Side(self.side).label.lower()


WORDS = {
    LinkState.PROPOSED: "proposed it",
    LinkState.COUNTERED: "countered",
    LinkState.AGREED: "agreed",
    LinkState.DECLINED: "declined",
    LinkState.WITHDRAWN: "withdrew it",
}


def histories(links: Collection[Any]) -> dict[UUID, list[Step]]:
    """The steps of links of one kind, the newest first; one query, none without links.

    Contributions come with the unit of the key result above.
    """
    if not links:
        return {}
    by_id = {link.pk: link for link in links}
    name = FIELDS[type(next(iter(links)))]
    moves = LinkMove.objects.filter(**{f"{name}__in": list(by_id)}).select_related("actor")
    found: dict[UUID, list[LinkMove]] = {}
    for move in moves.order_by("at", "id"):
        found.setdefault(getattr(move, f"{name}_id"), []).append(move)
    return {pk: list(steps_of(rows, unit_sign(by_id[pk]))) for pk, rows in found.items()}


def unit_sign(link: Link) -> str:
    return link.parent.metric.unit.sign if isinstance(link, Contribution) else ""


def steps_of(moves: Iterable[LinkMove], unit: str) -> list[Step]:
    """Moves from the first to the last, as steps from the last to the first."""
    steps: list[Step] = []
    before: Terms | None = None
    for move in moves:
        terms = terms_of(move, unit)
        again = before is not None and move.to_state == LinkState.PROPOSED
        steps.append(
            Step(
                at=move.at,
                who=move.actor.name,
                side=move.side,
                state=move.to_state,
                words="proposed it again" if again else WORDS[LinkState(move.to_state)],
                note=move.note,
                terms=terms,
                changes=changes_between(before or terms, terms),
            )
        )
        before = terms
    return steps[::-1]


def terms_of(move: LinkMove, unit: str) -> Terms:
    """What is on the table, in words by name; a weight of 1 is told only where weights count."""
    terms: dict[str, str] = {}
    if move.amount is not None:
        terms["amount"] = show_value(move.amount, unit)
    if move.weight is not None and (move.weight != 1 or move.kind == AlignmentKind.CONTRIBUTES):
        terms["weight"] = show_number(move.weight)
    if move.kind:
        terms["kind"] = AlignmentKind(move.kind).label.lower()
    return terms


def changes_between(before: Terms, after: Terms) -> list[Change]:
    return [
        Change(name, before.get(name, "none"), after.get(name, "none"))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]
