"""How often each unit checks in, and who decided it; the rules are in `okrs.rhythm`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.tenancy import current_organization_id
from okrs.models import CheckInSettings, Objective
from okrs.rhythm import Above, Effective, Rule, Setting, effective_cadence
from okrs.scoring import Cadence
from portfolio.choices import TeamTie
from portfolio.models import TeamProduct, holding

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
    """Cadence by objective id; two statements."""
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
    """What holds today for the units given; two statements, however many they are."""
    table = Table(check_in_settings())
    found: dict[str, dict[UUID, Effective]] = {"portfolio": {}, "product": {}, "team": {}}
    for row in read_units(portfolios, products, teams):
        found[row.kind][row.id] = table.of_unit(row)
    return Cadences(
        organization=table.decide(None, PORTFOLIOS),
        portfolios=found["portfolio"],
        products=found["product"],
        teams=found["team"],
    )


# Each unit with the product that it is, or, of a team, belongs to; of several the one it has
# belonged to longest. Beside it what the product's home portfolio says, if it says anything.
UNITS = """
SELECT unit.kind, unit.id, unit.name, unit.cadence,
       coalesce(p.name, ''), coalesce(p.lifecycle_stage, ''), coalesce(p.cadence, ''),
       coalesce(p.cadence_rule, ''), coalesce(home.name, ''), coalesce(home.cadence, ''),
       coalesce(home.cadence_rule, '')
FROM (
    SELECT 'portfolio' AS kind, id, name, cadence, NULL::uuid AS product_id
    FROM portfolio_portfolio
    WHERE organization_id = %(org)s AND id = ANY(%(portfolios)s::uuid[])
    UNION ALL
    SELECT 'product', id, name, cadence, id FROM portfolio_product
    WHERE organization_id = %(org)s AND id = ANY(%(products)s::uuid[])
    UNION ALL
    SELECT 'team', t.id, t.name, t.cadence, (
        SELECT l.product_id FROM portfolio_teamproduct l
        WHERE l.organization_id = %(org)s AND l.team_id = t.id AND l.tie = 'owned'
          AND l.archived_at IS NULL AND l.from_date <= %(today)s
          AND (l.until_date IS NULL OR l.until_date >= %(today)s)
        ORDER BY l.from_date, l.id LIMIT 1)
    FROM portfolio_team t
    WHERE t.organization_id = %(org)s AND t.id = ANY(%(teams)s::uuid[])
) unit
LEFT JOIN portfolio_product p ON p.organization_id = %(org)s AND p.id = unit.product_id
LEFT JOIN LATERAL (
    SELECT above.name, above.cadence, above.cadence_rule
    FROM portfolio_productplacement l
    JOIN portfolio_portfolio above
      ON above.organization_id = %(org)s AND above.id = l.portfolio_id
    WHERE l.organization_id = %(org)s AND l.product_id = p.id AND l.is_home
      AND above.cadence <> '' AND l.archived_at IS NULL AND l.from_date <= %(today)s
      AND (l.until_date IS NULL OR l.until_date >= %(today)s)
    ORDER BY l.from_date, l.id LIMIT 1
) home ON true
"""


class UnitRow(NamedTuple):
    """What a unit says of its cadence, its product if it has or is one, and that one's home.

    Empty where there is none.
    """

    kind: str
    id: UUID
    name: str
    cadence: str
    product_name: str
    stage: str
    product_cadence: str
    product_rule: str
    home_name: str
    home_cadence: str
    home_rule: str


def read_units(
    portfolios: Collection[UUID], products: Collection[UUID], teams: Collection[UUID]
) -> list[UnitRow]:
    if not (portfolios or products or teams):
        return []
    parameters: dict[str, Any] = {
        "org": current_organization_id(),
        "portfolios": list(portfolios),
        "products": list(products),
        "teams": list(teams),
        "today": timezone.localdate(),
    }
    with connection.cursor() as cursor:
        cursor.execute(UNITS, parameters)
        return [UnitRow(*row) for row in cursor.fetchall()]


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

    def of_unit(self, unit: UnitRow) -> Effective:
        """What holds for a unit: a team below its product, a product below its home."""
        own = chosen(unit.cadence, unit.kind, unit.name)
        if unit.kind == "portfolio":
            return self.decide(own, PORTFOLIOS)
        if not unit.stage:
            return self.decide(own, TEAMS)
        product = self.of_product(unit)
        if unit.kind == "product":
            return product
        return self.decide(own, unit.stage, Above(product, Rule(unit.product_rule)))

    def of_product(self, unit: UnitRow) -> Effective:
        home = chosen(unit.home_cadence, "portfolio", unit.home_name)
        above = Above(self.decide(home, PORTFOLIOS), Rule(unit.home_rule)) if home else None
        own = chosen(unit.product_cadence, "product", unit.product_name)
        return self.decide(own, unit.stage, above)


def chosen(cadence: str, kind: str, name: str) -> Setting | None:
    return Setting(Cadence(cadence), kind, name) if cadence else None


def owning_products(teams: Collection[UUID]) -> dict[UUID, UUID]:
    """The product that each team belongs to; of several the one it has belonged to longest."""
    if not teams:
        return {}
    rows = TeamProduct.objects.filter(
        holding(timezone.localdate()), team_id__in=teams, tie=TeamTie.OWNED
    )
    return dict(rows.order_by("-from_date", "-id").values_list("team_id", "product_id"))
