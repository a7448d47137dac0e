"""python -m bench.costs, inside services: what the product costs, for the arithmetic of growth.

It seeds size s and writes `costs.toml`: milliseconds on a core, of Python and of the session at
the database together, which others on the machine disturb less than the time on a clock; memory
and disk in bytes. `make bench-costs` starts it. Needs Linux, and the database on this machine.
"""

import os
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

FILE = Path(__file__).with_name("costs.toml")
# A sample lasts as long, so that a step of the scheduler's clock is no part of the result.
SAMPLE_SECONDS, SAMPLES = 0.2, 5
# A visit in pages, as often as people open them.
VISIT = ("home", "home", "dashboard", "objectives", "objective", "key-result", "check-ins")
CHECK_INS = 200


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Milliseconds on a core, and bytes; `conditions` says where they were measured."""

    conditions: str
    # One page of a visit, of a typical organisation and of the largest one of size s (1,250 key
    # results); the key results of the typical one over the API, a refusal of more, a check-in.
    page_ms: float
    page_largest_ms: float
    api_ms: float
    refused_ms: float
    check_in_ms: float
    # What a check-in owes to the background.
    follow_up_ms: float
    # One issue, read and stored for the first time; read again where one in twenty has changed.
    issue_first_ms: float
    issue_again_ms: float
    # Private memory of a web process, and of a session at the database.
    process_bytes: int
    session_bytes: int
    # On disk with its indexes: all that hangs on a key result at first, a check-in, an issue.
    key_result_bytes: int
    check_in_bytes: int
    issue_bytes: int


def read_costs(path: Path = FILE) -> Costs:
    return Costs(**tomllib.loads(path.read_text(encoding="utf-8")))


def as_toml(costs: Costs) -> str:
    lines = ["# Written by `make bench-costs`; the units are in `bench/costs.py`."]
    for name, value in vars(costs).items():
        told = f'"{value}"' if isinstance(value, str) else f"{value:_}"
        lines.append(f"{name} = {told}")
    return "\n".join(lines) + "\n"


class Meter:
    """Milliseconds on a core, of this process and of its session at the database."""

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.session = int(cursor.fetchone()[0])

    def of(self, act: Callable[[], object], times: int = 1) -> float:
        """What one of so many costs."""
        began, of_session = time.process_time(), on_core(self.session)
        for _ in range(times):
            act()
        own = time.process_time() - began
        return (own * 1e3 + (on_core(self.session) - of_session) / 1e6) / times

    def steady(self, act: Callable[[], object]) -> float:
        """The median of samples that last; what is warmed up is not counted."""
        act()
        times = 1 + int(SAMPLE_SECONDS * 1e3 / max(0.1, self.of(act)))
        return round(median(self.of(act, times) for _ in range(SAMPLES)), 2)


def on_core(pid: int) -> int:
    """Nanoseconds that a process has had on a core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def private_bytes(pid: int) -> int:
    """Memory that a process shares with no other."""
    status = Path(f"/proc/{pid}/status").read_text()
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("RssAnon")]
    return int(kilobytes) * 1024


def measured() -> Costs:
    from bench.database import setting
    from bench.seed import SIZES
    from bench.world import world_of

    world = world_of(SIZES["s"])
    key_results = sum(size for _, size, _ in SIZES["s"].rows())
    seeded = database_bytes() // key_results
    visit_ms, visit_largest_ms = visit(world.typical), visit(world.largest)
    api_ms = page_ms(world.typical, "api-key-results")
    check_in_ms, follow_up_ms, check_in_bytes = check_ins(world.typical)
    process_bytes, session_bytes = memory(world.typical)
    issue_first_ms, issue_again_ms, issue_bytes = issues(world)
    return Costs(
        conditions=(
            f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores, Python"
            f" {sys.version.split()[0]}, PostgreSQL {setting('server_version')}"
        ),
        page_ms=visit_ms,
        page_largest_ms=visit_largest_ms,
        api_ms=api_ms,
        refused_ms=refused(world.typical),
        check_in_ms=check_in_ms,
        follow_up_ms=follow_up_ms,
        issue_first_ms=issue_first_ms,
        issue_again_ms=issue_again_ms,
        process_bytes=process_bytes,
        session_bytes=session_bytes,
        key_result_bytes=seeded,
        check_in_bytes=check_in_bytes,
        issue_bytes=issue_bytes,
    )


def page_ms(place: Any, name: str) -> float:
    from bench.pages import PAGES

    send = PAGES[name].prepare(place, place.browser())
    return Meter().steady(send)


def refused(place: Any) -> float:
    """A request to the API that is over the rate."""
    from accounts.api_access import PrincipalThrottle
    from bench.pages import PAGES, answering

    send = PAGES["api-key-results"].request(place, place.browser())
    PrincipalThrottle.rate = "1/day"
    try:
        send()
        return Meter().steady(answering(429, send))
    finally:
        del PrincipalThrottle.rate


def visit(place: Any) -> float:
    """The mean over the pages of a visit."""
    costs = {name: page_ms(place, name) for name in set(VISIT)}
    return round(sum(costs[name] for name in VISIT) / len(VISIT), 2)


def check_ins(place: Any) -> tuple[float, float, int]:
    """The request, the work that it owes, and the disk that both take."""
    from django.db import transaction

    from accounts.models import OutboxEntry
    from bench.pages import PAGES
    from config.celery import app

    app.loader.import_default_modules()

    send, meter = PAGES["check-in"].prepare(place, place.browser()), Meter()
    before = database_bytes()
    requests = [meter.of(send) for _ in range(CHECK_INS)]
    with place.bound(), transaction.atomic():
        owed = list(OutboxEntry.objects.order_by("-id").values_list("job", "arguments"))
    follow_ups = [
        meter.of(partial(app.tasks[job], org_id=str(place.id), **arguments))
        for job, arguments in owed[:CHECK_INS]
    ]
    taken = (database_bytes() - before) // CHECK_INS
    return round(median(requests), 2), round(median(follow_ups), 2), taken


def memory(place: Any) -> tuple[int, int]:
    """A web process that has served, and its session."""
    from django.conf import settings

    from bench import serving
    from bench.database import connect
    from bench.processes import family

    cookie = f"{settings.SESSION_COOKIE_NAME}={place.browser().session.session_key}"
    with serving.serving() as (pid, port), closing(connect("owner")) as owner:
        others = serving.sessions(owner.cursor())
        serving.burst(port, place, cookie, serving.WARM_UP)
        sessions = serving.sessions(owner.cursor()) - others
        processes = [private_bytes(one) for one in family(pid)[1:]]
        return max(processes), max(private_bytes(one) for one in sessions)


def issues(world: Any) -> tuple[float, float, int]:
    """Milliseconds an issue at first and again, and the disk that one takes."""
    from bench.jobs.feed import bodies, pages
    from bench.jobs.sync import Feed

    feed, meter = Feed(world), Meter()
    before = database_bytes()
    first = meter.of(feed.all_the_way())
    taken = database_bytes() - before
    replies = bodies(feed.size)
    again = meter.of(feed.again()) + meter.of(lambda: pages(replies))
    return round(first / feed.size, 3), round(again / feed.size, 3), taken // feed.size


def database_bytes() -> int:
    from bench.database import connect

    with closing(connect("owner")) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def main() -> int:
    from django.core.management import call_command

    from bench.seed import SIZES, seed

    if "--seeded" not in sys.argv:
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        seed(SIZES["s"])
    FILE.write_text(as_toml(measured()), encoding="utf-8")
    sys.stdout.write(FILE.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.exit(main())
