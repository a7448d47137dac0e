"""The pages of sources and links, as people use them."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions.connections import add_source
from integrations.actions.links import create_link
from integrations.actions.offers import key_of
from integrations.choices import Measure, RunState, SourceState
from integrations.models import (
    Connection,
    Credential,
    Link,
    Source,
    SyncRun,
)
from okrs.models import KeyResult
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import (
    address,
    connected,
    facts_of,
    make_item,
    make_source,
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


# --- Links ----------------------------------------------------------------------------------
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
