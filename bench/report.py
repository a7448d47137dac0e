"""One line for each thing measured, and whether it holds."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from bench.counters import Cost
from bench.harness import Ratio
from bench.targets import Budget, Target


@dataclass(frozen=True, kw_only=True)
class Line:
    """`passes` decides the exit status; `holds` tells whether the target itself is met."""

    name: str
    title: str
    found: str
    bar: str
    holds: bool
    passes: bool
    why: str = ""

    @property
    def verdict(self) -> str:
        if self.holds:
            return "ok"
        return "missed" if self.passes else "FAILED"


def line_of_ratio(name: str, title: str, ratio: Ratio, target: Target) -> Line:
    return Line(
        name=name,
        title=title,
        found=str(ratio),
        bar=f"{target.target:g} × {target.floor}",
        holds=ratio.median <= target.target,
        passes=ratio.median <= target.fails_above,
        why=target.why,
    )


def line_of_statements(name: str, title: str, said: int, target: Target) -> Line:
    """How many statements a job sends; the budgets judge what it may."""
    bar = target.statements or 0
    return Line(
        name=name,
        title=f"{title}: statements",
        found=str(said),
        bar=str(bar),
        holds=said <= bar,
        passes=True,
        why=target.why,
    )


def line_of_cost(name: str, size: str, cost: Cost, budget: Budget, *, only: Iterable[str]) -> Line:
    """A page's cost for one size of tenant; `only` names what is judged."""
    judged = [field.name for field in fields(Budget) if field.name in set(only)]
    over = [part for part in judged if getattr(cost, part) > getattr(budget, part)]
    return Line(
        name=name,
        title=f"{size} tenant",
        found=", ".join(f"{getattr(cost, part)} {part}" for part in judged),
        bar=", ".join(f"{getattr(budget, part)} {part}" for part in judged),
        holds=not over,
        passes=not over,
    )


def failed(name: str, title: str, told: str) -> Line:
    return Line(name=name, title=title, found=told, bar="", holds=False, passes=False)


def as_text(lines: Iterable[Line]) -> str:
    rows = [(line.verdict, line.name, line.title, line.found, line.bar) for line in lines]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(4)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0], strict=True)).rstrip()
        for row in rows
    )


def as_markdown(lines: Iterable[Line]) -> str:
    head = ["| | | found | at most | |", "|---|---|---|---|---|"]
    rows = [f"| {r.name} | {r.title} | {r.found} | {r.bar} | {r.verdict} |" for r in lines]
    return "\n".join([*head, *rows])
