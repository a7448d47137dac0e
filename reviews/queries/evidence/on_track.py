"""Are we on track? Key results by colour, units by score, and what moved since the last review."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lib.display import show_percent, show_value
from okrs.choices import Shape
from okrs.models import KeyResult, ScorePoint, UnitScore
from okrs.queries.courses import courses
from reviews import evidence
from reviews.evidence import KeyResultLine, OnTrack, UnitLine
from reviews.queries.evidence.reach import Reach

BEHIND_SHOWN = 6
COLUMNS = (
    "id", "title", "shape", "score", "expected", "pace", "pace_gap", "confidence",
    "last_note", "evidence_at", "outdated_from", "current_value", "owner__name",
    "objective__title", "objective__portfolio_id", "objective__product_id", "objective__team_id",
    "objective__portfolio__name", "objective__product__name", "objective__team__name",
    "metric__unit__symbol", "metric__unit__name",
)  # fmt: skip
Row = Mapping[str, Any]


def on_track(reach: Reach) -> OnTrack:
    """Eight statements at most."""
    covered = key_results(reach)
    own = rows_of(covered.filter(reach.own("objective__")).order_by("objective__title", "id"))
    scored = rows_of(covered.filter(scored_at__gt=reach.since, score__isnull=False))
    late = covered.filter(pace__in=["behind", "at-risk"]).order_by("-pace_gap", "-id")
    behind = rows_of(late[:BEHIND_SHOWN])
    before = scores_before(reach, {row["id"] for row in (*own, *scored, *behind)})

    def lines(rows: Iterable[Row]) -> tuple[KeyResultLine, ...]:
        return tuple(line_of(row, before.get(row["id"]), reach.now) for row in rows)

    return OnTrack(
        since=reach.since,
        is_final=reach.cycle.is_closed,
        own=lines(own),
        units=units(reach),
        moved=tuple(evidence.movers(lines(scored))),
        behind=lines(behind),
    )


def key_results(reach: Reach) -> QuerySet[KeyResult]:
    """Key results of all live objectives that the review covers."""
    return KeyResult.objects.filter(
        reach.live("objective__"), reach.covered("objective__"), archived_at=None
    )


def rows_of(rows: QuerySet[KeyResult]) -> list[Row]:
    return list(rows.values(*COLUMNS))


def scores_before(reach: Reach, key_results: Collection[UUID]) -> dict[UUID, Decimal | None]:
    """What each key result scored at the last review, else when it was first scored."""
    went = courses(key_results=key_results, since=reach.since, until=reach.since, limit=1)
    begun = first_scores("key_result", set(key_results) - went.keys())
    return begun | {pk: course.before for pk, course in went.items()}


def first_scores(key: str, ids: Collection[UUID]) -> dict[UUID, Decimal | None]:
    """The first score of each record that a column of the score points names."""
    points = ScorePoint.objects.filter(**{f"{key}__in": ids}, score__isnull=False)
    firsts = points.order_by(key, "at", "id").distinct(key)
    return dict(firsts.values_list(f"{key}_id", "score"))


def line_of(row: Row, before: Decimal | None, now: datetime) -> KeyResultLine:
    names = ("objective__portfolio__name", "objective__product__name", "objective__team__name")
    outdated = row["outdated_from"] is not None and row["outdated_from"] <= now
    return KeyResultLine(
        page="okrs:key-result",
        argument=str(row["id"]),
        title=row["title"],
        units=evidence.of_units(
            row["objective__portfolio_id"], row["objective__product_id"], row["objective__team_id"]
        ),
        objective=row["objective__title"],
        unit=next((row[name] for name in names if row[name]), ""),
        owner=row["owner__name"],
        value=value_of(row),
        score=row["score"],
        before=before,
        expected=row["expected"],
        gap=row["pace_gap"],
        pace="outdated" if outdated else row["pace"],
        confidence=row["confidence"],
        note=row["last_note"],
        evidence_at=row["evidence_at"],
    )


def value_of(row: Row) -> str:
    """The present value as its shape is read; empty when there is none."""
    value: Decimal | None = row["current_value"]
    if value is None:
        return ""
    if row["shape"] == Shape.MILESTONES:
        return f"{show_percent(value, places=0)} done"
    if row["shape"] == Shape.YES_NO:
        return "yes" if value else "not yet"
    return show_value(value, row["metric__unit__symbol"] or row["metric__unit__name"])


def units(reach: Reach) -> tuple[UnitLine, ...]:
    """The unit and those below it from their stored roll-ups, the unit first; three statements."""
    key = reach.review.unit_key
    rows = UnitScore.objects.filter(cycle=reach.cycle).select_related(
        "portfolio", "product", "team"
    )
    own = rows.filter(**{key: reach.review.unit_id})
    below = rows.filter(product__in=[*reach.products]) | rows.filter(team__in=reach.team_ids)
    if key == "portfolio":
        below = rows.filter(product__in=[*reach.products])
    found = {row.pk: row for row in (own | below).distinct()}
    went = courses(units=list(found), since=reach.since, until=reach.since, limit=1)
    before = first_scores("unit_score", found.keys() - went.keys())
    before |= {pk: course.before for pk, course in went.items()}
    shown = [unit_line(row, before.get(row.pk)) for row in found.values()]
    first = str(reach.review.unit)
    return tuple(sorted(shown, key=lambda line: (line.title != first, line.title.lower())))


def unit_line(row: UnitScore, before: Decimal | None) -> UnitLine:
    unit = row.portfolio or row.product or row.team
    assert unit is not None  # noqa: S101 (chosen by one of the three)
    pk: UUID = unit.pk
    return UnitLine(
        page=unit.page_name,
        argument=unit.slug,
        title=unit.name,
        units=frozenset({pk}),
        kind=type(unit).__name__.lower(),
        score=row.score,
        before=before,
        key_results=row.key_results,
        on_track=row.on_track,
        behind=row.behind,
        at_risk=row.at_risk,
        outdated=row.outdated,
        evidence_at=row.evidence_at,
    )
