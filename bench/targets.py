"""What jobs should cost at most: targets for ratios, bars for what is the same in every run."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("targets.toml")
# A ratio this far above its target, or above the miss that is explained, fails the bench.
SLACK = 1.5


@dataclass(frozen=True, kw_only=True)
class Target:
    """The bar of a ratio. `known` is a miss that was measured, and `why` its reason.

    `statements` is how many the job should send at most; how many it may is in the budgets.
    """

    floor: str
    target: float
    known: float | None = None
    why: str = ""
    statements: int | None = None

    @property
    def fails_above(self) -> float:
        return SLACK * max(self.target, self.known or 0)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a request may cost. Bytes and rows are of size s, with room for the time of day."""

    queries: int
    bytes: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Targets:
    contests: dict[str, Target]
    syncs: dict[str, Target]
    waits: dict[str, Target]
    budgets: dict[str, Budget]
    # How many times the planner may be off about an organisation's rows.
    misjudgement: float


def read_targets(path: Path = FILE) -> Targets:
    found: dict[str, Any] = tomllib.loads(path.read_text())
    return Targets(
        contests={name: Target(**given) for name, given in found["contest"].items()},
        syncs={name: Target(**given) for name, given in found["sync"].items()},
        waits={name: Target(**given) for name, given in found["wait"].items()},
        budgets={name: Budget(**given) for name, given in found["budget"].items()},
        misjudgement=found["planner"]["misjudgement"],
    )
