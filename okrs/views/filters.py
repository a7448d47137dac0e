"""The filter bar that home's neighbours share: dashboard, tree and roadmap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.permissions import MemberRequest
from okrs.queries.moment import Moment, UnreadableMoment, read_moment
from okrs.queries.scope import (
    STATUSES,
    Choices,
    CycleChoice,
    Filters,
    Scope,
    chosen_cycle,
    cycle_choices,
    filter_choices,
)
from okrs.views.addresses import Address, address_of

FILTER_NAMES = ("theme", "tier", "status", "portfolio", "product", "owner", "mine", "q")
MOMENTS = ("as_of", "known_at")


@dataclass(frozen=True)
class Chooser:
    """One filter with its options, (value, label)."""

    name: str
    label: str
    anything: str
    options: Sequence[tuple[str, str]]
    selected: str

    @property
    def selected_label(self) -> str:
        return dict(self.options).get(self.selected, "")


@dataclass(frozen=True)
class Chip:
    """A filter that is set, and the address without it."""

    label: str
    url: Address


@dataclass(frozen=True)
class AskedMoment:
    """The moment that a page shows; now, and why, when the one asked for cannot be read."""

    moment: Moment
    errors: Mapping[str, str] = field(default_factory=dict)

    def require_readable(self) -> None:
        """A file has no field to say it beside: 400 for a moment that cannot be shown."""
        if self.errors:
            raise BadRequest("; ".join(self.errors.values()))


@dataclass(frozen=True)
class FilterBar:
    address: Address
    cycle: Chooser
    choosers: Sequence[Chooser]
    filters: Filters
    asked: AskedMoment
    has_moment: bool
    has_words: bool
    typed: Mapping[str, str]
    today: date

    @property
    def kept(self) -> Sequence[tuple[str, str]]:
        """Parameters of the page that a change of filters leaves alone."""
        shown = (*FILTER_NAMES, "cycle", "open", *(MOMENTS if self.has_moment else ()))
        return self.address.without(*shown).parameters

    @property
    def opens_moment(self) -> bool:
        """Whether a past day was asked for; until then its fields are folded away."""
        return self.has_moment and any(self.typed.values())

    @property
    def clear_url(self) -> Address:
        return self.address.without(*FILTER_NAMES)

    @property
    def chips(self) -> list[Chip]:
        words = [(c.name, c.selected_label) for c in self.choosers if c.selected]
        words += [
            (name, f"{name.title()}: {value}")
            for name in ("product", "owner")
            if (value := getattr(self.filters, name))
        ]
        words += [("q", f"Goal: {self.filters.words}")] if self.filters.words else []
        words += [("mine", "Mine")] if self.filters.mine else []
        return [Chip(label, self.address.without(name)) for name, label in words if label]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What an overview page was asked for; what its filters offer is read where it is shown."""

    scope: Scope
    cycles: Sequence[CycleChoice]
    address: Address
    asked: AskedMoment
    # Whether the page knows the past.
    has_moment: bool
    has_words: bool
    typed: Mapping[str, str]

    @cached_property
    def choices(self) -> Choices:
        return filter_choices(self.scope.access, self.scope.cycle)

    @cached_property
    def bar(self) -> FilterBar:
        return FilterBar(
            address=self.address,
            cycle=cycle_chooser(self.cycles, self.scope.cycle),
            choosers=choosers(self.choices, self.scope.filters),
            filters=self.scope.filters,
            asked=self.asked,
            has_moment=self.has_moment,
            has_words=self.has_words,
            typed=self.typed,
            today=timezone.localdate(self.scope.now),
        )

    @property
    def now_url(self) -> Address:
        return self.address.without(*MOMENTS)


def overview_of(
    request: MemberRequest, *, with_moment: bool = False, with_words: bool = False
) -> Overview | None:
    """What was asked for; None while the organisation has no cycle. One query.

    `with_words` lets people search for a goal by its title.
    """
    asked = asked_moment(request) if with_moment else AskedMoment(Moment.now())
    now, moment = timezone.now(), asked.moment
    day = moment.day(ZoneInfo(request.org.time_zone))
    cycles = cycle_choices()
    cycle = chosen_cycle(cycles, given_id(request, "cycle"), day, is_past=moment.is_past)
    if cycle is None:
        return None
    return Overview(
        scope=Scope(
            access=request.access,
            cycle=cycle,
            filters=filters_of(request, with_words=with_words),
            now=now,
            at=moment.as_of if moment.is_past else now,
            known_at=moment.known_at,
        ),
        cycles=cycles,
        address=address_of(request),
        asked=asked,
        has_moment=with_moment,
        has_words=with_words,
        typed={name: request.GET.get(name, "")[:10] for name in MOMENTS},
    )


def filters_of(request: MemberRequest, *, with_words: bool = False) -> Filters:
    """Values that cannot be read count as not given."""
    status = request.GET.get("status", "")
    return Filters(
        theme=given_id(request, "theme"),
        tier=given_id(request, "tier"),
        portfolio=given_id(request, "portfolio"),
        status=status if status in STATUSES else "",
        product=request.GET.get("product", "").strip(),
        owner=request.GET.get("owner", "").strip(),
        mine=bool(request.GET.get("mine")),
        words=request.GET.get("q", "").strip() if with_words else "",
    )


def given_id(request: MemberRequest, name: str) -> UUID | None:
    return read_id(request.GET.get(name, ""))


def read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def asked_moment(request: MemberRequest) -> AskedMoment:
    """`?as_of=` (what was true) and `?known_at=` (what we knew), or why they cannot be read."""
    as_of, known_at = (request.GET.get(name, "") for name in MOMENTS)
    try:
        return AskedMoment(read_moment(as_of, known_at, request.org.time_zone))
    except UnreadableMoment as unreadable:
        return AskedMoment(Moment.now(), unreadable.errors)


def cycle_chooser(cycles: Iterable[CycleChoice], cycle: CycleChoice) -> Chooser:
    options = [(str(c.id), c.name) for c in cycles]
    return Chooser("cycle", "Cycle", "", options, str(cycle.id))


def choosers(choices: Choices, filters: Filters) -> list[Chooser]:
    return [
        chooser("portfolio", "Portfolio", "All portfolios", choices.portfolios, filters.portfolio),
        chooser("theme", "Theme", "All themes", choices.themes, filters.theme),
        chooser("tier", "Tier", "All tiers", choices.tiers, filters.tier),
        Chooser("status", "Status", "Any status", list(STATUSES.items()), filters.status),
    ]


def chooser(
    name: str,
    label: str,
    anything: str,
    options: Iterable[tuple[UUID, str]],
    selected: UUID | None,
) -> Chooser:
    texts = [(str(pk), words) for pk, words in options]
    return Chooser(name, label, anything, texts, str(selected or ""))


def no_cycle(request: MemberRequest, title: str, **context: object) -> HttpResponse:
    """What an overview answers before the first cycle exists."""
    return render(request, "okrs/overview_no_cycle.html", {"title": title, **context})
