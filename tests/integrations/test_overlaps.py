"""Items that several links of one goal count: told where a link is made, and where it is read."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.choices import Measure
from integrations.models import Connection, Link, Source
from integrations.queries.overlaps import counted_twice, shared_items
from okrs.models import KeyResult
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_item, make_source, text_of

WARNING = "Counted more than once."


@pytest.fixture
def key_result(portal: Portal) -> KeyResult:
    return portal.key_result("Checkout is done")


@pytest.fixture
def whole(source: Source, key_result: KeyResult) -> Link:
    """A link over a shop of three stories, two of them for speed, and an epic."""
    for number in (1, 2):
        make_item(source, f"SHOP-{number}", labels=["speed"])
    make_item(source, "SHOP-3")
    make_item(source, "SHOP-4", labels=["speed"], is_leaf=False)
    make_item(source, "SHOP-5", labels=["speed"], category="left_out")
    return link(source, key_result=key_result)


def link(source: Source, **fields: Any) -> Link:
    made: Link = Link.objects.create(source=source, **fields)
    return made


def page_of(client: Client, name: str, pk: object) -> str:
    return text_of(client.get(reverse(name, args=["acme", pk])))


def test_items_that_two_links_count_are_told_on_the_page_of_the_key_result(
    admin: Client, source: Source, whole: Link, key_result: KeyResult
) -> None:
    link(source, key_result=key_result, label="speed")
    page = page_of(admin, "okrs:key-result", key_result.pk)
    assert (WARNING in page, "2 items are counted by more than one" in page) == (True, True)


def test_links_that_share_nothing_are_not_warned_of(
    admin: Client, connection: Connection, whole: Link, key_result: KeyResult
) -> None:
    other = make_source(connection, "Till")
    make_item(other, "TILL-1")
    link(other, key_result=key_result)
    assert WARNING not in page_of(admin, "okrs:key-result", key_result.pk)


def test_a_label_that_an_item_gets_later_is_told_as_well(
    source: Source, whole: Link, key_result: KeyResult
) -> None:
    late = link(source, key_result=key_result, label="night")
    before = counted_twice([whole, late])
    make_item(source, "SHOP-6", labels=["night"])
    assert (before, counted_twice([whole, late])) == (0, 1)


def test_an_item_of_three_links_is_one_item(
    source: Source, whole: Link, key_result: KeyResult
) -> None:
    links = [whole, *(link(source, key_result=key_result, label=it) for it in ("speed", "night"))]
    make_item(source, "SHOP-6", labels=["speed", "night"])
    assert counted_twice(links) == 3


def test_one_link_is_not_asked_about(whole: Link, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert counted_twice([whole]) == 0


@pytest.mark.parametrize("count", [2, 3, 20])
def test_several_links_cost_one_statement(
    source: Source, whole: Link, key_result: KeyResult, count: int, django_assert_num_queries: Any
) -> None:
    more = [link(source, key_result=key_result, label=f"label {it}") for it in range(count - 1)]
    with django_assert_num_queries(1):
        assert counted_twice([whole, *more]) == 0


@pytest.mark.parametrize(("field", "shared"), [("hours", 2), ("days", 0)])
def test_sums_of_two_fields_of_the_same_items_are_two_things(
    source: Source, whole: Link, key_result: KeyResult, field: str, shared: int
) -> None:
    Link.objects.update(measure=Measure.SUM, field="hours")
    whole.refresh_from_db()
    other = link(source, key_result=key_result, label="speed", measure=Measure.SUM, field=field)
    assert (shared_items(other, besides=other), counted_twice([whole, other])) == (shared, shared)


def test_an_initiative_counts_items_whatever_is_measured(
    portal: Portal, admin: Client, source: Source, whole: Link
) -> None:
    work = InitiativeFactory.create(product=portal.world.product)
    for label, field in (("", "hours"), ("speed", "days")):
        link(source, initiative=work, label=label, measure=Measure.SUM, field=field)
    page = page_of(admin, "okrs:initiative", work.pk)
    assert "2 items are counted by more than one" in page


def test_the_form_of_a_link_tells_before_it_is_saved(
    admin: Client, source: Source, whole: Link, key_result: KeyResult
) -> None:
    given = {"key_result": str(key_result.pk), "measure": "share-of-items", "label": "speed"}
    tried = admin.post(address("preview-link", source.pk), given)
    words = "2</strong> of these items count for this goal by another of its links already"
    assert words in text_of(tried)


def test_the_form_of_a_stored_link_tells_as_it_is_opened(
    admin: Client, source: Source, whole: Link, key_result: KeyResult
) -> None:
    other = link(source, key_result=key_result, label="speed")
    assert "2</strong> of these items count" in text_of(admin.get(address("edit-link", other.pk)))
