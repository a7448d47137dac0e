"""Twenty organisations beside a noisy one: what they wait for, by the product's rules and by none.

The noisy one connects ten large projects at once, pushes ten thousand values, and its script asks
the API as fast as it can.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from bench.costs import Costs
from bench.growth.queueing import Job, Rules, Served, Waits, simulate, throttled, waits_of

NOISY, NEIGHBOURS = 0, 20
SECONDS, NOISE_AT = 240.0, 60.0
# Of the noisy one: projects that it connects and issues in each, values, requests a second.
PROJECTS, ISSUES, VALUES, REQUESTS = 10, 20_000, 10_000, 150
# Of each neighbour, a minute: pages, check-ins, and runs of a few hundred issues.
PAGES, CHECK_INS, RUNS, ISSUES_OF_A_RUN = 6.0, 1.0, 0.2, 200
# What is waited for on the network, as times the work on what comes.
NETWORK = 1.0
PAGE, API, FOLLOW_UP, RUN, SOON = (
    "page",
    "API",
    "follow-up",
    "scheduled sync",
    "sync somebody waits for",
)


@dataclass(frozen=True, kw_only=True)
class ProductRules:
    """The product's own figures, read from its code and settings."""

    background: Rules
    # Queues that workers of one kind take from.
    workers: Sequence[Sequence[str]]
    api_requests: int
    api_window: float


@dataclass(frozen=True)
class Line:
    """Waits of one kind of the neighbours' work: with no noise, in one plain queue, as it is, and
    as it is with twice the workers (for pages: with twice the cores).
    """

    kind: str
    alone: Waits
    plain: Waits
    product: Waits
    more: Waits


def lines(costs: Costs, rules: ProductRules, *, workers: int, cores: int, seed: int) -> list[Line]:
    return [
        *background_lines(costs, rules, workers=workers, seed=seed),
        *web_lines(costs, rules, cores=cores, seed=seed),
    ]


def background_lines(
    costs: Costs, rules: ProductRules, *, workers: int, seed: int
) -> Iterator[Line]:
    """So many workers of each kind; the plain queue has as many in all."""
    quiet = background_of_neighbours(costs, Random(seed))  # noqa: S311 (no secret)
    noise = background_noise(costs)
    plain = Rules(queues=dict.fromkeys(rules.background.queues, "all"))
    four = (
        each_kind(quiet, rules, workers),
        simulate(quiet + noise, plain, workers * len(rules.workers)),
        each_kind(quiet + noise, rules, workers),
        each_kind(quiet + noise, rules, 2 * workers),
    )
    for kind in (FOLLOW_UP, SOON, RUN):
        yield Line(kind, *(waits_of(served, kind, but=NOISY, since=NOISE_AT) for served in four))


def each_kind(jobs: Sequence[Job], rules: ProductRules, workers: int) -> list[Served]:
    """The jobs by workers of each kind, none of which waits for another's."""
    queues = rules.background.queues
    return [
        served
        for own in rules.workers
        for served in simulate(
            [job for job in jobs if queues[job.kind] in own], rules.background, workers
        )
    ]


def web_lines(costs: Costs, rules: ProductRules, *, cores: int, seed: int) -> Iterator[Line]:
    """Threads share the cores: what waits is the next request for the next core."""
    quiet = pages_of_neighbours(costs, Random(seed))  # noqa: S311 (no secret)
    asked = script(costs)
    answered = throttled(
        asked, requests=rules.api_requests, window=rules.api_window, refusal=costs.refused_ms / 1e3
    )
    plain = Rules(queues={PAGE: "all", API: "all"})
    heard = quiet + answered
    four = ((quiet, cores), (quiet + asked, cores), (heard, cores), (heard, 2 * cores))
    served = (simulate(jobs, plain, at_work) for jobs, at_work in four)
    yield Line(PAGE, *(waits_of(one, PAGE, but=NOISY, since=NOISE_AT) for one in served))


def background_of_neighbours(costs: Costs, chance: Random) -> list[Job]:
    run = sync_seconds(costs.issue_again_ms, ISSUES_OF_A_RUN)
    job = Job(organization=0, kind=FOLLOW_UP, at=0, seconds=costs.follow_up_ms / 1e3)
    kinds = [
        (job, CHECK_INS),
        (replace(job, kind=RUN, seconds=run, is_run=True), RUNS),
        (replace(job, kind=SOON, seconds=run, is_run=True), RUNS),
    ]
    return [
        replace(kind, organization=organization, at=at)
        for organization in range(1, NEIGHBOURS + 1)
        for kind, a_minute in kinds
        for at in arrivals(chance, a_minute)
    ]


def background_noise(costs: Costs) -> list[Job]:
    run = sync_seconds(costs.issue_first_ms, ISSUES)
    syncs = [
        Job(organization=NOISY, kind=SOON, at=NOISE_AT, seconds=run, is_run=True)
        for _ in range(PROJECTS)
    ]
    pushed = [
        Job(
            organization=NOISY, kind=FOLLOW_UP, at=NOISE_AT + number * SECONDS / VALUES / 4,
            seconds=costs.follow_up_ms / 1e3,
        )
        for number in range(VALUES)
    ]  # fmt: skip
    return syncs + pushed


def pages_of_neighbours(costs: Costs, chance: Random) -> list[Job]:
    return [
        Job(organization=organization, kind=PAGE, at=at, seconds=costs.page_ms / 1e3)
        for organization in range(1, NEIGHBOURS + 1)
        for at in arrivals(chance, PAGES)
    ]


def script(costs: Costs) -> list[Job]:
    """One token's requests, evenly, for two minutes."""
    return [
        Job(
            organization=NOISY, kind=API, at=NOISE_AT + number / REQUESTS,
            seconds=costs.api_ms / 1e3,
        )
        for number in range(REQUESTS * 120)
    ]  # fmt: skip


def sync_seconds(issue_ms: float, issues: int) -> float:
    return issue_ms * issues / 1e3 * (1 + NETWORK)


def arrivals(chance: Random, a_minute: float) -> Iterator[float]:
    """Moments without memory, so many a minute on average."""
    at = chance.expovariate(a_minute / 60)
    while at < SECONDS:
        yield at
        at += chance.expovariate(a_minute / 60)
