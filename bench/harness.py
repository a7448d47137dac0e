"""Jobs against their floors, interleaved: what leaves this module is ratios, never times.

A floor is the least that could do the same, such as plain SQL without row security. Before
anything is timed, the job's result is compared with the floor's: a fast wrong answer fails.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

# Shorter samples are noise: a side is repeated within a round until it lasts this long.
SAMPLE_SECONDS = 0.02
MOST_REPEATS = 200

Run = Callable[[], Any]


def as_it_is(result: Any) -> Any:
    return result


@dataclass(frozen=True, kw_only=True)
class Contest:
    """A job of the product beside its floor.

    `job` and `floor` prepare one run each, outside the timer, and answer with what is timed.
    What `seen` makes of their results must be equal; it looks at each before the other side runs,
    so it may read what that run has stored. A `once` contest is not repeated in a round.
    """

    name: str
    title: str
    job: Callable[[], Run]
    floor: Callable[[], Run]
    seen: Callable[[Any], Any] = as_it_is
    once: bool = False


@dataclass(frozen=True)
class Ratio:
    """How many times its floor a job costs: the median of the rounds, the least and the most."""

    median: float
    least: float
    most: float
    rounds: int

    def __str__(self) -> str:
        if self.rounds == 1:
            return f"{self.median:.3g}"
        return f"{self.median:.2f} [{self.least:.2f}..{self.most:.2f}]"


class WrongResult(Exception):
    """The job's result is not its floor's."""


def measure(contest: Contest, rounds: int) -> Ratio:
    """The ratio of job to floor over interleaved rounds. Raises `WrongResult`."""
    sample = check(contest)
    repeats = 1 if contest.once else min(MOST_REPEATS, 1 + int(SAMPLE_SECONDS / max(sample, 1e-6)))
    found = [one_round(contest, number, repeats) for number in range(rounds)]
    return Ratio(median(found), min(found), max(found), rounds)


def check(contest: Contest) -> float:
    """Compare the results once, which also warms both sides up; the seconds of the floor."""
    job, _ = timed(contest.job)
    mine = contest.seen(job)
    floor, seconds = timed(contest.floor)
    theirs = contest.seen(floor)
    if mine != theirs:
        raise WrongResult(f"{contest.name}: {first_difference(mine, theirs)}")
    return seconds


def one_round(contest: Contest, number: int, repeats: int) -> float:
    """Seconds of the job through seconds of the floor; who goes first changes by round."""
    seconds = {"job": 0.0, "floor": 0.0}
    sides = [("job", contest.job), ("floor", contest.floor)]
    gc.collect()
    for _ in range(repeats):
        for name, prepare in sides if number % 2 else reversed(sides):
            seconds[name] += timed(prepare)[1]
    return seconds["job"] / seconds["floor"]


def timed(prepare: Callable[[], Run]) -> tuple[Any, float]:
    run = prepare()
    began = time.perf_counter()
    result = run()
    return result, time.perf_counter() - began


def first_difference(mine: Any, theirs: Any) -> str:
    """Where two results part, in a line that fits a terminal."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in [*mine, *theirs]:
            if mine.get(key) != theirs.get(key):
                return f"{key}: {first_difference(mine.get(key), theirs.get(key))}"
    if isinstance(mine, list | tuple) and isinstance(theirs, list | tuple):
        for place, (one, other) in enumerate(zip(mine, theirs, strict=False)):
            if one != other:
                return f"row {place}: {first_difference(one, other)}"
        return f"{len(mine)} rows, the floor has {len(theirs)}"
    return f"{str(mine)[:120]}, the floor has {str(theirs)[:120]}"
