"""From a goal, or from a ticket that none takes up, to the form that links them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.actions.links import create_link
from integrations.models import Connection, Source
from okrs.choices import Shape
from okrs.models import Initiative, KeyResult
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, facts_of, make_item, make_source, text_of


@pytest.fixture
def checkout(portal: Portal) -> KeyResult:
    return portal.key_result("Checkout is done")


@pytest.fixture
def work(portal: Portal) -> Initiative:
    made: Initiative = InitiativeFactory.create(product=portal.world.product)
    return made


def sources_for(client: Client, **query: Any) -> str:
    return text_of(client.get(address("link-work"), query))


@pytest.mark.parametrize("name", ["key_result", "initiative"])
def test_a_goal_leads_to_the_form_of_each_source_with_the_goal_filled_in(
    admin: Client, source: Source, checkout: KeyResult, work: Initiative, name: str
) -> None:
    goal = checkout if name == "key_result" else work
    leads_to = f"{address('link-source', source.pk)}?{name}={goal.pk}"
    assert f'href="{leads_to}"' in sources_for(admin, **{name: goal.pk})
    form = admin.get(leads_to).context["form"]
    assert form[name].value() == str(goal.pk)


def test_a_source_that_is_linked_to_the_goal_is_marked(
    portal: Portal, admin: Client, connection: Connection, source: Source, checkout: KeyResult
) -> None:
    make_source(connection, "Till")
    create_link(portal.world.access("admin"), source, key_result=checkout)
    assert sources_for(admin, key_result=checkout.pk).count(">linked<") == 1


def test_sources_are_found_by_their_name(
    admin: Client, connection: Connection, source: Source, checkout: KeyResult
) -> None:
    make_source(connection, "Till")
    page = sources_for(admin, key_result=checkout.pk, q="til")
    assert (">Till<" in page, ">Web shop<" in page) == (True, False)


def test_what_is_not_followed_any_more_is_not_offered(
    admin: Client, source: Source, checkout: KeyResult
) -> None:
    Source.objects.update(archived_at=timezone.now())
    assert "Nothing is followed yet" in sources_for(admin, key_result=checkout.pk)


def test_a_goal_that_takes_no_work_is_told_why(
    admin: Client, source: Source, checkout: KeyResult
) -> None:
    KeyResult.objects.update(shape=Shape.MILESTONES)
    answer = admin.get(address("link-work"), {"key_result": str(checkout.pk)}, follow=True)
    assert answer.redirect_chain == [(checkout.get_absolute_url(), 302)]
    assert "Work cannot be linked to it" in text_of(answer)


@pytest.mark.parametrize("pk", ["no-id", "0197a000-0000-7000-8000-000000000009"])
def test_a_goal_that_is_not_there_is_no_page(admin: Client, source: Source, pk: str) -> None:
    assert admin.get(address("link-work"), {"key_result": pk}).status_code == 404


def test_the_page_of_an_initiative_shows_the_way(admin: Client, work: Initiative) -> None:
    way = f'href="{address("link-work")}?initiative={work.pk}"'
    assert way in text_of(admin.get(work.get_absolute_url()))


def test_goals_without_work_lead_to_it(admin: Client, checkout: KeyResult) -> None:
    checkout.objective.__class__.objects.update(state="committed")
    page = text_of(admin.get(address("gaps"), {"list": "key-results"}))
    assert f'href="{address("link-work")}?key_result={checkout.pk}"' in page


def test_work_without_a_goal_leads_to_one(admin: Client, work: Initiative) -> None:
    page = text_of(admin.get(address("gaps"), {"list": "initiatives"}))
    way = reverse("okrs:drive-key-result", args=[work.organization.slug, work.pk])
    assert f'href="{way}"' in page


def test_a_ticket_of_no_goal_leads_to_its_source_and_to_linking_it(
    admin: Client, source: Source
) -> None:
    make_item(source, "SHOP-1")
    page = text_of(admin.get(address("gaps"), {"list": "items"}))
    ways = [f'href="{address(name, source.pk)}"' for name in ("source", "link-source")]
    assert [way in page for way in ways] == [True, True]


def test_who_may_only_read_is_shown_no_way_to_link(
    portal: Portal, source: Source, checkout: KeyResult
) -> None:
    make_item(source, "SHOP-1")
    viewer = portal.world.client("viewer")
    pages = [text_of(viewer.get(address("gaps"), {"list": n})) for n in ("items", "key-results")]
    assert ["Link" in page.partition("<tbody>")[2] for page in pages] == [False, False]


def test_the_page_of_a_ticket_links_its_source_or_its_epic(admin: Client, source: Source) -> None:
    make_item(source, "E-1", facts=facts_of("E-1", level=1), is_leaf=False)
    ticket = make_item(source, "SHOP-1", parent_remote_id="E-1")
    page = text_of(admin.get(address("item", ticket.pk)))
    form = address("link-source", source.pk)
    ways = (f'href="{form}"', f'href="{form}?parent_remote_id=E-1"')
    assert [way in page for way in ways] == [True, True]


def test_as_many_questions_for_fifty_sources_as_for_one(
    admin: Client, connection: Connection, checkout: KeyResult,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for number in range(50):
        make_source(connection, f"Source {number:02}")
    sources_for(admin, key_result=checkout.pk)
    with django_assert_max_num_queries(16):
        sources_for(admin, key_result=checkout.pk)
