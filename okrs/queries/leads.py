"""Who leads the unit behind a goal, for matters that its owner does not settle alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from accounts.choices import UnitRole
from accounts.models import Member
from okrs.queries.cadences import owning_products
from portfolio.models import Product, ProductPlacement, RoleAssignment, Team, holding


@dataclass(frozen=True)
class Place:
    """Whose a goal is: a unit (the organisation if all are None), and its owner."""

    owner: UUID
    portfolio: UUID | None = None
    product: UUID | None = None
    team: UUID | None = None

    @property
    def units(self) -> list[UUID]:
        return [unit for unit in (self.portfolio, self.product, self.team) if unit]


def leads_of(places: Collection[Place]) -> dict[Place, Member]:
    """The nearest lead who is not the owner: the unit's own, then those above it.

    A unit's named lead comes before the members who have the role on it, of these the one who
    has it longest. Places without any are left out. Seven statements at most.
    """
    owners = owning_products({place.team for place in places if place.team})
    products = {place.product for place in places if place.product} | set(owners.values())
    homes = home_portfolios(products)
    chains = {place: chain(place, owners, homes) for place in places}
    leads = leads_by_unit({unit for units in chains.values() for unit in units})
    found = {}
    for place, units in chains.items():
        candidates = (lead for unit in units for lead in leads.get(unit, ()))
        lead = next((lead for lead in candidates if lead.pk != place.owner), None)
        if lead is not None:
            found[place] = lead
    return found


def chain(place: Place, owners: Mapping[UUID, UUID], homes: Mapping[UUID, UUID]) -> list[UUID]:
    """The unit and those above it, the nearest first."""
    product = place.product or (owners.get(place.team) if place.team else None)
    portfolio = place.portfolio or (homes.get(product) if product else None)
    return [unit for unit in (place.team, product, portfolio) if unit]


def home_portfolios(products: Collection[UUID]) -> dict[UUID, UUID]:
    """The portfolio in which each product is at home today."""
    if not products:
        return {}
    rows = ProductPlacement.objects.filter(
        holding(timezone.localdate()), product_id__in=products, is_home=True
    )
    return dict(rows.values_list("product_id", "portfolio_id"))


def leads_by_unit(units: Collection[UUID]) -> dict[UUID, list[Member]]:
    """Active people who lead each unit, in the order in which they are asked."""
    named = [
        *Team.objects.filter(pk__in=units).exclude(lead=None).values_list("id", "lead_id"),
        *Product.objects.filter(pk__in=units).exclude(lead=None).values_list("id", "lead_id"),
    ]
    pairs = [*named, *role_holders(units)]
    people = Member.objects.filter(left_at=None, person__is_active=True).select_related("person")
    members = people.in_bulk({lead for _, lead in pairs})
    found: dict[UUID, list[Member]] = {}
    for unit, lead in pairs:
        if lead in members:
            found.setdefault(unit, []).append(members[lead])
    return found


def role_holders(units: Collection[UUID]) -> Iterable[tuple[UUID, UUID]]:
    rows = RoleAssignment.objects.filter(holding(timezone.localdate()), role=UnitRole.LEAD)
    rows = rows.order_by("from_date", "id")
    for portfolio, product, team, member in rows.values_list(
        "portfolio_id", "product_id", "team_id", "member_id"
    ):
        unit = portfolio or product or team
        if unit in units:
            yield unit, member
