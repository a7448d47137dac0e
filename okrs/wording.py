"""Definitions and arithmetic as sentences. Reads nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lib.display import is_currency, show_change, show_day, show_number, show_value
from okrs import scoring
from okrs.capacity import MonthLoad
from okrs.choices import Shape
from okrs.rhythm import Effective, Setting, Why
from portfolio.choices import Cadence

WHY_NO_NUMBER = {
    scoring.NoNumber.NO_VALUE: "No value has been reported yet.",
    scoring.NoNumber.NO_LINKS: "Nothing is linked to it yet.",
    scoring.NoNumber.NOT_OBSERVED: "The linked work has not been read yet.",
    scoring.NoNumber.NO_ITEMS: "The linked work has no items that count.",
    scoring.NoNumber.NO_CHILDREN: "It has no key results yet.",
    scoring.NoNumber.NOTHING_REPORTED: "Nothing below it has been reported yet.",
    scoring.NoNumber.NOT_ASSESSED: "It is assessed by hand, and nobody has done so yet.",
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the words of a definition are made of; `unit` is the sign beside a number."""

    shape: str
    baseline: Decimal | None = None
    target: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    condition: str = ""
    unit: str = ""
    ends_on: date | None = None


def definition_in_words(measured: Measured) -> str:
    """As people say it: "from 40 to 80% by 31 Dec 2026"."""
    by = f" by {show_day(measured.ends_on)}" if measured.ends_on else ""
    return f"{aim_in_words(measured)}{by}"


def aim_in_words(measured: Measured) -> str:
    """The aim without its day."""
    target = show_value(measured.target, measured.unit)
    match measured.shape:
        case Shape.FROM_TO:
            start = first_of_two(measured.baseline, measured.unit)
            words = f"from {start} to {target}{change_in_words(measured)}"
        case Shape.AT_LEAST | Shape.AT_MOST:
            words = f"{Shape(measured.shape).label.lower()} {target}"
            if measured.baseline is not None:
                words += f", from {first_of_two(measured.baseline, measured.unit)}"
        case Shape.WITHIN:
            upper = show_value(measured.upper, measured.unit)
            words = f"between {first_of_two(measured.lower, measured.unit)} and {upper}"
        case Shape.COUNT:
            words = f"{target} that meet: {measured.condition}" if measured.condition else target
        case Shape.MILESTONES:
            words = "all milestones done"
        case Shape.YES_NO:
            words = "done"
        case _:
            words = f"a first reading in {measured.unit}" if measured.unit else "a first reading"
    return words


def first_of_two(value: Decimal | None, unit: str) -> str:
    """A number whose unit stands beside the other one; a currency stands before both."""
    return show_value(value, unit) if is_currency(unit) else show_number(value)


def change_in_words(measured: Measured) -> str:
    """The relative change beside absolute numbers; of percentages it would only confuse."""
    if measured.unit == "%" or measured.baseline is None or measured.target is None:
        return ""
    change = scoring.change_in_percent(measured.baseline, measured.target)
    return "" if change is None else f" ({show_change(change, places=0)}%)"


def arithmetic(result: Decimal | None, basis: scoring.Basis | None) -> str:
    """ "0.62 = (0.8 × 2 + 0.26 × 1) / 3"; empty without a number."""
    if result is None or basis is None:
        return ""
    return f"{scoring.display_score(result)} = {scoring.formula(basis)}"


def overload_in_words(team: str, month: MonthLoad, named: Iterable[tuple[str, Decimal]]) -> str:
    """What a team can do in a month, and who wants how many people-weeks of it; the largest first.

    Those who are not `named` count too.
    """
    asks = ", ".join(f"“{title}” {show_number(weeks, places=1)}" for title, weeks in named)
    return (
        f"{team} can do {show_number(month.capacity, places=1)} people-weeks in "
        f"{month.month:%B %Y}; with this, {show_number(month.total, places=1)} are promised: "
        f"{asks}."
    )


def cadence_in_words(effective: Effective) -> str:
    """Where a cadence comes from: "suggested by Commerce", "its own choice"."""
    setting, by = effective.setting, effective.setting.name
    if effective.why is Why.OWN:
        declined = effective.suggestion
        if declined is None:
            return "Its own choice."
        return f"Its own choice; {who_suggests(declined)} {label_of(declined.cadence)}."
    wish = f" Its own choice, {label_of(effective.wish)}, does not count." if effective.wish else ""
    if setting.kind == "organization":
        verb = "Set" if effective.why is Why.FORCED else "Suggested"
        return f"{verb} by the organisation for {by}.{wish}"
    if effective.why is Why.FORCED:
        return f"Set by {by} for all below.{wish}"
    return f"Suggested by {by}."


def who_suggests(setting: Setting) -> str:
    who = "the organisation" if setting.kind == "organization" else setting.name
    return f"{who} suggests"


def label_of(cadence: scoring.Cadence) -> str:
    return Cadence(cadence).label.lower()
