"""Decisions: the list, one with what it touches, and those around a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.access import Access
from governance.choices import COMMERCIAL, DecisionState
from governance.models import Decision, DecisionTouch
from governance.queries.records import (
    GOALS,
    Link,
    Record,
    kind_of,
    links_by_row,
    record_of,
    visible_decisions,
)
from okrs.models import Objective
from portfolio.models import Portfolio, Product

NEWEST_FIRST = ("-id",)
DUE = "due"


@dataclass(frozen=True, kw_only=True)
class DecisionFilters:
    """What a list is narrowed to; empty values leave in everything that was not withdrawn.

    `state` may be "due": it stands, and the day to look at it again has come.
    """

    text: str = ""
    kind: str = ""
    state: str = ""
    portfolio: Portfolio | None = None
    product: Product | None = None


@dataclass(frozen=True)
class DecisionRow:
    decision: Decision
    touches: list[Link]


def with_people(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    return rows.select_related("organization", "decided_by", "proposed_by")


def get_decision(access: Access, pk: UUID) -> Decision:
    """A visible decision with its people. Raises `Http404`."""
    return get_object_or_404(with_people(visible_decisions(access)), pk=pk)


def chosen_decisions(access: Access, filters: DecisionFilters, today: date) -> QuerySet[Decision]:
    """Decisions that the filters name; one query."""
    rows = visible_decisions(access).filter(archived_at=None)
    if filters.text:
        rows = rows.filter(Q(title__icontains=filters.text) | Q(outcome__icontains=filters.text))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.state == DUE:
        rows = rows.filter(state=DecisionState.DECIDED, review_on__lte=today)
    elif filters.state:
        rows = rows.filter(state=filters.state)
    if filters.portfolio:
        rows = rows.filter(pk__in=touching(about_portfolio(filters.portfolio)))
    if filters.product:
        rows = rows.filter(pk__in=touching(about_product(filters.product)))
    return with_people(rows)


def touching(condition: Q) -> QuerySet[DecisionTouch]:
    """The decisions with a touch that meets the condition."""
    return DecisionTouch.objects.filter(condition).values("decision")  # type: ignore[return-value]


def about_portfolio(portfolio: Portfolio) -> Q:
    """Touches of a portfolio and of its goals."""
    return (
        Q(portfolio=portfolio)
        | Q(objective__portfolio=portfolio)
        | Q(key_result__objective__portfolio=portfolio)
        | Q(commitment__objective__portfolio=portfolio)
    )


def about_product(product: Product) -> Q:
    """Touches of a product, of its goals and its work, and of what others need from it."""
    return (
        Q(product=product)
        | Q(objective__product=product)
        | Q(key_result__objective__product=product)
        | Q(commitment__objective__product=product)
        | Q(initiative__product=product)
        | Q(dependency__provider_product=product)
    )


def about_record(record: Record) -> Q:
    """Touches of a record itself; of an objective also those of its key results and backing."""
    condition = Q(**{kind_of(record).key: record})
    if isinstance(record, Objective):
        condition |= Q(key_result__objective=record) | Q(commitment__objective=record)
    return condition


def decisions_about(access: Access, record: Record) -> QuerySet[Decision]:
    """What was or shall be decided about a record, the newest first."""
    rows = visible_decisions(access).filter(archived_at=None, pk__in=touching(about_record(record)))
    return with_people(rows).order_by(*NEWEST_FIRST)


def commercial_decisions(access: Access, product: Product) -> QuerySet[Decision]:
    """Decisions on what a product costs and what is sold with it."""
    return decisions_about(access, product).filter(kind__in=COMMERCIAL)


def decision_rows(access: Access, decisions: Sequence[Decision]) -> list[DecisionRow]:
    """The decisions with what they touch, in one more query."""
    touches = DecisionTouch.objects.filter(decision__in=[each.pk for each in decisions])
    links = links_by_row(access, touches, GOALS, by="decision_id")
    return [DecisionRow(each, links.get(each.pk, [])) for each in decisions]


def touched_links(access: Access, decision: Decision) -> list[Link]:
    return decision_rows(access, [decision])[0].touches


def touched_records(decision: Decision) -> list[Record]:
    """The records that a decision touches; one query."""
    keys = [kind.key for kind in GOALS]
    rows = DecisionTouch.objects.filter(decision=decision).select_related(*keys)
    return [record_of(row, GOALS) for row in rows.order_by("id")]


def former_of(access: Access, decision: Decision) -> Decision | None:
    """The decision whose place it takes, if the member may see that one."""
    if decision.supersedes_id is None:
        return None
    rows = visible_decisions(access).filter(pk=decision.supersedes_id)
    return rows.select_related("organization").first()


def successor_of(access: Access, decision: Decision) -> Decision | None:
    """The decision that takes its place, or is proposed to."""
    rows = visible_decisions(access).filter(supersedes=decision, archived_at=None)
    return rows.select_related("organization").first()


def standing_decisions(access: Access) -> QuerySet[Decision]:
    """Decisions that another may supersede."""
    rows = visible_decisions(access).filter(state=DecisionState.DECIDED)
    return rows.order_by(*NEWEST_FIRST)


def search_decisions(access: Access, words: str) -> QuerySet[Decision]:
    """Decisions whose titles hold all of the words, the newest first; for the palette."""
    rows = visible_decisions(access).filter(archived_at=None)
    for word in words.split():
        rows = rows.filter(title__icontains=word)
    return rows.order_by(*NEWEST_FIRST)


def with_touched_ids(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    """Decisions with the ids that they touch, a list a kind, for rows of the API."""
    return rows.annotate(**{many: ids_of(key) for key, many in plurals().items()})


def plurals() -> dict[str, str]:
    """The name of each kind's list in the API, by its key."""
    return {kind.key: kind.slug.replace("-", "_") for kind in GOALS}


def ids_of(key: str) -> ArraySubquery:
    touches = DecisionTouch.objects.filter(decision=OuterRef("pk"), **{f"{key}__isnull": False})
    return ArraySubquery(touches.order_by("id").values(key))
