"""A large Jira Cloud stand-in in a process of its own, so that its work and memory are not ours."""

import gc
from base64 import b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from operator import attrgetter

from msgspec.structs import replace
from werkzeug.wrappers import Request

from standins.blank import empty_jira
from standins.jira_cloud import LARGEST_BARE_PAGE, JiraCloud
from standins.jql import All, Clause, Term, parse
from standins.jql_fields import Search
from standins.jql_order import Place
from standins.limits import Bucket
from standins.records import Issue, Site, Space
from standins.server import serve
from standins.state import Tracker

PROJECT = "10000"
CREDENTIAL = "bench@example.com:token-of-the-bench"
AUTHORIZATION = "Basic " + b64encode(CREDENTIAL.encode()).decode()
STATUSES = ("1", "3", "5")
DONE = "5"
UNLIMITED = 1e9
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHANGED = attrgetter("updated")
# One more than a page of bare ids holds, which tells that there is another.
MOST_OF_A_PAGE = LARGEST_BARE_PAGE + 1


class Changes:
    """The issues of a tracker by the time of their last change."""

    def __init__(self, tracker: Tracker) -> None:
        shown = (issue for issue in tracker.visible() if not issue.archived)
        self._issues = sorted(shown, key=CHANGED)

    def since(self, moment: datetime) -> list[Issue]:
        return self._issues[bisect_left(self._issues, moment, key=CHANGED) :]


class Held(Search):
    """A search of a tracker at rest, sorted once for all of its pages.

    What changed since a moment is found by an index, as a service has one.
    """

    def __init__(self, tracker: Tracker, text: str, changes: Changes, *, signed_in: bool) -> None:
        super().__init__(tracker, text, signed_in=signed_in)
        self._since, self._changes = lower_bound(parse(text).where), changes

    def issues(self, *, after: Place | None = None) -> list[Issue]:
        if after is None:
            return self._sorted
        start = bisect_right(self._places, after)
        return self._sorted[start : start + MOST_OF_A_PAGE]

    def candidates(self) -> Iterable[Issue]:
        if self._since is None or not self._signed_in:
            return super().candidates()
        return self._changes.since(self._since)

    @cached_property
    def _sorted(self) -> list[Issue]:
        return super().issues()

    @cached_property
    def _places(self) -> list[Place]:
        return [self.place(issue) for issue in self._sorted]


def lower_bound(term: Term | None) -> datetime | None:
    """The moment since which a search asks for changes, where all it finds has to be newer."""
    parts = term.terms if isinstance(term, All) else (term,)
    found = (
        part.operands[0].text
        for part in parts
        if isinstance(part, Clause) and (part.field, part.operator) == ("updated", ">=")
    )
    moment = next(filter(str.isdecimal, found), None)
    return None if moment is None else EPOCH + timedelta(milliseconds=int(moment))


class LargeJira(JiraCloud):
    """Limits nobody, and is told when its issues change."""

    def __init__(self, tracker: Tracker) -> None:
        bucket = Bucket(UNLIMITED, per_second=UNLIMITED)
        super().__init__(tracker, credential=CREDENTIAL, bucket=bucket)
        self._held: dict[tuple[str, bool], Held] = {}
        self._changes = Changes(tracker)

    def search(self, request: Request, jql: str) -> Search:
        key = (jql, self.signed_in(request))
        if key not in self._held:
            self._held[key] = Held(self.tracker, jql, self._changes, signed_in=key[1])
        return self._held[key]

    def change(self, count: int) -> None:
        """That many issues, spread over all of them, move on to the next status."""
        issues, now = self.tracker.site.issues, datetime.now(UTC)
        for pk in list(issues)[:: len(issues) // count][:count]:
            place = STATUSES.index(issues[pk].status_id)
            issues[pk] = at_status(issues[pk], STATUSES[(place + 1) % 3], now)
        self._changes = Changes(self.tracker)
        self._held.clear()


class Elsewhere:
    """The address of a stand-in that plays in another process, and a way to speak to it."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def change(self, count: int) -> None:
        self._pipe.send(count)
        self._pipe.recv()


@contextmanager
def playing(issues: int) -> Iterator[Elsewhere]:
    """A project of so many issues, until the end of the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=play, args=(issues, theirs), daemon=True)
    process.start()
    try:
        yield Elsewhere(ours)
    finally:
        process.terminate()
        process.join()


def play(issues: int, pipe: Pipe) -> None:
    """Serve, and change as many issues as is asked for, until terminated."""
    app = LargeJira(Tracker(site_of(issues)))
    gc.freeze()
    with serve(app) as server:
        pipe.send(server.url)
        while True:
            server.app.change(pipe.recv())
            pipe.send(None)


def site_of(issues: int) -> Site:
    """One project, its issues changed a second apart until an hour ago; a third of them done."""
    site = empty_jira(name="Bench")
    last = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    site.spaces[PROJECT] = Space(id=PROJECT, key="BENCH", name="Bench", last_number=issues)
    for number in range(1, issues + 1):
        updated = last - timedelta(seconds=issues - number)
        issue = Issue(
            id=str(site.last_issue_id + number),
            key=f"BENCH-{number}",
            space_id=PROJECT,
            type_id="10001",
            title=f"Issue {number}: what a customer asked for, in a sentence of usual length",
            status_id=STATUSES[0],
            created=updated,
            updated=updated,
            estimate=Decimal(number % 8),
        )
        site.issues[issue.id] = at_status(issue, STATUSES[number % 3], updated)
    site.last_issue_id += issues
    return site


def at_status(issue: Issue, status: str, moment: datetime) -> Issue:
    is_done = status == DONE
    return replace(
        issue,
        status_id=status,
        resolution_id="10000" if is_done else None,
        resolved=moment if is_done else None,
        updated=moment,
    )
