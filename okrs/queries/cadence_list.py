"""Every unit with the cadence that holds for it, and where that comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.access import Access
from accounts.permissions import Permission
from okrs.queries.cadences import owning_products, read_cadences
from okrs.queries.leads import home_portfolios
from okrs.rhythm import Effective, Why
from portfolio.models import Portfolio, Product, Team
from portfolio.queries import live


@dataclass(frozen=True, kw_only=True)
class UnitCadence:
    """`rule` is what the unit says to those below it; teams have nobody below."""

    kind: str
    id: UUID
    name: str
    slug: str
    depth: int
    above: UUID | None
    rule: str
    effective: Effective
    may_write: bool

    @property
    def says(self) -> str:
        """The rule that the units below feel; empty while a level above sets it for all."""
        return "" if self.effective.why is Why.FORCED else self.rule

    @property
    def page(self) -> str:
        return f"portfolio:{self.kind}"

    @property
    def edit_page(self) -> str:
        return f"portfolio:{self.kind}-edit"


def unit_cadences(access: Access) -> list[UnitCadence]:
    """Live units that the member sees, each below the one it follows; twelve statements."""
    portfolios = named(live(Portfolio, access), "cadence_rule")
    products = named(live(Product, access), "cadence_rule")
    teams = named(live(Team, access))
    homes = home_portfolios({row["id"] for row in products})
    owners = owning_products({row["id"] for row in teams})
    held = read_cadences(
        portfolios={row["id"] for row in portfolios},
        products={row["id"] for row in products},
        teams={row["id"] for row in teams},
    )

    kinds: tuple[tuple[str, Any, Mapping[UUID, Effective], Mapping[UUID, UUID]], ...] = (
        ("portfolio", portfolios, held.portfolios, {}),
        ("product", products, held.products, homes),
        ("team", teams, held.teams, owners),
    )
    return in_tree(
        [
            unit_cadence(access, kind, row, cadences[row["id"]], above.get(row["id"]))
            for kind, rows, cadences, above in kinds
            for row in rows
        ]
    )


def unit_cadence(
    access: Access, kind: str, row: Mapping[str, Any], effective: Effective, above: UUID | None
) -> UnitCadence:
    return UnitCadence(
        kind=kind,
        id=row["id"],
        name=row["name"],
        slug=row["slug"],
        depth=0,
        above=above,
        rule=row.get("cadence_rule", ""),
        effective=effective,
        may_write=access.allows_on(Permission.MAP_WRITE, [row["id"]]),
    )


def named(rows: QuerySet[Any], *more: str) -> list[dict[str, Any]]:
    return list(rows.order_by(Lower("name"), "id").values("id", "name", "slug", *more))


def in_tree(rows: Sequence[UnitCadence]) -> list[UnitCadence]:
    """Each unit after the one above it, in the order given; `depth` is set."""
    shown = {row.id for row in rows}
    below: dict[UUID | None, list[UnitCadence]] = {}
    for row in rows:
        below.setdefault(row.above if row.above in shown else None, []).append(row)
    found: list[UnitCadence] = []

    def add(above: UUID | None, depth: int) -> None:
        for row in below.get(above, ()):
            found.append(replace(row, depth=depth))
            add(row.id, depth + 1)

    add(None, 0)
    return found
