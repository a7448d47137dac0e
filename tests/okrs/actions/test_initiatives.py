"""Planning the work that moves key results."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.tenant_models import StaleVersion
from okrs.actions import initiatives as actions
from okrs.models import Initiative, InitiativeKeyResult
from tests.factories.okrs import InitiativeFactory
from tests.factories.portfolio import ProductFactory
from tests.okrs.actions.refusals import refused
from tests.okrs.goals import a_key_result, an_initiative, product
from tests.personas import World


@pytest.fixture(autouse=True)
def bound(in_acme: World) -> World:
    return in_acme


def test_an_initiative_belongs_to_its_maker_at_first(bound: World) -> None:
    made = actions.create_initiative(
        bound.access("contributor"), title="One-page sign-up", product=product()
    )
    assert (made.owner, made.state) == (bound["contributor"], "proposed")


def test_who_may_not_write_the_product_plans_nothing_there(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.create_initiative(
            bound.access("contributor"), title="x", product=ProductFactory.create()
        )


def test_an_initiative_does_not_end_before_it_starts(bound: World) -> None:
    today = timezone.localdate()
    with refused("ends_on"):
        actions.create_initiative(
            bound.access("admin"),
            title="x",
            product=product(),
            starts_on=today,
            ends_on=today - timedelta(days=1),
        )


def test_an_initiative_is_not_moved_to_a_product_of_others(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.edit_initiative(
            bound.access("contributor"),
            an_initiative(bound),
            expected_version=1,
            product=ProductFactory.create(),
        )


def test_a_stale_edit_of_an_initiative_is_refused(bound: World) -> None:
    with pytest.raises(StaleVersion):
        actions.edit_initiative(
            bound.access("admin"), an_initiative(bound), expected_version=4, title="x"
        )


def test_an_archived_initiative_comes_back(bound: World) -> None:
    row, access = an_initiative(bound), bound.access("admin")
    actions.archive_initiative(access, row, expected_version=None)
    actions.archive_initiative(access, row, expected_version=None, archived=False)
    assert Initiative.objects.get(pk=row.pk).archived_at is None


def test_an_initiative_drives_a_key_result_once(bound: World) -> None:
    row, key_result = an_initiative(bound), a_key_result(bound)
    actions.drive_key_result(bound.access("admin"), row, key_result)
    with refused("key_result"):
        actions.drive_key_result(bound.access("admin"), row, key_result)


def test_a_link_that_was_removed_is_gone(bound: World) -> None:
    access = bound.access("admin")
    link = actions.drive_key_result(access, an_initiative(bound), a_key_result(bound))
    actions.stop_driving(access, link)
    assert not InitiativeKeyResult.objects.exists()


def test_progress_of_linked_work_is_kept_for_many_at_once(bound: World) -> None:
    first, second = InitiativeFactory.create(), InitiativeFactory.create()
    actions.note_progress({first.pk: (3, 10), second.pk: (0, 4)})
    rows = Initiative.objects.order_by("id").values_list("items_done", "items_total")
    assert list(rows) == [(3, 10), (0, 4)]
