"""The arithmetic of a review: verdicts, loads, movers, privacy, and what a snapshot keeps."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.evidence import (
    AgendaLine,
    AskerLine,
    Dependencies,
    DependencyLine,
    FollowUpLine,
    KeyResultLine,
    Load,
    Meeting,
    Money,
    MoneyLine,
    OnTrack,
    Reallocate,
    Strategy,
    TeamLine,
    ThemeLine,
    UnitLine,
    Verdict,
    has_moved,
    load_of,
    movers,
    verdict_of,
    without,
)
from reviews.freezing import freeze, thaw

TODAY = date(2026, 11, 20)
SOME_MOMENT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


# --- Promises ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "needed", "promised", "verdict"),
    [
        ("delivered", -20, -30, Verdict.KEPT),
        ("delivered", -20, 10, Verdict.KEPT),
        ("broken", 20, 10, Verdict.BROKEN),
        ("declined", 20, None, Verdict.BROKEN),
        ("asked", 20, None, Verdict.UNANSWERED),
        ("asked", -20, None, Verdict.UNANSWERED),
        ("countered", 20, 30, Verdict.UNANSWERED),
        ("accepted", 20, 20, Verdict.HOLDING),
        ("accepted", 0, 0, Verdict.HOLDING),
        ("accepted", 20, 21, Verdict.LATE),
        ("accepted", -1, -1, Verdict.LATE),
        ("accepted", 5, -1, Verdict.LATE),
        ("withdrawn", 20, 10, None),
    ],
)
def test_how_a_promise_stands(
    state: str, needed: int, promised: int | None, verdict: Verdict | None
) -> None:
    """Days are counted from today; a day itself is still in time."""
    by = None if promised is None else TODAY + timedelta(days=promised)
    assert verdict_of(state, TODAY + timedelta(days=needed), by, TODAY) == verdict


# --- People -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wanted", "capacity", "load"),
    [
        ("0", "0", Load.UNPLANNED),
        ("0", "40", Load.UNPLANNED),
        ("10", "0", Load.UNKNOWN),
        ("40.1", "40", Load.UNDER),
        ("40", "40", Load.FITS),
        ("28", "40", Load.FITS),
        ("27.9", "40", Load.OVER),
    ],
)
def test_what_is_wanted_of_people_against_what_they_can_do(
    wanted: str, capacity: str, load: Load
) -> None:
    assert load_of(Decimal(wanted), Decimal(capacity)) == load


# --- Movers -----------------------------------------------------------------------------------
def key_result(
    title: str = "A", score: Decimal | None = None, before: Decimal | None = None
) -> KeyResultLine:
    return KeyResultLine(
        page="okrs:key-result", argument="1", title=title, objective="", unit="", owner="",
        value="", score=score, before=before, expected=None, gap=None, pace="", confidence=None,
    )  # fmt: skip


def moved(**changes: str) -> list[KeyResultLine]:
    half = Decimal("0.5")
    return [key_result(title, half + Decimal(by), half) for title, by in changes.items()]


def test_falls_come_before_rises_and_the_largest_first() -> None:
    lines = moved(a="0.1", b="-0.1", c="0.3", d="-0.2", e="0")
    assert [line.title for line in movers(lines)] == ["d", "b", "c", "a"]


def test_many_small_gains_do_not_hide_a_loss() -> None:
    lines = moved(a="0.4", b="0.3", c="0.2", d="-0.01")
    assert [line.title for line in movers(lines, each_way=2)] == ["d", "a", "b"]


def test_equal_changes_are_in_the_order_of_their_titles() -> None:
    assert [line.title for line in movers(moved(b="0.1", a="0.1"))] == ["a", "b"]


def test_half_a_hundredth_is_a_movement_and_less_is_none() -> None:
    assert (has_moved(Decimal("0.005")), has_moved(Decimal("0.0049")), has_moved(None)) == (
        True, False, False,
    )  # fmt: skip


scores = st.none() | st.decimals(0, 1, places=3)
lines = st.lists(st.builds(key_result, st.text("abc", max_size=3), scores, scores), max_size=30)


@given(lines, st.integers(1, 6))
def test_movers_are_the_largest_changes_each_way(found: list[KeyResultLine], most: int) -> None:
    chosen = movers(found, each_way=most)
    changes = [line.change for line in found if line.change is not None and has_moved(line.change)]
    falls = sorted(change for change in changes if change < 0)[:most]
    rises = sorted((change for change in changes if change > 0), reverse=True)[:most]
    assert [line.change for line in chosen] == [*falls, *rises]


def test_a_change_needs_both_scores() -> None:
    assert key_result(score=Decimal(1)).change is None
    assert key_result(before=Decimal(1)).change is None


# --- Sections ---------------------------------------------------------------------------------
def promise(verdict: Verdict, *units: UUID) -> DependencyLine:
    return DependencyLine(
        page="okrs:dependency", argument="1", title=verdict.value, units=frozenset(units),
        verdict=verdict, needer="A", provider="B", needed_by=TODAY, promised_by=None,
        hurt=Decimal("1.5"), reach=3,
    )  # fmt: skip


def test_what_is_broken_is_told_before_what_is_late() -> None:
    section = Dependencies(lines=tuple(promise(verdict) for verdict in reversed(Verdict)))
    assert [line.title for line in section.troubled] == ["broken", "late", "unanswered"]


def unit(title: str, **counts: Any) -> UnitLine:
    return UnitLine(
        page="portfolio:product", argument="a", title=title, kind="product", score=None,
        before=None, **counts,
    )  # fmt: skip


def test_figures_are_summed_over_the_units() -> None:
    section = OnTrack(
        since=SOME_MOMENT,
        units=(unit("A", key_results=4, on_track=2, behind=2), unit("B", key_results=1, at_risk=1)),
    )
    assert section.total == {
        "key_results": 5, "on_track": 2, "behind": 2, "at_risk": 1, "outdated": 0,
    }  # fmt: skip


# --- Privacy ----------------------------------------------------------------------------------
def test_a_line_of_a_hidden_unit_is_left_out() -> None:
    hidden, seen = uuid4(), uuid4()
    section = Dependencies(
        lines=(promise(Verdict.LATE, seen), promise(Verdict.BROKEN, seen, hidden))
    )
    assert [line.verdict for line in without(section, {hidden}).lines] == [Verdict.LATE]


def test_what_names_no_unit_is_seen_by_everybody() -> None:
    section = Dependencies(lines=(promise(Verdict.LATE),))
    assert without(section, {uuid4()}) == section


def test_who_asks_for_a_team_is_not_named_to_those_from_whom_it_is_hidden() -> None:
    hidden, seen = uuid4(), uuid4()
    asks = tuple(
        AskerLine(page="p", argument="a", title=title, units=frozenset({unit}), unit=title,
                  people_weeks=Decimal(2))
        for title, unit in (("Hush", hidden), ("Open", seen))
    )  # fmt: skip
    team = TeamLine(
        page="portfolio:team", argument="a", title="T", month=TODAY, capacity=Decimal(3),
        promised=Decimal(4), asked=Decimal(0), askers=asks,
    )  # fmt: skip
    (line,) = without(Reallocate(teams=(team,)), {hidden}).teams
    assert ([ask.title for ask in line.askers], line.over) == (["Open"], Decimal(1))


# --- Freezing ---------------------------------------------------------------------------------
def test_every_section_comes_back_as_it_was_frozen() -> None:
    theme = ThemeLine(
        page="p", argument="a", title="T", objectives=2, moved=1, score=Decimal("0.1250000000")
    )
    budget = MoneyLine(
        page="p", argument="a", title="B", product="P", currency="EUR", planned=Decimal("9.90"),
        allocated=Decimal(1), spent=Decimal(0), remaining=Decimal("9.90"),
    )  # fmt: skip
    task = FollowUpLine(
        page="", argument="a", title="F", owner="O", owner_id=uuid4(), due_on=TODAY, done_on=None
    )
    point = AgendaLine(id="1", version=2, title="T", question="", note="N", is_done=True)
    line = replace(key_result(score=Decimal("0.70")), evidence_at=SOME_MOMENT)
    sections = [
        OnTrack(since=SOME_MOMENT, own=(line,), units=(unit("A", on_track=1),)),
        Dependencies(lines=(promise(Verdict.KEPT, uuid4()),)),
        Reallocate(),
        Strategy(themes=(theme,)),
        Money(lines=(budget,)),
        Meeting(
            unit="U",
            cycle="C",
            first=TODAY,
            last=TODAY,
            facilitator="F",
            agenda=(point,),
            follow_ups=(task,),
        ),
    ]
    stored = [orjson.loads(orjson.dumps(freeze(section))) for section in sections]
    assert [
        thaw(type(section), found) for section, found in zip(sections, stored, strict=True)
    ] == sections


@given(lines)
def test_freezing_loses_no_digit(found: list[KeyResultLine]) -> None:
    section = OnTrack(since=SOME_MOMENT, own=tuple(found))
    assert thaw(OnTrack, orjson.loads(orjson.dumps(freeze(section)))) == section


def test_a_snapshot_of_an_older_version_is_read_with_defaults() -> None:
    content = freeze(Meeting(unit="U", cycle="C", first=TODAY, last=TODAY, facilitator="F"))
    del content["earlier"]
    assert thaw(Meeting, content).earlier == ()
