"""The form of a link: goals and epics are found, nothing filled in is lost, overlap is told."""

from typing import Any

from django.test import Client

from integrations.actions.links import create_link
from integrations.models import Connection, Link, Source, SourceItem
from tests.integrations.conftest import Portal
from tests.integrations.items import address, facts_of, make_item, make_source, text_of


# --- Finding a goal and an epic -------------------------------------------------------------
def offered_in(form: Any, name: str) -> list[str]:
    return [label for _, label in form.fields[name].widget.choices]


def test_finding_a_goal_keeps_what_is_filled_in(
    portal: Portal, admin: Client, source: Source
) -> None:
    portal.key_result("Basket is quick")
    checkout = portal.key_result("Checkout is done")
    body = {
        "find": "1", "words": "basket", "key_result": str(checkout.pk), "measure": "count",
        "label": "wallet",
    }  # fmt: skip
    page = admin.post(address("link-source", source.pk), body)
    form = page.context["form"]
    assert (page.status_code, Link.objects.exists(), form.errors) == (200, False, {})
    assert (form["measure"].value(), form["label"].value()) == ("count", "wallet")
    assert [label[:8] for label in offered_in(form, "key_result")] == [
        "none",
        "Basket i",
        "Checkout",
    ]


def test_an_address_fills_in_the_goal_and_how_it_is_counted(
    portal: Portal, admin: Client, source: Source
) -> None:
    make_item(source, "SHOP-1", category="done", labels=["wallet"])
    make_item(source, "SHOP-2")
    checkout = portal.key_result("Checkout is done")
    query = {"key_result": str(checkout.pk), "label": "wallet"}
    page = admin.get(address("link-source", source.pk), query)
    assert page.context["form"]["key_result"].value() == str(checkout.pk)
    assert "1 of 1 item done" in text_of(page)


def test_goals_of_one_title_are_told_apart(portal: Portal, admin: Client, source: Source) -> None:
    portal.key_result("Checkout is done")
    form = admin.get(address("link-source", source.pk)).context["form"]
    assert offered_in(form, "key_result")[1:] == [
        f"Checkout is done · Objective of Checkout is done · {portal.world.product} · Quarter"
    ]


def test_an_epic_is_found_by_its_key_or_title_among_many(admin: Client, source: Source) -> None:
    for number in range(60):
        facts = facts_of(f"E-{number:02}", level=1)
        make_item(source, f"E-{number:02}", title=f"Epic {number}", facts=facts, is_leaf=False)
    page = admin.get(address("link-source", source.pk))
    assert len(offered_in(page.context["form"], "parent_remote_id")) == 51
    assert "Find an epic" in text_of(page)
    body = {"find": "1", "parents": "epic 59", "measure": "count", "parent_remote_id": "E-03"}
    form = admin.post(address("link-source", source.pk), body).context["form"]
    assert offered_in(form, "parent_remote_id") == ["everything", "E-59 Epic 59", "E-03 Epic 3"]


def test_an_epic_that_is_not_offered_may_be_chosen(
    portal: Portal, admin: Client, source: Source
) -> None:
    for number in range(60):
        facts = facts_of(f"E-{number:02}", level=1)
        make_item(source, f"E-{number:02}", facts=facts, is_leaf=False)
    goal = portal.key_result("Checkout is done")
    body = {"key_result": str(goal.pk), "measure": "count", "parent_remote_id": "E-59"}
    assert admin.post(address("link-source", source.pk), body).status_code == 302
    assert Link.objects.get().parent_remote_id == "E-59"


def test_finding_an_epic_keeps_what_was_changed_of_a_link(
    portal: Portal, admin: Client, source: Source
) -> None:
    goal = portal.key_result("Checkout is done")
    link = create_link(portal.world.access("admin"), source, key_result=goal)
    body = {"find": "1", "parents": "pay", "measure": "share-of-points", "label": "wallet"}
    form = admin.post(address("edit-link", link.pk), body).context["form"]
    assert [form[name].value() for name in ("measure", "label")] == ["share-of-points", "wallet"]


# --- Items that count twice -----------------------------------------------------------------
def test_the_preview_says_which_items_the_goal_counts_already(
    portal: Portal, admin: Client, connection: Connection, source: Source
) -> None:
    goal = portal.key_result("Checkout is done")
    create_link(portal.world.access("admin"), source, key_result=goal)
    query = make_source(connection, "Urgent")
    both = make_item(source, "SHOP-1")
    SourceItem.objects.create(source=query, item=both)
    make_item(query, "SHOP-2")
    body = {"key_result": str(goal.pk), "measure": "share-of-items"}
    page = text_of(admin.post(address("preview-link", query.pk), body))
    assert "<strong>1</strong> of these items counts for this goal by another of its links" in page


def test_a_link_does_not_overlap_with_itself(portal: Portal, admin: Client, source: Source) -> None:
    make_item(source, "SHOP-1")
    goal = portal.key_result("Checkout is done")
    link = create_link(portal.world.access("admin"), source, key_result=goal)
    body = {"link": str(link.pk), "measure": "share-of-items"}
    previewed = admin.post(address("preview-link", source.pk), body)
    edited = admin.get(address("edit-link", link.pk))
    assert ["twice" in text_of(page) for page in (previewed, edited)] == [False, False]


def test_what_two_links_of_two_goals_count_is_no_overlap(
    portal: Portal, admin: Client, source: Source
) -> None:
    make_item(source, "SHOP-1")
    one, other = portal.key_result("Checkout is done"), portal.key_result("Basket is quick")
    create_link(portal.world.access("admin"), source, key_result=one)
    body = {"key_result": str(other.pk), "measure": "share-of-items"}
    assert "twice" not in text_of(admin.post(address("preview-link", source.pk), body))


# --- What a link stands below ---------------------------------------------------------------
def test_the_epic_that_a_link_stands_below_is_named(
    portal: Portal, admin: Client, source: Source
) -> None:
    epic = make_item(
        source, "E-1", title="Pay later", facts=facts_of("E-1", level=1), is_leaf=False
    )
    goal = portal.key_result("Checkout is done")
    link = create_link(
        portal.world.access("admin"), source, key_result=goal, parent_remote_id="E-1"
    )
    pages = (
        address("source", source.pk),
        address("link-history", link.pk),
        goal.get_absolute_url(),
    )
    named = f'below <a href="{address("item", epic.pk)}">E-1 Pay later</a>'
    assert [named in text_of(admin.get(page)) for page in pages] == [True, True, True]


def test_an_epic_that_was_not_read_is_told_as_such(
    portal: Portal, admin: Client, source: Source
) -> None:
    goal = portal.key_result("Checkout is done")
    Link.objects.create(source=source, key_result=goal, parent_remote_id="E-9")
    page = text_of(admin.get(address("source", source.pk)))
    assert "below an epic that was not read" in page
