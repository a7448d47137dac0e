"""Writes on the map: what is stored, and what is refused at which field."""

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts.access import access_of
from accounts.actions import create_organization
from accounts.choices import OrgRole, UnitRole
from accounts.tenancy import tenant
from accounts.tenant_models import StaleVersion
from portfolio import actions
from portfolio.actions import records
from portfolio.choices import Dimension, LifecycleStage, Posture, RelationKind, TeamTie
from portfolio.models import (
    MeasureUnit,
    Metric,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    TeamProduct,
    Theme,
)
from tests.factories.accounts import MemberFactory, PersonFactory, make_organization
from tests.factories.portfolio import (
    LONG_AGO,
    MeasureUnitFactory,
    MetricFactory,
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    ProductRelationFactory,
    TeamFactory,
    TeamMemberFactory,
    ThemeFactory,
)
from tests.personas import World

# Asked anew each time: a day may end while the tests run.
TODAY = timezone.localdate
DAY = timedelta(days=1)


def errors_of(call: Any, *args: Any, **kwargs: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return refused.value.message_dict


# --- Names and addresses --------------------------------------------------------------------
def test_an_address_is_made_from_the_name(in_acme: World) -> None:
    row = actions.create(in_acme.access("admin"), Portfolio(name="Payments & Risk"))
    assert row.slug == "payments-risk"


def test_a_rename_keeps_the_address(in_acme: World) -> None:
    row = actions.create(in_acme.access("admin"), Portfolio(name="Payments"))
    actions.edit(in_acme.access("admin"), row, expected_version=1, name="Money movement")
    assert Portfolio.objects.get(pk=row.pk).slug == "payments"


def test_an_address_in_use_gets_a_number(in_acme: World) -> None:
    admin = in_acme.access("admin")
    first = actions.create(admin, Portfolio(name="Payments"))
    actions.edit(admin, first, expected_version=1, name="Money movement")
    assert actions.create(admin, Portfolio(name="Payments")).slug == "payments-2"


@pytest.mark.parametrize(("name", "slug"), [("New", "new-2"), ("支付", "portfolio")])
def test_odd_names_get_usable_addresses(in_acme: World, name: str, slug: str) -> None:
    assert actions.create(in_acme.access("admin"), Portfolio(name=name)).slug == slug


def test_a_name_is_taken_whatever_its_case(in_acme: World) -> None:
    PortfolioFactory.create(name="Payments")
    errors = errors_of(actions.create, in_acme.access("admin"), Portfolio(name="PAYMENTS"))
    assert errors == {"name": ["This name is taken."]}


def test_an_archived_name_is_free_again(in_acme: World) -> None:
    PortfolioFactory.create(name="Payments", archived_at=timezone.now())
    assert actions.create(in_acme.access("admin"), Portfolio(name="Payments")).pk


def test_a_row_is_not_restored_over_another_of_its_name(in_acme: World) -> None:
    gone = PortfolioFactory.create(name="Payments", archived_at=timezone.now())
    PortfolioFactory.create(name="Payments", slug="payments-2")
    errors = errors_of(actions.restore, in_acme.access("admin"), gone)
    assert errors == {"name": ["This name is taken."]}


def test_an_empty_name_is_refused(in_acme: World) -> None:
    errors = errors_of(actions.create, in_acme.access("admin"), Portfolio(name=""))
    assert errors == {"name": ["This field cannot be blank."]}


# --- Edits ----------------------------------------------------------------------------------
def test_an_edit_from_an_old_version_is_refused_with_the_stored_row(in_acme: World) -> None:
    row = PortfolioFactory.create(name="Payments")
    actions.edit(in_acme.access("admin"), row, expected_version=1, name="Money")
    old = Portfolio.objects.get(pk=row.pk)
    with pytest.raises(StaleVersion) as stale:
        actions.edit(in_acme.access("admin"), old, expected_version=1, name="Cash")
    assert str(stale.value.current) == "Money"


def test_archiving_a_portfolio_with_products_at_home_is_refused(in_acme: World) -> None:
    with pytest.raises(ValidationError, match="One product is at home in this portfolio"):
        actions.archive(in_acme.access("admin"), Portfolio.objects.get())


def test_archive_and_restore_come_to_the_same_row(in_acme: World) -> None:
    team = TeamFactory.create()
    actions.archive(in_acme.access("admin"), team)
    assert Team.objects.get(pk=team.pk).archived_at is not None
    actions.restore(in_acme.access("admin"), team)
    assert Team.objects.get(pk=team.pk).archived_at is None


# --- Rights ---------------------------------------------------------------------------------
def test_a_lead_edits_the_own_portfolio_and_no_other(in_acme: World) -> None:
    other = PortfolioFactory.create()
    actions.edit(
        in_acme.access("lead"), Portfolio.objects.get(slug="main"), expected_version=1, name="Ours"
    )
    with pytest.raises(PermissionDenied):
        actions.edit(in_acme.access("lead"), other, expected_version=1, name="Ours too")


def test_a_lead_makes_no_portfolio(in_acme: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create(in_acme.access("lead"), Portfolio(name="Mine"))


def test_a_lead_cannot_gain_a_product_by_giving_it_a_home(in_acme: World) -> None:
    product = ProductFactory.create()
    row = ProductPlacement(product=product, portfolio=Portfolio.objects.get(), is_home=True)
    with pytest.raises(PermissionDenied):
        actions.create(in_acme.access("lead"), row)


def test_a_lead_may_show_another_product_in_the_own_portfolio(in_acme: World) -> None:
    row = ProductPlacement(product=ProductFactory.create(), portfolio=Portfolio.objects.get())
    assert actions.create(in_acme.access("lead"), row).pk


def test_a_guest_cannot_be_turned_into_a_home_by_an_edit(in_acme: World) -> None:
    row = ProductPlacementFactory.create(portfolio=Portfolio.objects.get(), is_home=False)
    with pytest.raises(PermissionDenied):
        actions.edit(in_acme.access("lead"), row, expected_version=1, is_home=True)


def test_a_lead_cannot_gain_a_team_by_owning_it(in_acme: World) -> None:
    row = TeamProduct(team=TeamFactory.create(), product=Product.objects.get(), tie=TeamTie.OWNED)
    with pytest.raises(PermissionDenied):
        actions.create(in_acme.access("lead"), row)


def test_a_lead_cannot_move_a_role_to_another_unit(in_acme: World) -> None:
    role = RoleAssignment.objects.get(member=in_acme["viewer"])
    with pytest.raises(PermissionDenied):
        actions.edit(
            in_acme.access("lead"),
            role,
            expected_version=1,
            portfolio=None,
            product=ProductFactory.create(),
        )


def test_a_contributor_grants_no_roles(in_acme: World) -> None:
    row = RoleAssignment(
        member=in_acme["bystander"], role=UnitRole.LEAD, product=Product.objects.get()
    )
    with pytest.raises(PermissionDenied):
        actions.create(in_acme.access("contributor"), row)


def test_a_private_unit_cannot_be_referred_to_by_those_who_do_not_see_it(in_acme: World) -> None:
    secret = ProductFactory.create()
    ProductPlacementFactory.create(
        product=secret, portfolio=PortfolioFactory.create(is_private=True)
    )
    row = ProductRelation(product=Product.objects.get(slug="product"), other=secret, kind="brand")
    errors = errors_of(actions.create, in_acme.access("lead"), row)
    assert errors == {"other": ["Choose one that exists."]}


# --- Products -------------------------------------------------------------------------------
def test_a_lead_makes_a_product_at_home_in_the_own_portfolio(in_acme: World) -> None:
    home = Portfolio.objects.get()
    product = actions.create_product(in_acme.access("lead"), home=home, name="Wallet")
    placement = product.placements.get()
    assert (placement.portfolio, placement.is_home, placement.from_date) == (home, True, TODAY())


def test_a_lead_makes_no_product_without_a_home(in_acme: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_product(in_acme.access("lead"), home=None, name="Wallet")


def test_a_new_product_begins_its_history(in_acme: World) -> None:
    product = actions.create_product(
        in_acme.access("admin"), home=None, name="Wallet", posture=Posture.SUSTAIN
    )
    stance = product.stances.get()
    assert (stance.posture, stance.from_date, stance.recorded_by) == (
        Posture.SUSTAIN,
        TODAY(),
        in_acme["admin"],
    )


def test_another_posture_enters_the_history(in_acme: World) -> None:
    product = actions.create_product(in_acme.access("admin"), home=None, name="Wallet")
    actions.edit_product(
        in_acme.access("admin"),
        product,
        expected_version=1,
        posture=Posture.SUNSET,
        stance_note="The licence ends.",
    )
    assert [s.posture for s in product.stances.all()] == [Posture.SUNSET, Posture.GROW]
    assert product.stances.all()[0].note == "The licence ends."


def test_another_name_does_not_enter_the_history(in_acme: World) -> None:
    product = actions.create_product(in_acme.access("admin"), home=None, name="Wallet")
    actions.edit_product(in_acme.access("admin"), product, expected_version=1, name="Purse")
    assert product.stances.count() == 1


def test_an_earlier_stance_completes_the_history_and_leaves_the_present(in_acme: World) -> None:
    product = actions.create_product(in_acme.access("admin"), home=None, name="Wallet")
    actions.change_stance(
        in_acme.access("admin"),
        product,
        lifecycle_stage=LifecycleStage.EXPLORATION,
        posture=Posture.GROW,
        from_date=TODAY() - 100 * DAY,
        expected_version=1,
    )
    assert Product.objects.get(pk=product.pk).lifecycle_stage == LifecycleStage.INTRODUCTION
    assert [s.lifecycle_stage for s in product.stances.all()] == ["introduction", "exploration"]


def test_a_stance_of_tomorrow_is_refused(in_acme: World) -> None:
    errors = errors_of(
        actions.change_stance,
        in_acme.access("admin"),
        Product.objects.get(),
        lifecycle_stage=LifecycleStage.DECLINE,
        posture=Posture.SUNSET,
        from_date=TODAY() + DAY,
        expected_version=1,
    )
    assert errors == {"from_date": ["Choose today or an earlier day."]}


def test_a_second_home_is_refused(in_acme: World) -> None:
    row = ProductPlacement(
        product=Product.objects.get(), portfolio=PortfolioFactory.create(), is_home=True
    )
    errors = errors_of(actions.create, in_acme.access("admin"), row)
    assert list(errors) == ["is_home"]


def test_a_second_home_is_refused_although_the_first_has_an_end(in_acme: World) -> None:
    ProductPlacement.objects.update(until_date=TODAY() + DAY)
    row = ProductPlacement(
        product=Product.objects.get(), portfolio=PortfolioFactory.create(), is_home=True
    )
    assert list(errors_of(actions.create, in_acme.access("admin"), row)) == ["is_home"]


def test_a_new_home_after_the_old_one_ended_is_fine(in_acme: World) -> None:
    ProductPlacement.objects.update(until_date=TODAY() - DAY)
    row = ProductPlacement(
        product=Product.objects.get(), portfolio=PortfolioFactory.create(), is_home=True
    )
    assert actions.create(in_acme.access("admin"), row).pk


def test_a_product_is_placed_in_a_portfolio_once(in_acme: World) -> None:
    row = ProductPlacement(product=Product.objects.get(), portfolio=Portfolio.objects.get())
    assert list(errors_of(actions.create, in_acme.access("admin"), row)) == ["portfolio"]


def test_moving_home_ends_the_old_home_the_day_before(in_acme: World) -> None:
    product, target = Product.objects.get(), PortfolioFactory.create()
    actions.move_home(in_acme.access("admin"), product, portfolio=target, from_date=TODAY())
    old, new = product.placements.order_by("from_date")
    assert (old.until_date, new.portfolio, new.from_date) == (TODAY() - DAY, target, TODAY())


def test_moving_a_home_that_began_today_takes_the_old_one_back(in_acme: World) -> None:
    product, target = Product.objects.get(), PortfolioFactory.create()
    ProductPlacement.objects.update(from_date=TODAY())
    actions.move_home(in_acme.access("admin"), product, portfolio=target, from_date=TODAY())
    live = product.placements.get(archived_at=None)
    assert (live.portfolio, live.is_home) == (target, True)


def test_a_lead_cannot_move_a_product_into_a_foreign_portfolio(in_acme: World) -> None:
    with pytest.raises(PermissionDenied), transaction.atomic():
        actions.move_home(
            in_acme.access("lead"),
            Product.objects.get(),
            portfolio=PortfolioFactory.create(),
            from_date=TODAY(),
        )
    assert ProductPlacement.objects.get().until_date is None


# --- Relations ------------------------------------------------------------------------------
def test_a_product_is_not_related_to_itself(in_acme: World) -> None:
    product = Product.objects.get()
    row = ProductRelation(product=product, other=product, kind=RelationKind.BRAND)
    errors = errors_of(actions.create, in_acme.access("admin"), row)
    assert errors == {"other": ["Choose another product."]}


def test_a_relation_the_other_way_round_is_the_same_relation(in_acme: World) -> None:
    known = ProductRelationFactory.create()
    row = ProductRelation(product=known.other, other=known.product, kind=known.kind)
    errors = errors_of(actions.create, in_acme.access("admin"), row)
    assert errors == {"other": ["This relation is already recorded."]}


def test_two_products_may_share_more_than_one_thing(in_acme: World) -> None:
    known = ProductRelationFactory.create(kind=RelationKind.PLATFORM)
    row = ProductRelation(product=known.product, other=known.other, kind=RelationKind.PRICING)
    assert actions.create(in_acme.access("admin"), row).pk


# --- Dates and shares -----------------------------------------------------------------------
def test_a_link_that_ends_before_it_starts_is_refused_at_its_end(in_acme: World) -> None:
    row = TeamMember(
        team=Team.objects.get(),
        member=in_acme["viewer"],
        from_date=TODAY(),
        until_date=TODAY() - DAY,
    )
    errors = errors_of(actions.create, in_acme.access("admin"), row)
    assert errors == {"until_date": ["The last day must not come before the first."]}


@pytest.mark.parametrize("share", ["0", "-0.5", "1.01"])
def test_a_share_out_of_range_is_refused_at_the_share(in_acme: World, share: str) -> None:
    row = TeamMember(team=Team.objects.get(), member=in_acme["viewer"], share=Decimal(share))
    assert list(errors_of(actions.create, in_acme.access("admin"), row)) == ["share"]


@pytest.mark.parametrize("share", ["0.01", "1"])
def test_a_share_at_the_edge_is_fine(in_acme: World, share: str) -> None:
    row = TeamMember(team=Team.objects.get(), member=in_acme["viewer"], share=Decimal(share))
    assert actions.create(in_acme.access("admin"), row).share == Decimal(share)


def test_a_theme_that_ends_before_it_starts_is_refused_at_its_end(in_acme: World) -> None:
    theme = Theme(
        portfolio=Portfolio.objects.get(),
        name="Trust",
        starts_on=date(2026, 2, 1),
        ends_on=date(2026, 1, 31),
    )
    assert list(errors_of(actions.create, in_acme.access("lead"), theme)) == ["ends_on"]


def test_a_person_is_in_a_team_once_at_a_time(in_acme: World) -> None:
    team, member = TeamFactory.create(), in_acme["viewer"]
    TeamMemberFactory.create(team=team, member=member, from_date=LONG_AGO, until_date=TODAY())
    row = TeamMember(team=team, member=member, from_date=TODAY())
    assert list(errors_of(actions.create, in_acme.access("admin"), row)) == ["member"]


def test_a_person_may_come_back_to_a_team(in_acme: World) -> None:
    team, member = TeamFactory.create(), in_acme["viewer"]
    TeamMemberFactory.create(team=team, member=member, from_date=LONG_AGO, until_date=TODAY() - DAY)
    assert actions.create(in_acme.access("admin"), TeamMember(team=team, member=member)).pk


def test_a_role_on_two_units_is_refused(in_acme: World) -> None:
    row = RoleAssignment(
        member=in_acme["bystander"],
        role=UnitRole.VIEWER,
        product=Product.objects.get(),
        team=Team.objects.get(),
    )
    errors = errors_of(actions.create, in_acme.access("admin"), row)
    assert errors == {"__all__": ["Choose one portfolio, product or team."]}


def test_a_second_role_on_one_unit_is_refused(in_acme: World) -> None:
    row = RoleAssignment(
        member=in_acme["viewer"], role=UnitRole.LEAD, portfolio=Portfolio.objects.get()
    )
    assert list(errors_of(actions.create, in_acme.access("admin"), row)) == ["member"]


def test_a_capacity_is_for_a_whole_month(in_acme: World) -> None:
    row = TeamCapacity(team=Team.objects.get(), month=date(2026, 3, 2), people_weeks=Decimal(4))
    errors = errors_of(actions.create, in_acme.access("admin"), row)
    assert errors == {"month": ["Give the first day of the month."]}


def test_a_month_has_one_capacity(in_acme: World) -> None:
    team, month = Team.objects.get(), date(2026, 3, 1)
    actions.create(in_acme.access("lead"), TeamCapacity(team=team, month=month, people_weeks=4))
    again = TeamCapacity(team=team, month=month, people_weeks=Decimal(5))
    assert list(errors_of(actions.create, in_acme.access("lead"), again)) == ["month"]


# --- What is measured -----------------------------------------------------------------------
def test_money_needs_a_currency(in_acme: World) -> None:
    row = MeasureUnit(name="revenue", dimension=Dimension.MONEY)
    errors = errors_of(actions.create, in_acme.access("admin"), row)
    assert errors == {"currency": ["Money needs a currency, and nothing else has one."]}


def test_a_unit_in_use_keeps_its_meaning(in_acme: World) -> None:
    unit = MetricFactory.create().unit
    errors = errors_of(
        actions.edit,
        in_acme.access("admin"),
        unit,
        expected_version=1,
        dimension=Dimension.PERCENT,
    )
    assert list(errors) == ["dimension"]


def test_a_unit_without_metrics_may_change_its_meaning(in_acme: World) -> None:
    unit = MeasureUnitFactory.create()
    actions.edit(in_acme.access("admin"), unit, expected_version=1, dimension=Dimension.PERCENT)
    assert MeasureUnit.objects.get(pk=unit.pk).dimension == Dimension.PERCENT


def test_a_metric_with_values_keeps_its_unit(in_acme: World) -> None:
    metric = MetricFactory.create()
    actions.record_value(metric=metric, value=Decimal(1), source="person")
    errors = errors_of(
        actions.edit,
        in_acme.access("admin"),
        metric,
        expected_version=1,
        unit=MeasureUnitFactory.create(),
    )
    assert list(errors) == ["unit"]


def test_a_silent_metric_is_marked_as_such(in_acme: World) -> None:
    metric = actions.create_silent_metric(name="Sign-ups", unit=MeasureUnitFactory.create())
    assert Metric.objects.get(pk=metric.pk).is_silent is True


def test_a_lead_makes_themes_in_the_own_portfolio_only(in_acme: World) -> None:
    theme = ThemeFactory.build(portfolio=PortfolioFactory.create())
    with pytest.raises(PermissionDenied):
        actions.create(in_acme.access("lead"), theme)


def test_a_new_organisation_starts_with_units_of_measure(db: None) -> None:
    organization = create_organization(PersonFactory.create(), name="Fresh", currency="GBP")
    with tenant(organization.pk):
        units = dict(MeasureUnit.objects.values_list("name", "dimension"))
    assert units == {
        "percent": "percent",
        "items": "count",
        "days": "duration",
        "points": "score",
        "GBP": "money",
    }


# --- Foreign rows ---------------------------------------------------------------------------
def test_a_row_of_another_organisation_is_refused_by_field(
    rival_team: Team, in_acme: World
) -> None:
    row = TeamMember(team_id=rival_team.pk, member=in_acme["viewer"])
    assert list(errors_of(actions.create, in_acme.access("admin"), row)) == ["team"]


@pytest.fixture
def rival_team(rival: World) -> Team:
    with tenant(rival.organization.pk):
        return Team.objects.get()


# --- Two writers ----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_two_writers_of_one_name_one_is_refused() -> None:
    with transaction.atomic():
        organization = make_organization("Acme")
        with tenant(organization.pk):
            admin = MemberFactory.create(role=OrgRole.ADMIN)
    outcomes: list[str] = []

    def write() -> None:
        try:
            with tenant(organization.pk), transaction.atomic():
                actions.create(access_of(admin), Team(name="Same"))
            outcomes.append("stored")
        except ValidationError as error:
            outcomes.append(str(error.message_dict))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == sorted(["stored", *["{'name': ['This name is taken.']}"] * 3])


# --- What follows in apps above -------------------------------------------------------------
def test_apps_above_learn_which_fields_of_a_record_changed(
    in_acme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, frozenset[str]]] = []
    monkeypatch.setattr(
        records, "on_map_changed", [lambda row, changed: told.append((str(row), changed))]
    )
    access, product = in_acme.access("admin"), ProductFactory.create(name="Wallet")
    actions.edit(
        access, product, expected_version=None, name="Wallet", cadence="weekly", customer_segment=""
    )
    actions.archive(access, product)
    assert told == [("Wallet", frozenset({"cadence"})), ("Wallet", frozenset({"archived_at"}))]


def test_a_save_that_changes_nothing_is_told_to_nobody(
    in_acme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(records, "on_map_changed", [lambda *said: told.append(said)])
    product = ProductFactory.create(name="Wallet")
    actions.edit(in_acme.access("admin"), product, expected_version=None, name="Wallet")
    assert told == []
