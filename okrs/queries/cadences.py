"""How often each unit checks in: its own setting, else its product's, else by lifecycle stage."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from okrs.models import Objective
from okrs.scoring import Cadence
from portfolio.choices import CADENCE_BY_STAGE, TeamTie
from portfolio.models import Product, Team, TeamProduct

OF_A_PORTFOLIO = Cadence.MONTHLY
OF_AN_UNATTACHED_TEAM = Cadence.BIWEEKLY


def cadences(objectives: Collection[Objective]) -> dict[UUID, Cadence]:
    """Cadence by objective id; two queries at most for products and teams each."""
    teams = team_cadences({o.team_id for o in objectives if o.team_id})
    products = product_cadences({o.product_id for o in objectives if o.product_id})
    found = {}
    for objective in objectives:
        if objective.team_id:
            found[objective.pk] = teams[objective.team_id]
        elif objective.product_id:
            found[objective.pk] = products[objective.product_id]
        else:
            found[objective.pk] = OF_A_PORTFOLIO
    return found


def product_cadences(ids: Collection[UUID]) -> dict[UUID, Cadence]:
    if not ids:
        return {}
    rows = Product.objects.filter(pk__in=ids).values_list("id", "cadence", "lifecycle_stage")
    return {pk: Cadence(own or CADENCE_BY_STAGE[stage]) for pk, own, stage in rows}


def team_cadences(ids: Collection[UUID]) -> dict[UUID, Cadence]:
    if not ids:
        return {}
    own = dict(Team.objects.filter(pk__in=ids).values_list("id", "cadence"))
    silent = {pk for pk, cadence in own.items() if not cadence}
    inherited = cadences_of_owning_products(silent, timezone.localdate())
    return {
        pk: Cadence(cadence) if cadence else inherited.get(pk, OF_AN_UNATTACHED_TEAM)
        for pk, cadence in own.items()
    }


def cadences_of_owning_products(teams: Collection[UUID], day: date) -> dict[UUID, Cadence]:
    if not teams:
        return {}
    rows = (
        TeamProduct.objects.filter(team_id__in=teams, tie=TeamTie.OWNED, from_date__lte=day)
        .filter(Q(until_date=None) | Q(until_date__gte=day))
        .order_by("-from_date")
        .values_list("team_id", "product__cadence", "product__lifecycle_stage")
    )
    return {team: Cadence(own or CADENCE_BY_STAGE[stage]) for team, own, stage in rows}
