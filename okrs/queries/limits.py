"""What units carry in their cycles, held against the limits of the organisation."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.access import Access
from okrs import limits
from okrs.choices import CycleState, ObjectiveState, TierKind
from okrs.limits import Finding, Limits, PortfolioLoad, Range, Stage, ThemeLoad
from okrs.models import Cycle, GoalLimits, KeyResult, LimitOverride, Objective, SharedPlacement
from okrs.queries.objectives import visible_objectives
from okrs.queries.scope import SHOWN_STATES
from portfolio.models import Theme

S = ObjectiveState
DRAFTING = frozenset({S.DRAFT, S.PROPOSED, S.CHANGES_REQUESTED, S.ACCEPTED})
COMMITTED = frozenset({S.COMMITTED, S.CLOSED})
UNIT_KEYS = {
    TierKind.PORTFOLIO: "portfolio_id",
    TierKind.PRODUCT: "product_id",
    TierKind.TEAM: "team_id",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where objectives are counted: one owner in one cycle. `unit` is None for the organisation."""

    cycle: UUID
    kind: TierKind
    unit: UUID | None
    name: str = field(compare=False)
    cycle_name: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Load:
    """The objectives of one place by theme, and the themes that cover its cycle by name."""

    by_theme: Mapping[UUID | None, int] = field(default_factory=dict)
    themes: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def objectives(self) -> int:
        return sum(self.by_theme.values())

    def having(self, theme: UUID | None) -> "Load":
        """With one objective more."""
        more = Counter(self.by_theme)
        more[theme] += 1
        return Load(more, self.themes)


# --- The limits -------------------------------------------------------------------------------
def stored_limits() -> GoalLimits:
    """The row of the organisation, or an unsaved one with the limits of the method."""
    return GoalLimits.objects.first() or GoalLimits()


def limits_of(row: GoalLimits) -> Limits:
    def between(name: str) -> Range:
        return Range(getattr(row, f"{name}_at_least"), getattr(row, f"{name}_at_most"))

    return Limits(
        themes=between("themes"),
        theme_objectives=between("theme_objectives"),
        portfolio_objectives=between("portfolio_objectives"),
        level_objectives=between("level_objectives"),
        key_results=between("key_results"),
        overload_from=row.overload_from,
    )


def present_limits() -> Limits:
    return limits_of(stored_limits())


# --- What is carried --------------------------------------------------------------------------
def place_of(objective: Objective) -> Place:
    name = str(objective.unit or objective.organization)
    kind, cycle = objective.unit_kind, objective.cycle
    return Place(cycle.pk, kind, objective.unit_id, name, cycle.name)


def loads_of(
    places: Collection[Place], *, states: Iterable[str] = SHOWN_STATES, without: UUID | None = None
) -> dict[Place, Load]:
    """What each place carries, in three statements at most; `without` leaves one objective out."""
    counts: dict[tuple[UUID, UUID | None], Counter[UUID | None]] = {}
    rows = Objective.objects.filter(of_places(places), archived_at=None, state__in=list(states))
    if without is not None:
        rows = rows.exclude(pk=without)
    grouped = (
        rows.values("cycle_id", "portfolio_id", "product_id", "team_id", "theme_id")
        .annotate(number=Count("id"))
        .order_by()
    )
    for row in grouped:
        unit = row["portfolio_id"] or row["product_id"] or row["team_id"]
        counts.setdefault((row["cycle_id"], unit), Counter())[row["theme_id"]] += row["number"]
    themes = themes_of([place for place in places if place.kind == TierKind.PORTFOLIO])
    return {
        place: Load(counts.get((place.cycle, place.unit), Counter()), themes.get(place, {}))
        for place in places
    }


def of_places(places: Collection[Place]) -> Q:
    """A condition on objectives that leaves in those of the places, and perhaps a few others."""
    owners = Q(portfolio=None, product=None, team=None)
    for kind, key in UNIT_KEYS.items():
        units = {place.unit for place in places if place.kind == kind}
        owners |= Q(**{f"{key}__in": units}) if units else Q()
    return owners & Q(cycle_id__in={place.cycle for place in places})


def themes_of(portfolios: Collection[Place]) -> dict[Place, dict[UUID, str]]:
    """The themes of each portfolio that cover the whole of its cycle; none for no portfolio."""
    if not portfolios:
        return {}
    days = {
        pk: (starts, ends)
        for pk, starts, ends in Cycle.objects.filter(
            pk__in={place.cycle for place in portfolios}
        ).values_list("id", "starts_on", "ends_on")
    }
    themes = list(
        Theme.objects.filter(
            portfolio_id__in={place.unit for place in portfolios}, archived_at=None
        )
        .order_by("starts_on", "name")
        .values_list("id", "name", "portfolio_id", "starts_on", "ends_on")
    )
    return {
        place: {
            pk: name
            for pk, name, portfolio, starts, ends in themes
            if portfolio == place.unit
            and starts <= days[place.cycle][0]
            and ends >= days[place.cycle][1]
        }
        for place in portfolios
    }


# --- What is found ----------------------------------------------------------------------------
def check_load(place: Place, load: Load, allowed: Limits, *, stage: Stage) -> list[Finding]:
    if place.kind != TierKind.PORTFOLIO:
        return limits.check_level(
            place.name, load.objectives, cycle=place.cycle_name, stage=stage, limits=allowed
        )
    themes = [ThemeLoad(name, load.by_theme.get(pk, 0)) for pk, name in load.themes.items()]
    unthemed = load.objectives - sum(theme.objectives for theme in themes)
    carried = PortfolioLoad(
        name=place.name, themes=themes, unthemed=unthemed, cycle=place.cycle_name
    )
    return limits.check_portfolio(carried, stage=stage, limits=allowed)


def number_of_key_results(objective: Objective) -> int:
    """Its own and those that are placed under it."""
    own = KeyResult.objects.filter(objective=objective, archived_at=None).count()
    return own + SharedPlacement.objects.filter(objective=objective, archived_at=None).count()


def findings_at_commitment(objective: Objective, allowed: Limits | None = None) -> list[Finding]:
    """What stands against committing it now: it counts beside what is committed already."""
    allowed = allowed or present_limits()
    place = place_of(objective)
    load = loads_of([place], states=COMMITTED, without=objective.pk)[place]
    found = check_load(place, load.having(objective.theme_id), allowed, stage=Stage.COMMITMENT)
    found += limits.check_key_results(
        str(objective),
        number_of_key_results(objective),
        stage=Stage.COMMITMENT,
        limits=allowed,
    )
    return limits.blocking(found)


def findings_of_objective(objective: Objective, *, key_results: int) -> list[Finding]:
    """What its page warns about: everything while it is drafted, then only what is too much."""
    allowed = present_limits()
    place = place_of(objective)
    found = check_load(place, loads_of([place])[place], allowed, stage=Stage.DRAFTING)
    found += limits.check_key_results(str(objective), key_results, limits=allowed)
    return found if objective.state in DRAFTING else [f for f in found if f.is_above]


def findings_of_draft(place: Place, theme: UUID | None) -> list[Finding]:
    """What becomes too much with one objective more."""
    load = loads_of([place])[place].having(theme)
    found = check_load(place, load, present_limits(), stage=Stage.DRAFTING)
    return [finding for finding in found if finding.is_above]


# --- Lists ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ListedFindings:
    """What stands out about listed objectives: by objective, and each finding once."""

    allowed: Limits
    by_objective: Mapping[UUID, Sequence[Finding]] = field(default_factory=dict)

    @property
    def distinct(self) -> list[Finding]:
        return list(dict.fromkeys(f for found in self.by_objective.values() for f in found))

    @property
    def exceeded(self) -> int:
        return sum(finding.is_above for finding in self.distinct)

    @property
    def missed(self) -> int:
        return len(self.distinct) - self.exceeded

    def reasons(self, objective: UUID) -> str:
        return " ".join(finding.reason for finding in self.by_objective.get(objective, ()))


def findings_of_listed(access: Access, objectives: Iterable[UUID]) -> ListedFindings:
    """About the owners and the key results of objectives in cycles that are not closed.

    Too little counts while a cycle is planned. Six statements, however many there are.
    """
    allowed = present_limits()
    rows = (
        visible_objectives(access)
        .filter(pk__in=list(objectives))
        .exclude(cycle__state=CycleState.CLOSED)
        .annotate(results=number_of_results())
        .order_by("cycle__starts_on", "tier__rank", "id")
        .values(
            "id", "title", "results", "cycle_id", "cycle__name", "cycle__state", "portfolio_id",
            "portfolio__name", "product_id", "product__name", "team_id", "team__name",
        )
    )  # fmt: skip
    placed = {row["id"]: (place_of_row(access, row), row) for row in rows}
    loads = loads_of({place for place, _ in placed.values()})
    of_place = {
        place: check_load(place, load, allowed, stage=Stage.DRAFTING)
        for place, load in loads.items()
    }
    return ListedFindings(
        allowed,
        {
            pk: [
                finding
                for finding in [
                    *of_place[place],
                    *limits.check_key_results(row["title"], row["results"], limits=allowed),
                ]
                if finding.is_above or row["cycle__state"] == CycleState.PLANNED
            ]
            for pk, (place, row) in placed.items()
        },
    )


def number_of_results() -> Combinable:
    """Of an outer objective: its own key results and those that are placed under it."""
    own = KeyResult.objects.filter(objective=OuterRef("pk"), archived_at=None)
    placed = SharedPlacement.objects.filter(objective=OuterRef("pk"), archived_at=None)
    return number_of(own) + number_of(placed)


def number_of(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("objective").annotate(number=Count("id"))
    return Coalesce(Subquery(counted.values("number")), 0)


def place_of_row(access: Access, row: Mapping[str, Any]) -> Place:
    for kind, key in UNIT_KEYS.items():
        if row[key]:
            name = row[f"{kind.value}__name"]
            return Place(row["cycle_id"], kind, row[key], name, row["cycle__name"])
    name = str(access.organization)
    return Place(row["cycle_id"], TierKind.ORGANIZATION, None, name, row["cycle__name"])


def findings_of_unit(kind: TierKind, unit: UUID, name: str) -> list[Finding]:
    """What a unit's own page warns about, over its cycles that are not closed.

    Those of a portfolio are all of them, because its themes cover cycles without objectives too.
    """
    rows = Cycle.objects.filter(archived_at=None).exclude(state=CycleState.CLOSED)
    if kind != TierKind.PORTFOLIO:
        own = Objective.objects.filter(**{UNIT_KEYS[kind]: unit}, archived_at=None)
        rows = rows.filter(pk__in=own.values("cycle_id"))
    cycles = {cycle.pk: cycle for cycle in rows.order_by("starts_on", "id")}
    places = [Place(pk, kind, unit, name, cycle.name) for pk, cycle in cycles.items()]
    allowed = present_limits()
    return [
        finding
        for place, load in loads_of(places).items()
        for finding in check_load(place, load, allowed, stage=Stage.DRAFTING)
        if finding.is_above or cycles[place.cycle].state == CycleState.PLANNED
    ]


def overrides_of(objective: Objective) -> QuerySet[LimitOverride]:
    return LimitOverride.objects.filter(objective=objective).select_related("actor")
