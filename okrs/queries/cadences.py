"""How often each unit checks in, and who decided it; the rules are in `okrs.rhythm`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from okrs.models import CheckInSettings, Objective
from okrs.rhythm import Above, Effective, Rule, Setting, effective_cadence
from okrs.scoring import Cadence
from portfolio.choices import TeamTie
from portfolio.models import Portfolio, Product, ProductPlacement, Team, TeamProduct, holding

PORTFOLIOS, TEAMS = "portfolios", "teams"
# What the rows of the organisation's table are for.
ROWS: Mapping[str, str] = {
    column.name: str(column.verbose_name) for column in CheckInSettings._meta.concrete_fields
}


@dataclass(frozen=True, kw_only=True)
class Cadences:
    """What holds for units, by id; `organization` is for the goals of the organisation itself."""

    organization: Effective
    portfolios: Mapping[UUID, Effective] = field(default_factory=dict)
    products: Mapping[UUID, Effective] = field(default_factory=dict)
    teams: Mapping[UUID, Effective] = field(default_factory=dict)

    def of(self, *, portfolio: UUID | None, product: UUID | None, team: UUID | None) -> Effective:
        """What holds for goals of a unit; for the organisation's own when none is named."""
        if team:
            return self.teams[team]
        if product:
            return self.products[product]
        return self.portfolios[portfolio] if portfolio else self.organization


def cadences(objectives: Collection[Objective]) -> dict[UUID, Cadence]:
    """Cadence by objective id; six statements at most."""
    found = read_cadences(
        portfolios={o.portfolio_id for o in objectives if o.portfolio_id},
        products={o.product_id for o in objectives if o.product_id},
        teams={o.team_id for o in objectives if o.team_id},
    )
    return {
        o.pk: found.of(portfolio=o.portfolio_id, product=o.product_id, team=o.team_id).cadence
        for o in objectives
    }


def cadence_of(
    *, portfolio: UUID | None = None, product: UUID | None = None, team: UUID | None = None
) -> Effective:
    """What holds for one unit; for the organisation's own goals when none is named."""
    found = read_cadences(
        portfolios={portfolio} if portfolio else (),
        products={product} if product else (),
        teams={team} if team else (),
    )
    return found.of(portfolio=portfolio, product=product, team=team)


def check_in_settings() -> CheckInSettings:
    """The organisation's own, or the defaults while it has stored none."""
    return CheckInSettings.objects.first() or CheckInSettings()


def read_cadences(
    *, portfolios: Collection[UUID], products: Collection[UUID], teams: Collection[UUID]
) -> Cadences:
    """What holds today for the units given; at most six statements, however many they are."""
    table = Table(check_in_settings())
    owners = owning_products(teams)
    stages, products_found = product_cadences({*products, *owners.values()}, table)
    return Cadences(
        organization=table.decide(None, PORTFOLIOS),
        portfolios=portfolio_cadences(portfolios, table),
        products={pk: above.effective for pk, above in products_found.items()},
        teams=team_cadences(teams, owners, stages, products_found, table),
    )


@dataclass(frozen=True)
class Table:
    """The organisation's cadences: one for each lifecycle stage, for portfolios, for teams."""

    settings: CheckInSettings

    def decide(self, own: Setting | None, row: str, above: Above | None = None) -> Effective:
        label = ROWS[row]
        return effective_cadence(
            own,
            table=Setting(Cadence(getattr(self.settings, row)), "organization", label),
            rule_of_table=Rule(self.settings.rule),
            above=above,
        )


def chosen(cadence: str, kind: str, name: str) -> Setting | None:
    return Setting(Cadence(cadence), kind, name) if cadence else None


def portfolio_cadences(ids: Collection[UUID], table: Table) -> dict[UUID, Effective]:
    if not ids:
        return {}
    rows = Portfolio.objects.filter(pk__in=ids).values_list("id", "name", "cadence")
    return {
        pk: table.decide(chosen(cadence, "portfolio", name), PORTFOLIOS)
        for pk, name, cadence in rows
    }


def product_cadences(
    ids: Collection[UUID], table: Table
) -> tuple[dict[UUID, str], dict[UUID, Above]]:
    """Lifecycle stages, and what each product says to its teams; two statements."""
    if not ids:
        return {}, {}
    homes = above_products(ids, table)
    stages, found = {}, {}
    rows = Product.objects.filter(pk__in=ids).values_list(
        "id", "name", "lifecycle_stage", "cadence", "cadence_rule"
    )
    for pk, name, stage, cadence, rule in rows:
        own = chosen(cadence, "product", name)
        stages[pk] = stage
        found[pk] = Above(table.decide(own, stage, homes.get(pk)), Rule(rule))
    return stages, found


def above_products(ids: Collection[UUID], table: Table) -> dict[UUID, Above]:
    """The home portfolio of each product, where it says how often to check in."""
    rows = ProductPlacement.objects.filter(
        holding(timezone.localdate()), product_id__in=ids, is_home=True
    ).exclude(portfolio__cadence="")
    said = rows.values_list(
        "product_id", "portfolio__name", "portfolio__cadence", "portfolio__cadence_rule"
    )
    return {
        product: Above(table.decide(chosen(cadence, "portfolio", name), PORTFOLIOS), Rule(rule))
        for product, name, cadence, rule in said
    }


def owning_products(teams: Collection[UUID]) -> dict[UUID, UUID]:
    """The product that each team belongs to; of several the one it has belonged to longest."""
    if not teams:
        return {}
    rows = TeamProduct.objects.filter(
        holding(timezone.localdate()), team_id__in=teams, tie=TeamTie.OWNED
    )
    return dict(rows.order_by("-from_date", "-id").values_list("team_id", "product_id"))


def team_cadences(
    ids: Collection[UUID],
    owners: Mapping[UUID, UUID],
    stages: Mapping[UUID, str],
    products: Mapping[UUID, Above],
    table: Table,
) -> dict[UUID, Effective]:
    if not ids:
        return {}
    found = {}
    rows: Any = Team.objects.filter(pk__in=ids).values_list("id", "name", "cadence")
    for pk, name, cadence in rows:
        product = owners.get(pk)
        row = stages[product] if product else TEAMS
        above = products[product] if product else None
        found[pk] = table.decide(chosen(cadence, "team", name), row, above)
    return found
