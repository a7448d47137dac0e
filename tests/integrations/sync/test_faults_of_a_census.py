"""Whatever happens while deletions are looked for: nothing is taken for deleted that is not.

As in `test_faults.py`, a tracker is counted over a connection that meets a fault and over one that
meets none. A fault hits the list of ids, or the question what became of those it did not name.
"""

import pytest
from django.db.models import F
from django.utils import timezone

from integrations.actions import census, pages
from integrations.actions.pages import selection_of
from integrations.choices import RunState
from integrations.models import Connection, QuarantinedRecord, Source, SyncedItem, SyncRun
from integrations.ports import ListStuck
from integrations.providers.jira import cloud, data_center
from integrations.providers.linear import adapter as linear_adapter
from integrations.providers.paging import REFUSED, Place, Trail, fingerprint
from standins.faults import Fault
from tests.integrations.conftest import Portal
from tests.integrations.sync.faults import BY_ID, LIST, fault_at
from tests.integrations.sync.twins import (
    MOVED,
    PAGE,
    PURGED,
    SERVICES,
    Twins,
    outcome,
    with_some_missing,
)

pytestmark = pytest.mark.usefixtures("little_patience")
# Ids that are asked for at once.
CHUNK = 2
ANYWHERE = (
    "401", "403", "404-html", "500", "502-html", "timeout", "reset", "truncated", "wrong-shape",
    "429", "wrong-credential",
)  # fmt: skip
LISTED = [
    *((service, name) for service in SERVICES for name in (*ANYWHERE, "empty-page")),
    ("cloud", "repeated-token"),
    ("cloud", "expired-token"),
    ("cloud", "no-is-last"),
    ("cloud", "no-end-signal"),
    ("linear", "repeated-token"),
    ("linear", "expired-token"),
    ("linear", "no-end-signal"),
    ("linear", "partial-data"),
    ("linear", "too-complex"),
]
ASKED = [
    *((service, name) for service in SERVICES for name in ANYWHERE),
    ("cloud", "issue-errors"),
    ("linear", "empty-with-token"),
    ("linear", "partial-data"),
    ("linear", "too-complex"),
]
# All is counted in spite of these.
HARMLESS = {"no-is-last"}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "CHUNK", CHUNK)
    for module in (cloud, data_center, linear_adapter):
        monkeypatch.setattr(module, "BARE_PAGE", PAGE)


def taken_for_deleted(pair: Twins) -> set[str]:
    """Keys of items that are gone here and not there."""
    gone = SyncedItem.objects.filter(connection=pair.tried).exclude(gone_at=None)
    return set(gone.values_list("key", flat=True)) - set(PURGED)


def reason(pair: Twins, run: SyncRun) -> str:
    return run.problem or pair.tried.sources.get().problem


def passes(pair: Twins, fault: Fault) -> None:
    pair.add(fault)
    run = pair.sync()
    assert taken_for_deleted(pair) == set()
    if run.state != RunState.COMPLETE:
        assert reason(pair, run)
    pair.heal()
    assert pair.are_equal()


def lasts(pair: Twins, fault: Fault) -> None:
    before = outcome(pair.tried)["score"]
    for issue in list(pair.tracker.visible()):
        pair.tracker.finish(issue.id)
    pair.add(fault)
    run = pair.sync()
    assert taken_for_deleted(pair) == set()
    if fault.name not in HARMLESS:
        assert run.state in {RunState.FAILED, RunState.PARTIAL}
        assert reason(pair, run)
        assert outcome(pair.tried)["score"] == before
    pair.heal()
    assert pair.are_equal()


@pytest.mark.parametrize(("service", "name"), LISTED)
def test_a_fault_of_the_list_of_ids_changes_nothing_in_the_end(
    portal: Portal, service: str, name: str
) -> None:
    with with_some_missing(portal, service) as pair:
        passes(pair, fault_at(LIST[service], name))


@pytest.mark.parametrize(("service", "name"), ASKED)
def test_a_fault_when_items_are_asked_for_by_their_ids_changes_nothing_in_the_end(
    portal: Portal, service: str, name: str
) -> None:
    with with_some_missing(portal, service) as pair:
        passes(pair, fault_at(BY_ID[service], name))


@pytest.mark.parametrize("place", [LIST, BY_ID], ids=["listed", "asked"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_wait_that_is_asked_for_changes_nothing_in_the_end(
    portal: Portal, service: str, place: dict[str, tuple[str, str]]
) -> None:
    with with_some_missing(portal, service) as pair:
        pair.add(fault_at(place[service], "429", retry_after=60, times=2))
        assert pair.sync().state == RunState.COMPLETE
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize(
    ("service", "name"), [it for it in LISTED if it[1] not in ANYWHERE or it == ("cloud", "500")]
)
def test_a_lasting_fault_of_the_list_of_ids_leaves_the_score_and_says_so(
    portal: Portal, service: str, name: str
) -> None:
    with with_some_missing(portal, service) as pair:
        lasts(pair, fault_at(LIST[service], name, times=500))


@pytest.mark.parametrize(
    ("service", "name"),
    [("cloud", "500"), ("center", "403"), ("center", "404-html"), ("linear", "empty-with-token")],
)
def test_items_that_nobody_can_ask_for_leave_the_score_and_it_is_said(
    portal: Portal, service: str, name: str
) -> None:
    with with_some_missing(portal, service) as pair:
        lasts(pair, fault_at(BY_ID[service], name, times=500))


def test_an_issue_that_jira_cannot_return_is_set_aside_and_counts_as_it_was(
    portal: Portal,
) -> None:
    with with_some_missing(portal, "cloud") as pair:
        moved = {pair.tracker.find(key).id for key in MOVED}
        pair.add(fault_at(BY_ID["cloud"], "issue-errors", skip=0, times=500))
        run = pair.sync()
        aside = QuarantinedRecord.objects.filter(resolved_at=None)
        assert (run.state, taken_for_deleted(pair)) == (RunState.PARTIAL, set())
        assert {record.remote_id for record in aside} == moved
        assert {record.reason for record in aside} == {
            "Jira could not return it: The issue could not be retrieved."
        }
        pair.heal()
        assert pair.are_equal()
        assert not aside.all().exists()


@pytest.mark.parametrize("service", ["cloud", "linear"])
def test_a_round_whose_token_died_meanwhile_begins_again(portal: Portal, service: str) -> None:
    with with_some_missing(portal, service) as pair:
        source = pair.tried.sources.get()
        edition = portal.provider(pair.tried).edition
        selected = fingerprint(selection_of(source), edition)
        stale = Place(selection=selected, trail=Trail(1, "stale", "stale")).encode()
        Source.objects.filter(pk=source.pk).update(
            generation=F("generation") + 1,
            census_checkpoint=stale,
            census_started_at=timezone.now(),
        )
        assert pair.sync().state == RunState.COMPLETE
        pair.heal()
        assert pair.are_equal()


def test_a_place_that_leads_nowhere_twice_is_forgotten(portal: Portal) -> None:
    with with_some_missing(portal, "cloud") as pair:
        pair.add(fault_at(LIST["cloud"], "repeated-token", times=500))
        assert pair.sync().state == RunState.FAILED
        assert pair.tried.sources.get().census_checkpoint is None


@pytest.fixture
def a_page_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)


def times_asked(pair: Twins, path: str, body: str) -> int:
    return sum(path in it.path and body.encode() in it.body for it in pair.app.seen)


@pytest.mark.usefixtures("a_page_a_turn")
@pytest.mark.parametrize("service", ["cloud", "linear"])
def test_a_census_whose_token_dies_between_any_two_turns_ends_after_four_lists(
    portal: Portal, service: str
) -> None:
    with with_some_missing(portal, service) as pair:
        before = outcome(pair.tried)
        pair.add(fault_at(LIST[service], "expired-token", skip=0, times=500))
        run = pair.sync()
        assert (run.state, run.problem) == (RunState.FAILED, REFUSED)
        assert run.remedy == ListStuck.advice
        # Each of them answers its first page, and refuses the token for its second.
        assert times_asked(pair, *LIST[service]) == 4 * 2
        assert outcome(pair.tried) == before


@pytest.mark.usefixtures("a_page_a_turn")
@pytest.mark.parametrize("service", ["cloud", "linear"])
def test_the_run_after_a_census_that_was_given_up_counts_anew(portal: Portal, service: str) -> None:
    with with_some_missing(portal, service) as pair:
        pair.add(fault_at(LIST[service], "expired-token", skip=0, times=500))
        pair.sync()
        assert pair.tried.sources.get().census_checkpoint is None
        assert Connection.objects.get(pk=pair.tried.pk).failures == 1
        pair.heal()
        assert pair.are_equal()
