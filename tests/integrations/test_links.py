"""What may be linked: no items twice for one goal."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from integrations.actions.links import archive_link, create_link, edit_link
from integrations.choices import Measure
from integrations.models import Link, Source
from integrations.models.trackers import LINKED_ALREADY
from okrs.models import Initiative, KeyResult
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address

JSON = "application/json"


@pytest.fixture
def checkout(portal: Portal) -> KeyResult:
    return portal.key_result("Checkout is done")


@pytest.fixture
def work(portal: Portal) -> Initiative:
    made: Initiative = InitiativeFactory.create(product=portal.world.product)
    return made


def link(portal: Portal, source: Source, **fields: Any) -> Link:
    return create_link(portal.world.access("admin"), source, **fields)


# --- The same items once --------------------------------------------------------------------
def test_a_source_is_linked_to_a_key_result_once(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    with pytest.raises(ValidationError) as refused:
        link(portal, source, key_result=checkout)
    assert refused.value.message_dict == {"key_result": [LINKED_ALREADY]}


def test_a_source_is_linked_to_an_initiative_once_whatever_is_measured(
    portal: Portal, source: Source, work: Initiative
) -> None:
    link(portal, source, initiative=work)
    with pytest.raises(ValidationError) as refused:
        link(portal, source, initiative=work, measure=Measure.COUNT)
    assert refused.value.message_dict == {"initiative": [LINKED_ALREADY]}


@pytest.mark.parametrize("other", [{"label": "wallet"}, {"parent_remote_id": "E-1"}])
def test_other_items_of_the_source_may_be_linked_as_well(
    portal: Portal, source: Source, checkout: KeyResult, other: dict[str, str]
) -> None:
    link(portal, source, key_result=checkout)
    assert link(portal, source, key_result=checkout, **other).pk


def test_two_fields_of_the_same_items_may_be_added_up(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    for field in ("hours", "travel"):
        link(portal, source, key_result=checkout, measure=Measure.SUM, field=field)
    assert checkout.links.count() == 2


def test_what_was_unlinked_may_be_linked_again(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    first = link(portal, source, key_result=checkout)
    archive_link(portal.world.access("admin"), first, expected_version=None)
    checkout.refresh_from_db()
    assert link(portal, source, key_result=checkout).pk != first.pk


def test_a_link_is_not_edited_into_its_twin(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    other = link(portal, source, key_result=checkout, label="wallet")
    with pytest.raises(ValidationError) as refused:
        edit_link(portal.world.access("admin"), other, expected_version=None, label="")
    assert refused.value.message_dict == {"label": [LINKED_ALREADY]}


def test_a_link_may_be_edited_as_it_is(portal: Portal, source: Source, checkout: KeyResult) -> None:
    row = link(portal, source, key_result=checkout)
    edited = edit_link(portal.world.access("admin"), row, expected_version=None, label="")
    assert edited.version == 2


def test_the_database_keeps_twins_of_a_key_result_out(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    Link.objects.create(source=source, key_result=checkout, measure=Measure.COUNT, field="hours")
    with pytest.raises(IntegrityError, match="link_key_result_once"), transaction.atomic():
        Link.objects.create(source=source, key_result=checkout)


def test_the_database_keeps_twins_of_an_initiative_out(
    portal: Portal, source: Source, work: Initiative
) -> None:
    Link.objects.create(source=source, initiative=work, measure=Measure.SUM, field="hours")
    with pytest.raises(IntegrityError, match="link_initiative_once"), transaction.atomic():
        Link.objects.create(source=source, initiative=work)


def test_a_second_click_is_told_beside_the_goal(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    body = {"key_result": str(checkout.pk), "measure": "share-of-items"}
    admin.post(address("link-source", source.pk), body)
    again = admin.post(address("link-source", source.pk), body)
    assert (again.status_code, again.context["form"].errors) == (
        422,
        {"key_result": [LINKED_ALREADY]},
    )


def test_a_script_that_links_twice_is_told_beside_the_goal(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    body = {"source": str(source.pk), "key_result": str(checkout.pk)}
    path = "/api/v1/orgs/acme/links/"
    statuses = [admin.post(path, body, content_type=JSON).status_code for _ in range(2)]
    assert statuses == [201, 422]
