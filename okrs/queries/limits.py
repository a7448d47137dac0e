"""What units carry in their cycles, held against the limits of the organisation."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q, QuerySet

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
    return Place(objective.cycle_id, objective.unit_kind, objective.unit_id, name)


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


def of_places(places: Iterable[Place]) -> Q:
    """A condition on objectives of any of the places."""
    condition = Q(pk__in=[])
    for place in places:
        if place.unit is None:
            owner = Q(portfolio=None, product=None, team=None)
        else:
            owner = Q(**{UNIT_KEYS[place.kind]: place.unit})
        condition |= owner & Q(cycle_id=place.cycle)
    return condition


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
        return limits.check_level(place.name, load.objectives, stage=stage, limits=allowed)
    themes = [ThemeLoad(name, load.by_theme.get(pk, 0)) for pk, name in load.themes.items()]
    unthemed = load.objectives - sum(theme.objectives for theme in themes)
    carried = PortfolioLoad(name=place.name, themes=themes, unthemed=unthemed)
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


def findings_of_places(places: Mapping[Place, str]) -> list[Finding]:
    """What lists warn about, given the state of each cycle: too little counts while one plans."""
    allowed = present_limits()
    found = []
    for place, load in loads_of(list(places)).items():
        is_planned = places[place] == CycleState.PLANNED
        of_place = check_load(place, load, allowed, stage=Stage.DRAFTING)
        found += [finding for finding in of_place if finding.is_above or is_planned]
    return found


def findings_of_listed(access: Access, objectives: Iterable[UUID]) -> list[Finding]:
    """What stands out about the owners of listed objectives; four statements and one more."""
    rows = (
        visible_objectives(access)
        .filter(pk__in=list(objectives))
        .exclude(cycle__state=CycleState.CLOSED)
        .order_by("cycle__starts_on", "tier__rank")
        .values_list(
            "cycle_id", "cycle__state", "portfolio_id", "portfolio__name", "product_id",
            "product__name", "team_id", "team__name",
        )
    )  # fmt: skip
    places: dict[Place, str] = {}
    for cycle, state, portfolio, its_name, product, its, team, name in rows:
        if portfolio:
            place = Place(cycle, TierKind.PORTFOLIO, portfolio, its_name)
        elif product:
            place = Place(cycle, TierKind.PRODUCT, product, its)
        elif team:
            place = Place(cycle, TierKind.TEAM, team, name)
        else:
            place = Place(cycle, TierKind.ORGANIZATION, None, str(access.organization))
        places[place] = state
    return findings_of_places(places)


def findings_of_unit(kind: TierKind, unit: UUID, name: str) -> list[Finding]:
    """What a unit's own page warns about, over its cycles that are not closed."""
    owned = {UNIT_KEYS[kind]: unit}
    cycles = Cycle.objects.exclude(state=CycleState.CLOSED).filter(archived_at=None)
    busy = cycles.filter(
        pk__in=Objective.objects.filter(**owned, archived_at=None).values("cycle_id")
    )
    places = {Place(pk, kind, unit, name): state for pk, state in busy.values_list("id", "state")}
    return findings_of_places(places)


def overrides_of(objective: Objective) -> QuerySet[LimitOverride]:
    return LimitOverride.objects.filter(objective=objective).select_related("actor")
