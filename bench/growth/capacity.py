"""What one machine carries: the arithmetic from the measured costs, each step to be redone."""

from dataclasses import dataclass

from bench.costs import Costs

MEGABYTE, GIGABYTE = 10**6, 10**9
WORKING_DAYS = 250
# Of the web processes and of the three kinds of worker processes, and the scheduler.
PARENTS = 5
CHORES = 1


@dataclass(frozen=True, kw_only=True)
class Machine:
    cores: int = 2
    memory_bytes: int = 8 * GIGABYTE
    disk_bytes: int = 100 * GIGABYTE
    # Of the cores' time in the busiest hour; above it, waits grow faster than the work.
    used: float = 0.6
    # PostgreSQL's own: shared buffers and the rest; Valkey.
    database_bytes: int = 2 * GIGABYTE
    broker_bytes: int = 250 * MEGABYTE
    max_connections: int = 100


@dataclass(frozen=True, kw_only=True)
class Habits:
    """A typical organisation of the bench, and what its people do on a working day."""

    key_results: int = 35
    people: int = 8
    pages: int = 20
    api_lists: int = 100
    # Each key result once a week.
    check_ins: float = 7.0
    items_for_each_key_result: int = 5
    # Of the items, those that change in a day; and how often a connection is read.
    changed: float = 0.2
    runs: int = 48
    # Items that a run reads though nothing of them is new: one page.
    read_again: int = 100
    # Of what people do in a day, the part in its busiest hour; sync is spread evenly.
    busiest_hour: float = 0.2


@dataclass(frozen=True)
class Capacity:
    """What the machine carries. Seconds are of a core, for one organisation."""

    people_seconds: float
    sync_seconds: float
    busy_seconds: float
    organizations: int
    people: int
    key_results: int
    check_ins: int
    items: int
    disk_bytes_a_year: int
    disk_years: float
    memory_bytes: int
    connections: int
    most_processes: int


def capacity(costs: Costs, machine: Machine, habits: Habits, *, web: int, threads: int) -> Capacity:
    """By the cores, which fill first, and how much of everything else that takes.

    `web` processes of `threads` threads; for each core a worker process for short work, with two
    roles at the database, and one for syncs, with one; and a single one for chores, with one.
    """
    people = habits.people * habits.pages * costs.page_ms
    people += habits.api_lists * costs.api_ms
    people += habits.check_ins * (costs.check_in_ms + costs.follow_up_ms)
    items = habits.key_results * habits.items_for_each_key_result
    sync = habits.runs * habits.read_again * costs.issue_again_ms
    sync += items * habits.changed * costs.issue_first_ms
    busy = people / 1e3 * habits.busiest_hour + sync / 1e3 / 24
    organizations = int(machine.cores * 3600 * machine.used / busy)
    first = habits.key_results * costs.key_result_bytes
    yearly = WORKING_DAYS * habits.check_ins * costs.check_in_bytes
    yearly += WORKING_DAYS * items * habits.changed * costs.issue_bytes
    processes = web + 2 * machine.cores + CHORES + PARENTS
    connections = web * threads + 3 * machine.cores + CHORES
    used = processes * costs.process_bytes + connections * costs.session_bytes
    fixed = machine.database_bytes + machine.broker_bytes
    free = machine.memory_bytes - fixed - connections * costs.session_bytes
    return Capacity(
        people_seconds=people / 1e3,
        sync_seconds=sync / 1e3,
        busy_seconds=busy,
        organizations=organizations,
        people=organizations * habits.people,
        key_results=organizations * habits.key_results,
        check_ins=round(organizations * habits.check_ins),
        items=round(organizations * items * habits.changed),
        disk_bytes_a_year=round(organizations * yearly),
        disk_years=(machine.disk_bytes - organizations * first) / (organizations * yearly),
        memory_bytes=fixed + used,
        connections=connections,
        most_processes=free // costs.process_bytes,
    )
