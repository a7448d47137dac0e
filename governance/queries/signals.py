"""Signals from outside: the list, one with what it names, and those around a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.access import Access
from governance.models import Signal, SignalTouch
from governance.queries.records import (
    STEERED,
    Link,
    Record,
    kind_of,
    links_by_row,
    of_hidden_records,
    record_of,
)
from portfolio.models import Portfolio, Product

LATEST_FIRST = ("-happened_on", "-id")
UNASSESSED = "none"


@dataclass(frozen=True, kw_only=True)
class SignalFilters:
    """What a list is narrowed to; empty values leave everything in.

    `assessment` may be "none": nobody has judged it. Both days are included.
    """

    text: str = ""
    kind: str = ""
    assessment: str = ""
    portfolio: Portfolio | None = None
    product: Product | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class SignalRow:
    signal: Signal
    touches: list[Link]


def visible_signals(access: Access) -> QuerySet[Signal]:
    """Signals that name nothing hidden from the member, archived ones included."""
    if not access.units.hidden:
        return Signal.objects.all()
    hidden = SignalTouch.objects.filter(of_hidden_records(access, STEERED))
    return Signal.objects.exclude(pk__in=hidden.values("signal"))


def with_people(rows: QuerySet[Signal]) -> QuerySet[Signal]:
    return rows.select_related("organization", "filed_by", "assessed_by")


def get_signal(access: Access, pk: UUID) -> Signal:
    """A visible signal with its people. Raises `Http404`."""
    return get_object_or_404(with_people(visible_signals(access)), pk=pk)


def chosen_signals(access: Access, filters: SignalFilters) -> QuerySet[Signal]:
    """Signals that the filters name; one query."""
    rows = visible_signals(access).filter(archived_at=None)
    if filters.text:
        words = Q(title__icontains=filters.text) | Q(source__icontains=filters.text)
        rows = rows.filter(words | Q(description__icontains=filters.text))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.assessment:
        wanted = "" if filters.assessment == UNASSESSED else filters.assessment
        rows = rows.filter(assessment=wanted)
    if filters.first:
        rows = rows.filter(happened_on__gte=filters.first)
    if filters.last:
        rows = rows.filter(happened_on__lte=filters.last)
    for key, unit in (("portfolio", filters.portfolio), ("product", filters.product)):
        if unit:
            near = Q(**{key: unit}) | Q(**{f"objective__{key}": unit})
            rows = rows.filter(pk__in=naming(near))
    return with_people(rows)


def naming(condition: Q) -> QuerySet[SignalTouch]:
    """The signals with a touch that meets the condition."""
    return SignalTouch.objects.filter(condition).values("signal")  # type: ignore[return-value]


def signals_about(access: Access, record: Record) -> QuerySet[Signal]:
    """What happened outside that concerns a record, the latest first."""
    rows = visible_signals(access).filter(
        archived_at=None, pk__in=naming(Q(**{kind_of(record).key: record}))
    )
    return with_people(rows).order_by(*LATEST_FIRST)


def signal_rows(access: Access, signals: Sequence[Signal]) -> list[SignalRow]:
    """The signals with what they name, in one more query."""
    touches = SignalTouch.objects.filter(signal__in=[each.pk for each in signals])
    links = links_by_row(access, touches, STEERED, by="signal_id")
    return [SignalRow(each, links.get(each.pk, [])) for each in signals]


def named_links(access: Access, signal: Signal) -> list[Link]:
    return signal_rows(access, [signal])[0].touches


def named_records(signal: Signal) -> list[Record]:
    """The records that a signal names; one query."""
    keys = [kind.key for kind in STEERED]
    rows = SignalTouch.objects.filter(signal=signal).select_related(*keys)
    return [record_of(row, STEERED) for row in rows.order_by("id")]


def search_signals(access: Access, words: str) -> QuerySet[Signal]:
    """Signals whose titles hold all of the words, the latest first; for the palette."""
    rows = visible_signals(access).filter(archived_at=None)
    for word in words.split():
        rows = rows.filter(title__icontains=word)
    return rows.order_by(*LATEST_FIRST)


def with_named_ids(rows: QuerySet[Signal]) -> QuerySet[Signal]:
    """Signals with the ids that they name, a list a kind, for rows of the API."""
    return rows.annotate(**{kind.slug: ids_of(kind.key) for kind in STEERED})


def ids_of(key: str) -> ArraySubquery:
    touches = SignalTouch.objects.filter(signal=OuterRef("pk"), **{f"{key}__isnull": False})
    return ArraySubquery(touches.order_by("id").values(key))
