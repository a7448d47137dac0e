"""Whatever happens while deliveries are followed: none is lost, and nothing else is believed.

As in `test_faults.py`, two connections follow one tracker, here by what webhooks tell: one meets a
fault when it asks for the items, and one meets none. Some deliveries tell of a deletion, which no
reading would find without them.
"""

import pytest

from integrations.actions import hints
from integrations.choices import OPEN_RUNS, RunState, RunTrigger
from integrations.models import Connection, SyncedItem, WebhookDelivery
from standins.faults import Fault
from tests.integrations.conftest import Portal
from tests.integrations.sync.faults import ANY_SERVICE, BY_ID, fault_at
from tests.integrations.sync.hinted import CHANGES, DELETED, hinted, unfollowed
from tests.integrations.sync.twins import SERVICES, Twins, outcome

pytestmark = pytest.mark.usefixtures("little_patience")
# Items that are asked for at once.
AT_A_TIME = 2
ANYWHERE = (*ANY_SERVICE, "404-html", "wrong-credential")
PASSING = [
    *((service, name) for service in SERVICES for name in ANYWHERE),
    ("cloud", "issue-errors"),
    ("cloud", "bad-record"),
    ("linear", "bad-record"),
    ("linear", "empty-with-token"),
    ("linear", "partial-data"),
    ("linear", "too-complex"),
]
# The three clients share the way there; what each makes of a refusal is tried by itself.
LASTING = [
    *(("cloud", name) for name in ("401", "403", "404", "429", "500", "timeout", "wrong-shape")),
    ("cloud", "wrong-credential"),
    ("center", "403"),
    ("center", "404-html"),
    ("center", "wrong-credential"),
    ("linear", "wrong-credential"),
    ("linear", "empty-with-token"),
    ("linear", "partial-data"),
    ("linear", "too-complex"),
]


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "AT_A_TIME", AT_A_TIME)


def gone(connection: Connection) -> set[str]:
    """Keys of items that are taken for deleted."""
    rows = SyncedItem.objects.filter(connection=connection).exclude(gone_at=None)
    return set(rows.values_list("key", flat=True))


def heal(pair: Twins) -> None:
    """No faults any more: both follow what is left, and are read once."""
    pair.heal()
    for connection in (pair.tried, pair.spared):
        while connection.runs.filter(state__in=OPEN_RUNS).exists():
            pair.portal.sync(connection)
        pair.portal.sync(connection)
        assert (unfollowed(connection), gone(connection)) == (0, set(DELETED))
    assert pair.are_equal()


@pytest.mark.parametrize(("service", "name"), PASSING)
def test_a_fault_while_deliveries_are_followed_loses_none(
    portal: Portal, service: str, name: str
) -> None:
    with hinted(portal, service) as pair:
        pair.add(fault_at(BY_ID[service], name))
        assert pair.sync().trigger == RunTrigger.WEBHOOK
        assert gone(pair.tried) <= set(DELETED)
        heal(pair)


@pytest.mark.parametrize(("service", "name"), LASTING)
def test_a_lasting_fault_keeps_deliveries_and_leaves_the_score(
    portal: Portal, service: str, name: str
) -> None:
    with hinted(portal, service) as pair:
        before = outcome(pair.tried)
        pair.add(fault_at(BY_ID[service], name, skip=0, times=500))
        run = pair.sync()
        assert (run.state, bool(run.problem)) == (RunState.FAILED, True)
        assert (unfollowed(pair.tried), outcome(pair.tried)) == (CHANGES, before)
        heal(pair)


@pytest.mark.parametrize("service", SERVICES)
def test_a_wait_that_is_asked_for_while_deliveries_are_followed_loses_none(
    portal: Portal, service: str
) -> None:
    with hinted(portal, service) as pair:
        pair.add(fault_at(BY_ID[service], "429", retry_after=60, times=2))
        assert pair.sync().state == RunState.COMPLETE
        assert unfollowed(pair.tried) == 0
        heal(pair)


def test_an_item_that_is_refused_by_itself_keeps_no_delivery_back(portal: Portal) -> None:
    with hinted(portal, "center") as pair:
        told = WebhookDelivery.objects.filter(webhook__connection=pair.tried).order_by("id")
        refused = told[0].remote_id
        others = told.exclude(remote_id=refused).count()
        pair.add(Fault(name="403", path=f"/issue/{refused}", times=500))
        run = pair.sync()
        left = told.filter(settled_at=None)
        assert (run.state, set(left.values_list("remote_id", flat=True))) == (
            RunState.FAILED,
            {refused},
        )
        assert others > AT_A_TIME
        heal(pair)
