"""Work that waits for workers, event by event: the product's rules beside one plain queue."""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work of an organisation that comes `at` a second and needs so many `seconds` of a worker.

    A run reads from another service and may be cut into turns.
    """

    organization: int
    kind: str
    at: float
    seconds: float
    is_run: bool = False


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How workers choose. `queues` says which queue a kind waits in; workers take from each queue
    in turn. A run keeps a worker for `turn` seconds, or when others wait for `short_turn`; it may
    stop after each `page` of seconds. Of one organisation `runs_at_once` may be at work; one more
    looks again after `comes_in` seconds.

    A queue holds as many jobs as `depths` says and is filled, organisations in turn, when it is
    half empty; what is left over is looked at again after `look_again` seconds.
    """

    queues: Mapping[str, str]
    turn: float = float("inf")
    short_turn: float = float("inf")
    page: float = 0.1
    runs_at_once: int | None = None
    comes_in: float = 5.0
    depths: Mapping[str, int] = field(default_factory=dict)
    look_again: float = 0.2


@dataclass
class Desk:
    """Queues, workers, and the events to come."""

    rules: Rules
    idle: int
    events: list[tuple[float, int, str, Job]] = field(default_factory=list)
    running: Counter[int] = field(default_factory=Counter)
    numbers: "count[int]" = field(default_factory=count)
    # Of each job: seconds of work that are left, and for how long it has kept its worker.
    left: dict[int, float] = field(default_factory=dict)
    kept: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queues: dict[str, deque[Job]] = {name: deque() for name in self.rules.queues.values()}
        # The queue that was taken from last stands at the end.
        self.order = list(self.queues)
        # What is owed and not in a queue yet, by organisation; `looks` says that a look is planned.
        self.owed: dict[tuple[str, int], deque[Job]] = {}
        self.looks = False
        self.lots = Random(0)  # noqa: S311 (no secret)

    def plan(self, at: float, event: str, job: Job) -> None:
        heapq.heappush(self.events, (at, next(self.numbers), event, job))

    def owe(self, job: Job) -> None:
        """Put it behind what is owed to its organisation for that queue, and look."""
        line = (self.rules.queues[job.kind], job.organization)
        self.owed.setdefault(line, deque()).append(job)
        self.dispatch()

    def dispatch(self) -> None:
        """Fill what is half empty by rounds: in each a job of every organisation, by lot."""
        for name, queue in self.queues.items():
            depth = self.rules.depths.get(name, float("inf"))
            if len(queue) > depth / 2:
                continue
            lines = [line for (of, _), line in self.owed.items() if of == name]
            while (free := depth - len(queue)) > 0 and lines:
                self.lots.shuffle(lines)
                queue.extend(line.popleft() for line in lines[: int(min(free, len(lines)))])
                lines = [line for line in lines if line]
        self.owed = {key: line for key, line in self.owed.items() if line}

    def take(self) -> Job | None:
        for name in self.order:
            if self.queues[name]:
                self.order.remove(name)
                self.order.append(name)
                return self.queues[name].popleft()
        return None

    def work(self, job: Job, now: float, *, most: float) -> None:
        """So many seconds at most, or what is left of the job."""
        part = min(self.left[id(job)], most)
        self.left[id(job)] -= part
        self.kept[id(job)] += part
        self.plan(now + part, "stops", job)

    def begin(self, job: Job, now: float) -> None:
        self.idle -= 1
        self.running[job.organization] += job.is_run
        self.kept[id(job)] = 0.0
        turn = min(self.rules.turn, self.rules.short_turn)
        self.work(job, now, most=turn if job.is_run else float("inf"))

    def goes_on(self, job: Job) -> bool:
        """Whether a run keeps its worker for another page: nobody else waits for one."""
        is_long = self.kept[id(job)] + self.rules.page > self.rules.turn
        return self.left[id(job)] > 0 and not is_long and not any(self.queues.values())

    def stop(self, job: Job) -> None:
        self.idle += 1
        self.running[job.organization] -= job.is_run

    def may_run(self, job: Job) -> bool:
        most = self.rules.runs_at_once
        return not job.is_run or most is None or self.running[job.organization] < most


@dataclass(frozen=True)
class Served:
    job: Job
    # Seconds from its coming to the first second of work, and to the last.
    waited: float
    took: float


def simulate(jobs: Sequence[Job], rules: Rules, workers: int) -> list[Served]:
    """Every job once, in the order in which they are finished."""
    desk = Desk(rules, workers)
    began: dict[int, float] = {}
    served = []
    for job in jobs:
        desk.left[id(job)] = job.seconds
        desk.plan(job.at, "comes", job)
    while desk.events:
        now, _, event, job = heapq.heappop(desk.events)
        if event == "comes":
            desk.owe(job)
        elif event == "look":
            desk.looks = False
            desk.dispatch()
        elif desk.goes_on(job):
            desk.work(job, now, most=rules.page)
        else:
            desk.stop(job)
            if desk.left[id(job)] > 0:
                desk.owe(job)
            else:
                served.append(Served(job, began[id(job)] - job.at, now - job.at))
        if desk.owed and not desk.looks:
            desk.looks = True
            desk.plan(now + rules.look_again, "look", job)
        while desk.idle and (taken := desk.take()):
            if desk.may_run(taken):
                began.setdefault(id(taken), now)
                desk.begin(taken, now)
            else:
                desk.plan(now + rules.comes_in, "comes", taken)
    return served


def throttled(jobs: Iterable[Job], *, requests: int, window: float, refusal: float) -> list[Job]:
    """The same jobs, where one over so many `requests` of an organisation costs a refusal alone.

    A window opens with the first request after the last one ended, as `PrincipalThrottle` has it.
    """
    windows: dict[int, tuple[float, int]] = {}
    found = []
    for job in sorted(jobs, key=lambda job: job.at):
        opened, count = windows.get(job.organization, (job.at, 0))
        if job.at >= opened + window:
            opened, count = job.at, 0
        windows[job.organization] = (opened, count + 1)
        found.append(job if count < requests else replace(job, seconds=refusal))
    return found


@dataclass(frozen=True)
class Waits:
    """Seconds that jobs of a kind waited for a worker."""

    median: float
    most: float
    jobs: int


def waits_of(served: Iterable[Served], kind: str, *, but: int, since: float) -> Waits:
    """Of all organisations except one, for what came since a moment."""
    found = [
        one.waited
        for one in served
        if one.job.kind == kind and one.job.organization != but and one.job.at >= since
    ]
    return Waits(median(found), max(found), len(found)) if found else Waits(0, 0, 0)
