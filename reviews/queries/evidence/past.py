"""What a review would have shown at a past moment: goals rolled up anew, promises by their steps.

People, money, backing, risks and the meeting keep no such history and are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.access import Access
from okrs.choices import LIVE_STATES, DependencyState
from okrs.models import Cycle, Dependency, DependencyMove, KeyResult, Objective, ObjectiveMove
from okrs.models import UnitScore as Roll
from okrs.queries.dependencies import visible_dependencies
from okrs.queries.moment import Moment
from okrs.queries.replay import PastGoals, goals_at, units_at
from okrs.queries.waiting import ranked
from portfolio.models import Portfolio, Product, Team
from reviews import evidence
from reviews.evidence import (
    Dependencies,
    Evidence,
    GivenUpLine,
    KeyResultLine,
    Meeting,
    OnTrack,
    Reallocate,
    Strategy,
    ThemeLine,
    UnitLine,
)
from reviews.models import Review
from reviews.queries.evidence.on_track import (
    BEHIND_SHOWN,
    COLUMNS,
    first_scores,
    line_of,
    unit_line,
)
from reviews.queries.evidence.promises import around, of_the_cycle
from reviews.queries.evidence.promises import line_of as promise_line
from reviews.queries.evidence.reach import Reach, reach_of
from reviews.queries.evidence.strategy import (
    GIVEN_UP,
    given_up_line,
    signals,
    theme_line,
    themes_of,
)

D = DependencyState


def gather_past(access: Access, review: Review, moment: Moment) -> Evidence:
    """What can be known of a past moment, whoever asks; in 60 statements at most."""
    reach = reach_of(access, review, moment.as_of)
    reach = replace(reach, since=min(reach.since, moment.as_of))
    cycle = Cycle.objects.select_related("organization").get(pk=review.cycle_id)
    goals = goals_at(cycle, moment)
    earlier = goals_at(cycle, moment.earlier(reach.since))
    return Evidence(
        at=moment.as_of,
        known_at=moment.known_at,
        is_past=True,
        links_assumed=goals.guessed,
        on_track=on_track_then(reach, cycle, goals, earlier),
        dependencies=dependencies_then(reach, moment),
        reallocate=Reallocate(),
        strategy=strategy_then(reach, goals, earlier),
        meeting=Meeting(
            unit=str(review.unit),
            cycle=str(review.cycle),
            first=review.cycle.starts_on,
            last=review.cycle.ends_on,
            facilitator=review.facilitator.name,
        ),
    )


# --- On track ---------------------------------------------------------------------------------
def on_track_then(reach: Reach, cycle: Cycle, goals: PastGoals, earlier: PastGoals) -> OnTrack:
    """Six statements."""
    counted = [pk for pk in covered_then(reach, goals) for pk in goals.own.get(pk, ())]
    rows = {row["id"]: row for row in KeyResult.objects.filter(pk__in=counted).values(*COLUMNS)}
    before = {pk: then.counted for pk, then in earlier.then.items() if then.was_there}
    missing = [pk for pk in counted if before.get(pk) is None]
    before |= first_scores("key_result", missing)
    lines = {pk: result_then(reach, goals, rows[pk], before.get(pk)) for pk in counted}
    own = set(owned_then(reach, goals))
    late = [pk for pk in counted if goals.then[pk].pace in {"behind", "at-risk"}]
    late.sort(key=lambda pk: (-(goals.then[pk].pace_gap or 0), pk))
    first = [pk for pk in counted if goals.key_results[pk].objective_id in own]
    first.sort(key=lambda pk: (lines[pk].objective, pk))
    return OnTrack(
        since=reach.since,
        is_final=goals.is_final,
        own=tuple(lines[pk] for pk in first),
        units=units_then(reach, cycle, goals, earlier),
        moved=tuple(evidence.movers(lines.values())),
        behind=tuple(lines[pk] for pk in late[:BEHIND_SHOWN]),
    )


def covered_then(reach: Reach, goals: PastGoals) -> list[UUID]:
    """The live objectives of the unit and of everything below it."""
    teams = reach.team_ids
    return [
        pk
        for pk, row in goals.objectives.items()
        if goals.said[pk].state in LIVE_STATES
        and (is_own(reach, row) or row.product_id in reach.products or row.team_id in teams)
    ]


def owned_then(reach: Reach, goals: PastGoals) -> Iterator[UUID]:
    return (pk for pk, row in goals.objectives.items() if is_own(reach, row))


def is_own(reach: Reach, row: Objective) -> bool:
    return bool(getattr(row, f"{reach.review.unit_key}_id") == reach.review.unit_id)


def result_then(
    reach: Reach, goals: PastGoals, row: Mapping[str, Any], before: Decimal | None
) -> KeyResultLine:
    """As `line_of`, with what was said and scored then, and when its value was written down."""
    pk, then = row["id"], goals.then[row["id"]]
    value = then.value
    told = {
        "title": then.said.title if then.said else row["title"],
        "objective__title": goals.said[goals.key_results[pk].objective_id].title,
        "score": then.counted,
        "expected": then.expected,
        "pace": then.pace,
        "pace_gap": then.pace_gap,
        "confidence": goals.confidence.get(pk),
        "last_note": "",
        "evidence_at": None,
        "outdated_from": None,
        "current_value": then.current,
    }
    line = line_of({**row, **told}, before, reach.now)
    if value is None or not value.is_late(reach.clock):
        return line
    return replace(
        line,
        true_on=value.effective_at.astimezone(reach.clock).date(),
        recorded_on=value.recorded_at.astimezone(reach.clock).date(),
    )


def units_then(
    reach: Reach, cycle: Cycle, goals: PastGoals, earlier: PastGoals
) -> tuple[UnitLine, ...]:
    """The unit and those below it, the unit first; five statements."""
    rows = [row for row in units_at(cycle, goals) if is_within(reach, row)]
    before = {place(row): row.score for row in units_at(cycle, earlier)}
    named = names_of(rows)
    for row in rows:
        row.portfolio, row.product, row.team = (named.get(pk) for pk in place(row)[1:])
    lines = [unit_line(row, before.get(place(row))) for row in rows]
    first = str(reach.review.unit)
    return tuple(sorted(lines, key=lambda line: (line.title != first, line.title.lower())))


def is_within(reach: Reach, row: Roll) -> bool:
    own = getattr(row, f"{reach.review.unit_key}_id") == reach.review.unit_id
    below = row.product_id in reach.products
    if not reach.review.portfolio_id:
        below = below or row.team_id in reach.team_ids
    return own or below


def place(row: Roll) -> tuple[UUID | None, ...]:
    return row.tier_id, row.portfolio_id, row.product_id, row.team_id


def names_of(rows: Iterable[Roll]) -> dict[UUID | None, Any]:
    ids = {pk for row in rows for pk in place(row)[1:] if pk}
    return {
        unit.pk: unit
        for model in (Portfolio, Product, Team)
        for unit in model.objects.filter(pk__in=ids)
    }


# --- Dependencies -----------------------------------------------------------------------------
def dependencies_then(reach: Reach, moment: Moment) -> Dependencies:
    """Promises in the state of then, by their steps; five statements."""
    at = moment.decided_by
    rows = visible_dependencies(reach.access).filter(
        Q(archived_at=None) | Q(archived_at__gt=at),
        of_the_cycle(reach),
        around(reach),
        created_at__lte=at,
    )
    promises = list(rows)
    steps = DependencyMove.objects.filter(dependency__in=promises, at__lte=at)
    latest = {
        step.dependency_id: step
        for step in steps.order_by("dependency_id", "-at", "-id").distinct("dependency_id")
    }
    standing = [row for row in promises if stood(row, latest.get(row.pk), reach)]
    lines = (promise_line(row, reach.today) for row in ranked(reach.access, standing, reach.today))
    return Dependencies(lines=tuple(line for line in lines if line is not None))


def stood(row: Dependency, step: DependencyMove | None, reach: Reach) -> bool:
    """Put a promise on the terms of its last step; whether the review would have listed it."""
    row.state = step.to_state if step else D.ASKED
    row.needed_by = (step and step.needed_by) or row.needed_by
    row.promised_by = step.promised_by if step else None
    is_old = row.state == D.DELIVERED and step is not None and step.at < reach.since
    return row.state != D.WITHDRAWN and not is_old


# --- Strategy ---------------------------------------------------------------------------------
def strategy_then(reach: Reach, goals: PastGoals, earlier: PastGoals) -> Strategy:
    """Goals given up, signals filed and themes as they stood by then; five statements."""
    at = goals.moment.decided_by
    return Strategy(
        given_up=given_up_then(reach, goals),
        signals=signals(reach, Q(created_at__lte=at, happened_on__lte=reach.today)),
        themes=themes_then(reach, goals, earlier),
    )


def given_up_then(reach: Reach, goals: PastGoals) -> tuple[GivenUpLine, ...]:
    moves = ObjectiveMove.objects.filter(
        reach.covered("objective__"),
        objective__cycle=reach.cycle,
        at__lte=goals.moment.decided_by,
        to_state__in=GIVEN_UP,
    ).select_related("objective__portfolio", "objective__product", "objective__team")
    found: dict[UUID, GivenUpLine] = {}
    for move in moves.order_by("-at", "-id"):
        said = goals.said.get(move.objective_id)
        if said is not None and said.state == move.to_state:
            move.objective.state, move.objective.title = said.state, said.title
            found.setdefault(move.objective_id, given_up_line(reach, move))
    return tuple(found.values())


def themes_then(reach: Reach, goals: PastGoals, earlier: PastGoals) -> tuple[ThemeLine, ...]:
    scores: dict[UUID, list[tuple[Decimal | None, Decimal | None]]] = {}
    for pk in covered_then(reach, goals):
        theme = goals.said[pk].theme_id
        if theme is not None:
            scores.setdefault(theme, []).append((goals.score(pk), earlier.score(pk)))
    at = goals.moment.decided_by
    there = themes_of(reach).filter(Q(archived_at=None) | Q(archived_at__gt=at), created_at__lte=at)
    return tuple(theme_line(row, scores.get(row.pk, [])) for row in there)
