"""A small organisation's checks while another one reads a large tracker, by real workers.

The other reads two projects at once, which is as many as it may, so that there are as many
readings as cores. Checks follow one after the other, as a person asks for them and as the schedule
does in turn. What they wait for is told beside what they wait for on the same machine at rest.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import UUID

from bench.harness import Ratio, WrongResult
from bench.jobs.whole_sync import follow
from bench.load import ROOT, background
from bench.tracker import playing
from bench.world import Place, World
from config.supervisor import Supervisor
from integrations.actions.runs import start_run
from integrations.choices import RunState, RunTrigger
from integrations.models import Connection, SyncedItem, SyncRun

ISSUES_OF_A_CHECK, CHECKS_AT_REST = 5, 8
# Between two checks, so that the wait for one does not hang on the one before.
PAUSE_SECONDS = 0.5
LOOKS_EVERY_SECONDS = 0.02
# Silence for so long is no wait any more.
LONGEST_SECONDS = 900.0


@dataclass(frozen=True)
class Waits:
    """Of each check in seconds, from asking for it to its end."""

    at_rest: Sequence[float]
    beside: Sequence[float]

    def ratios(self) -> dict[str, tuple[str, Ratio]]:
        """By the names of `targets.toml`: what is compared in words, and the ratio."""
        usual = median(self.at_rest)
        least, middle, most = (pick(self.beside) / usual for pick in (min, median, max))
        count = len(self.beside)
        return {
            "usual": (f"a check, {count} of them", Ratio(middle, least, most, count)),
            "longest": ("the longest wait for a check", Ratio(most, most, most, count)),
        }


@dataclass(frozen=True)
class Reading:
    """A connection whose runs are carried out by workers."""

    place: Place
    connection_id: UUID

    def start(self, trigger: RunTrigger = RunTrigger.PERSON) -> None:
        with self.place.bound():
            start_run(Connection.objects.get(pk=self.connection_id), trigger)

    @property
    def run(self) -> SyncRun:
        with self.place.bound():
            return SyncRun.objects.filter(connection=self.connection_id).latest("created_at")

    def stored(self) -> int:
        with self.place.bound():
            return SyncedItem.objects.filter(connection=self.connection_id).count()

    def check(self, trigger: RunTrigger) -> float:
        """Seconds from asking for a check to its end."""
        time.sleep(PAUSE_SECONDS)
        began = time.monotonic()
        self.start(trigger)
        wait_until_over(self)
        return time.monotonic() - began


def wait_until_over(reading: Reading) -> None:
    """Raises `WrongResult` when the run does not complete."""
    began = time.monotonic()
    while not (run := reading.run).is_over:
        if time.monotonic() - began > LONGEST_SECONDS:
            raise WrongResult(f"A run is still {run.state}.")
        time.sleep(LOOKS_EVERY_SECONDS)
    if run.state != RunState.COMPLETE:
        raise WrongResult(f"A run ended as {run.state}: {run.problem}")


def checks(reading: Reading) -> Iterator[float]:
    """Waits of one check after the other, of a person's and of the schedule's in turn."""
    while True:
        yield reading.check(RunTrigger.PERSON)
        yield reading.check(RunTrigger.SCHEDULE)


def measure_beside(world: World, issues: int) -> Waits:
    """Read so many issues in two projects, and check meanwhile. Raises `WrongResult`."""
    with ExitStack() as stack:
        few, *halves = (
            stack.enter_context(playing(count))
            for count in (ISSUES_OF_A_CHECK, issues // 2, issues - issues // 2)
        )
        stack.enter_context(workers())
        waits = checks(Reading(world.typical, follow(world.typical, few)))
        next(waits)  # the first one starts whatever starts late
        at_rest = [next(waits) for _ in range(CHECKS_AT_REST)]
        readings = [Reading(world.largest, follow(world.largest, half)) for half in halves]
        for reading in readings:
            reading.start()
        while not all(reading.run.seen for reading in readings):
            time.sleep(LOOKS_EVERY_SECONDS)
        beside = [next(waits)]
        while not any(reading.run.is_over for reading in readings):
            beside.append(next(waits))
        for reading in readings:
            wait_until_over(reading)
        if (stored := sum(reading.stored() for reading in readings)) != issues:
            raise WrongResult(f"{stored} issues are stored, not {issues}.")
    return Waits(at_rest, beside)


@contextmanager
def workers() -> Iterator[None]:
    """The workers and the scheduler of a deployment over this database."""
    environment = {**os.environ, "OUTBOUND_ALLOW_LOOPBACK": "yes"}
    with tempfile.TemporaryDirectory() as logs:
        supervisor = Supervisor(ROOT, Path(logs), environment)
        try:
            for program in background():
                supervisor.start(program)
            yield
            supervisor.check()
        finally:
            supervisor.stop()
