"""What may be linked: no items twice for one goal, nothing that has ended."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from integrations.actions.connections import add_source
from integrations.actions.links import archive_link, edit_link
from integrations.choices import Measure
from integrations.models import Connection, Link, Source, SyncRun
from integrations.models.trackers import LINKED_ALREADY
from integrations.queries.links import linkable_key_results
from okrs.actions.key_results import edit_key_result, save_counted_item
from okrs.choices import KeyResultSource, Shape
from okrs.forms.key_results import NOT_LINKED
from okrs.models import Initiative, KeyResult
from portfolio.choices import Dimension
from portfolio.models import MeasureUnit, Metric
from tests.factories.evidence import CountedItemFactory
from tests.factories.integrations import PullFactory
from tests.factories.okrs import InitiativeFactory, KeyResultFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address
from tests.integrations.linking import link, reader, refusal
from tests.okrs.goals import an_objective

JSON = "application/json"


@pytest.fixture
def checkout(portal: Portal) -> KeyResult:
    return portal.key_result("Checkout is done")


@pytest.fixture
def work(portal: Portal) -> Initiative:
    made: Initiative = InitiativeFactory.create(product=portal.world.product)
    return made


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


def test_who_came_from_a_goal_is_led_back_to_it(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    body = {"key_result": str(checkout.pk), "measure": "share-of-items"}
    asked = f"{address('link-source', source.pk)}?key_result={checkout.pk}"
    assert admin.post(asked, body).headers["Location"] == checkout.get_absolute_url()


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


def test_a_link_without_a_goal_is_told_that_it_needs_one(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    answer = admin.post("/api/v1/orgs/acme/links/", {"source": str(source.pk)}, content_type=JSON)
    told = "Link one key result or one initiative." in answer.content.decode()
    assert (answer.status_code, told) == (422, True)


# --- Where the value comes from -------------------------------------------------------------
def edited(portal: Portal, key_result: KeyResult, **changes: Any) -> KeyResult:
    access = portal.world.access("admin")
    return edit_key_result(
        access, key_result, expected_version=None, reason="It was wrong.", **changes
    )


def test_what_work_moves_is_not_set_to_by_hand(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    with pytest.raises(ValidationError) as refused:
        edited(portal, checkout, source=KeyResultSource.BY_HAND)
    assert refused.value.message_dict == {
        "source": ["Work of Web shop moves it. Unlink that first."]
    }


def test_nobody_sets_a_key_result_to_synced_that_nothing_is_linked_to(portal: Portal) -> None:
    by_hand = KeyResultFactory.create(objective=an_objective(portal.world, cycle=portal.cycle))
    with pytest.raises(ValidationError) as refused:
        edited(portal, by_hand, source=KeyResultSource.SYNCED)
    assert refused.value.message_dict == {
        "source": ["It becomes synced when work is linked to it."]
    }


def test_a_reader_of_pulled_figures_may_be_synced(portal: Portal, orders: Metric) -> None:
    PullFactory.create(metric=orders)
    assert edited(portal, reader(portal, orders), source="synced").source == "synced"


def test_a_linked_key_result_keeps_another_shape_than_milestones(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    with pytest.raises(ValidationError) as refused:
        edited(portal, checkout, shape=Shape.MILESTONES)
    assert "shape" in refused.value.message_dict


def test_a_script_that_sets_the_source_of_linked_work_is_told_why_not(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    checkout.refresh_from_db()
    answer = admin.patch(
        f"/api/v1/orgs/acme/key-results/{checkout.pk}/",
        {"source": "by-hand"},
        content_type=JSON,
        headers={"If-Match": f'"{checkout.version}"'},
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["source"])


def test_a_script_makes_no_synced_key_result_that_nothing_moves(
    portal: Portal, admin: Client
) -> None:
    unit = MeasureUnit.objects.create(name="orders", symbol="", dimension=Dimension.COUNT)
    goal = an_objective(portal.world, cycle=portal.cycle)
    body = {
        "objective": str(goal.pk), "title": "Orders", "unit": str(unit.pk), "source": "synced",
        "shape": "from-to", "baseline": "0", "target": "10",
    }  # fmt: skip
    answer = admin.post("/api/v1/orgs/acme/key-results/", body, content_type=JSON)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["source"])


def form_of(admin: Client, key_result: KeyResult) -> Any:
    page = admin.get(reverse("okrs:edit-key-result", args=["acme", key_result.pk]))
    return page.context["form"]


def test_the_form_of_a_linked_key_result_says_why_its_source_is_locked(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    field = form_of(admin, checkout).fields["source"]
    assert (field.disabled, field.help_text) == (
        True,
        "Work of Web shop moves it. To choose here, unlink that first.",
    )


def test_a_linked_key_result_is_edited_without_its_source(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    link(portal, source, key_result=checkout)
    form = form_of(admin, checkout)
    body = {
        name: value
        for name, field in form.fields.items()
        if not field.disabled and (value := form[name].value()) is not None
    }
    path = reverse("okrs:edit-key-result", args=["acme", checkout.pk])
    answer = admin.post(path, {**body, "title": "Checkout is quick", "source": "by-hand"})
    checkout.refresh_from_db()
    assert (answer.status_code, checkout.title, checkout.source) == (
        302,
        "Checkout is quick",
        "synced",
    )


def test_the_form_offers_synced_for_nothing_that_is_not_linked(
    portal: Portal, admin: Client
) -> None:
    by_hand = KeyResultFactory.create(objective=an_objective(portal.world, cycle=portal.cycle))
    offered = [value for value, _ in form_of(admin, by_hand).fields["source"].choices]
    assert "synced" not in offered


def test_the_form_offers_synced_for_a_metric_that_is_pulled(
    portal: Portal, admin: Client, orders: Metric
) -> None:
    PullFactory.create(metric=orders)
    offered = dict(form_of(admin, reader(portal, orders)).fields["source"].choices)
    assert "synced" in offered


def test_a_synced_key_result_without_work_may_be_set_to_by_hand(
    portal: Portal, admin: Client, checkout: KeyResult
) -> None:
    assert form_of(admin, checkout).fields["source"].help_text == NOT_LINKED
    assert edited(portal, checkout, source="by-hand").source == "by-hand"


# --- What moves by ticks --------------------------------------------------------------------
def test_milestones_are_not_linked(portal: Portal, source: Source, orders: Metric) -> None:
    steps = reader(portal, orders, shape=Shape.MILESTONES, baseline=None, target=None)
    assert refusal(portal, source, steps) == {
        "key_result": ["It moves by its milestones, and not by work."]
    }


def test_a_count_whose_things_are_listed_is_not_linked(
    portal: Portal, source: Source, orders: Metric
) -> None:
    thing = CountedItemFactory.create(key_result=reader(portal, orders, shape=Shape.COUNT))
    assert refusal(portal, source, thing.key_result) == {
        "key_result": ["What it counts is listed by hand. Remove that first."]
    }


def test_what_moves_by_ticks_is_not_offered_and_a_count_without_a_list_is(
    portal: Portal, orders: Metric
) -> None:
    count, milestones = (reader(portal, orders, shape=s) for s in (Shape.COUNT, Shape.MILESTONES))
    CountedItemFactory.create(key_result=reader(portal, orders, shape=Shape.COUNT))
    assert list(linkable_key_results(portal.world.access("admin"))) == [count]
    assert milestones.pk


def test_nothing_is_listed_beside_work_that_is_counted(
    portal: Portal, source: Source, orders: Metric
) -> None:
    count = reader(portal, orders, shape=Shape.COUNT)
    link(portal, source, key_result=count, measure=Measure.COUNT)
    with pytest.raises(ValidationError, match="Work of Web shop is counted here"):
        save_counted_item(
            portal.world.access("admin"), count, name="A thing", met_on=timezone.localdate()
        )


# --- What has ended -------------------------------------------------------------------------
def test_a_source_that_is_not_followed_is_not_linked(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    Source.objects.update(archived_at=timezone.now())
    source.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        link(portal, source, key_result=checkout)
    assert refused.value.message_dict == {"source": ["This source is not followed any more."]}


def test_a_source_of_a_disconnected_connection_is_not_linked(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    Connection.objects.update(archived_at=timezone.now())
    body = {"source": str(source.pk), "key_result": str(checkout.pk)}
    answer = admin.post("/api/v1/orgs/acme/links/", body, content_type=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"source": ["This connection was disconnected."]}


def test_an_archived_goal_takes_no_link(
    portal: Portal, source: Source, checkout: KeyResult, work: Initiative
) -> None:
    for goal in (checkout, work):
        goal.archived_at = timezone.now()
    for name, goal in (("key_result", checkout), ("initiative", work)):
        with pytest.raises(ValidationError) as refused:
            link(portal, source, **{name: goal})
        assert refused.value.message_dict == {name: ["It is archived."]}


@pytest.mark.parametrize("path", ["sync", "resume", "pause", "webhook"])
def test_a_disconnected_connection_is_left_alone(
    admin: Client, connection: Connection, path: str
) -> None:
    Connection.objects.update(archived_at=timezone.now())
    answer = admin.post(f"/api/v1/orgs/acme/connections/{connection.pk}/{path}/")
    assert (answer.status_code, "was disconnected" in answer.content.decode()) == (422, True)
    assert not SyncRun.objects.exists()
    assert not Notification.objects.exists()


def test_a_disconnected_connection_takes_no_sources(portal: Portal, connection: Connection) -> None:
    connection.archived_at = timezone.now()
    with pytest.raises(ValidationError) as refused:
        add_source(
            portal.world.access("admin"), connection, kind="project", name="Till", remote_id="7"
        )
    assert refused.value.message_dict == {"connection": ["This connection was disconnected."]}


def test_a_link_that_was_removed_is_not_edited(
    portal: Portal, admin: Client, source: Source, checkout: KeyResult
) -> None:
    row = link(portal, source, key_result=checkout)
    archive_link(portal.world.access("admin"), row, expected_version=None)
    answer = admin.patch(
        f"/api/v1/orgs/acme/links/{row.pk}/",
        {"label": "wallet"},
        content_type=JSON,
        headers={"If-Match": f'"{row.version}"'},
    )
    assert (answer.status_code, "was removed" in answer.content.decode()) == (422, True)
