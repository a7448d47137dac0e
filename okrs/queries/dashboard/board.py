"""Portfolios and products with their stored roll-ups, and the objectives that are unfolded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce

from lib.rows import Row
from okrs.choices import LIVE_STATES
from okrs.models import Objective
from okrs.queries.courses import POINTS_SHOWN, Course, courses
from okrs.queries.dashboard.past import PastBoard, past_objective_rows
from okrs.queries.dashboard.roll_ups import RollUp, RollUps, roll_ups
from okrs.queries.objectives import PaceCounts, paces_of
from okrs.queries.plain import written_once
from okrs.queries.scope import Scope, shown_objectives, standing
from portfolio.choices import TeamTie
from portfolio.models import Product, ProductPlacement, TeamProduct

PRODUCTS_SHOWN = 60
OBJECTIVES_SHOWN = 200
# One more tells that they are cut.
FOLDED = OBJECTIVES_SHOWN + 1
SORTS = {"name": "Name", "score": "Lowest score first", "risk": "Most at risk first"}
NO_COURSE = Course()


@dataclass(frozen=True, kw_only=True)
class ObjectiveLine(Row):
    id: UUID
    title: str
    state: str
    team: str
    owner: str
    score: Decimal | None
    confidence: Decimal | None
    reporting: int
    counted: int
    expected: Decimal | None
    pace: PaceCounts
    course: Course
    product_id: UUID | None
    portfolio_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class UnitLine(Row):
    """A portfolio, a product or the organisation with its roll-up; no figures, no live goals."""

    id: UUID | None
    name: str
    slug: str = ""
    lead: str = ""
    figures: RollUp | None = None
    course: Course = NO_COURSE
    score: Decimal | None = None
    objectives: Sequence[ObjectiveLine] = ()
    is_open: bool = False

    @cached_property
    def pace(self) -> PaceCounts:
        f = self.figures
        if f is None:
            return PaceCounts()
        return PaceCounts(f.key_results, f.on_track, f.behind, f.at_risk, f.outdated, f.evidence_at)


@dataclass(frozen=True)
class Group:
    """A portfolio with what it wants itself and the products at home in it."""

    portfolio: UnitLine
    products: Sequence[UnitLine]


@dataclass(frozen=True, kw_only=True)
class Board:
    organization: UnitLine
    groups: Sequence[Group]
    # The last product of the page when more follow.
    after: UUID | None
    # Whether more objectives match than are shown.
    is_cut: bool

    @property
    def portfolios(self) -> list[UnitLine]:
        return [group.portfolio for group in self.groups if group.portfolio.id]

    @property
    def products(self) -> list[UnitLine]:
        return [product for group in self.groups for product in group.products]


@dataclass(frozen=True, kw_only=True)
class BoardWish:
    """How the board is looked at: what is unfolded, in which order, from which product on."""

    opened: frozenset[UUID] = frozenset()
    sort: str = "name"
    after: UUID | None = None
    since: datetime
    unfold_all: bool = False
    products: int = PRODUCTS_SHOWN
    objectives: int = OBJECTIVES_SHOWN
    points: int = POINTS_SHOWN
    portfolios: Sequence[tuple[UUID, str]] = ()


@dataclass
class Loaded:
    """Rows as they came from the database."""

    products: list[Mapping[str, Any]]
    scores: RollUps
    objectives: list[Mapping[str, Any]] = field(default_factory=list)
    courses: dict[UUID, Course] = field(default_factory=dict)
    after: UUID | None = None


def board(scope: Scope, wish: BoardWish, past: PastBoard | None = None) -> Board:
    """Portfolios and products with their stored roll-ups; five statements.

    At a past moment `past` holds the roll-ups of then.
    """
    scores = past.scores if past else roll_ups(scope)
    loaded = Loaded(products=[*product_rows(scope)], scores=scores)
    choose_products(scope, wish, loaded)
    opened = {row["id"] for row in loaded.products}
    if not (scope.filters.pick_objectives or wish.unfold_all):
        opened &= wish.opened
    limit = wish.objectives + 1
    found = (
        past_objective_rows(scope, past, opened, limit)
        if past
        else objective_rows(scope, opened, limit)
    )
    is_cut = len(found) > wish.objectives
    loaded.objectives = found[: wish.objectives]
    loaded.courses = courses_of(scope, wish, loaded, past)
    if scope.filters.pick_objectives:
        keep_matching(loaded)
    return assembled(scope, wish, loaded, opened, is_cut=is_cut)


def courses_of(
    scope: Scope, wish: BoardWish, loaded: Loaded, past: PastBoard | None
) -> dict[UUID, Course]:
    if past:
        return past.courses() | {row["id"]: past.course(row["id"]) for row in loaded.objectives}
    return courses(
        units=[score.id for score in loaded.scores.values()],
        objectives=[row["id"] for row in loaded.objectives],
        since=wish.since,
        until=scope.at,
        limit=wish.points,
    )


@written_once()
def product_rows(scope: Scope) -> QuerySet[Product, Any]:
    """Live products that the filters choose, each with the portfolio that it is shown under."""
    homes = standing(ProductPlacement.objects.filter(product=OuterRef("pk")), scope.today)
    rows = Product.objects.filter(archived_at=None).exclude(pk__in=scope.access.units.hidden)
    if scope.filters.product:
        rows = rows.filter(name__icontains=scope.filters.product)
    if scope.filters.portfolio:
        homes = homes.filter(portfolio=scope.filters.portfolio)
    else:
        homes = homes.filter(is_home=True)
    rows = rows.annotate(home=Subquery(homes.values("portfolio_id")[:1]))
    if scope.filters.portfolio:
        rows = rows.exclude(home=None)
    return rows.values("id", "name", "slug", "home", lead_name=F("lead__name"))


def choose_products(scope: Scope, wish: BoardWish, loaded: Loaded) -> None:
    """Keep one page of products, in order."""
    if scope.filters.status:
        loaded.products = [
            row for row in loaded.products if has_worst(loaded, row["id"], scope.filters.status)
        ]
    loaded.products.sort(key=lambda row: order_of(wish, loaded, row))
    ids = [row["id"] for row in loaded.products]
    start = ids.index(wish.after) + 1 if wish.after in ids else 0
    page = loaded.products[start : start + wish.products]
    loaded.after = page[-1]["id"] if start + wish.products < len(ids) else None
    loaded.products = page


def has_worst(loaded: Loaded, product: UUID, status: str) -> bool:
    figures = loaded.scores.get(product)
    return UnitLine(id=product, name="", figures=figures).pace.worst == status


def order_of(wish: BoardWish, loaded: Loaded, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """By portfolio first; products without a number come last."""
    names = {pk: place for place, (pk, _) in enumerate(wish.portfolios)}
    home = names.get(row["home"], len(names))
    figures = loaded.scores.get(row["id"])
    weight: tuple[Any, ...] = ()
    if wish.sort == "score":
        score = figures.score if figures else None
        weight = (score is None, score or 0)
    elif wish.sort == "risk":
        weight = (-(figures.at_risk if figures else 0), -(figures.behind if figures else 0))
    return (home, *weight, row["name"].lower(), row["id"])


def objective_rows(scope: Scope, products: Collection[UUID], limit: int) -> list[Mapping[str, Any]]:
    """Objectives of the portfolios and of the opened products, with their own teams' ones."""
    if products or limit > FOLDED:
        found = list(objectives_under(scope, products)[:limit])
    else:
        found = folded_rows(scope)[:limit]
    paces = paces_of([row["id"] for row in found], scope.now)
    return [row | vars(paces.get(row["id"], PaceCounts())) for row in found]


@written_once()
def folded_rows(scope: Scope) -> QuerySet[Objective, Any]:
    """Objectives of the portfolios alone."""
    return objectives_under(scope, ())[:FOLDED]


def objectives_under(scope: Scope, products: Collection[UUID]) -> QuerySet[Objective, Any]:
    links = standing(
        TeamProduct.objects.filter(team=OuterRef("team"), tie=TeamTie.OWNED), scope.today
    )
    rows = (
        shown_objectives(scope)
        .filter(state__in=LIVE_STATES)
        .annotate(
            unit_product=Coalesce(
                "product_id", Subquery(links.values("product_id")[:1]), output_field=UUIDField()
            )
        )
        .filter(Q(product=None, team=None) | Q(unit_product__in=products))
    )
    return rows.order_by("tier__rank", "title", "id").values(
        "id", "title", "state", "score", "confidence", "reporting", "counted", "portfolio_id",
        "unit_product", "owner__name", "team__name",
    )  # fmt: skip


def keep_matching(loaded: Loaded) -> None:
    """With filters that pick objectives, products without a matching one are left out."""
    matching = {row["unit_product"] for row in loaded.objectives}
    loaded.products = [row for row in loaded.products if row["id"] in matching]


def assembled(
    scope: Scope, wish: BoardWish, loaded: Loaded, opened: Collection[UUID], *, is_cut: bool
) -> Board:
    lines = [objective_line(row, loaded.courses) for row in loaded.objectives]
    products = [product_line(row, loaded, lines, opened) for row in loaded.products]
    homes = {row["id"]: row["home"] for row in loaded.products}
    groups = [
        Group(
            unit_line(loaded, pk, name, objectives=of_portfolio(lines, pk)),
            [line for line in products if homes[line.id] == pk],
        )
        for pk, name in [*wish.portfolios, (None, "No portfolio")]
        if not scope.filters.portfolio or pk == scope.filters.portfolio
    ]
    organization = unit_line(
        loaded,
        None,
        scope.access.organization.name,
        objectives=[o for o in lines if o.portfolio_id is None and o.product_id is None],
    )
    is_narrow = bool(scope.filters.any)
    kept = [g for g in groups if g.products or (g.portfolio.id and shows(g, is_narrow=is_narrow))]
    return Board(organization=organization, groups=kept, after=loaded.after, is_cut=is_cut)


def shows(group: Group, *, is_narrow: bool) -> bool:
    """Whether a portfolio without products on this page belongs on it."""
    return bool(group.portfolio.objectives) or not is_narrow


def of_portfolio(lines: Iterable[ObjectiveLine], pk: UUID | None) -> list[ObjectiveLine]:
    return [] if pk is None else [line for line in lines if line.portfolio_id == pk]


def unit_line(loaded: Loaded, pk: UUID | None, name: str, **more: Any) -> UnitLine:
    figures = loaded.scores.get(pk)
    course = loaded.courses.get(figures.id, NO_COURSE) if figures else NO_COURSE
    score = figures.score if figures else None
    return UnitLine(id=pk, name=name, figures=figures, course=course, score=score, **more)


def product_line(
    row: Mapping[str, Any],
    loaded: Loaded,
    lines: Iterable[ObjectiveLine],
    opened: Collection[UUID],
) -> UnitLine:
    return unit_line(
        loaded,
        row["id"],
        row["name"],
        slug=row["slug"],
        lead=row["lead_name"] or "",
        is_open=row["id"] in opened,
        objectives=[line for line in lines if line.product_id == row["id"]],
    )


def objective_line(row: Mapping[str, Any], found: dict[UUID, Course]) -> ObjectiveLine:
    course = found.get(row["id"], NO_COURSE)
    return ObjectiveLine(
        id=row["id"],
        title=row["title"],
        state=row["state"],
        team=row["team__name"] or "",
        owner=row["owner__name"],
        score=row["score"],
        confidence=row["confidence"],
        reporting=row["reporting"],
        counted=row["counted"],
        expected=row["expected"],
        pace=PaceCounts(*(row[name] for name in PACE_COLUMNS)),
        course=course,
        product_id=row["unit_product"],
        portfolio_id=row["portfolio_id"],
    )


PACE_COLUMNS = (
    "total", "on_track", "behind", "at_risk", "outdated", "evidence_at", "outdated_titles",
)  # fmt: skip
