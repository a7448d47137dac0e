"""The forms that the demo's text is written in."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Someone:
    name: str
    role: str = "member"
    money: str = "none"


@dataclass(frozen=True)
class Place:
    """A product: where it is at home, its stage, and who leads it."""

    name: str
    portfolio: str
    stage: str
    position: str
    posture: str
    segment: str
    lead: str
    stream: str
    about: str


@dataclass(frozen=True)
class Crew:
    """A team: the products that it works on, the first as its own; `shared` serves them all."""

    name: str
    products: tuple[str, ...]
    lead: str
    weeks: int
    shared: bool = False


@dataclass(frozen=True)
class Result:
    """A key result, read from `start` to `target` in `unit`. `course` is how it went."""

    title: str
    unit: str
    start: str = ""
    target: str = ""
    course: str = "steady"
    # Words of the latest check-in; {value} stands for the number then reported.
    note: str = ""
    shape: str = "from-to"
    weight: str = "1"
    # A metric that outlives the quarter; without one the key result has a series of its own.
    metric: str = ""
    # "contributions-sum", "contributions-mean", "pushed", "file", a tracker's project such as
    # "jira:SHOP", or by hand.
    source: str = ""
    confidence: str = ""
    status: str = ""
    steps: tuple[str, ...] = ()
    condition: str = ""
    counted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goal:
    """An objective of a unit, with its key results and the objectives that it serves."""

    unit: str
    title: str
    results: tuple[Result, ...]
    serves: tuple[str, ...] = ()
    theme: str = ""
    state: str = "committed"
    roll_up: str = "own"
    about: str = ""
    # People-weeks by team, and the trade-off; none makes it an aspiration.
    backing: dict[str, int] = field(default_factory=dict)
    trade_off: str = ""
    continues: str = ""


@dataclass(frozen=True)
class Adds:
    """A key result that adds `amount` to another above it."""

    child: str
    parent: str
    amount: str
    state: str = "agreed"
    offered: str = ""


@dataclass(frozen=True)
class Work:
    """An initiative of a product; days are counted from the first day of the quarter."""

    title: str
    product: str
    team: str
    state: str
    first_day: int
    last_day: int
    drives: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Promise:
    """A dependency: `needer` is a key result or an initiative, `provider` a product or team."""

    title: str
    needer: str
    provider: str
    state: str
    # Days from today.
    needed_in: int
    promised_in: int | None = None
    criticality: str = "0.5"
    note: str = ""
    fulfilled_by: str = ""
    # People-weeks of a team, asked and promised.
    weeks: int | None = None
    promised_weeks: int | None = None


@dataclass(frozen=True)
class Purse:
    """A budget for the year in euros, with what was allocated, released and spent so far."""

    name: str
    product: str
    amount: int
    spent: tuple[tuple[int, str], ...]
    stream: str = ""
    on: str = ""
