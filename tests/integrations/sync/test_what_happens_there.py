"""Whatever happens to an item or a project elsewhere has one outcome, whichever service it is.

Thirty items are followed, every third of them done; then something happens, and a census is due.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from integrations.choices import SourceState
from integrations.models import Source
from standins.records import Kind
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.sync.outcome import last
from tests.integrations.sync.twins import SERVICES, Twins, twins

DONE, OPEN = "SHOP-1", "SHOP-2"
CURRENT, LOST, UNOBSERVED = (
    SourceState.CURRENT,
    SourceState.ACCESS_LOST,
    SourceState.UNOBSERVED,
)


class Numbers(NamedTuple):
    """What the link counts in the end, and whether its source can be seen."""

    done: int
    total: int
    left_out: int = 0
    state: SourceState = CURRENT


AS_BEFORE = Numbers(10, 30)


def leave_undone(tracker: Tracker) -> None:
    if tracker.site.kind is Kind.LINEAR:
        tracker.cancel(OPEN)
    else:
        tracker.finish(OPEN, resolution="Won't Do")


def hide(count: int) -> Callable[[Tracker], None]:
    def act(tracker: Tracker) -> None:
        for issue in list(tracker.visible())[:count]:
            tracker.set_hidden(issue.id, hidden=True)

    return act


def rename_status(tracker: Tracker) -> None:
    status = tracker.status_of(tracker.find(DONE))
    tracker.restate(status.id, name="Shipped", category=status.category)


def open_what_was_done(tracker: Tracker) -> None:
    """The status of everything finished means under way from now on."""
    status = tracker.status_of(tracker.find(DONE))
    other = tracker.status_of(tracker.find(OPEN))
    tracker.restate(status.id, name=status.name, category=other.category)


EVENTS: dict[str, tuple[Callable[[Tracker], object], Numbers]] = {
    "nothing": (lambda tracker: None, AS_BEFORE),
    "one is finished": (lambda tracker: tracker.finish(OPEN), Numbers(11, 30)),
    "one is opened again": (lambda tracker: tracker.reopen(DONE), Numbers(9, 30)),
    "one is left undone": (leave_undone, Numbers(10, 29, 1)),
    "one is added": (lambda tracker: tracker.add("SHOP", "Another"), Numbers(10, 31)),
    "one is deleted": (lambda tracker: tracker.delete(DONE), Numbers(9, 29)),
    "one is put away": (lambda tracker: tracker.archive(DONE), AS_BEFORE),
    "one moves elsewhere": (lambda tracker: tracker.move(DONE, "PAY"), Numbers(9, 29)),
    "a status gets a name": (rename_status, AS_BEFORE),
    "a status gets a meaning": (open_what_was_done, Numbers(0, 30)),
    "many cannot be seen": (hide(12), Numbers(10, 30, state=UNOBSERVED)),
    "none can be seen": (hide(30), Numbers(10, 30, state=UNOBSERVED)),
    "the project is out of sight": (
        lambda tracker: tracker.set_space("SHOP", hidden=True),
        Numbers(10, 30, state=LOST),
    ),
}


def numbers(pair: Twins) -> Numbers:
    observed = last(pair.link)
    source = Source.objects.get(pk=pair.link.source_id)
    return Numbers(
        observed.items_done, observed.items_total, observed.left_out, SourceState(source.state)
    )


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("event", EVENTS)
def test_what_happens_there_has_one_outcome(portal: Portal, service: str, event: str) -> None:
    act, expected = EVENTS[event]
    with twins(portal, SERVICES[service]) as pair:
        pair.tracker.add_space("PAY", "Payments")
        pair.sync()
        act(pair.tracker)
        portal.count_anew(pair.tried)
        assert numbers(pair) == expected
