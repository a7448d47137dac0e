"""The tables of growth, as they stand in docs/scale.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.costs import Costs
from bench.growth.capacity import GIGABYTE, MEGABYTE, Capacity, Habits, Machine
from bench.growth.neighbours import Line
from bench.growth.placement import Month, Policy, story
from bench.growth.queueing import Waits

DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "scale.md"
FLEETS = (1, 10, 100, 1000)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def costs_table(costs: Costs) -> str:
    rows = [
        ("a page of a typical organisation", f"{costs.page_ms:g} ms"),
        ("the same, 1,250 key results", f"{costs.page_largest_ms:g} ms"),
        ("its 35 key results over the API", f"{costs.api_ms:g} ms"),
        ("a request over the rate, refused", f"{costs.refused_ms:g} ms"),
        ("a check-in, the request", f"{costs.check_in_ms:g} ms"),
        ("a check-in, what follows in the background", f"{costs.follow_up_ms:g} ms"),
        ("an issue from bytes to scores, first time", f"{costs.issue_first_ms:g} ms"),
        ("an issue read again, one in twenty changed", f"{costs.issue_again_ms:g} ms"),
        ("a web process, memory of its own", f"{costs.process_bytes / MEGABYTE:.0f} MB"),
        ("a session at the database", f"{costs.session_bytes / MEGABYTE:.1f} MB"),
        ("a key result with all that hangs on it, disk", f"{costs.key_result_bytes / 1e3:.1f} kB"),
        ("a check-in, disk", f"{costs.check_in_bytes / 1e3:.1f} kB"),
        ("a synced issue, disk", f"{costs.issue_bytes / 1e3:.1f} kB"),
    ]
    return f"Measured: {costs.conditions}.\n\n{table(('what', 'cost'), rows)}"


def capacity_table(found: Capacity, machine: Machine, habits: Habits) -> str:
    rows = [
        ("seconds of a core a working day, people", f"{found.people_seconds:.1f}"),
        ("seconds of a core a day, sync", f"{found.sync_seconds:.1f}"),
        ("seconds of a core in the busiest hour", f"{found.busy_seconds:.2f}"),
        ("**organisations**", f"{found.organizations:,}"),
        ("people", f"{found.people:,}"),
        ("key results", f"{found.key_results:,}"),
        ("check-ins a working day", f"{found.check_ins:,}"),
        ("items synced a day", f"{found.items:,}"),
        ("connections to the database", f"{found.connections} of {machine.max_connections}"),
        (
            "memory",
            f"{found.memory_bytes / GIGABYTE:.1f} of {machine.memory_bytes / GIGABYTE:.0f} GB",
        ),
        ("disk a year", f"{found.disk_bytes_a_year / GIGABYTE:.0f} GB"),
        (
            f"years until {machine.disk_bytes / GIGABYTE:.0f} GB are full",
            f"{found.disk_years:.1f}",
        ),
    ]
    return table((f"one machine, {machine.cores} cores", ""), rows)


def placement_table(policy: Policy, *, seed: int) -> str:
    rows = [placement_row(list(story(cells, policy, seed=seed))) for cells in FLEETS]
    head = (
        "cells", "organisations", "fill, mean", "fill, most ever", "largest cell's share",
        "moves a month, mean", "moves a month, most", "cells above the mark",
    )  # fmt: skip
    return table(head, rows)


def placement_row(months: Sequence[Month]) -> tuple[str, ...]:
    last = months[-1]
    return (
        f"{last.cells:,}",
        f"{last.organizations:,}",
        f"{last.mean_fill:.2f}",
        f"{max(month.most_fill for month in months):.2f}",
        f"{last.largest_share:.2%}",
        f"{sum(month.moves for month in months) / len(months):.2f}",
        str(max(month.moves for month in months)),
        str(last.crowded),
    )


def neighbours_table(lines: Iterable[Line]) -> str:
    head = ("work of the neighbours", "no noise", "one plain queue", "the product", "with more")
    rows = [
        (line.kind, *map(told, (line.alone, line.plain, line.product, line.more))) for line in lines
    ]
    return table(head, rows)


def told(waits: Waits) -> str:
    return f"{waits.median:.2f} s, most {waits.most:.1f} s"


def put(text: str, name: str, content: str) -> str:
    """A page with the part between the marks of `name` written anew. Raises ValueError."""
    begin, end = f"<!-- {name}: written by `make bench-growth RECORD=1` -->", f"<!-- end {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"no place for {name}")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"
