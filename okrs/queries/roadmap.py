"""Objectives and initiatives over months, by product, and the promises between them.

Four statements, however many products there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce

from okrs.choices import DependencyState, InitiativeState
from okrs.models import Dependency, Initiative
from okrs.queries.scope import Scope, shown_objectives, standing
from portfolio.choices import TeamTie
from portfolio.models import Portfolio, Product, ProductPlacement, TeamProduct

LANES_SHOWN = 20
BARS_IN_LANE = 8
OBJECTIVES_IN_LANE = 3
KINDS = {"all": "Everything", "objectives": "Objectives", "initiatives": "Initiatives"}
D = DependencyState
STANDING = (D.ASKED, D.COUNTERED, D.ACCEPTED, D.DELIVERED, D.BROKEN)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """An objective or an initiative between two days, both included; `progress` is 0..1."""

    id: UUID
    kind: str
    title: str
    first: date
    last: date
    progress: Decimal | None
    owner: str
    state: str
    lane: UUID | None

    @property
    def is_objective(self) -> bool:
        return self.kind == "objective"


@dataclass(frozen=True)
class Lane:
    """A product or portfolio with its work; `hidden` counts what did not fit."""

    id: UUID
    title: str
    pieces: Sequence[Piece]
    hidden: int = 0


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Something that one piece of work waits for; ids are those of objectives and initiatives."""

    id: UUID
    title: str
    state: str
    needer: UUID | None
    needer_title: str
    provider: UUID | None
    provider_title: str
    needed_by: date
    promised_by: date | None
    is_late: bool

    @property
    def state_label(self) -> str:
        return DependencyState(self.state).label


@dataclass(frozen=True)
class Roadmap:
    lanes: Sequence[Lane]
    promises: Sequence[Promise]
    # The last product of the page when more follow.
    after: UUID | None

    @property
    def pieces(self) -> list[Piece]:
        return [piece for lane in self.lanes for piece in lane.pieces]

    @property
    def late(self) -> list[Promise]:
        return [promise for promise in self.promises if promise.is_late]


@dataclass(frozen=True, kw_only=True)
class Window:
    """The stretch of time that is shown, both days included, and what of it."""

    first: date
    last: date
    kind: str = "all"
    after: UUID | None = None
    lanes: int = LANES_SHOWN
    bars: int = BARS_IN_LANE


def roadmap_of(scope: Scope, window: Window) -> Roadmap:
    pieces: list[Piece] = []
    if window.kind != "initiatives":
        pieces += objective_pieces(scope)
    if window.kind != "objectives":
        pieces += initiative_pieces(scope)
    inside = [p for p in pieces if p.last >= window.first and p.first <= window.last]
    lanes, after = lanes_of(window, inside)
    return Roadmap(lanes, promises(scope, {p.id for lane in lanes for p in lane.pieces}), after)


def objective_pieces(scope: Scope) -> list[Piece]:
    """From the first to the last day of their key results, else those of the cycle."""
    live = Q(key_results__archived_at=None)
    rows = shown_objectives(scope).annotate(
        lane=lane_of_team(scope, "team_id", Coalesce("product_id", "portfolio_id")),
        first=Min(Coalesce("key_results__starts_on", "cycle__starts_on"), filter=live),
        last=Max(Coalesce("key_results__ends_on", "cycle__ends_on"), filter=live),
    )
    columns = ("id", "title", "score", "owner__name", "state", "lane", "first", "last")
    return [
        Piece(
            id=row["id"],
            kind="objective",
            title=row["title"],
            first=row["first"] or scope.cycle.starts_on,
            last=row["last"] or scope.cycle.ends_on,
            progress=row["score"],
            owner=row["owner__name"],
            state=row["state"],
            lane=row["lane"],
        )
        for row in rows.values(*columns)
    ]


def lane_of_team(scope: Scope, team: str, own: Coalesce) -> Coalesce:
    """The unit itself, else the product that its team belongs to."""
    links = TeamProduct.objects.filter(team=OuterRef(team), tie=TeamTie.OWNED)
    product = Subquery(standing(links, scope.today).values("product_id")[:1])
    return Coalesce(own, product, output_field=UUIDField())


def initiative_pieces(scope: Scope) -> list[Piece]:
    """Initiatives with dates; filters of objectives choose those that drive a chosen one."""
    rows = Initiative.objects.filter(
        archived_at=None, starts_on__isnull=False, ends_on__isnull=False
    ).exclude(Q(state=InitiativeState.STOPPED) | Q(product__in=scope.access.units.hidden))
    rows = chosen_initiatives(scope, rows)
    columns = (
        "id", "title", "starts_on", "ends_on", "items_done", "items_total", "owner__name", "state",
        "product_id",
    )  # fmt: skip
    return [
        Piece(
            id=row["id"],
            kind="initiative",
            title=row["title"],
            first=row["starts_on"],
            last=row["ends_on"],
            progress=progress_of(row),
            owner=row["owner__name"],
            state=row["state"],
            lane=row["product_id"],
        )
        for row in rows.values(*columns)
    ]


def chosen_initiatives(scope: Scope, rows: QuerySet[Initiative]) -> QuerySet[Initiative]:
    filters = scope.filters
    if filters.portfolio:
        placed = standing(ProductPlacement.objects.filter(portfolio=filters.portfolio), scope.today)
        rows = rows.filter(product__in=placed.values("product_id"))
    if filters.product:
        rows = rows.filter(product__name__icontains=filters.product)
    if filters.owner:
        rows = rows.filter(owner__name__icontains=filters.owner)
    if filters.mine:
        rows = rows.filter(owner=scope.access.member)
    if filters.theme or filters.tier or filters.status:
        driven = shown_objectives(scope).values("id")
        rows = rows.filter(
            pk__in=rows.filter(drives__key_result__objective__in=driven).values("id")
        )
    return rows


def progress_of(row: Mapping[str, Any]) -> Decimal | None:
    """The share of items done (0..1); a finished initiative is done whatever was counted."""
    if row["state"] == InitiativeState.DONE:
        return Decimal(1)
    if not row["items_total"]:
        return None
    return Decimal(row["items_done"] or 0) / int(row["items_total"])


def lanes_of(window: Window, pieces: Iterable[Piece]) -> tuple[list[Lane], UUID | None]:
    """One page of lanes: portfolios first, then products by name; those with work only."""
    by_lane: dict[UUID, list[Piece]] = {}
    for piece in pieces:
        if piece.lane is not None:
            by_lane.setdefault(piece.lane, []).append(piece)
    names = unit_names(by_lane)
    ids = [pk for pk in names if pk in by_lane]
    start = ids.index(window.after) + 1 if window.after in ids else 0
    page = ids[start : start + window.lanes]
    lanes = [lane(pk, names[pk], by_lane[pk], window.bars) for pk in page]
    return lanes, page[-1] if start + window.lanes < len(ids) else None


def unit_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names in the order of lanes."""
    wanted = list(ids)
    portfolios = Portfolio.objects.filter(pk__in=wanted).order_by("name", "id")
    products = Product.objects.filter(pk__in=wanted).order_by("name", "id")
    return {
        **dict(portfolios.values_list("id", "name")),
        **dict(products.values_list("id", "name")),
    }


def lane(pk: UUID, title: str, pieces: Sequence[Piece], bars: int) -> Lane:
    """As many bars as fit; objectives, whose days are mostly the cycle's, leave room for work."""
    ordered = sorted(pieces, key=lambda p: (p.first, p.last, p.title, p.id))
    work = [piece for piece in ordered if not piece.is_objective]
    goals = [piece for piece in ordered if piece.is_objective]
    goals = goals[: max(OBJECTIVES_IN_LANE, bars - len(work))]
    shown = [*goals, *work[: bars - len(goals)]]
    return Lane(pk, title, shown, hidden=len(ordered) - len(shown))


def promises(scope: Scope, shown: set[UUID]) -> list[Promise]:
    """Dependencies of what is shown, the most urgent first."""
    rows = Dependency.objects.filter(
        Q(needer_initiative__in=shown)
        | Q(needer_key_result__objective__in=shown)
        | Q(provider_initiative__in=shown)
        | Q(provider_key_result__objective__in=shown),
        archived_at=None,
        state__in=STANDING,
    ).order_by("needed_by", "id")
    return [
        promise(row, scope.today)
        for row in rows.values(
            "id", "title", "state", "needed_by", "promised_by", "needer_initiative_id",
            "needer_initiative__title", "needer_key_result__objective_id",
            "needer_key_result__title", "provider_initiative_id", "provider_initiative__title",
            "provider_initiative__ends_on", "provider_key_result__objective_id",
            "provider_key_result__title", "provider_product__name", "provider_team__name",
        )
    ]  # fmt: skip


def promise(row: Mapping[str, Any], today: date) -> Promise:
    provider = row["provider_initiative__title"] or row["provider_key_result__title"]
    return Promise(
        id=row["id"],
        title=row["title"],
        state=row["state"],
        needer=row["needer_initiative_id"] or row["needer_key_result__objective_id"],
        needer_title=row["needer_initiative__title"] or row["needer_key_result__title"],
        provider=row["provider_initiative_id"] or row["provider_key_result__objective_id"],
        provider_title=provider or row["provider_product__name"] or row["provider_team__name"],
        needed_by=row["needed_by"],
        promised_by=row["promised_by"],
        is_late=is_late(row, today),
    )


def is_late(row: Mapping[str, Any], today: date) -> bool:
    """Broken, or not there when it is needed: by its promise, its plan or the calendar."""
    if row["state"] == D.DELIVERED:
        return False
    expected = [row["promised_by"], row["provider_initiative__ends_on"]]
    comes_late = any(day is not None and day > row["needed_by"] for day in expected)
    return row["state"] == D.BROKEN or comes_late or row["needed_by"] < today
