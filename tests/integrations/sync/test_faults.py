"""Whatever services and networks do, the end is the same as if they had not done it.

Every test syncs a tracker twice: over a connection that meets a fault, and over one that meets
none. What both know in the end must be equal.
"""

import pytest

from integrations.actions import pages
from integrations.choices import RunState, SourceState
from integrations.providers.jira import cloud, data_center
from integrations.providers.linear import adapter as linear_adapter
from integrations.providers.paging import REFUSED
from tests.integrations.conftest import Portal
from tests.integrations.sync.faults import ANY_SERVICE
from tests.integrations.sync.twins import PAGE, SERVICES, Twins, outcome, twins

pytestmark = pytest.mark.usefixtures("little_patience")


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cloud, data_center, linear_adapter):
        monkeypatch.setattr(module, "PAGE", PAGE)


PAGED = ("repeated-token", "expired-token", "empty-page")
CASES = [
    *((service, name) for service in SERVICES for name in ANY_SERVICE),
    *((service, name) for service in ("cloud", "linear") for name in PAGED),
    ("center", "empty-page"),
    ("cloud", "no-is-last"),
    ("cloud", "no-end-signal"),
    ("cloud", "wrong-credential"),
    ("center", "wrong-credential"),
    ("linear", "wrong-credential"),
    ("linear", "partial-data"),
    ("linear", "too-complex"),
    ("linear", "no-end-signal"),
]
# All is read in spite of these: by the token, or from the time reached.
HARMLESS = {"no-is-last", "expired-token"}
# The three clients share the way there; what each makes of a refusal is tried by itself.
LASTING = [case for case in CASES if case[0] == "cloud" or case[1] not in ANY_SERVICE]


@pytest.mark.parametrize(("service", "fault"), CASES)
def test_a_fault_that_passes_changes_nothing_in_the_end(
    portal: Portal, service: str, fault: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.add(pair.service.fault(fault, seconds=0.8))
        pair.sync()
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize(("service", "fault"), LASTING)
def test_a_fault_that_lasts_leaves_the_score_and_says_so(
    portal: Portal, service: str, fault: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.sync()
        before = outcome(pair.tried)["score"]
        for issue in list(pair.tracker.visible()):
            pair.tracker.finish(issue.id)
        pair.add(pair.service.fault(fault, times=500, seconds=0.8))
        run = pair.sync()
        if fault in HARMLESS:
            assert run.state == RunState.COMPLETE
            assert outcome(pair.tried)["score"] == 1
        else:
            assert run.state in {RunState.FAILED, RunState.PARTIAL}
            assert outcome(pair.tried)["score"] == before
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize(
    ("service", "fault", "reason"),
    [
        ("cloud", "empty-page", "was empty"),
        ("center", "empty-page", "was empty"),
        ("linear", "empty-page", "was empty"),
        ("cloud", "no-end-signal", "without saying that it ended"),
    ],
)
def test_a_list_that_may_not_be_all_says_so_and_is_read_again_from_where_it_began(
    portal: Portal, service: str, fault: str, reason: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.sync()
        watermark = outcome(pair.tried)["watermark"]
        for issue in list(pair.tracker.visible()):
            pair.tracker.finish(issue.id)
        pair.add(pair.service.fault(fault))
        run, source = pair.sync(), pair.tried.sources.get()
        assert (run.state, source.state) == (RunState.PARTIAL, SourceState.UNOBSERVED)
        assert (reason in source.problem, source.watermark) == (True, watermark)


def pages_asked(pair: Twins) -> int:
    path, body = pair.service.path, pair.service.body.encode()
    return sum(path in it.path and body in it.body for it in pair.app.seen)


@pytest.mark.parametrize("service", ["cloud", "linear"])
def test_a_token_that_is_never_taken_costs_a_page_more_for_each_and_no_reading_anew(
    portal: Portal, service: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        pair.add(pair.service.fault("expired-token", skip=0, times=500))
        assert pair.sync().state == RunState.COMPLETE
        assert outcome(pair.tried)["size"] == 30
        assert pages_asked(pair) < 2 * (30 / (PAGE - 1)) + 2
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize("service", ["cloud", "linear"])
def test_tokens_that_are_never_taken_and_lead_no_further_end_the_run_and_the_next_begins_anew(
    portal: Portal, service: str
) -> None:
    with twins(portal, SERVICES[service]) as pair:
        moment = pair.tracker.now()
        pair.tracker.turn_clock(lambda: moment)
        for issue in list(pair.tracker.visible()):
            pair.tracker.relabel(issue.id, ("moved-at-once",))
        pair.add(pair.service.fault("expired-token", skip=0, times=500))
        run = pair.sync()
        assert (run.state, "again and again" in run.problem) == (RunState.FAILED, True)
        assert pages_asked(pair) < 20
        assert pair.tried.sources.get().checkpoint is None
        pair.heal()
        assert pair.are_equal()


@pytest.mark.parametrize("service", ["cloud", "linear"])
def test_such_tokens_that_die_between_any_two_turns_end_the_run_as_well(
    portal: Portal, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "TURN_SECONDS", 0.0)
    with twins(portal, SERVICES[service]) as pair:
        moment = pair.tracker.now()
        pair.tracker.turn_clock(lambda: moment)
        for issue in list(pair.tracker.visible()):
            pair.tracker.relabel(issue.id, ("moved-at-once",))
        pair.add(pair.service.fault("expired-token", skip=0, times=500))
        assert pair.sync().problem == REFUSED
        assert pair.tried.sources.get().checkpoint is None
