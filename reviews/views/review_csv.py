"""What a review shows, as lines of a table."""

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch

from django.urls import reverse

from reviews import evidence as e
from reviews.evidence import Evidence, Line

COLUMNS = (
    "Question", "List", "Record", "Of", "Person", "State", "Score", "Change", "Amount", "Of which",
    "Unit", "Day", "Words", "Address",
)  # fmt: skip
Cells = Mapping[str, object]


def rows_of(found: Evidence, site: str, organization: str) -> Iterator[list[object]]:
    """One line a record, under the question that it answers."""
    for question, name, lines in lists_of(found):
        for line in lines:
            named = {"Question": question, "List": name, "Record": line.title}
            if line.page:
                path = reverse(line.page, args=[organization, line.argument])
                named["Address"] = site + path
            yield row_of({**named, **cells_of(line)})
    for item in found.meeting.agenda:
        state = "done" if item.is_done else "open"
        named = {"Question": "Meeting", "List": "Agenda", "Record": item.title}
        yield row_of({**named, "State": state, "Words": item.note})


def row_of(cells: Cells) -> list[object]:
    """What a list has none of stays empty."""
    return [cells.get(column, "") for column in COLUMNS]


def lists_of(found: Evidence) -> Iterator[tuple[str, str, Iterable[Line]]]:
    yield "On track", "Own key results", found.on_track.own
    yield "On track", "Units", found.on_track.units
    yield "On track", "Moved", found.on_track.moved
    yield "On track", "Furthest behind", found.on_track.behind
    yield "Dependencies", "Promises", found.dependencies.lines
    yield "Reallocate", "Products", found.reallocate.products
    yield "Reallocate", "Over-asked teams", found.reallocate.teams
    yield "Reallocate", "Without firm backing", found.reallocate.backing
    if found.money is not None:
        yield "Reallocate", "Budgets", found.money.lines
    yield "Strategy", "Given up", found.strategy.given_up
    yield "Strategy", "Signals", found.strategy.signals
    yield "Strategy", "Themes", found.strategy.themes
    yield "Strategy", "Risks", found.strategy.risks
    yield "Strategy", "Decisions to look at again", found.strategy.due
    yield "Meeting", "Decisions", found.meeting.decisions
    yield "Meeting", "Follow-ups", found.meeting.follow_ups
    yield "Meeting", "Left open before", found.meeting.earlier


@singledispatch
def cells_of(line: Line) -> Cells:
    """The cells of a line by column. Raises TypeError for a kind that has none."""
    raise TypeError(type(line))


@cells_of.register
def _(line: e.KeyResultLine) -> Cells:
    return {
        "Of": line.unit,
        "Person": line.owner,
        "State": line.pace,
        "Score": line.score,
        "Change": line.change,
        "Amount": line.value,
        "Day": line.evidence_at,
        "Words": line.note,
    }


@cells_of.register
def _(line: e.UnitLine) -> Cells:
    return {
        "Of": line.kind,
        "Score": line.score,
        "Change": line.change,
        "Amount": line.key_results,
        "Of which": line.on_track,
        "Unit": "key results on track",
        "Day": line.evidence_at,
        "Words": f"{line.behind} behind, {line.at_risk} at risk, {line.outdated} outdated",
    }


@cells_of.register
def _(line: e.DependencyLine) -> Cells:
    return {
        "Of": line.needer,
        "Person": line.provider,
        "State": line.verdict.value,
        "Amount": line.reach,
        "Unit": "key results wait",
        "Day": line.needed_by,
        "Words": f"promised for {line.promised_by}" if line.promised_by else "",
    }


@cells_of.register
def _(line: e.ProductLine) -> Cells:
    return {
        "State": line.load.value,
        "Score": line.score,
        "Amount": line.capacity,
        "Of which": line.wanted,
        "Unit": "people-weeks wanted",
        "Words": f"{line.stage}, {line.posture}",
    }


@cells_of.register
def _(line: e.TeamLine) -> Cells:
    return {
        "State": "over-asked",
        "Amount": line.capacity,
        "Of which": line.promised + line.asked,
        "Unit": "people-weeks wanted",
        "Day": line.month,
        "Words": ", ".join(f"{ask.title} ({ask.unit})" for ask in line.askers),
    }


@cells_of.register
def _(line: e.MoneyLine) -> Cells:
    return {
        "Of": line.product,
        "Amount": line.planned,
        "Of which": line.spent,
        "Unit": f"{line.currency} spent",
        "Words": f"{line.allocated} allocated, {line.remaining} remaining",
    }


@cells_of.register
def _(line: e.BackingLine) -> Cells:
    return {"State": line.state, "Words": line.why}


@cells_of.register
def _(line: e.GivenUpLine) -> Cells:
    return {"Of": line.unit, "State": line.state, "Day": line.on, "Words": line.reason}


@cells_of.register
def _(line: e.SignalLine) -> Cells:
    return {
        "Of": line.kind,
        "Person": line.filed_by,
        "State": line.assessment,
        "Day": line.happened_on,
        "Words": ", ".join(filter(None, (line.source, line.source_url))),
    }


@cells_of.register
def _(line: e.ThemeLine) -> Cells:
    return {
        "State": "stands still" if line.stands_still else "moves",
        "Score": line.score,
        "Amount": line.objectives,
        "Of which": line.moved,
        "Unit": "objectives moved",
    }


@cells_of.register
def _(line: e.RiskLine) -> Cells:
    return {
        "Person": line.owner,
        "State": line.level,
        "Amount": line.exposure,
        "Unit": "exposure",
        "Day": line.due_on,
        "Words": line.response,
    }


@cells_of.register
def _(line: e.DueDecisionLine) -> Cells:
    return {"State": "due", "Day": line.review_on, "Words": f"decided on {line.decided_on}"}


@cells_of.register
def _(line: e.DecisionLine) -> Cells:
    return {
        "Person": line.decided_by,
        "State": "decided",
        "Day": line.decided_on,
        "Words": line.outcome,
    }


@cells_of.register
def _(line: e.FollowUpLine) -> Cells:
    state = "done" if line.done_on else "open"
    return {"Person": line.owner, "State": state, "Day": line.due_on}
