"""The tree of work below a goal: what hangs below what, and how much of it is done."""

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import Connection, Link, Source, SyncedItem
from integrations.queries import work as work_queries
from integrations.queries.work import Branch, level_of
from okrs.models import Initiative
from tests.integrations.conftest import Portal
from tests.integrations.items import address, make_item, make_source
from tests.integrations.work.conftest import below, queries_of

BASE = "/api/v1/orgs/acme"


def keys(rows: list[Branch]) -> list[str]:
    return [row.key for row in rows]


def under(link: Link, key: str) -> list[Branch]:
    return level_of(link, below=SyncedItem.objects.get(key=key).pk).rows


def test_the_top_holds_what_has_no_parent_in_the_source(shop: Source, link: Link) -> None:
    assert keys(level_of(link).rows) == ["E-1", "S-3"]


def test_a_branch_holds_the_items_right_below(shop: Source, link: Link) -> None:
    assert (keys(under(link, "E-1")), keys(under(link, "S-1"))) == (["S-1", "S-2"], ["T-1"])


def test_a_branch_counts_leaf_items_at_any_depth(shop: Source, link: Link) -> None:
    (epic, _) = level_of(link).rows
    assert (epic.children, epic.done, epic.total) == (2, 1, 2)


def test_what_is_left_out_is_on_neither_side(shop: Source, link: Link) -> None:
    SyncedItem.objects.filter(key="S-2").update(category="left_out")
    assert level_of(link).rows[0].total == 1


def test_a_child_may_know_its_parent_by_key_alone(shop: Source, link: Link) -> None:
    make_item(shop, "S-4", parent_key="E-1")
    assert keys(under(link, "E-1")) == ["S-1", "S-2", "S-4"]


def test_what_left_the_source_or_is_gone_is_in_no_branch(shop: Source, link: Link) -> None:
    SyncedItem.objects.filter(key="S-1").update(gone_at=timezone.now())
    shop.members.filter(item__key="S-2").update(left_at=timezone.now())
    assert under(link, "E-1") == []


def test_a_link_below_an_epic_has_its_children_on_top(shop: Source, initiative: Initiative) -> None:
    link = Link.objects.create(source=shop, initiative=initiative, parent_remote_id="E-1")
    assert keys(level_of(link).rows) == ["S-1", "S-2"]


def test_a_link_with_a_label_has_only_what_carries_it(shop: Source, initiative: Initiative) -> None:
    SyncedItem.objects.filter(key__in=["S-1", "S-3"]).update(labels=["speed"])
    link = Link.objects.create(source=shop, initiative=initiative, label="speed")
    assert keys(level_of(link).rows) == ["S-1", "S-3"]


def test_the_same_key_in_another_connection_is_another_item(
    portal: Portal, shop: Source, link: Link
) -> None:
    other = Connection.objects.create(name="Other", provider="jira-cloud", owner=portal.admin)
    make_item(make_source(other, "Other shop"), "S-9", parent_remote_id="E-1")
    assert keys(under(link, "E-1")) == ["S-1", "S-2"]


def test_a_circle_ends_and_its_items_are_on_top(shop: Source, link: Link) -> None:
    below(shop, "C-2", "C-1")
    below(shop, "C-1", "C-2")
    rows = {row.key: row for row in level_of(link).rows}
    assert {key for key, row in rows.items() if row.in_circle} == {"C-1", "C-2"}
    assert (rows["C-1"].done, rows["C-1"].total) == (0, 2)


def test_an_item_that_is_its_own_parent_ends(shop: Source, link: Link) -> None:
    below(shop, "C-1", "C-1")
    assert [row.key for row in level_of(link).rows if row.in_circle] == ["C-1"]


def test_a_level_goes_on_where_its_page_ended(
    source: Source, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queries, "PAGE", 2)
    for number in range(5):
        make_item(source, f"S-{number}")
    pages, after = [], None
    for _ in range(3):
        level = level_of(link, after=after)
        pages.append(keys(level.rows))
        after = level.after
    assert pages == [["S-0", "S-1"], ["S-2", "S-3"], ["S-4"]]
    assert after is None


def test_the_initiative_leads_to_its_tree(admin: Client, shop: Source, link: Link) -> None:
    assert link.initiative is not None
    page = admin.get(link.initiative.get_absolute_url()).content.decode()
    assert address("work", link.pk) in page


def test_a_branch_is_read_when_it_is_opened(admin: Client, shop: Source, link: Link) -> None:
    epic = SyncedItem.objects.get(key="E-1")
    whole = admin.get(address("work", link.pk)).content.decode()
    part = admin.get(
        f"{address('work', link.pk)}?below={epic.pk}", headers={"HX-Request": "true"}
    ).content.decode()
    assert ("Title of S-2" in whole, "Title of S-2" in part) == (False, True)
    assert "<html" not in part


def test_a_branch_works_without_scripts(admin: Client, shop: Source, link: Link) -> None:
    epic = SyncedItem.objects.get(key="E-1")
    page = admin.get(f"{address('work', link.pk)}?below={epic.pk}").content.decode()
    assert "Work below E-1" in page


@pytest.mark.parametrize(
    "query", ["below=x", "after=x", "below=00000000-0000-7000-8000-000000000000"]
)
def test_an_address_that_names_no_item_is_no_page(
    admin: Client, shop: Source, link: Link, query: str
) -> None:
    assert admin.get(f"{address('work', link.pk)}?{query}").status_code == 404


def test_a_tree_asks_as_often_whatever_it_holds(admin: Client, source: Source, link: Link) -> None:
    counts = []
    for first, last in ((0, 1), (1, 3), (3, 50)):
        for number in range(first, last):
            make_item(source, f"E-{number}", is_leaf=False)
            below(source, f"E-{number}", f"S-{number}")
        counts.append(queries_of(lambda: admin.get(address("work", link.pk))))
    assert len(set(counts)) == 1


def test_the_api_tells_the_tree(admin: Client, shop: Source, link: Link) -> None:
    top = admin.get(f"{BASE}/links/{link.pk}/work/").json()["results"]
    assert [(row["key"], row["children"], row["total"]) for row in top] == [
        ("E-1", 2, 2), ("S-3", 0, 1),
    ]  # fmt: skip
    branch = admin.get(f"{BASE}/links/{link.pk}/work/?below={top[0]['id']}").json()["results"]
    assert [row["key"] for row in branch] == ["S-1", "S-2"]
