"""One tracker, synced twice: over a connection that is tried, and over one that is spared."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.choices import RunState
from integrations.models import Connection, Link, LinkTally, Source, SourceItem, SyncRun
from okrs.models import KeyResult
from standins.blank import empty_jira, empty_linear
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.linear import Linear
from standins.server import serve
from standins.state import Tracker
from standins.web import StandIn
from tests.integrations.conftest import CENTER_CREDENTIAL, CLOUD_CREDENTIAL, Portal
from tests.integrations.sync.outcome import last

PAGE = 7
PURGED, MOVED = ("SHOP-3", "SHOP-10", "SHOP-20"), ("SHOP-5", "SHOP-15")
LINEAR_KEY = "lin_api_tests"


@dataclass(frozen=True)
class Service:
    """A kind of tracker: how it is played, connected, and where it lists issues."""

    provider: str
    kind: str
    path: str
    body: str
    play: Callable[[Tracker], StandIn]
    secrets: dict[str, str]
    suffix: str = ""

    def fault(self, name: str, **more: Any) -> Fault:
        """A fault of the second page of issues, unless told otherwise."""
        return Fault(name=name, path=self.path, body=self.body, **{"skip": 1, **more})


SERVICES = {
    "cloud": Service(
        "jira-cloud",
        "project",
        "/search/jql",
        "updated ASC",
        lambda tracker: JiraCloud(tracker, credential=CLOUD_CREDENTIAL),
        {"email": "sync@example.com", "token": "token-of-the-tests"},
    ),
    "center": Service(
        "jira-data-center",
        "project",
        "/rest/api/2/search",
        "updated ASC",
        lambda tracker: JiraDataCenter(tracker, credential=CENTER_CREDENTIAL),
        {"token": CENTER_CREDENTIAL},
    ),
    "linear": Service(
        "linear",
        "team",
        "/graphql",
        "query Issues(",
        lambda tracker: Linear(tracker, credential=LINEAR_KEY),
        {"key": LINEAR_KEY},
        "/graphql",
    ),
}


class SlowClock:
    """Seven minutes between any two things that happen, so that no overlap hides a lost one."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC) - timedelta(days=2)

    def __call__(self) -> datetime:
        self.moment += timedelta(minutes=7)
        return self.moment


def tracker_of(service: Service) -> Tracker:
    """Thirty issues of a team, every third of them finished."""
    empty = empty_linear() if service.provider == "linear" else empty_jira()
    tracker = Tracker(empty, now=SlowClock())
    tracker.add_space("SHOP", "Web shop")
    for number in range(30):
        issue = tracker.add("SHOP", f"Story {number}")
        if number % 3 == 0:
            tracker.finish(issue.id)
    return tracker


@dataclass
class Twins:
    """One tracker, a connection that meets faults, and one that meets none."""

    portal: Portal
    service: Service
    tracker: Tracker
    tried: Connection
    spared: Connection
    app: StandIn
    link: Link
    key_result: KeyResult
    # Each fault as it was switched on, with how often it was to be met.
    faults: list[tuple[Fault, int]] = field(default_factory=list)

    def sync(self) -> SyncRun:
        return self.portal.sync(self.tried)

    def add(self, fault: Fault) -> None:
        self.app.faults.add(fault)
        self.faults.append((fault, fault.times))

    def heal(self) -> None:
        """One more run without faults for the one, and a first one for the other.

        A fault that no request met would prove nothing.
        """
        assert all(fault.times < times for fault, times in self.faults)
        self.app.faults.clear()
        assert self.sync().state == RunState.COMPLETE
        assert self.portal.sync(self.spared).state == RunState.COMPLETE

    def are_equal(self) -> bool:
        return outcome(self.tried) == outcome(self.spared)


@contextmanager
def twins(portal: Portal, service: Service) -> Iterator[Twins]:
    tracker = tracker_of(service)
    with serve(service.play(tracker)) as bad, serve(service.play(tracker)) as good:
        tried = portal.connection(service.provider, bad.url + service.suffix, **service.secrets)
        Connection.objects.filter(pk=tried.pk).update(name="tried")
        spared = portal.connection(service.provider, good.url + service.suffix, **service.secrets)

        key_results = [portal.key_result("Tried"), portal.key_result("Spared")]
        space = tracker.space("SHOP").id
        links = [
            portal.link(connection, key_result, space, kind=service.kind)
            for connection, key_result in zip((tried, spared), key_results, strict=True)
        ]
        yield Twins(portal, service, tracker, tried, spared, bad.app, links[0], key_results[0])


@contextmanager
def with_some_missing(portal: Portal, service: str) -> Iterator[Twins]:
    """Both connections were read; then three issues vanish, two move, and a census is due."""
    with twins(portal, SERVICES[service]) as pair:
        pair.tracker.add_space("PAY", "Payments")
        pair.sync()
        portal.sync(pair.spared)
        for key in PURGED:
            pair.tracker.purge(key)
        for key in MOVED:
            pair.tracker.move(key, "PAY")
        Source.objects.update(censused_at=None)
        yield pair


def outcome(connection: Connection) -> dict[str, Any]:
    """Everything that a connection knows and feeds, but for ids and times of our own."""
    members = SourceItem.objects.filter(source__connection=connection, left_at=None)
    link = Link.objects.get(source__connection=connection)
    observed, key_result = last(link), link.key_result
    assert key_result is not None
    tally = LinkTally.objects.filter(link=link)
    items = list(connection.items.order_by("remote_id"))
    return {
        "facts": {it.remote_id: {**it.facts, "url": ""} for it in items},
        "judged": [(it.remote_id, it.category, it.is_leaf, it.gone_at is None) for it in items],
        "members": sorted(members.values_list("item__remote_id", flat=True)),
        "counted": list(tally.values_list("done", "standing", "left_out", "unestimated")),
        "size": connection.sources.get().item_count,
        "observed": (observed.items_done, observed.items_total, observed.left_out),
        "score": KeyResult.objects.values_list("score", flat=True).get(pk=key_result.pk),
        "watermark": connection.sources.get().watermark,
        "state": connection.sources.get().state,
    }
