"""The pages of links, as people use them."""

from typing import Any

import pytest
from django.test import Client

from integrations.actions.links import create_link
from integrations.choices import Measure
from integrations.models import (
    Connection,
    Link,
    Source,
)
from okrs.models import KeyResult
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import (
    address,
    facts_of,
    make_item,
    make_source,
    text_of,
)

MANY = (1, 3, 50)


def test_linking_moves_the_key_result_at_once_and_says_why_in_its_history(
    portal: Portal, admin: Client, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    KeyResult.objects.update(source="by-hand")
    make_item(source, "SHOP-1", category="done")
    make_item(source, "SHOP-2")
    body = {"key_result": str(key_result.pk), "measure": "share-of-items"}
    assert admin.post(address("link-source", source.pk), body).status_code == 302
    key_result.refresh_from_db()
    assert (str(key_result.score), key_result.source) == ("0.5000000000", "synced")
    assert key_result.versions.latest("number").reason == "Linked to Web shop."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"measure": "count"}, "key_result"),
        ({"measure": "no-such"}, "measure"),
        ({"measure": "sum-of-field"}, "field"),
        ({"measure": "count", "parent_remote_id": "unknown"}, "parent_remote_id"),
    ],
)
def test_a_link_that_cannot_be_counted_is_refused_beside_its_field(
    admin: Client, source: Source, body: dict[str, str], field: str
) -> None:
    response = admin.post(address("link-source", source.pk), body)
    assert (response.status_code, field in response.context["form"].errors) == (422, True)


def test_a_key_result_and_an_initiative_at_once_are_refused_beside_the_second(
    portal: Portal, admin: Client, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    work = InitiativeFactory.create(product=portal.world.product)
    body = {"key_result": str(key_result.pk), "initiative": str(work.pk), "measure": "count"}
    assert admin.post(address("link-source", source.pk), body).context["form"].errors == {
        "initiative": ["Choose a key result or an initiative, not both."]
    }


def test_measures_of_one_key_result_are_not_mixed(
    portal: Portal, admin: Client, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    create_link(portal.world.access("admin"), source, key_result=key_result)
    body = {"key_result": str(key_result.pk), "measure": "count", "label": "wallet"}
    response = admin.post(address("link-source", source.pk), body)
    assert response.context["form"].errors == {
        "measure": ["The other links of this key result measure: Share of items done."]
    }


def test_goals_that_one_may_not_change_are_not_offered(portal: Portal, source: Source) -> None:
    portal.key_result("Checkout is done")
    KeyResult.objects.update(owner=portal.admin)
    client = portal.world.client("contributor")
    offered = client.get(address("link-source", source.pk)).context["form"].fields["key_result"]
    assert [row.title for row in offered.queryset] == ["Checkout is done"]
    KeyResult.objects.get().objective.__class__.objects.update(product=None, portfolio=None)
    again = client.get(address("link-source", source.pk)).context["form"].fields["key_result"]
    assert list(again.queryset) == []


def test_the_preview_counts_the_stored_items_as_the_form_stands(
    admin: Client, source: Source
) -> None:
    make_item(source, "SHOP-1", category="done", labels=["wallet"])
    make_item(source, "SHOP-2", labels=["wallet"])
    make_item(source, "SHOP-3", category="left_out", labels=["wallet"])
    make_item(source, "SHOP-4")
    query = {"measure": "share-of-items", "label": "wallet"}
    page = text_of(admin.get(address("preview-link", source.pk), query))
    assert "1 of 2 items done, 1 left out of both sides" in page


def test_a_changed_link_counts_anew(portal: Portal, admin: Client, source: Source) -> None:
    key_result = portal.key_result("Checkout is done")
    make_item(source, "SHOP-1", category="done", labels=["wallet"])
    make_item(source, "SHOP-2")
    link = create_link(portal.world.access("admin"), source, key_result=key_result)
    body = {"measure": "share-of-items", "label": "wallet", "version": "1"}
    assert admin.post(address("edit-link", link.pk), body).status_code == 302
    key_result.refresh_from_db()
    assert key_result.score == 1


# --- Rules of a link ------------------------------------------------------------------------
@pytest.fixture
def review(source: Source) -> Source:
    """A story that is open, one in review, and a bug; the connection counts all as to do."""
    make_item(source, "SHOP-1")
    in_review = {"status_id": "5", "status_name": "In review", "status_kind": "new"}
    make_item(source, "SHOP-2", facts=facts_of("SHOP-2", **in_review))
    bug = facts_of("SHOP-3", type_id="9", type_name="Bug")
    make_item(source, "SHOP-3", facts=bug)
    return source


REVIEWED = {"measure": "share-of-items", "statuses-5": "done", "types-9": "no"}


def test_a_link_is_made_with_rules_of_its_own(
    portal: Portal, admin: Client, review: Source
) -> None:
    key_result = portal.key_result("Checkout is reviewed")
    body = {**REVIEWED, "key_result": str(key_result.pk)}
    assert admin.post(address("link-source", review.pk), body).status_code == 302
    assert Link.objects.get().rules == {"statuses": {"5": "done"}, "types": {"9": False}}
    key_result.refresh_from_db()
    assert str(key_result.score) == "0.5000000000"


def test_rules_of_a_link_leave_the_connection_and_other_links_as_they_are(
    portal: Portal, admin: Client, review: Source
) -> None:
    other = portal.link(review.connection, portal.key_result("Other"), review.remote_id)
    body = {**REVIEWED, "key_result": str(portal.key_result("Mine").pk)}
    admin.post(address("link-source", review.pk), body)
    other.refresh_from_db()
    assert (other.rules, Connection.objects.get().rules) == ({}, {})


def test_the_preview_shows_what_the_rules_of_the_link_change(admin: Client, review: Source) -> None:
    before = text_of(admin.post(address("preview-link", review.pk), {"measure": "share-of-items"}))
    after = text_of(admin.post(address("preview-link", review.pk), REVIEWED))
    assert "0 of 3 items done" in before
    assert "1 of 2 items done" in after


def test_the_form_says_what_each_counts_as_in_the_connection(admin: Client, review: Source) -> None:
    Connection.objects.update(rules={"statuses": {"5": "doing"}})
    form = admin.get(address("link-source", review.pk)).context["form"]
    assert form.fields["statuses-5"].choices[0] == ("", "In progress (as in the connection)")
    assert form.counts_otherwise is False


def test_only_what_the_source_holds_is_offered(admin: Client, review: Source) -> None:
    elsewhere = make_source(review.connection, "Elsewhere")
    make_item(elsewhere, "E-1", facts=facts_of("E-1", status_id="77"))
    form = admin.get(address("link-source", review.pk)).context["form"]
    assert "statuses-77" not in form.fields


def test_the_form_of_a_link_shows_its_rules_unfolded(
    portal: Portal, admin: Client, review: Source
) -> None:
    link = portal.link(
        review.connection, portal.key_result("R"), review.remote_id,
        rules={"statuses": {"5": "left_out"}},
    )  # fmt: skip
    page = admin.get(address("edit-link", link.pk))
    assert page.context["form"]["statuses-5"].value() == "left_out"
    assert '<details class="fold" open>' in text_of(page)


def test_a_rule_of_a_link_is_taken_back_and_what_the_form_does_not_show_stays(
    portal: Portal, admin: Client, review: Source
) -> None:
    rules = {"statuses": {"5": "done", "404": "done"}}
    link = portal.link(review.connection, portal.key_result("R"), review.remote_id, rules=rules)
    body = {"measure": "share-of-items", "version": "1", "statuses-5": ""}
    assert admin.post(address("edit-link", link.pk), body).status_code == 302
    link.refresh_from_db()
    assert link.rules == {"statuses": {"404": "done"}}


def test_a_rule_that_there_is_not_is_refused_beside_its_field(
    portal: Portal, admin: Client, review: Source
) -> None:
    body = {
        "measure": "share-of-items", "statuses-5": "perhaps",
        "key_result": str(portal.key_result("R").pk),
    }  # fmt: skip
    page = admin.post(address("link-source", review.pk), body)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["statuses-5"])
    assert page.context["measured"] is None
    assert '<details class="fold" open>' in text_of(page)


@pytest.mark.parametrize("count", MANY)
def test_the_form_of_a_link_asks_as_often_for_fifty_statuses_as_for_one(
    admin: Client, source: Source, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        facts = facts_of(f"SHOP-{number}", status_id=str(number))
        make_item(source, f"SHOP-{number}", facts=facts)
    admin.get(address("link-source", source.pk))
    with django_assert_num_queries(18):
        admin.get(address("link-source", source.pk))


def test_a_link_edited_meanwhile_shows_both_sides(
    portal: Portal, admin: Client, source: Source
) -> None:
    link = portal.link(source.connection, portal.key_result("Checkout"), source.remote_id)
    Link.objects.update(version=2, label="theirs")
    body = {"measure": "share-of-items", "label": "mine", "parent_remote_id": "", "version": "1"}
    response = admin.post(address("edit-link", link.pk), body)
    (difference,) = response.context["differences"]
    assert (response.status_code, difference.mine, difference.theirs) == (409, "mine", "theirs")


def test_unlinking_the_last_link_hands_the_key_result_back_to_people(
    portal: Portal, admin: Client, source: Source
) -> None:
    key_result = portal.key_result("Checkout is done")
    link = create_link(portal.world.access("admin"), source, key_result=key_result)
    admin.post(address("unlink", link.pk))
    key_result.refresh_from_db()
    assert (key_result.source, Link.objects.get().archived_at is None) == ("by-hand", False)


def test_only_what_lies_below_an_epic_counts_at_any_depth(portal: Portal, source: Source) -> None:
    make_item(source, "SHOP-1", is_leaf=False)
    make_item(source, "SHOP-2", parent_remote_id="SHOP-1", category="done")
    make_item(source, "SHOP-3", parent_key="SHOP-2")
    make_item(source, "SHOP-4")
    key_result = portal.key_result("Checkout is done")
    link = create_link(
        portal.world.access("admin"),
        source,
        key_result=key_result,
        measure=Measure.SHARE_OF_ITEMS,
        parent_remote_id="SHOP-1",
    )
    last = link.observations.get()
    assert (last.items_done, last.items_total) == (1, 2)
