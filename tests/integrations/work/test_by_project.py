"""Work of Linear below a goal, by the projects that it is in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tenancy import tenant
from integrations.models import Connection, Link, Source, SyncedItem
from integrations.queries import work as work_queries
from integrations.queries.work import Level, ProjectBranch, level_of, served_by
from okrs.models import Initiative, InitiativeKeyResult
from tests.factories.okrs import InitiativeFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_item, make_source
from tests.integrations.work.conftest import queries_of
from tests.personas import World

BASE = "/api/v1/orgs/acme"
NAMES = {"p-checkout": "Checkout", "p-search": "search"}


@pytest.fixture
def source(portal: Portal) -> Source:
    """A team of Linear."""
    connection = Connection.objects.create(name="Linear", provider="linear", owner=portal.admin)
    source = make_source(connection, "Engine")
    Source.objects.update(kind="team")
    source.kind = "team"
    return source


def put(source: Source, key: str, project: str = "", **fields: Any) -> SyncedItem:
    named = {"project_remote_id": project, "project_name": NAMES.get(project, ""), **fields}
    return make_item(source, key, **named)


@pytest.fixture
def team(source: Source) -> Source:
    """Two issues in one project, one of them done and with a sub-issue; one in another; one free.

    The sub-issue was put into the other project by hand, and still hangs below its issue.
    """
    put(source, "L-1", "p-search")
    put(source, "L-2", "p-checkout", category="done")
    put(source, "L-3", "p-checkout")
    put(source, "L-4")
    put(source, "L-5", "p-search", parent_remote_id="L-2", is_leaf=False, kind="Sub-issue")
    return source


def keys(link: Link, **asked: Any) -> list[str]:
    return [row.key for row in level_of(link, **asked).rows]


def names(link: Link, **asked: Any) -> list[str]:
    return [row.name for row in level_of(link, **asked).projects]


def item(key: str) -> SyncedItem:
    return SyncedItem.objects.get(key=key)


# --- The level ------------------------------------------------------------------------------
def test_the_top_shows_projects_by_name_and_what_is_in_none(team: Source, link: Link) -> None:
    level = level_of(link)
    assert level.projects == [
        ProjectBranch("p-checkout", "Checkout", children=2, done=1, total=2),
        ProjectBranch("p-search", "search", children=1, done=0, total=1),
    ]
    assert ([row.key for row in level.rows], level.after) == (["L-4"], None)


def test_a_project_holds_its_items_of_the_top(team: Source, link: Link) -> None:
    level = level_of(link, project="p-checkout")
    assert [(row.key, row.children) for row in level.rows] == [("L-2", 1), ("L-3", 0)]
    assert level.projects == []


def test_below_an_item_there_are_items_whatever_project_they_are_in(
    team: Source, link: Link
) -> None:
    assert (keys(link, below=item("L-2").pk), names(link, below=item("L-2").pk)) == (["L-5"], [])


def test_a_project_counts_leaf_items_at_any_depth(team: Source, link: Link) -> None:
    put(team, "L-6", parent_remote_id="L-5", category="done")
    checkout, search = level_of(link).projects
    assert (checkout.children, checkout.done, checkout.total) == (2, 2, 3)
    assert (search.children, search.done, search.total) == (1, 0, 1)


def test_what_is_left_out_counts_on_neither_side_of_a_project(team: Source, link: Link) -> None:
    SyncedItem.objects.filter(key="L-3").update(category="left_out")
    (checkout, _) = level_of(link).projects
    assert (checkout.children, checkout.done, checkout.total) == (2, 1, 1)


def test_a_circle_in_a_project_is_counted_once(team: Source, link: Link) -> None:
    put(team, "C-1", "p-search", parent_remote_id="C-2")
    put(team, "C-2", "p-search", parent_remote_id="C-1")
    (_, search) = level_of(link).projects
    assert (search.children, search.total) == (3, 3)
    circled = [row.key for row in level_of(link, project="p-search").rows if row.in_circle]
    assert circled == ["C-1", "C-2"]


def test_a_project_is_called_as_its_item_that_changed_last_knows_it(
    team: Source, link: Link
) -> None:
    later = timezone.now() + timedelta(minutes=1)
    SyncedItem.objects.filter(key="L-3").update(project_name="Fast lane", remote_updated_at=later)
    assert names(link) == ["Fast lane", "search"]
    assert level_of(link, project="p-checkout").name == "Fast lane"
    assert level_of(link).projects[0].children == 2


def test_items_whose_project_has_no_name_yet_join_those_that_know_it(
    team: Source, link: Link
) -> None:
    SyncedItem.objects.filter(key="L-3").update(project_name="")
    assert level_of(link).projects[0].children == 2


def test_what_left_the_source_or_is_gone_is_in_no_project(team: Source, link: Link) -> None:
    SyncedItem.objects.filter(key="L-1").update(gone_at=timezone.now())
    team.members.filter(item__key="L-2").update(left_at=timezone.now())
    # What hung below the item that left stands on top now, in its own project.
    assert [(row.name, row.children) for row in level_of(link).projects] == [
        ("Checkout", 1), ("search", 1),
    ]  # fmt: skip
    assert keys(link, project="p-search") == ["L-5"]


def test_a_link_with_a_label_counts_only_what_carries_it(
    team: Source, initiative: Initiative
) -> None:
    SyncedItem.objects.filter(key="L-2").update(labels=["speed"])
    link = Link.objects.create(source=team, initiative=initiative, label="speed")
    (only,) = level_of(link).projects
    assert (only.name, only.children, only.done, only.total) == ("Checkout", 1, 1, 1)


def test_a_link_that_reads_one_project_shows_its_items_at_once(team: Source, link: Link) -> None:
    link.source.kind = "project"
    assert (names(link), keys(link)) == ([], ["L-1", "L-2", "L-3", "L-4"])


def test_a_link_below_an_item_shows_its_children_at_once(
    team: Source, initiative: Initiative
) -> None:
    link = Link.objects.create(source=team, initiative=initiative, parent_remote_id="L-2")
    assert (names(link), keys(link)) == ([], ["L-5"])


def test_projects_of_jira_have_no_names_and_stand_nowhere(source: Source, link: Link) -> None:
    make_item(source, "S-1", project_remote_id="10000", project_key="SHOP")
    assert (names(link), keys(link)) == ([], ["S-1"])


def test_a_project_of_that_name_in_another_connection_is_another(
    portal: Portal, team: Source, link: Link
) -> None:
    other = Connection.objects.create(name="Other", provider="linear", owner=portal.admin)
    put(make_source(other, "Other team"), "O-1", "p-checkout")
    assert level_of(link).projects[0].children == 2
    assert keys(link, project="p-checkout") == ["L-2", "L-3"]


# --- Pages ----------------------------------------------------------------------------------
def walked(link: Link, **asked: Any) -> list[list[str]]:
    """Names of projects and keys of items, page by page, to the end."""
    pages: list[list[str]] = []
    after: UUID | None = None
    while not pages or after:
        level = level_of(link, after=after, **asked)
        pages.append([row.name for row in level.projects] + [row.key for row in level.rows])
        after = level.after
    return pages


@pytest.fixture
def crowd(source: Source) -> Source:
    """Five projects of two items each, read in another order than that of their names, and four
    items in none. Two projects are called the same."""
    for name, project in zip("dbeab", range(5), strict=True):
        for number in range(2):
            named = {"project_remote_id": f"p-{project}", "project_name": name.upper()}
            make_item(source, f"{name}{project}-{number}", **named)
        if project < 4:
            make_item(source, f"free-{project}")
    return source


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_pages_hold_every_project_and_item_once_in_one_order(
    crowd: Source, link: Link, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(work_queries, "PAGE", size)
    whole = ["A", "B", "B", "D", "E", "free-0", "free-1", "free-2", "free-3"]
    pages = walked(link)
    assert [name for page in pages for name in page] == whole
    assert {len(page) for page in pages[:-1]} <= {size}


def test_an_opened_project_goes_on_where_its_page_ended(
    source: Source, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queries, "PAGE", 2)
    for number in range(5):
        put(source, f"L-{number}", ("p-checkout", "p-search")[number % 2])
    assert walked(link, project="p-checkout") == [["L-0", "L-2"], ["L-4"]]


# --- The line up ----------------------------------------------------------------------------
@pytest.fixture
def driven(portal: Portal, link: Link) -> Link:
    key_result = portal.key_result("Checkout is done")
    InitiativeKeyResult.objects.create(initiative=link.initiative, key_result=key_result)
    return link


def line_of(portal: Portal, key: str) -> Any:
    (line,) = served_by(portal.world.access("admin"), item(key)).lines
    return line


@pytest.mark.parametrize(
    ("key", "top", "project"),
    [("L-2", "L-2", "Checkout"), ("L-5", "L-2", "Checkout"), ("L-1", "L-1", "search")],
)
def test_the_line_leads_through_the_project_of_the_top_item(
    portal: Portal, team: Source, driven: Link, key: str, top: str, project: str
) -> None:
    line = line_of(portal, key)
    assert (line.top.key, line.top.project_name) == (top, project)


def test_a_parent_that_the_source_does_not_hold_is_not_on_the_line(
    portal: Portal, team: Source, driven: Link
) -> None:
    team.members.filter(item__key="L-2").update(left_at=timezone.now())
    assert line_of(portal, "L-5").top.key == "L-5"


def test_a_parent_without_the_label_is_not_on_the_line(
    portal: Portal, team: Source, driven: Link
) -> None:
    SyncedItem.objects.filter(key="L-5").update(labels=["speed"])
    Link.objects.update(label="speed")
    assert line_of(portal, "L-5").top.key == "L-5"


def test_the_item_that_a_link_stands_below_is_not_on_its_line(
    portal: Portal, team: Source, driven: Link
) -> None:
    Link.objects.update(parent_remote_id="L-2")
    assert line_of(portal, "L-5").top.key == "L-5"


# --- Pages and API --------------------------------------------------------------------------
def test_the_page_shows_projects_before_items(admin: Client, team: Source, link: Link) -> None:
    page = admin.get(address("work", link.pk)).content.decode()
    assert page.index(">Checkout<") < page.index(">search<") < page.index("Title of L-4")
    assert ("Title of L-2" in page, "1 of 2 done" in page) == (False, True)


def test_a_project_is_read_when_it_is_opened(admin: Client, team: Source, link: Link) -> None:
    opened = f"{address('work', link.pk)}?project=p-checkout"
    assert opened in admin.get(address("work", link.pk)).content.decode()
    part = admin.get(opened, headers={"HX-Request": "true"}).content.decode()
    assert ("Title of L-2" in part, "Title of L-1" in part, "<html" in part) == (True, False, False)


def test_a_project_has_a_page_without_scripts(admin: Client, team: Source, link: Link) -> None:
    page = admin.get(f"{address('work', link.pk)}?project=p-checkout").content.decode()
    assert "Work of Checkout" in page
    assert f'<a href="{address("work", link.pk)}">Engine</a>' in page


def test_more_of_a_project_stays_in_it(
    admin: Client, source: Source, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queries, "PAGE", 1)
    first = put(source, "L-1", "p-checkout")
    put(source, "L-2", "p-checkout")
    asked = f"{address('work', link.pk)}?project=p-checkout"
    more_url = f"{asked}&after={first.pk}"
    assert admin.get(asked).context["more_url"] == more_url
    assert [row.key for row in admin.get(more_url).context["level"].rows] == ["L-2"]


@pytest.mark.parametrize("project", ["p-nothing", "%00", "10000", "x" * 5000])
def test_a_project_without_a_name_is_no_page(
    admin: Client, team: Source, link: Link, project: str
) -> None:
    put(team, "S-1", "10000")
    assert admin.get(f"{address('work', link.pk)}?project={project}").status_code == 404


def test_a_project_of_another_source_is_no_page(admin: Client, team: Source, link: Link) -> None:
    other = make_source(link.source.connection, "Other team")
    put(other, "O-1", "p-other", project_name="Secret")
    assert admin.get(f"{address('work', link.pk)}?project=p-other").status_code == 404


def test_the_page_of_an_item_leads_back_to_its_project(
    admin: Client, team: Source, driven: Link
) -> None:
    page = admin.get(address("item", item("L-5").pk)).content.decode()
    assert f'href="{address("work", driven.pk)}?project=p-checkout">Checkout</a>' in page
    assert "<li><span>Checkout</span></li>" in page


def test_the_api_tells_projects_and_what_they_hold(admin: Client, team: Source, link: Link) -> None:
    told = admin.get(f"{BASE}/links/{link.pk}/work/").json()
    checkout = {"remote_id": "p-checkout", "name": "Checkout", "children": 2, "done": 1, "total": 2}
    assert told["projects"][0] == checkout
    assert [row["key"] for row in told["results"]] == ["L-4"]
    opened = admin.get(f"{BASE}/links/{link.pk}/work/?project=p-checkout").json()
    assert (opened["projects"], [row["key"] for row in opened["results"]]) == ([], ["L-2", "L-3"])


def test_the_api_goes_on_after_a_project(
    admin: Client, team: Source, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queries, "PAGE", 1)
    first = admin.get(f"{BASE}/links/{link.pk}/work/").json()
    second = admin.get(f"{BASE}/links/{link.pk}/work/?after={first['after']}").json()
    assert [row["name"] for page in (first, second) for row in page["projects"]] == [
        "Checkout", "search",
    ]  # fmt: skip


@pytest.mark.parametrize("project", ["x" * 65, "%00"])
def test_the_api_refuses_what_is_no_id(admin: Client, link: Link, project: str) -> None:
    answer = admin.get(f"{BASE}/links/{link.pk}/work/?project={project}")
    assert (answer.status_code, "project" in answer.json()["errors"]) == (422, True)


def test_the_api_tells_the_project_of_a_line_and_of_an_item(
    admin: Client, team: Source, driven: Link
) -> None:
    path = f"{BASE}/synced-items/{item('L-5').pk}/"
    (line,) = admin.get(f"{path}serves/").json()["lines"]
    assert line["project"] == {"remote_id": "p-checkout", "name": "Checkout"}
    told = admin.get(path).json()
    assert (told["project_remote_id"], told["project_name"]) == ("p-search", "search")


def test_a_line_of_jira_tells_no_project(admin: Client, team: Source, driven: Link) -> None:
    told = admin.get(f"{BASE}/synced-items/{item('L-4').pk}/serves/").json()
    assert [line["project"] for line in told["lines"]] == [None]


def test_another_organisation_sees_none_of_it(acme: World, rival: World) -> None:
    with tenant(acme.organization.pk):
        linear = Connection.objects.create(name="Linear", provider="linear", owner=acme["admin"])
        source = make_source(linear, "Engine")
        put(source, "L-1", "p-checkout")
        initiative = InitiativeFactory.create(product=acme.product, owner=acme["admin"])
        link = Link.objects.create(source=source, initiative=initiative)
    with tenant(rival.organization.pk):
        assert level_of(link) == Level([], [], None)
        assert level_of(link, project="p-checkout") == Level([], [], None)
    asked = f"links/{link.pk}/work/?project=p-checkout"
    assert rival.client("admin").get(f"/api/v1/orgs/rival/{asked}").status_code == 404


# --- Cost -----------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["", "?project=p-0"])
def test_the_tree_asks_as_often_for_fifty_projects_as_for_one(
    admin: Client, source: Source, link: Link, path: str
) -> None:
    counts = []
    for first, last in ((0, 1), (1, 3), (3, 50)):
        for number in range(first, last):
            put(source, f"L-{number}", f"p-{number}", project_name=f"Project {number}")
            put(source, f"M-{number}", "p-0", project_name="Project 0")
        counts.append(queries_of(lambda: admin.get(f"{address('work', link.pk)}{path}")))
    assert len(level_of(link).projects) == 50
    assert len(set(counts)) == 1


def test_the_line_asks_as_often_however_many_links_there_are(
    portal: Portal, admin: Client, team: Source, driven: Link
) -> None:
    counts = []
    for first, last in ((0, 1), (1, 3), (3, 50)):
        for number in range(first, last):
            Link.objects.create(source=team, key_result=portal.key_result(f"Result {number}"))
        counts.append(queries_of(lambda: admin.get(address("item", item("L-5").pk))))
    assert len(set(counts)) == 1
