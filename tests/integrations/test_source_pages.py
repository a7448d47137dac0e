"""The pages of sources, as people use them."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions.connections import add_source
from integrations.actions.offers import key_of
from integrations.choices import RunState, SourceState
from integrations.models import (
    Connection,
    Credential,
    Source,
    SyncRun,
)
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.integrations.conftest import Portal
from tests.integrations.items import (
    address,
    connected,
    make_item,
    text_of,
)

MANY = (1, 3, 50)


# --- Sources --------------------------------------------------------------------------------
def test_following_a_project_starts_to_read_it(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    form = admin.get(address("add-source", row.pk)).context["form"]
    choice = next(iter(form.options))
    admin.post(address("add-source", row.pk), {"choice": choice})
    assert Source.objects.get().name == "Web shop"
    assert SyncRun.objects.get().state == RunState.WAITING


def test_what_is_followed_already_is_not_offered_again(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    form = admin.get(address("add-source", row.pk)).context["form"]
    (offer,) = form.options.values()
    add_source(
        portal.world.access("admin"), row, kind=offer.kind, name="x", remote_id=offer.remote_id
    )
    assert admin.get(address("add-source", row.pk)).context["form"].options == {}


def test_a_query_that_jira_refuses_is_told_beside_the_query(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    body = {"query": "colour = red", "name": "Red"}
    response = admin.post(address("add-source", row.pk), body)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["query"])


def test_neither_a_choice_nor_a_query_is_refused(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    response = admin.post(address("add-source", connected(portal.world, jira).pk), {})
    assert response.context["form"].errors == {
        "choice": ["Choose something to follow, or write a query."]
    }


def test_a_choice_and_a_query_at_once_are_refused_beside_the_query(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    form = admin.get(address("add-source", row.pk)).context["form"]
    body = {"choice": next(iter(form.options)), "query": "project = SHOP", "name": "Shop"}
    assert admin.post(address("add-source", row.pk), body).context["form"].errors == {
        "query": ["Choose something to follow or write a query, not both."]
    }
    assert not Source.objects.exists()


def test_of_a_choice_and_a_query_the_page_asks_for_one(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    page = text_of(admin.get(address("add-source", connected(portal.world, jira).pk)))
    marked = 'label class="field-label" for="id_{}">{} <span class="field-optional">one of the two<'
    assert marked.format("choice", "Follow") in page
    assert marked.format("query", "Or a query (JQL)") in page


def test_following_may_lead_on_to_a_link_that_counts_as_chosen(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    form = admin.get(address("add-source", row.pk)).context["form"]
    body = {"choice": next(iter(form.options)), "measure": "count", "link": "1"}
    response = admin.post(address("add-source", row.pk), body)
    place = address("link-source", Source.objects.get().pk)
    assert response.headers["Location"] == f"{place}?measure=count"
    assert admin.get(response.headers["Location"]).context["form"]["measure"].value() == "count"


# --- What was typed stays -----------------------------------------------------------------------
TYPED = {"query": "project = SHOP", "name": "Mine", "measure": "count"}
LIMIT = Fault(name="429", retry_after=7, times=99)


def test_what_was_typed_stays_in_the_form_when_the_service_refuses_more_requests(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    admin.get(address("add-source", row.pk))
    jira.app.faults.add(LIMIT)
    response = admin.post(address("add-source", row.pk), TYPED)
    form = response.context["form"]
    assert response.status_code == 422
    assert {name: form[name].value() for name in TYPED} == TYPED
    assert len(form.options) == 1
    assert form.non_field_errors()


def test_it_stays_even_if_nobody_knows_any_more_what_was_offered(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    chosen = whole_shop(jira)
    jira.app.faults.add(LIMIT)
    response = admin.post(address("add-source", row.pk), {"choice": chosen, "measure": "count"})
    assert response.status_code == 422
    assert response.context["form"]["choice"].value() == chosen
    assert f'<option value="{chosen}" selected' in text_of(response)
    assert not Source.objects.exists()


def test_a_form_that_is_sent_does_not_have_everything_listed_again(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    admin.get(address("add-source", row.pk))
    jira.app.seen.clear()
    admin.post(address("add-source", row.pk), {"choice": whole_shop(jira)})
    assert Source.objects.get().name == "Web shop"
    assert [seen for seen in jira.app.seen if "project/search" in str(seen)] == []


def test_a_choice_that_went_out_of_sight_meanwhile_is_told_beside_it(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    admin.get(address("add-source", row.pk))
    chosen = whole_shop(jira)
    jira.app.tracker.set_space("SHOP", hidden=True)
    response = admin.post(address("add-source", row.pk), {"choice": chosen})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["choice"])


def test_another_credential_is_not_offered_what_the_former_saw(
    portal: Portal, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    before = key_of(row)
    Credential.objects.update(set_at=timezone.now())
    assert key_of(row) != before


# --- A look before following ------------------------------------------------------------------
@pytest.fixture
def shop(portal: Portal, jira: Server[JiraCloud]) -> Connection:
    """A connection to a shop with an epic, a finished story of 5 points, and two open ones."""
    tracker = jira.app.tracker
    tracker.add("SHOP", "Faster checkout", type_name="Epic")
    tracker.add("SHOP", "Print a receipt")
    tracker.estimate("SHOP-1", Decimal(5))
    tracker.estimate("SHOP-2", Decimal(3))
    tracker.finish("SHOP-1")
    return connected(portal.world, jira)


def look(admin: Client, connection: Connection, **asked: str) -> Any:
    body = {"measure": "share-of-items", **asked}
    return admin.post(address("taste-source", connection.pk), body)


def whole_shop(jira: Server[JiraCloud]) -> str:
    return f"project:{jira.app.tracker.space('SHOP').id}"


@pytest.mark.parametrize(
    ("measure", "done", "total"),
    [("share-of-items", 1, 3), ("share-of-points", 5, 8), ("count", 1, None)],
)
def test_a_choice_shows_what_it_would_count(
    admin: Client,
    shop: Connection,
    jira: Server[JiraCloud],
    measure: str,
    done: int,
    total: int | None,
) -> None:
    taste = look(admin, shop, choice=whole_shop(jira), measure=measure).context["taste"]
    assert (taste.measured["done"], taste.measured["total"]) == (done, total)


def test_a_sum_is_over_the_chosen_field(
    portal: Portal, admin: Client, shop: Connection, jira: Server[JiraCloud]
) -> None:
    fields = portal.provider(shop).number_fields()
    field = next(it.remote_id for it in fields if it.name == "Story Points")
    asked = {"choice": whole_shop(jira), "measure": "sum-of-field", "field": field}
    assert look(admin, shop, **asked).context["taste"].measured["done"] == 5


def test_a_choice_tells_estimates_statuses_and_what_is_not_counted(
    admin: Client, shop: Connection, jira: Server[JiraCloud]
) -> None:
    taste = look(admin, shop, choice=whole_shop(jira)).context["taste"]
    assert (taste.looked_at, taste.not_counted, taste.estimated) == (4, 1, 2)
    assert [(it.name, it.counts_as, it.items) for it in taste.statuses] == [
        ("To Do", "To do", 2),
        ("Done", "Done", 1),
    ]


def test_the_rules_of_the_connection_are_applied_to_the_look(
    admin: Client, shop: Connection, jira: Server[JiraCloud]
) -> None:
    status = look(admin, shop, choice=whole_shop(jira)).context["taste"].statuses[0]
    Connection.objects.update(rules={"statuses": {status.remote_id: "done"}})
    taste = look(admin, shop, choice=whole_shop(jira)).context["taste"]
    assert taste.measured["items_done"] == 3


def test_a_query_is_looked_at_as_it_is_written(admin: Client, shop: Connection) -> None:
    page = text_of(look(admin, shop, query="project = SHOP AND statusCategory = Done"))
    assert "<strong>1 item.</strong>" in page


def test_a_query_as_long_as_jira_takes_is_looked_at(admin: Client, shop: Connection) -> None:
    query = " OR ".join(["project = SHOP"] * 440)
    assert "<strong>4 items.</strong>" in text_of(look(admin, shop, query=query))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("project = SHOP ORDER BY created", "Leave out ORDER BY"),
        ("ORDER BY created", "Leave out ORDER BY"),
        ("(project = SHOP", "The brackets in the query do not match"),
        ("colour = red", "colour"),
    ],
)
def test_a_query_that_cannot_be_followed_is_refused_beside_it_as_it_is_written(
    admin: Client, shop: Connection, query: str, reason: str
) -> None:
    response = look(admin, shop, query=query)
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["query"])
    assert reason in response.context["form"].errors["query"][0]
    assert '<div id="problem-query" aria-live="polite" hx-swap-oob="true"><p' in text_of(response)


def test_a_project_out_of_sight_is_told_beside_the_choice(
    admin: Client, shop: Connection, jira: Server[JiraCloud]
) -> None:
    asked = whole_shop(jira)
    jira.app.tracker.set_space("SHOP", hidden=True)
    assert list(look(admin, shop, choice=asked).context["form"].errors) == ["choice"]


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"choice": "project:1", "query": "project = SHOP"}, "query"),
        ({"choice": "galaxy:1"}, "choice"),
        ({"choice": "project:1", "measure": "sum-of-field"}, "field"),
    ],
)
def test_what_cannot_be_meant_asks_nobody(
    admin: Client, shop: Connection, jira: Server[JiraCloud], asked: dict[str, str], wrong: str
) -> None:
    jira.app.seen.clear()
    assert list(look(admin, shop, **asked).context["form"].errors) == [wrong]
    assert len(jira.app.seen) == 0


def test_nothing_chosen_asks_nobody_and_says_what_to_do(
    admin: Client, shop: Connection, jira: Server[JiraCloud]
) -> None:
    jira.app.seen.clear()
    assert "Choose something or write a query" in text_of(look(admin, shop))
    assert len(jira.app.seen) == 0


def test_a_source_that_goals_read_cannot_be_dropped(
    portal: Portal, admin: Client, source: Source
) -> None:
    portal.link(source.connection, portal.key_result("Checkout is done"), source.remote_id)
    page = text_of(admin.post(address("remove-source", source.pk), follow=True))
    assert "still read this source" in page
    assert Source.objects.get().archived_at is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"category": "done"}, ["SHOP-2"]),
        ({"label": "wallet"}, ["SHOP-3"]),
        ({"q": "title of shop-1"}, ["SHOP-1"]),
        ({"q": "shop-3"}, ["SHOP-3"]),
    ],
)
def test_items_are_found_by_category_label_words_and_key(
    admin: Client, source: Source, query: dict[str, str], found: list[str]
) -> None:
    make_item(source, "SHOP-1")
    make_item(source, "SHOP-2", category="done")
    make_item(source, "SHOP-3", labels=["wallet"])
    page = admin.get(address("source", source.pk), query).context["page"]
    assert [item.key for item in page.rows] == found


@pytest.mark.parametrize("url", ["http://example.com/x", "javascript:alert(1)", "data:text/html,x"])
def test_an_address_that_is_not_https_is_never_linked(
    admin: Client, source: Source, url: str
) -> None:
    make_item(source, "SHOP-1", url=url)
    page = text_of(admin.get(address("source", source.pk)))
    assert ("SHOP-1" in page, url in page) == (True, False)


def test_an_https_address_is_linked_without_a_referrer(admin: Client, source: Source) -> None:
    make_item(source, "SHOP-1", url="https://acme.atlassian.net/browse/SHOP-1")
    page = text_of(admin.get(address("source", source.pk)))
    assert 'href="https://acme.atlassian.net/browse/SHOP-1" rel="noreferrer">SHOP-1</a>' in page


def test_the_file_of_items_is_safe_in_a_spreadsheet(admin: Client, source: Source) -> None:
    make_item(source, "SHOP-1", title="=HYPERLINK(1)", category="done")
    make_item(source, "SHOP-2")
    lines = text_of(admin.get(address("source-csv", source.pk), {"category": "done"})).splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["SHOP-1", "'=HYPERLINK(1)"]]


def test_a_source_out_of_sight_says_that_it_froze_what_it_feeds(
    admin: Client, source: Source
) -> None:
    Source.objects.update(state=SourceState.ACCESS_LOST, problem="the project is hidden")
    page = text_of(admin.get(address("source", source.pk)))
    assert "The project is hidden. What it feeds is frozen" in page


@pytest.mark.parametrize("count", MANY)
def test_a_source_asks_as_often_for_fifty_items_as_for_one(
    portal: Portal,
    admin: Client,
    source: Source,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        make_item(source, f"SHOP-{number}")
    portal.link(source.connection, portal.key_result("Checkout"), source.remote_id)
    admin.get(address("source", source.pk))
    with django_assert_num_queries(12):
        page = admin.get(address("source", source.pk))
    assert len(page.context["page"].rows) == count
