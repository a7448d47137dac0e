"""From a provider to a linked key result, a run with its progress, and a record set aside.

Jira is a stand-in; what a worker would do, the test does with the same functions.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.tenancy import tenant
from integrations.actions.connections import add_source
from integrations.actions.runs import claim_run, is_on, note_progress
from integrations.actions.sync import run_sync
from integrations.choices import OPEN_RUNS, RunState
from integrations.models import QuarantinedRecord, Source, SyncRun
from okrs.actions.cycles import create_cycle, set_up_tiers
from okrs.choices import CycleState
from okrs.models import KeyResult
from standins.blank import empty_jira
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server, serve
from standins.state import Tracker
from tests.browser.conftest import NOTE_ANSWER, Bound, OpenPage, axe_violations, barriers
from tests.factories.integrations import QuarantinedRecordFactory
from tests.integrations.conftest import CLOUD_CREDENTIAL, Portal
from tests.integrations.items import connected
from tests.personas import World

CONNECTIONS = "settings/connections/"
# A connection that is being read asks for its newest state every two seconds.
POLL_MS = 2_000


@pytest.fixture
def jira(settings: LazySettings) -> Iterator[Server[JiraCloud]]:
    """One project with two stories, one of them done."""
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    tracker = Tracker(empty_jira())
    tracker.add_space("SHOP", "Web shop")
    for title in ("Cache the basket", "Shorten the form"):
        tracker.add("SHOP", title)
    tracker.finish("SHOP-1")
    with serve(JiraCloud(tracker, credential=CLOUD_CREDENTIAL)) as server:
        yield server


@pytest.fixture(autouse=True)
def goal(bound: Bound) -> None:
    """A key result in a quarter that is open."""
    today = timezone.localdate()
    with bound() as world:
        set_up_tiers(world.organization, world["admin"])
        cycle = create_cycle(
            world.access("admin"),
            name="Quarter",
            starts_on=today - timedelta(days=45),
            ends_on=today + timedelta(days=45),
            state=CycleState.OPEN,
        )
        Portal(world, cycle).key_result("Checkout is done")


def carry_out_runs(world: World) -> None:
    """What the worker does with the runs that wait."""
    with tenant(world.organization.pk):
        with transaction.atomic():
            waiting = list(SyncRun.objects.filter(state__in=OPEN_RUNS).values_list("pk", flat=True))
        for pk in waiting:
            run_sync(pk)


@pytest.fixture
def shop(bound: Bound, jira: Server[JiraCloud]) -> str:
    """The address of a connection that follows the project, not read yet."""
    with bound() as world:
        connection = connected(world, jira)
        space = jira.app.tracker.space("SHOP")
        add_source(
            world.access("admin"), connection, kind="project", name="Web shop", remote_id=space.id
        )
        return f"{CONNECTIONS}{connection.pk}/"


# --- The wizard -----------------------------------------------------------------------------
def connect(page: Page, jira: Server[JiraCloud]) -> None:
    page.get_by_label("Name").fill("Delivery Jira")
    page.get_by_label("Address", exact=True).fill(jira.url)
    page.get_by_label("E-mail address of the account").fill("sync@example.com")
    page.get_by_label("Token").fill("token-of-the-tests")
    page.get_by_role("button", name="Try and connect").click()


def test_a_key_result_is_linked_to_a_project_step_by_step(
    bound: Bound, world: World, jira: Server[JiraCloud], open_page: OpenPage
) -> None:
    page = open_page(f"{CONNECTIONS}new/jira-cloud/", persona="admin")
    connect(page, jira)
    expect(page.get_by_text("Web shop")).to_be_visible()
    assert axe_violations(page) == []

    page.get_by_role("link", name="Follow").first.click()
    page.get_by_label("Follow", exact=False).first.select_option(label="Web shop (SHOP)")
    taste = page.locator("#taste")
    expect(taste).to_contain_text("Cache the basket")
    expect(taste.locator(".formula")).to_have_text("1 / 2")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Follow and link to a goal").click()

    carry_out_runs(world)
    page.reload()
    expect(page.locator("#preview .formula")).to_have_text("1 / 2")
    page.get_by_text("Count otherwise for this link").click()
    page.get_by_label("Status Done").select_option("left_out")
    expect(page.locator("#preview .formula")).to_have_text("0 / 1")
    assert axe_violations(page) == []
    page.get_by_label("Status Done").select_option("")
    expect(page.locator("#preview .formula")).to_have_text("1 / 2")
    goals = page.get_by_label("Key result")
    goal = goals.locator("option", has_text="Checkout is done").get_attribute("value")
    goals.select_option(goal)
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_role("region", name="Notifications")).to_contain_text("Linked.")
    with bound():
        assert str(KeyResult.objects.get().score) == "0.5000000000"


def press_to(page: Page, name: str) -> None:
    """Tab until what has the focus is called `name`."""
    named = "(it => it.labels?.[0]?.innerText || it.innerText)(document.activeElement)"
    for _ in range(80):
        if str(page.evaluate(named)).strip().startswith(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {name} by keyboard")


def test_the_wizard_is_gone_through_by_keyboard_alone(
    bound: Bound, world: World, jira: Server[JiraCloud], open_page: OpenPage
) -> None:
    page = open_page(f"{CONNECTIONS}new/jira-cloud/", persona="admin")
    for label, typed in (
        ("Address", jira.url),
        ("E-mail address of the account", "sync@example.com"),
        ("Token", "token-of-the-tests"),
    ):
        press_to(page, label)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url("**/seen/")
    press_to(page, "Follow")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources/")
    press_to(page, "Follow")
    page.keyboard.press("W")
    expect(page.locator("#taste .formula")).to_have_text("1 / 2")
    press_to(page, "Follow and link to a goal")
    page.keyboard.press("Enter")
    page.wait_for_url("**/link/**")
    carry_out_runs(world)
    page.reload()
    press_to(page, "Key result")
    page.keyboard.press("C")
    press_to(page, "Link")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Notifications")).to_contain_text("Linked.")
    with bound():
        assert str(KeyResult.objects.get().score) == "0.5000000000"


# --- A run ----------------------------------------------------------------------------------
def test_a_run_shows_how_far_it_is_and_can_be_cancelled(
    bound: Bound, shop: str, open_page: OpenPage
) -> None:
    with bound():
        SyncRun.objects.all().delete()
    page = open_page(shop, persona="admin", own_clock=True)
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Reading now.").first).to_be_visible()
    with bound():
        run = claim_run(SyncRun.objects.get().pk)
        assert run is not None
        run.sources_total = 2
        note_progress(run)
    page.clock.run_for(POLL_MS)
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("value", "0")
    with bound():
        run.sources_done, run.seen = 1, 40
        note_progress(run)
    page.clock.run_for(POLL_MS)
    expect(bar).to_have_attribute("value", "50")
    expect(page.get_by_text("40 items read")).to_be_visible()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("region", name="Notifications")).to_contain_text("cancelled")
    expect(bar).to_have_count(0)
    with bound():
        assert not is_on(run)
        assert SyncRun.objects.get().state == RunState.CANCELLED


@pytest.fixture
def reading(bound: Bound, shop: str) -> SyncRun:
    """A run that is on, beside a record that could not be read."""
    with bound():
        run = claim_run(SyncRun.objects.get().pk)
        assert run is not None
        note_progress(run)
        QuarantinedRecordFactory.create(run=run, source=Source.objects.get(), excerpt="<status>")
    return run


def read_on(bound: Bound, run: SyncRun, seen: int) -> None:
    with bound():
        run.seen = seen
        note_progress(run)


def test_a_poll_leaves_the_focus_where_it_is(
    bound: Bound, shop: str, reading: SyncRun, open_page: OpenPage
) -> None:
    page = open_page(shop, persona="admin", own_clock=True)
    page.get_by_role("button", name="Cancel").focus()
    for seen in (40, 80):
        read_on(bound, reading, seen)
        page.clock.run_for(POLL_MS)
        expect(page.get_by_text(f"{seen} items read")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()


def test_a_poll_leaves_open_what_was_opened(
    bound: Bound, shop: str, reading: SyncRun, open_page: OpenPage
) -> None:
    page = open_page(shop, persona="admin", own_clock=True)
    page.get_by_text("What was sent").click()
    page.get_by_role("heading", level=1).click()
    for seen in (40, 80):
        read_on(bound, reading, seen)
        page.clock.run_for(POLL_MS)
        expect(page.get_by_text(f"{seen} items read")).to_be_visible()
    expect(page.get_by_text("<status>")).to_be_visible()


def test_a_poll_that_fails_says_nothing(
    bound: Bound, shop: str, reading: SyncRun, open_page: OpenPage
) -> None:
    page = open_page(shop, persona="admin", own_clock=True)
    page.route(f"**/{shop}", lambda route: route.fulfill(status=503))
    page.evaluate(NOTE_ANSWER)
    page.clock.run_for(POLL_MS)
    assert page.evaluate("window.answered")
    expect(page.locator("[data-toast]")).to_have_count(0)


# --- Records set aside ----------------------------------------------------------------------
@pytest.fixture
def aside(bound: Bound, world: World, jira: Server[JiraCloud], shop: str) -> str:
    """The list of a connection one of whose stories could not be read; its address."""
    jira.app.faults.add(Fault(name="bad-record", path="/search/jql", body="updated ASC"))
    carry_out_runs(world)
    with bound():
        assert QuarantinedRecord.objects.filter(resolved_at=None).count() == 1
    return f"{shop}set-aside/"


def test_a_record_set_aside_is_tried_again_from_the_list(
    bound: Bound, shop: str, aside: str, open_page: OpenPage
) -> None:
    page = open_page(shop, persona="admin")
    page.get_by_role("link", name="All of them").click()
    page.get_by_text("What was sent").click()
    expect(page.locator("code.wrap")).to_contain_text("Shorten the form")
    page.get_by_role("button", name="Try again now").click()
    expect(page.get_by_text("Nothing is set aside")).to_be_visible()
    with bound():
        assert Source.objects.get().item_count == 2


def test_the_list_of_records_has_no_barrier_in_any_look(aside: str, open_page: OpenPage) -> None:
    assert barriers(open_page(aside, persona="admin")) == []


def test_tickets_without_a_goal_have_no_barrier_in_any_look(
    bound: Bound, world: World, shop: str, open_page: OpenPage
) -> None:
    carry_out_runs(world)
    page = open_page("work/gaps/?list=items")
    expect(page.get_by_text("Shorten the form")).to_be_visible()
    assert barriers(page) == []


# --- Scripts, against the same server -------------------------------------------------------
ASK = """([path, body]) => fetch(`/api/v1/orgs/acme/${path}`, {method: "POST",
    headers: {"Content-Type": "application/json",
              "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value},
    body: JSON.stringify(body)}).then(answer => answer.status)"""


def test_a_script_tries_follows_and_looks_while_nothing_is_held_open(
    bound: Bound, aside: str, open_page: OpenPage
) -> None:
    page = open_page(aside, persona="admin")
    with bound():
        record, source = QuarantinedRecord.objects.get(), Source.objects.get()
    connection = f"connections/{source.connection_id}"
    query = {"kind": "jql", "query": "project = SHOP"}
    followed = {"connection": str(source.connection_id), "name": "Mine", **query}
    asked = [
        (f"quarantined-records/{record.pk}/retry/", {}, 200),
        (f"{connection}/test/", {}, 200),
        (f"{connection}/preview/", query, 200),
        (f"sources/{source.pk}/preview/", {}, 200),
        ("sources/", {**followed, "query": "ORDER BY key"}, 422),
        ("sources/", followed, 201),
    ]
    told = [page.evaluate(ASK, [path, body]) for path, body, _ in asked]
    assert told == [status for *_, status in asked]
