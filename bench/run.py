"""The bench from an empty database to its verdict."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.core.management import call_command

from bench.beside import measure_beside
from bench.counters import statements_of
from bench.database import copy_empty, few_tenants, server_facts
from bench.harness import Contest, Ratio, WrongResult, measure
from bench.jobs import (
    dashboard,
    lists,
    peer,
    principal,
    rendering,
    row_security,
    scores,
    sync,
    tasks,
    tenants,
)
from bench.jobs.whole_sync import figures, measure_sync
from bench.pages import PAGES, Refused, costs, worst_misjudgement
from bench.record import RESULTS, record, rewrite
from bench.report import (
    Line,
    as_markdown,
    as_text,
    failed,
    line_of_cost,
    line_of_ratio,
    line_of_statements,
)
from bench.seed import FEW, SIZES, Size, seed
from bench.serving import THREADS, WORKERS, Connections, connections_of
from bench.targets import Target, Targets, read_targets
from bench.world import World, world_of

CONTESTS: Mapping[str, Callable[[World], Contest]] = {
    "P1": dashboard.data,
    "P2": dashboard.page,
    "P2-cold": dashboard.first_look,
    "P3": dashboard.unchanged,
    "P4": dashboard.growth,
    "P5": lists.api_page,
    "P6": peer.list_page,
    "P7": lists.deep_page,
    "P8": scores.check_in,
    "P9": sync.first,
    "P10": sync.again,
    "P11": sync.end_to_end,
    "P12": sync.parsing,
    "P13": scores.many,
    "P14": scores.few,
    "P15": lists.latest_values,
    "P16": principal.found,
    "P17": row_security.tax,
    "P18": tenants.growth,
    "P19": rendering.rows,
    "P20": tasks.fan_out,
}
QUICK = ("P1", "P5", "P9", "P13", "P17")
SYNC_SECTION = "Whole syncs"
WAIT_SECTION = "Beside a large reading"
PLANNER, SERVING = "planner", "P22"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; 1 when something costs more than it may."""
    asked = parser().parse_args(arguments)
    size = "s" if asked.quick else asked.size
    say(facts(size))
    if not asked.seeded:
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        if not asked.quick:
            seed_few(SIZES[size])
        seed(SIZES[size])
    world, targets = world_of(SIZES[size]), read_targets()
    wanted = asked.only.split(",") if asked.only else None
    if asked.beside:
        found = waits_beside(world, targets, asked.beside)
    elif asked.sync:
        found = whole_syncs(world, targets, [int(issues) for issues in asked.sync.split(",")])
    else:
        found = measured(world, targets, quick=asked.quick, only=wanted)
    lines = []
    for line in found:
        say(as_text([line]))
        lines.append(line)
    if asked.record and asked.beside:
        record(WAIT_SECTION, wait_results(lines, facts(size), asked.beside))
    elif asked.record and asked.sync:
        record(SYNC_SECTION, sync_results(lines, facts(size)))
    elif asked.record:
        rewrite(results(lines, facts(size)))
    return verdict(lines)


def seed_few(size: Size) -> None:
    """The same organisations, but only a few of them, in a database of their own."""
    copy_empty()
    with few_tenants():
        seed(replace(size, organizations=FEW))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    made.add_argument("--quick", action="store_true", help="size s, three rounds, hard counters")
    made.add_argument("--size", choices=SIZES, default="l", help="how much is seeded")
    made.add_argument("--only", help="names, as in P1,P17,home")
    made.add_argument("--sync", metavar="ISSUES", help="whole syncs instead: 10000,100000")
    made.add_argument(
        "--beside", type=int, metavar="ISSUES", help="waits beside a large reading: 200000"
    )
    made.add_argument("--seeded", action="store_true", help="the database is seeded already")
    made.add_argument("--record", action="store_true", help=f"write {RESULTS.name}")
    return made


def measured(
    world: World, targets: Targets, *, quick: bool, only: Sequence[str] | None = None
) -> Iterator[Line]:
    """The budgets, while the tables are as seeded, then the contests, which write."""
    names = list(only or [*PAGES, PLANNER, *(QUICK if quick else [*CONTESTS, SERVING])])
    judged = ("queries", "bytes", "rows") if quick else ("queries",)
    for name in names:
        if name in PAGES:
            yield from page_lines(world, targets, name, judged)
        elif name == PLANNER:
            yield planner_line(world, targets)
        elif name == SERVING:
            yield serving_line(connections_of(world.typical))
        else:
            yield from contest_lines(CONTESTS[name](world), targets.contests[name], quick=quick)


def page_lines(world: World, targets: Targets, name: str, judged: Iterable[str]) -> Iterator[Line]:
    try:
        for size, cost in costs(world, name).items():
            yield line_of_cost(name, size, cost, targets.budgets[name], only=judged)
    except Refused as error:
        yield failed(name, "", str(error))


def planner_line(world: World, targets: Targets) -> Line:
    table, times = worst_misjudgement(world)
    holds = times <= targets.misjudgement
    return Line(
        name=PLANNER,
        title="guess of a tenant's rows",
        found=f"{times:.1f} times off in {table}",
        bar=f"{targets.misjudgement:g} times",
        holds=holds,
        passes=holds,
    )


def serving_line(found: Connections) -> Line:
    """No connects once warm, no more connections than threads, no answer of 5xx.

    A server that holds no connection makes one for each request.
    """
    holds = not found.connects and not found.errors and 0 < found.open <= WORKERS * THREADS
    return Line(
        name=SERVING,
        title="connections under 16 clients",
        found=f"{found.connects} connects, {found.open} open, {found.errors} errors",
        bar=f"0 connects, {WORKERS * THREADS} open, 0 errors",
        holds=holds,
        passes=holds,
    )


def contest_lines(contest: Contest, target: Target, *, quick: bool) -> Iterator[Line]:
    """A ratio; in a quick run it informs, since a machine in use has no steady times."""
    try:
        ratio = measure(contest, 3 if quick else 7)
    except WrongResult as error:
        yield failed(contest.name, contest.title, str(error))
        return
    line = line_of_ratio(contest.name, contest.title, ratio, target)
    yield replace(line, passes=True) if quick else line
    if target.statements:
        said, _ = statements_of(contest.job())
        yield line_of_statements(contest.name, contest.title, len(said), target)


def whole_syncs(world: World, targets: Targets, sizes: Sequence[int]) -> Iterator[Line]:
    """Syncs from a stand-in of the least and the most issues, each beside its floor."""
    try:
        small, large = [measure_sync(world.largest, size) for size in (min(sizes), max(sizes))]
    except WrongResult as error:
        yield failed("sync", "", str(error))
        return
    for name, (title, ratio) in figures(small, large).items():
        yield line_of_ratio(name, title, Ratio(ratio, ratio, ratio, 1), targets.syncs[name])


def waits_beside(world: World, targets: Targets, issues: int) -> Iterator[Line]:
    """Another organisation's checks while so many issues are read."""
    try:
        waits = measure_beside(world, issues)
    except WrongResult as error:
        yield failed("beside", "", str(error))
        return
    for name, (title, ratio) in waits.ratios().items():
        yield line_of_ratio(name, title, ratio, targets.waits[name])


def verdict(lines: Sequence[Line]) -> int:
    broken = [line.name for line in lines if not line.passes]
    if broken:
        say(f"Too dear or wrong: {', '.join(dict.fromkeys(broken))}.")
    return 1 if broken else 0


def facts(size: str) -> str:
    """The machine and the server, without which a ratio says little."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return f"size {size}, {machine}, {server_facts()}"


def results(lines: Sequence[Line], told: str) -> str:
    """The results as a page, with the reason of each miss; `told` is of machine and server."""
    return "\n".join(
        [
            "# Results",
            "",
            f"{datetime.now(UTC):%-d %B %Y}, {told}. Written by `make bench-record`; ratios",
            "are medians of seven rounds with the least and the most.",
            "",
            as_markdown(lines),
            "",
            "## Misses",
            "",
            *(misses_of(lines) or ["None."]),
            "",
        ]
    )


def sync_results(lines: Sequence[Line], told: str) -> str:
    """Whole syncs as a section of the page."""
    return "\n".join(
        [
            f"{datetime.now(UTC):%-d %B %Y}, {told}. Written by `make bench-sync RECORD=1`;",
            "one run of each size, so without a spread, from a Jira Cloud stand-in over HTTP.",
            "",
            as_markdown(lines),
            "",
            *misses_of(lines),
        ]
    )


def wait_results(lines: Sequence[Line], told: str, issues: int) -> str:
    """Waits beside a large reading as a section of the page."""
    return "\n".join(
        [
            f"{datetime.now(UTC):%-d %B %Y}, {told}. Written by `make bench-beside RECORD=1`.",
            f"One organisation reads {issues:,} issues, in two projects at once, by the workers",
            "of a deployment; another checks five issues again and again. The stand-ins that are",
            "read share the machine.",
            "",
            as_markdown(lines),
            "",
            *misses_of(lines),
        ]
    )


def misses_of(lines: Sequence[Line]) -> list[str]:
    reasons = {(line.name, line.why): line.title for line in reversed(lines) if not line.holds}
    return [f"- **{name}**, {title}: {why}" for (name, why), title in reversed(reasons.items())]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
