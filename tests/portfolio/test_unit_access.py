"""How roles reach downwards, and whom private portfolios are hidden from."""

from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from accounts.choices import OrgRole, UnitRole
from accounts.permissions import Permission
from accounts.tenancy import tenant
from portfolio.choices import TeamTie
from portfolio.models import Portfolio, Product, ProductPlacement, Team, TeamProduct
from portfolio.queries import unit_access, units_where
from tests.factories.accounts import MemberFactory
from tests.factories.portfolio import (
    LONG_AGO,
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    RoleFactory,
    TeamFactory,
    TeamProductFactory,
)
from tests.personas import World, make_world


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def test_a_portfolio_lead_leads_its_home_products_and_their_own_teams(in_acme: World) -> None:
    units = {Portfolio.objects.get().pk, Product.objects.get().pk, Team.objects.get().pk}
    assert unit_access(in_acme["lead"]).roles == dict.fromkeys(units, UnitRole.LEAD)


def test_a_product_role_does_not_reach_up_to_the_portfolio(in_acme: World) -> None:
    units = {Product.objects.get().pk, Team.objects.get().pk}
    assert set(unit_access(in_acme["contributor"]).roles) == units


def test_a_role_does_not_pass_through_a_placement_that_is_not_home(in_acme: World) -> None:
    guest = ProductFactory.create()
    ProductPlacementFactory.create(product=guest, portfolio=Portfolio.objects.get(), is_home=False)
    assert guest.pk not in unit_access(in_acme["lead"]).roles


def test_a_role_does_not_pass_to_a_shared_team(in_acme: World) -> None:
    team = TeamFactory.create()
    TeamProductFactory.create(team=team, product=Product.objects.get(), tie=TeamTie.SHARED)
    assert team.pk not in unit_access(in_acme["lead"]).roles


def test_a_role_that_ended_yesterday_does_nothing(in_acme: World) -> None:
    member, product = MemberFactory.create(), ProductFactory.create()
    RoleFactory.create(member=member, product=product, until_date=yesterday())
    assert unit_access(member).roles == {}


def test_a_role_holds_on_its_last_day(in_acme: World) -> None:
    member, product = MemberFactory.create(), ProductFactory.create()
    RoleFactory.create(member=member, product=product, until_date=timezone.localdate())
    assert unit_access(member).roles == {product.pk: UnitRole.LEAD}


def test_a_role_that_begins_tomorrow_does_nothing_yet(in_acme: World) -> None:
    member = MemberFactory.create()
    RoleFactory.create(member=member, product=ProductFactory.create(), from_date=tomorrow())
    assert unit_access(member).roles == {}


def test_a_role_that_was_taken_back_does_nothing(in_acme: World) -> None:
    member = MemberFactory.create()
    RoleFactory.create(member=member, product=ProductFactory.create(), archived_at=timezone.now())
    assert unit_access(member).roles == {}


def test_a_home_that_ended_hands_nothing_down(in_acme: World) -> None:
    ProductPlacement.objects.update(until_date=yesterday())
    assert set(unit_access(in_acme["lead"]).roles) == {Portfolio.objects.get().pk}


def test_a_home_that_was_taken_back_hands_nothing_down(in_acme: World) -> None:
    ProductPlacement.objects.update(archived_at=timezone.now())
    assert set(unit_access(in_acme["lead"]).roles) == {Portfolio.objects.get().pk}


def test_a_team_link_that_was_taken_back_hands_nothing_down(in_acme: World) -> None:
    TeamProduct.objects.update(archived_at=timezone.now())
    assert Team.objects.get().pk not in unit_access(in_acme["lead"]).roles


def test_the_strongest_of_several_roles_wins(in_acme: World) -> None:
    product = Product.objects.get()
    RoleFactory.create(member=in_acme["viewer"], product=product, role=UnitRole.LEAD)
    assert unit_access(in_acme["viewer"]).roles[product.pk] == UnitRole.LEAD


# --- Private portfolios ---------------------------------------------------------------------
def make_private() -> set[object]:
    portfolio = PortfolioFactory.create(is_private=True)
    product = ProductFactory.create()
    team = TeamFactory.create()
    ProductPlacementFactory.create(product=product, portfolio=portfolio)
    TeamProductFactory.create(team=team, product=product)
    return {portfolio.pk, product.pk, team.pk}


def test_a_private_portfolio_is_hidden_with_its_products_and_their_teams(in_acme: World) -> None:
    private = make_private()
    assert unit_access(in_acme["bystander"]).hidden == private


def test_a_viewer_of_a_private_portfolio_sees_all_of_it(in_acme: World) -> None:
    make_private()
    RoleFactory.create(
        member=in_acme["bystander"],
        portfolio=Portfolio.objects.get(is_private=True),
        role=UnitRole.VIEWER,
    )
    assert unit_access(in_acme["bystander"]).hidden == frozenset()


def test_a_role_on_one_product_of_a_private_portfolio_does_not_open_the_rest(
    in_acme: World,
) -> None:
    make_private()
    product = Product.objects.exclude(slug="product").get()
    RoleFactory.create(member=in_acme["bystander"], product=product, role=UnitRole.VIEWER)
    portfolio = Portfolio.objects.get(is_private=True)
    assert unit_access(in_acme["bystander"]).hidden == {portfolio.pk}


def test_facilitators_see_private_portfolios(in_acme: World) -> None:
    make_private()
    assert unit_access(in_acme["facilitator"]).hidden == frozenset()


def test_a_product_that_left_the_private_portfolio_is_seen_again(in_acme: World) -> None:
    make_private()
    ProductPlacement.objects.filter(portfolio__is_private=True).update(until_date=yesterday())
    hidden = unit_access(in_acme["bystander"]).hidden
    assert hidden == {Portfolio.objects.get(is_private=True).pk}


def test_a_team_that_left_a_private_product_is_seen_again(in_acme: World) -> None:
    make_private()
    TeamProduct.objects.filter(product__placements__portfolio__is_private=True).update(
        until_date=date(2021, 1, 1), from_date=LONG_AGO
    )
    hidden = unit_access(in_acme["bystander"]).hidden
    assert not hidden & set(Team.objects.values_list("pk", flat=True))


# --- Choosers -------------------------------------------------------------------------------
def test_a_lead_may_choose_what_the_role_reaches(in_acme: World) -> None:
    ProductFactory.create()
    choices = units_where(in_acme.access("lead"), Permission.OKR_WRITE)
    assert [list(choices.portfolios), list(choices.products), list(choices.teams)] == [
        [Portfolio.objects.get()],
        [Product.objects.get(slug="product")],
        [Team.objects.get()],
    ]


def test_a_viewer_may_choose_nothing_to_write_on(in_acme: World) -> None:
    choices = units_where(in_acme.access("viewer"), Permission.OKR_WRITE)
    assert not choices.portfolios.exists()


def test_choosers_leave_archived_units_out(in_acme: World) -> None:
    Product.objects.update(archived_at=timezone.now())
    choices = units_where(in_acme.access("admin"), Permission.OKR_WRITE)
    assert not choices.products.exists()


def test_every_member_may_choose_what_is_not_private_for_reading(in_acme: World) -> None:
    make_private()
    assert in_acme["bystander"].role == OrgRole.MEMBER
    choices = units_where(in_acme.access("bystander"), Permission.ORG_READ)
    assert list(choices.portfolios) == [Portfolio.objects.get(is_private=False)]


def test_the_database_tells_what_is_private_to_nobody_of_another_organisation(
    acme: World,
) -> None:
    rival = make_world("Rival", prefix="rival-")
    found = []
    with tenant(rival.organization.pk):
        Portfolio.objects.update(is_private=True)
    for world in (acme, rival):
        with tenant(world.organization.pk), connection.cursor() as cursor:
            asked = (rival.organization.pk, timezone.localdate())
            cursor.execute("SELECT unit FROM portfolio_private_units(%s, %s)", asked)
            found.append({unit for (unit,) in cursor.fetchall()})
    assert found == [set(), {rival.portfolio.pk, rival.product.pk, rival.team.pk}]
