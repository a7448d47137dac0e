"""Projects of Linear: their names come with their issues, and follow when they are renamed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from integrations.actions.pages import selection_of
from integrations.actions.webhooks import open_webhook
from integrations.models import Connection, ItemVersion, Link, Source, SyncedItem
from integrations.payloads import unpack
from integrations.providers.linear.client import LinearClient
from integrations.providers.paging import fingerprint
from integrations.queries.work import ProjectBranch, level_of, served_by
from standins.blank import empty_linear, uuid_of
from standins.linear import Linear
from standins.records import Initiative, Undertaking
from standins.server import serve
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.deliveries import linear_delivery, post
from tests.integrations.sync.twins import LINEAR_KEY, SlowClock

CHECKOUT, SEARCH = uuid_of("project", "checkout"), uuid_of("project", "search")


@dataclass
class Board:
    """A team's Linear, and a connection to it that is read when a test says so."""

    portal: Portal
    tracker: Tracker
    connection: Connection
    link: Link

    @property
    def source(self) -> Source:
        return Source.objects.get(pk=self.link.source_id)

    def name(self, project: str, name: str) -> None:
        """Make a project, or rename it: none of its issues changes by that."""
        now, site = self.tracker.now(), self.tracker.site
        made = Undertaking(
            id=project,
            name=name,
            status="started",
            space_ids=tuple(site.spaces),
            created=now,
            updated=now,
        )
        known = site.undertakings.get(project, made)
        site.undertakings[project] = replace(known, name=name, updated=now)

    def add(self, title: str, project: str | None = None) -> str:
        """An issue of the team; its key."""
        key = self.tracker.add("SHOP", title).key
        if project:
            self.tracker.place(key, undertaking_id=project)
        return key

    def sync(self) -> int:
        """A run; how many items changed by it."""
        return self.portal.sync(self.connection).changed

    def names(self) -> dict[str, str]:
        return dict(SyncedItem.objects.values_list("key", "project_name"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the questions that Linear is asked from here on."""
    names: list[str] = []
    ask = LinearClient.ask

    def noted(client: LinearClient, operation: str, *rest: Any) -> Any:
        names.append(operation)
        return ask(client, operation, *rest)

    monkeypatch.setattr(LinearClient, "ask", noted)
    return names


@pytest.fixture
def board(portal: Portal) -> Iterator[Board]:
    """Two issues of one project, one of another, and one of none."""
    tracker = Tracker(empty_linear(), now=SlowClock())
    team = tracker.add_space("SHOP", "Web shop")
    with serve(Linear(tracker, credential=LINEAR_KEY)) as server:
        connection = portal.connection("linear", f"{server.url}/graphql", key=LINEAR_KEY)
        key_result = portal.key_result("Checkout is done")
        link = portal.link(connection, key_result, team.id, kind="team")
        board = Board(portal, tracker, connection, link)
        board.name(CHECKOUT, "Checkout & payments")
        board.name(SEARCH, "Search")
        board.add("Cache the basket", CHECKOUT)
        board.add("Shorten the form", CHECKOUT)
        board.add("Rank by sales", SEARCH)
        board.add("Print a receipt")
        board.sync()
        yield board


FIRST = {"SHOP-1": "Checkout & payments", "SHOP-2": "Checkout & payments", "SHOP-3": "Search"}


def test_an_issue_is_stored_with_the_name_of_its_project(board: Board) -> None:
    assert board.names() == {**FIRST, "SHOP-4": ""}


def test_the_name_is_kept_with_the_version(board: Board) -> None:
    version = ItemVersion.objects.get(item__key="SHOP-3")
    assert unpack(bytes(version.body)).item.project_name == "Search"


def test_an_issue_that_a_delivery_names_brings_the_name_along(board: Board) -> None:
    webhook, secret = open_webhook(board.portal.world.access("admin"), board.connection)
    board.tracker.place("SHOP-4", undertaking_id=SEARCH)
    post(webhook, linear_delivery("update", board.tracker.find("SHOP-4").id), secret)
    board.sync()
    assert board.names()["SHOP-4"] == "Search"


def test_an_issue_that_changes_its_project_takes_the_name_of_the_other(board: Board) -> None:
    board.tracker.place("SHOP-1", undertaking_id=SEARCH)
    board.sync()
    assert board.names() == {**FIRST, "SHOP-1": "Search", "SHOP-4": ""}


def test_all_issues_of_a_renamed_project_follow_the_first_that_is_read(board: Board) -> None:
    board.name(CHECKOUT, "Checkout in one page")
    board.tracker.finish("SHOP-2")
    assert board.sync() == 1
    renamed = dict.fromkeys(("SHOP-1", "SHOP-2"), "Checkout in one page")
    assert board.names() == {**FIRST, **renamed, "SHOP-4": ""}
    assert SyncedItem.objects.get(key="SHOP-1").facts["project_name"] == "Checkout in one page"


def test_a_renamed_project_is_called_so_before_any_of_its_issues_changes(board: Board) -> None:
    board.name(CHECKOUT, "Checkout & more")
    assert board.sync() == 0
    renamed = dict.fromkeys(("SHOP-1", "SHOP-2"), "Checkout & more")
    assert board.names() == {**FIRST, **renamed, "SHOP-4": ""}
    assert SyncedItem.objects.get(key="SHOP-2").facts["project_name"] == "Checkout & more"


def test_a_project_that_is_renamed_while_a_run_reads_is_called_so_by_the_next(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Minutes before the last change that the run meets, which is of another project."""
    ask = LinearClient.ask

    def renamed_after_the_look(client: LinearClient, operation: str, *rest: Any) -> Any:
        answer = ask(client, operation, *rest)
        if operation == "ProjectNames":
            board.name(CHECKOUT, "Checkout & more")
            board.tracker.finish("SHOP-3")
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(LinearClient, "ask", renamed_after_the_look)
        assert board.sync() == 1
    board.sync()
    assert board.names()["SHOP-1"] == "Checkout & more"


def test_a_project_that_is_renamed_during_the_first_reading_is_called_so_by_the_next_run(
    board: Board,
) -> None:
    Connection.objects.update(created_at=board.tracker.now())
    board.name(CHECKOUT, "Checkout & more")
    Source.objects.update(watermark=board.tracker.now())
    board.sync()
    assert board.names()["SHOP-1"] == "Checkout & more"


def test_the_names_of_projects_cost_a_run_one_request(board: Board, asked: list[str]) -> None:
    board.sync()
    assert asked.count("ProjectNames") == 1


def test_a_first_reading_asks_for_no_names_of_projects(asked: list[str], board: Board) -> None:
    assert asked.count("Issues") > asked.count("ProjectNames") == 0


def test_a_renamed_project_changes_nothing_in_another_connection(board: Board) -> None:
    other = Connection.objects.create(name="Other", provider="linear", owner=board.portal.admin)
    SyncedItem.objects.filter(key="SHOP-1").update(connection=other)
    board.name(CHECKOUT, "Checkout in one page")
    board.tracker.finish("SHOP-2")
    board.sync()
    assert board.names()["SHOP-1"] == "Checkout & payments"


# --- From the service to the page and back --------------------------------------------------
def test_work_is_found_by_project_and_leads_back_up(board: Board) -> None:
    step = board.tracker.add("SHOP", "Ask for the address once", parent="SHOP-2").key
    board.tracker.finish("SHOP-1")
    board.sync()
    top = level_of(board.link)
    assert top.projects == [
        ProjectBranch(CHECKOUT, "Checkout & payments", children=2, done=1, total=2),
        ProjectBranch(SEARCH, "Search", children=1, done=0, total=1),
    ]
    assert [row.key for row in top.rows] == ["SHOP-4"]
    inside = level_of(board.link, project=CHECKOUT).rows
    assert {(row.key, row.children) for row in inside} == {("SHOP-1", 0), ("SHOP-2", 1)}
    (line,) = served_by(board.portal.world.access("admin"), SyncedItem.objects.get(key=step)).lines
    assert (line.top.key, line.top.project_name) == ("SHOP-2", "Checkout & payments")
    assert line.key_result == board.link.key_result


def test_a_project_that_was_renamed_is_shown_by_its_new_name(board: Board) -> None:
    board.name(CHECKOUT, "Checkout in one page")
    board.add("Pay by invoice", CHECKOUT)
    board.sync()
    checkout = level_of(board.link).projects[0]
    assert (checkout.name, checkout.children) == ("Checkout in one page", 3)


def test_an_issue_that_is_deleted_leaves_its_project(board: Board) -> None:
    board.tracker.delete("SHOP-3")
    board.portal.count_anew(board.connection)
    assert [row.name for row in level_of(board.link).projects] == ["Checkout & payments"]


def test_a_link_of_an_initiative_shows_the_projects_of_it(board: Board) -> None:
    now, site = board.tracker.now(), board.tracker.site
    easter = uuid_of("initiative", "easter")
    site.initiatives[easter] = Initiative(
        id=easter, name="Ready for Easter", status="Active", created=now, updated=now
    )
    site.undertakings[SEARCH] = replace(site.undertakings[SEARCH], initiative_ids=(easter,))
    other = board.portal.key_result("Easter is ready")
    link = board.portal.link(board.connection, other, easter, kind="initiative")
    board.sync()
    assert [(row.name, row.children) for row in level_of(link).projects] == [("Search", 1)]


# --- What was stored before names were ------------------------------------------------------
def forget_names(board: Board) -> None:
    """Everything as the first edition left it."""
    for item in SyncedItem.objects.all():
        del item.facts["project_name"]
        item.project_name = ""
        item.save()
    first = fingerprint(selection_of(board.source))
    Source.objects.update(read_as=first)


def test_what_was_read_before_names_were_stored_is_read_anew_once(board: Board) -> None:
    forget_names(board)
    assert board.sync() == 4
    assert board.names() == {**FIRST, "SHOP-4": ""}
    board.tracker.finish("SHOP-4")
    assert board.portal.sync(board.connection).seen == 1


def test_reading_anew_keeps_what_an_issue_was_and_where_it_is(board: Board) -> None:
    ids = set(SyncedItem.objects.values_list("pk", flat=True))
    forget_names(board)
    board.sync()
    assert set(SyncedItem.objects.values_list("pk", flat=True)) == ids
    assert board.source.members.filter(left_at=None).count() == 4
