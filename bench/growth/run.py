"""The tables of growth, one after the other."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from bench.costs import read_costs
from bench.growth import report
from bench.growth.capacity import Habits, Machine, capacity
from bench.growth.neighbours import lines
from bench.growth.placement import Policy
from bench.growth.rules import product_rules
from config import gunicorn

SEED = 7


def tables() -> Iterator[tuple[str, str]]:
    """By name, the quick ones first."""
    costs, machine, habits = read_costs(), Machine(), Habits()
    carried = capacity(costs, machine, habits, web=gunicorn.workers, threads=gunicorn.threads)
    yield "costs", report.costs_table(costs)
    yield "capacity", report.capacity_table(carried, machine, habits)
    waits = lines(costs, product_rules(), workers=machine.cores, cores=machine.cores, seed=SEED)
    yield "neighbours", report.neighbours_table(waits)
    yield "placement", report.placement_table(Policy(capacity=carried.key_results), seed=SEED)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the tables of docs/scale.md")
    record = parser.parse_args(arguments).record
    for name, text in tables():
        sys.stdout.write(f"{text}\n\n")
        sys.stdout.flush()
        if record:
            page = report.DOC.read_text(encoding="utf-8")
            report.DOC.write_text(report.put(page, name, text), encoding="utf-8")
    return 0
