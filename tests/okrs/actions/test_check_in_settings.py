"""Cadences of units as they are stored, and what follows when one changes."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import OutboxEntry
from okrs.actions.daily import refresh_pace
from okrs.actions.rhythm import (
    choose_reminder,
    edit_check_in_settings,
    hide_alert,
    show_alert,
)
from okrs.models import CheckInSettings, HiddenAlert, KeyResult, ReminderChoice
from okrs.queries.cadences import cadence_of, cadences
from okrs.rhythm import Why
from okrs.wording import cadence_in_words
from portfolio import actions as map_actions
from portfolio.choices import LifecycleStage
from portfolio.models import Portfolio, Product, Team, TeamProduct
from tests.factories.okrs import TeamObjectiveFactory
from tests.factories.portfolio import TeamFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_objective
from tests.personas import World

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    Product.objects.update(lifecycle_stage=LifecycleStage.GROWTH)
    return in_acme


def of_product() -> tuple[str, str]:
    found = cadence_of(product=Product.objects.get().pk)
    return found.cadence.value, cadence_in_words(found)


def of_team() -> tuple[str, str]:
    found = cadence_of(team=Team.objects.get(slug="team").pk)
    return found.cadence.value, cadence_in_words(found)


# --- What holds -----------------------------------------------------------------------------
def test_without_any_setting_the_lifecycle_stage_decides() -> None:
    words = "Suggested by the organisation for products in growth."
    assert of_product() == ("biweekly", words)


def test_the_organisation_may_adjust_what_a_stage_means(bound: World) -> None:
    CheckInSettings.objects.create(growth="weekly")
    assert of_product()[0] == "weekly"


def test_a_portfolio_is_nearer_than_the_stage() -> None:
    Portfolio.objects.update(cadence="monthly")
    assert of_product() == ("monthly", "Suggested by Acme portfolio.")


def test_a_product_may_choose_otherwise_and_the_suggestion_stays_in_sight() -> None:
    Portfolio.objects.update(cadence="monthly")
    Product.objects.update(cadence="weekly")
    words = "Its own choice; Acme portfolio suggests monthly."
    assert of_product() == ("weekly", words)


def test_a_portfolio_may_set_it_for_all() -> None:
    Portfolio.objects.update(cadence="monthly", cadence_rule="forced")
    Product.objects.update(cadence="weekly")
    words = "Set by Acme portfolio for all below. Its own choice, weekly, does not count."
    assert of_product() == ("monthly", words)


def test_what_a_portfolio_sets_reaches_the_teams_of_its_products() -> None:
    Portfolio.objects.update(cadence="monthly", cadence_rule="forced")
    Team.objects.update(cadence="weekly")
    assert of_team()[0] == "monthly"


def test_the_organisation_may_set_its_table_for_all() -> None:
    CheckInSettings.objects.create(growth="quarterly", rule="forced")
    Portfolio.objects.update(cadence="monthly", cadence_rule="forced")
    words = "Set by the organisation for products in growth."
    assert of_product() == ("quarterly", words)


def test_a_team_follows_its_product() -> None:
    Product.objects.update(cadence="monthly")
    assert of_team() == ("monthly", "Suggested by Acme product.")


def test_a_product_may_leave_its_teams_free() -> None:
    Product.objects.update(cadence="monthly", cadence_rule="free")
    assert of_team()[0] == "biweekly"


def test_a_team_that_is_shared_follows_no_product() -> None:
    TeamProduct.objects.update(tie="shared")
    words = "Suggested by the organisation for teams without a product."
    assert of_team() == ("biweekly", words)


def test_a_portfolio_follows_the_organisation() -> None:
    found = cadence_of(portfolio=Portfolio.objects.get().pk)
    assert (found.cadence.value, found.why) == ("monthly", Why.INHERITED)


def test_goals_of_the_organisation_follow_the_row_of_portfolios() -> None:
    assert cadence_of().cadence.value == "monthly"


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_cadences_are_read_in_two_statements(
    rows: int, bound: World, django_assert_num_queries: Any
) -> None:
    goals = [an_objective(bound)]
    for _ in range(rows):
        team = TeamFactory.create()
        goals.append(TeamObjectiveFactory.create(team=team))
    with django_assert_num_queries(2):
        assert len(cadences(goals)) == rows + 1


# --- What follows ---------------------------------------------------------------------------
def owed_jobs() -> int:
    return OutboxEntry.objects.filter(job="okrs.tasks.refresh_pace").count()


def test_another_cadence_judges_every_key_result_anew(bound: World) -> None:
    today = timezone.localdate()
    key_result = a_key_result(bound, evidence_at=timezone.now(), checked_in_at=timezone.now())
    access, product = bound.access("admin"), Product.objects.get()
    map_actions.edit(access, product, expected_version=None, cadence="quarterly")
    assert owed_jobs() == 1
    refresh_pace()
    stored = KeyResult.objects.get(pk=key_result.pk).outdated_from
    assert stored is not None
    assert stored.date() > today + 80 * DAY


@pytest.mark.parametrize(
    "change",
    [
        {"cadence_rule": "free"},
        {"lifecycle_stage": LifecycleStage.DECLINE},
    ],
)
def test_whatever_moves_a_cadence_is_followed(bound: World, change: dict[str, str]) -> None:
    map_actions.edit(bound.access("admin"), Product.objects.get(), expected_version=None, **change)
    assert owed_jobs() == 1


def test_a_new_name_moves_no_cadence(bound: World) -> None:
    map_actions.edit(
        bound.access("admin"), Product.objects.get(), expected_version=None, name="Wallet"
    )
    assert owed_jobs() == 0


def test_a_team_that_changes_its_product_is_followed(bound: World) -> None:
    link = TeamProduct.objects.get()
    map_actions.edit(bound.access("admin"), link, expected_version=None, tie="shared")
    assert owed_jobs() == 1


# --- Settings -------------------------------------------------------------------------------
def test_settings_are_stored_once_somebody_changes_them(bound: World) -> None:
    edit_check_in_settings(bound.access("facilitator"), expected_version=1, growth="weekly")
    stored = CheckInSettings.objects.get()
    assert (stored.growth, stored.version, owed_jobs()) == ("weekly", 2, 1)


def test_who_steers_nothing_changes_no_settings(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        edit_check_in_settings(bound.access("lead"), expected_version=1, growth="weekly")


def test_an_hour_that_no_day_has_is_refused(bound: World) -> None:
    with refused("remind_at"):
        edit_check_in_settings(bound.access("admin"), expected_version=1, remind_at=24)


def test_everybody_chooses_their_own_hour(bound: World) -> None:
    choose_reminder(bound.access("viewer"), expected_version=1, remind_on=4, remind_at=16)
    stored = ReminderChoice.objects.get(member=bound["viewer"])
    assert (stored.remind_on, stored.remind_at, stored.is_wanted) == (4, 16, True)


# --- Alerts ---------------------------------------------------------------------------------
def test_an_alert_is_hidden_once_and_shown_again(bound: World) -> None:
    key_result, access = a_key_result(bound), bound.access("lead")
    hide_alert(access, key_result, "early-high")
    hide_alert(access, key_result, "early-high")
    assert HiddenAlert.objects.count() == 1
    show_alert(access, key_result, "early-high")
    assert HiddenAlert.objects.count() == 0


def test_what_one_may_not_see_cannot_be_hidden(bound: World) -> None:
    Portfolio.objects.update(is_private=True)
    with refused("key_result"):
        hide_alert(bound.access("bystander"), a_key_result(bound), "early-high")
