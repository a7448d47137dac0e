"""The main navigation: what each member finds there, and which entry is lit."""

import re

import pytest

from accounts.tenancy import tenant
from config.navigation import ENTRIES
from tests.factories.accounts import NotificationFactory
from tests.personas import World


def labels(world: World, persona: str, path: str = "") -> list[str]:
    return re.findall('class="nav-label">([^<]+)<', page_of(world, persona, path))


def page_of(world: World, persona: str, path: str) -> str:
    text: str = world.client(persona).get(f"/o/acme/{path}").content.decode()
    return text


def test_a_member_finds_every_list_of_work_and_map(acme: World) -> None:
    found = labels(acme, "viewer")
    assert found[found.index("Initiatives") :][:11] == [
        "Initiatives", "Dependencies", "Gaps", "Decisions", "Risks", "Signals", "Portfolios",
        "Products", "Teams", "Value streams", "Metrics",
    ]  # fmt: skip


def test_money_is_listed_for_those_who_may_see_it(acme: World) -> None:
    assert ["Budgets" in labels(acme, persona) for persona in ("admin", "viewer")] == [True, False]


@pytest.mark.parametrize(
    ("path", "label"),
    [("value-streams/", "Value streams"), ("metrics/", "Metrics"), ("portfolios/", "Portfolios")],
)
def test_a_page_is_lit_and_named_in_the_crumbs(path: str, label: str, acme: World) -> None:
    page = page_of(acme, "viewer", path)
    lit = re.findall('class="nav-item"[^>]* aria-current="page".*?class="nav-label">([^<]+)<',
                     page, re.DOTALL)  # fmt: skip
    assert lit == [label]
    assert f'<li><span aria-current="page">{label}</span></li>' in page


def test_a_settings_page_names_its_place(acme: World) -> None:
    page = page_of(acme, "admin", "settings/people/")
    assert '<li><a href="/o/acme/settings/">Settings</a></li>' in page
    assert '<li><span aria-current="page">People</span></li>' in page


def test_entries_stand_below_the_names_of_their_groups(acme: World) -> None:
    page = page_of(acme, "admin", "")
    found = re.findall('class="nav-(?:title|label)">([^<]+)<', page)
    assert found[found.index("Work") :][:4] == ["Work", "Initiatives", "Dependencies", "Gaps"]
    assert found[found.index("Money") :][:4] == ["Money", "Budgets", "Set up", "Connections"]


def test_an_entry_tells_its_key_and_what_asks_for_attention(acme: World) -> None:
    with tenant(acme.organization.pk):
        NotificationFactory.create_batch(2, member=acme["viewer"])
    page = page_of(acme, "viewer", "teams/")
    entry = r'<a class="nav-item" href="([^"]+)" data-key="(g n)">.*?class="count">(\d)</span>'
    link = re.findall(entry, page, re.DOTALL)
    assert link == [("/o/acme/notifications/", "g n", "2")]


def test_nothing_is_counted_where_nothing_asks_for_attention(acme: World) -> None:
    assert 'class="count"' not in page_of(acme, "viewer", "teams/")


def test_no_two_pages_share_a_key() -> None:
    keys = [entry.key for entry in ENTRIES if entry.key]
    assert len(keys) == len(set(keys))
