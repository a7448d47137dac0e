"""python -m bench.load, inside services: sixteen people at once for half a minute.

The product runs as in a container: gunicorn by `config/gunicorn.py`, both workers and the
scheduler, over the demo's data. It must not answer 5xx, hold more connections at the end than when
it was warm, or grow. `make bench-load` starts it; `make bench-load RECORD=1` writes it into
RESULTS.md.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import requests

from bench.processes import family, resident_pages
from bench.record import record
from bench.visitors import Tally, Visitor
from config.queues import WORKERS, options_of
from config.supervisor import Program, Supervisor

CLIENTS, SECONDS, WARM_UP_SECONDS = 16, 30.0, 20.0
READY_SECONDS = 120.0
PYTHON = sys.executable
ROOT = Path(__file__).resolve().parent.parent
METRICS_TOKEN = "for-the-bench-alone"  # noqa: S105 (of a server that lives for a minute)
# Memory of a warm process may grow by so much over the whole, and by less in its second half.
GROWTH, LATE_GROWTH = 1.10, 1.05
TOLD_REQUESTS = re.compile(r"^flotilla_request_seconds_count\{.*\} (\S+)$", re.MULTILINE)
SECTION = f"{CLIENTS} clients for half a minute".capitalize()
SESSIONS = """
    SELECT application_name, pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'bench-%'
"""


@dataclass(frozen=True)
class Moment:
    """What the product holds: sessions of the database and pages of memory, by program."""

    sessions: Mapping[str, frozenset[int]]
    pages: Mapping[str, Mapping[int, int]]


@dataclass(frozen=True)
class Found:
    """Everything that a run is judged by; moments are when warm, in the middle, at the end."""

    tally: Tally
    moments: tuple[Moment, Moment, Moment]
    # Requests that the product's own figures counted in the same time.
    told: int
    # Sessions of the web processes at most: their threads.
    threads: int


@dataclass(frozen=True)
class Finding:
    name: str
    found: str
    bar: str
    holds: bool


def findings(run: Found) -> list[Finding]:
    """What was found beside what may be, as ratios and counts."""
    asked = ", ".join(f"{times} {kind}" for kind, times in run.tally.asked.most_common())
    wrong = ", ".join(f"{times} × {status}" for status, times in run.tally.wrong.items())
    return [
        Finding("requests", asked, "", holds=run.tally.requests > 0),
        Finding("answers of 5xx", str(run.tally.errors), "0", holds=not run.tally.errors),
        Finding("answers not as expected", wrong or "0", "0", holds=not run.tally.wrong),
        Finding(
            "requests in the figures",
            f"{run.told} of {run.tally.requests}",
            "all",
            holds=run.told == run.tally.requests,
        ),
        *connection_findings(run),
        *memory_findings(run.moments),
    ]


def connection_findings(run: Found) -> Iterator[Finding]:
    warm, _, late = run.moments
    for program in warm.sessions:
        counts = [len(moment.sessions[program]) for moment in run.moments]
        made = len(late.sessions[program] - warm.sessions[program])
        is_web = program == "web"
        # A process of a worker has two roles at the most, and ends after some hundred tasks.
        most = run.threads if is_web else 2 * len(warm.pages[program])
        held = counts[-1] <= counts[0] and counts[0] > 0 and not made
        yield Finding(
            f"connections of {program}",
            f"{', '.join(map(str, counts))}; {made} made",
            f"{most} open" + (", the same ones all the time" if is_web else ""),
            holds=max(counts) <= most and (held or not is_web),
        )


def memory_findings(moments: Sequence[Moment]) -> Iterator[Finding]:
    warm, middle, late = moments
    for program, pages in warm.pages.items():
        lasting = [pid for pid in pages if late.pages[program].get(pid)]
        gone = len(pages) - len(lasting)
        growth = [late.pages[program][pid] / pages[pid] for pid in lasting]
        half = [late.pages[program][pid] / middle.pages[program][pid] for pid in lasting]
        told = ", ".join(
            f"1, {middle.pages[program][pid] / pages[pid]:.2f}, {ratio:.2f}"
            for pid, ratio in zip(lasting, growth, strict=True)
        )
        replaced = f"; {gone} replaced" if gone else ""
        yield Finding(
            f"memory of {program}",
            f"{told}{replaced}",
            f"{GROWTH:g} × when warm, {LATE_GROWTH:g} × in the middle",
            holds=max(growth, default=1) <= GROWTH
            and max(half, default=1) <= LATE_GROWTH
            and not (gone and program not in WORKERS),
        )


# --- The product ------------------------------------------------------------------------------
def named(name: str, *command: str) -> Program:
    """A program whose sessions bear its name in the database."""
    return Program(name, ["env", f"PGAPPNAME=bench-{name}", PYTHON, "-m", *command])


def programs(port: int) -> list[Program]:
    """As `docker-compose.yml` starts them."""
    web = named(
        "web", "gunicorn", "config.wsgi", "--config", "python:config.gunicorn",
        "--bind", f"127.0.0.1:{port}",
    )  # fmt: skip
    return [web, *background()]


def background() -> list[Program]:
    """The workers and the scheduler."""
    celery = ("celery", "-A", "config")
    quiet = ("--loglevel", "WARNING")
    return [
        *(
            named(name, *celery, "worker", "-n", f"{name}@%h", *options_of(name), *quiet)
            for name in WORKERS
        ),
        named("beat", *celery, "beat", "--pidfile=", *quiet),
    ]


@contextmanager
def product(port: int) -> Iterator[Supervisor]:
    """The product with the demo's data on loopback, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "METRICS_TOKEN": METRICS_TOKEN,
            "PROMETHEUS_MULTIPROC_DIR": f"{folder}/figures",
        }
        supervisor = Supervisor(ROOT, Path(folder) / "logs", environment)
        manage = [PYTHON, "manage.py"]
        migrate = [*manage, "migrate", "--database", "owner", "--no-input"]
        try:
            supervisor.run_to_end(Program("migrate", migrate))
            supervisor.run_to_end(Program("load_demo", [*manage, "load_demo"]))
            for program in programs(port):
                supervisor.start(program)
            supervisor.wait_for_answer(f"http://127.0.0.1:{port}/readyz", READY_SECONDS)
            yield supervisor
        finally:
            supervisor.stop()


def moment(supervisor: Supervisor, owner: Any) -> Moment:
    with owner.cursor() as cursor:
        cursor.execute(SESSIONS)
        rows = cursor.fetchall()
    sessions = {
        child.name: frozenset(pid for name, pid in rows if name == f"bench-{child.name}")
        for child in supervisor.children
    }
    pages = {}
    for child in supervisor.children:
        pids = family(child.process.pid)
        pages[child.name] = dict(zip(pids, resident_pages(pids), strict=True))
    return Moment(sessions, pages)


# --- The visitors -----------------------------------------------------------------------------
def visitors(base: str) -> list[Visitor]:
    """Sixteen people of the demo, signed in and with goals to look at."""
    from config.demo.company import SLUG, address_of
    from config.demo.places import PASSWORD, PEOPLE

    made = [Visitor(base, SLUG, number) for number in range(CLIENTS)]
    for visitor, someone in zip(made, PEOPLE, strict=False):
        visitor.sign_in(address_of(someone.name), PASSWORD)
        visitor.look_around()
    return made


def together(everybody: Sequence[Visitor], until: float) -> Tally:
    """All of them go on until a moment of the steady clock."""
    with ThreadPoolExecutor(len(everybody)) as pool:
        tallies = pool.map(lambda one: one.go_on(lambda: time.monotonic() < until), everybody)
        return sum(tallies, Tally())


def told_requests(base: str) -> int:
    """The requests that the figures of all web processes count together."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    text = requests.get(f"{base}/metrics", headers=headers, timeout=30).text
    return round(sum(map(float, TOLD_REQUESTS.findall(text))))


def run(seconds: float, warm_up: float) -> Found:
    from bench.database import connect
    from bench.serving import free_port
    from config import gunicorn

    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with product(port) as supervisor, closing(connect("owner")) as owner:
        everybody = visitors(base)
        together(everybody, time.monotonic() + warm_up)
        before = told_requests(base)
        moments, tally = [moment(supervisor, owner)], Tally()
        began = time.monotonic()
        for half in (0.5, 1.0):
            tally += together(everybody, began + seconds * half)
            moments.append(moment(supervisor, owner))
        supervisor.check()
        # The page of the figures counts its own requests too, once they are answered.
        told = told_requests(base) - before - 1
        return Found(tally, tuple(moments), told, gunicorn.workers * gunicorn.threads)  # type: ignore[arg-type]


# --- What is told -----------------------------------------------------------------------------
def as_table(found: Sequence[Finding]) -> str:
    head = ["| | found | at most | |", "|---|---|---|---|"]
    rows = [f"| {f.name} | {f.found} | {f.bar} | {verdict(f)} |" for f in found]
    return "\n".join([*head, *rows])


def verdict(finding: Finding) -> str:
    return "ok" if finding.holds else "FAILED"


def conditions() -> str:
    from bench.database import server_facts

    return (
        f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores, {server_facts()}.\n"
        f"{CLIENTS} people, signed in to the demo, without a pause between requests; the product\n"
        "as `docker-compose.yml` has it:\n"
        "three web processes of four threads, three workers, the scheduler. Connections and\n"
        "memory when warm, in the middle and at the end, memory beside its own when warm.\n"
        "Written by `make bench-load RECORD=1`."
    )


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    made.add_argument("--seconds", type=float, default=SECONDS)
    made.add_argument("--warm-up", type=float, default=WARM_UP_SECONDS)
    made.add_argument("--record", action="store_true", help="write a section of RESULTS.md")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """1 when something does not hold."""
    asked = parser().parse_args(arguments)
    found = findings(run(asked.seconds, asked.warm_up))
    for each in found:
        bar = f" (at most: {each.bar})" if each.bar else ""
        sys.stdout.write(f"{verdict(each):6}  {each.name}: {each.found}{bar}\n")
    if asked.record:
        record(SECTION, f"{conditions()}\n\n{as_table(found)}")
    return 0 if all(each.holds for each in found) else 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.exit(main())
