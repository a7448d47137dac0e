"""Teams, which a product's lead may make for that product."""

from typing import Any

from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from portfolio.actions import records
from portfolio.choices import TeamTie
from portfolio.models import Product, Team, TeamProduct


@transaction.atomic
def create_team(access: Access, *, product: Product | None, **fields: Any) -> Team:
    """A team that belongs to `product`, whose lead may make it; without one a facilitator may.

    Raises `ValidationError` by field.
    """
    access.require(Permission.MAP_WRITE, [product.pk if product else None])
    team = records.store_new(access, Team(**fields))
    if product is not None:
        records.store_new(access, TeamProduct(team=team, product=product, tie=TeamTie.OWNED))
    return team
