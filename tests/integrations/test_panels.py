"""Linked work on the pages of key results and initiatives: the number names its items."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.fields import new_id
from integrations.actions.links import create_link
from integrations.actions.measures import observe_now
from integrations.choices import Measure, SourceState
from integrations.models import Connection, Link, Source, SyncedItem
from integrations.queries.links import explained_links, visible_links
from lib.panels import panels_for
from okrs.actions.initiatives import create_initiative
from okrs.choices import CycleState, Shape
from okrs.models import Cycle, KeyResult
from portfolio.models import Portfolio, Product
from tests.integrations.conftest import Portal
from tests.integrations.items import facts_of, make_item, make_source


class AskedBy:
    """As much of a request as a panel reads."""

    def __init__(self, portal: Portal, **asked: str) -> None:
        self.access = portal.world.access("admin")
        self.GET = asked


def panel(portal: Portal, page: str, record: Any, **asked: str) -> Any:
    request: Any = AskedBy(portal, **asked)
    loaded = [p for p in panels_for(page, request, record) if p.panel.template.startswith("integ")]
    return loaded[0].context if loaded else None


@pytest.fixture
def admin(portal: Portal) -> Client:
    return portal.world.client("admin")


@pytest.fixture
def source(portal: Portal) -> Source:
    connection = Connection.objects.create(
        name="Delivery", provider="jira-cloud", owner=portal.admin
    )
    return make_source(connection, "Web shop")


@pytest.fixture
def key_result(portal: Portal) -> KeyResult:
    return portal.key_result("Checkout is done")


def page_of(client: Client, key_result: KeyResult) -> str:
    address = reverse("okrs:key-result", args=["acme", key_result.pk])
    return client.get(address).content.decode()


def test_the_key_result_page_names_the_items_that_are_done_and_the_open_ones(
    portal: Portal, admin: Client, source: Source, key_result: KeyResult
) -> None:
    make_item(source, "SHOP-1", category="done", title="Cache the basket")
    make_item(source, "SHOP-2", title="Shorten the form")
    create_link(portal.world.access("admin"), source, key_result=key_result)
    page = page_of(admin, key_result)
    assert ("Cache the basket" in page, "Shorten the form" in page) == (True, True)
    assert "1 of 2 items done" in page


def test_one_item_is_told_as_one(
    portal: Portal, admin: Client, source: Source, key_result: KeyResult
) -> None:
    make_item(source, "SHOP-1", category="done", points=1)
    create_link(portal.world.access("admin"), source, key_result=key_result)
    page = page_of(admin, key_result)
    assert "1 of 1 item done" in page
    assert "</span> pt</span>" in page


def test_the_panel_keeps_done_open_and_left_out_apart(
    portal: Portal, source: Source, key_result: KeyResult
) -> None:
    make_item(source, "SHOP-1", category="done")
    make_item(source, "SHOP-2", category="doing")
    make_item(source, "SHOP-3", category="left_out")
    make_item(source, "SHOP-4", is_leaf=False)
    create_link(portal.world.access("admin"), source, key_result=key_result)
    (told,) = panel(portal, "okrs.key_result", key_result)["links"]
    keys = [[row["key"] for row in rows] for rows in (
        told.items.done, told.items.open, told.items.left_out,
    )]  # fmt: skip
    assert keys == [["SHOP-1"], ["SHOP-2"], ["SHOP-3"]]


def test_the_panel_names_the_items_that_the_rules_of_the_link_call_done(
    portal: Portal, source: Source, key_result: KeyResult
) -> None:
    make_item(source, "SHOP-1", facts=facts_of("SHOP-1", status_id="5"))
    make_item(source, "SHOP-2")
    rules = {"statuses": {"5": "done"}}
    create_link(portal.world.access("admin"), source, key_result=key_result, rules=rules)
    (told,) = panel(portal, "okrs.key_result", key_result)["links"]
    assert [row["key"] for row in told.items.done] == ["SHOP-1"]
    assert told.observation.items_done == 1


def test_an_item_without_an_https_address_is_named_and_not_linked(
    portal: Portal, admin: Client, source: Source, key_result: KeyResult
) -> None:
    make_item(source, "SHOP-1", category="done", url="javascript:alert(1)")
    create_link(portal.world.access("admin"), source, key_result=key_result)
    page = page_of(admin, key_result)
    assert ("SHOP-1" in page, "javascript:alert" in page) == (True, False)


def test_a_source_out_of_sight_says_beside_the_score_that_it_is_frozen(
    portal: Portal, admin: Client, source: Source, key_result: KeyResult
) -> None:
    create_link(portal.world.access("admin"), source, key_result=key_result)
    Source.objects.update(state=SourceState.ACCESS_LOST, problem="the project is hidden")
    page = page_of(admin, key_result)
    assert ("Frozen." in page, "the project is hidden" in page) == (True, True)


def test_a_key_result_that_nothing_feeds_shows_the_way_to_link_work_to_those_who_may(
    portal: Portal, admin: Client, key_result: KeyResult
) -> None:
    way = f'href="{reverse("integrations:link-work", args=["acme"])}?key_result={key_result.pk}"'
    assert way in page_of(admin, key_result)
    KeyResult.objects.update(owner=portal.admin)
    assert "Linked work" not in page_of(portal.world.client("viewer"), key_result)


@pytest.mark.parametrize("change", [{"shape": Shape.MILESTONES}, {"archived_at": timezone.now()}])
def test_what_takes_no_links_shows_no_way_to_link(
    portal: Portal, key_result: KeyResult, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(key_result, name, value)
    assert panel(portal, "okrs.key_result", key_result) is None


def test_a_past_moment_shows_no_way_to_link(portal: Portal, key_result: KeyResult) -> None:
    assert panel(portal, "okrs.key_result", key_result, as_of="2026-10-02") is None


def test_a_key_result_that_nothing_feeds_is_not_frozen(
    portal: Portal, key_result: KeyResult
) -> None:
    assert panel(portal, "okrs.key_result.explain", key_result) is None


def test_an_initiative_shows_the_progress_of_its_linked_work(
    portal: Portal, admin: Client, source: Source
) -> None:
    access = portal.world.access("admin")
    work = create_initiative(
        access,
        title="Basket rework",
        product=Product.objects.get(),
        starts_on=portal.cycle.starts_on,
        ends_on=portal.cycle.ends_on,
    )
    make_item(source, "SHOP-1", category="done")
    make_item(source, "SHOP-2")
    create_link(access, source, initiative=work, measure=Measure.SHARE_OF_ITEMS)
    work.refresh_from_db()
    assert (work.items_done, work.items_total) == (1, 2)
    assert panel(portal, "okrs.initiative", work)["initiative"] == work


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_panel_asks_as_often_for_fifty_items_as_for_one(
    portal: Portal,
    source: Source,
    key_result: KeyResult,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        make_item(source, f"SHOP-{number}", category="done")
    create_link(portal.world.access("admin"), source, key_result=key_result)
    access = portal.world.access("admin")
    with django_assert_num_queries(6):
        (told,) = explained_links(access, key_result=key_result.pk)
    assert len(told.items.done) == count


# --- The counts beside a score ----------------------------------------------------------------
@pytest.fixture
def half_done(portal: Portal, source: Source, key_result: KeyResult) -> Link:
    """A link that was observed at one of two, beside a score of 0.5."""
    make_item(source, "SHOP-1", category="done")
    make_item(source, "SHOP-2")
    return create_link(portal.world.access("admin"), source, key_result=key_result)


def finish_everything(source: Source, *links: Link) -> None:
    """All items are done, and the links of the source are observed again."""
    SyncedItem.objects.filter(sources__source=source).update(category="done")
    observe_now(links, requested_by=None)


def counts(portal: Portal, key_result: KeyResult, **asked: str) -> list[tuple[int, bool]]:
    """Items done and whether that is the last word, by link."""
    told = panel(portal, "okrs.key_result", key_result, **asked)["links"]
    return [(each.observation.items_done, each.is_latest) for each in told]


def test_the_counts_follow_the_score(
    portal: Portal, source: Source, key_result: KeyResult, half_done: Link
) -> None:
    finish_everything(source, half_done)
    assert counts(portal, key_result) == [(2, True)]


def test_items_that_a_running_sync_has_changed_are_not_counted_before_the_score_is(
    portal: Portal, key_result: KeyResult, half_done: Link
) -> None:
    SyncedItem.objects.update(category="done")
    assert counts(portal, key_result) == [(1, True)]


def test_while_another_source_freezes_the_score_the_counts_are_those_it_came_from(
    portal: Portal, source: Source, key_result: KeyResult, half_done: Link, admin: Client
) -> None:
    other = make_source(source.connection, "Warehouse")
    make_item(other, "WARE-1")
    create_link(portal.world.access("admin"), other, key_result=key_result)
    Source.objects.filter(pk=other.pk).update(state=SourceState.ACCESS_LOST)
    finish_everything(source, half_done)
    assert counts(portal, key_result) == [(1, False), (0, True)]
    assert "when the score was computed" in page_of(admin, key_result)


def test_after_the_close_the_counts_are_those_of_the_final_score(
    portal: Portal, source: Source, key_result: KeyResult, half_done: Link
) -> None:
    Cycle.objects.update(state=CycleState.CLOSED)
    finish_everything(source, half_done)
    assert counts(portal, key_result) == [(1, False)]


def test_the_page_of_a_past_moment_shows_the_counts_of_that_moment(
    portal: Portal, source: Source, key_result: KeyResult, half_done: Link
) -> None:
    then = timezone.now().isoformat()
    finish_everything(source, half_done)
    assert counts(portal, key_result, as_of=then) == [(1, False)]


def test_the_past_that_was_counted_anew_is_not_taken_for_the_present(
    portal: Portal, key_result: KeyResult, half_done: Link
) -> None:
    last = half_done.observations.get()
    last.pk, last.items_done, last.done = new_id(), 0, Decimal(0)
    last.effective_at = timezone.now() - timedelta(days=3)
    last.recorded_at = timezone.now()
    last.save(force_insert=True)
    assert counts(portal, key_result) == [(1, True)]


def test_links_of_work_in_a_private_portfolio_stay_hidden(portal: Portal, source: Source) -> None:
    work = create_initiative(
        portal.world.access("admin"),
        title="Secret work",
        product=Product.objects.get(),
        starts_on=portal.cycle.starts_on,
        ends_on=portal.cycle.ends_on,
    )
    Link.objects.create(source=source, initiative=work)
    Portfolio.objects.update(is_private=True)
    seen = {who: visible_links(portal.world.access(who)).count() for who in ("admin", "bystander")}
    assert seen == {"admin": 1, "bystander": 0}
