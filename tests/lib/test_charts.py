"""Charts: right geometry, sentences instead of pictures, and nothing that a policy blocks."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import charts
from lib.charts.drawing import Axis, Days, element, month_starts, nice_ticks

FIRST, LAST, TODAY = date(2026, 10, 1), date(2026, 12, 31), date(2026, 11, 20)
EVIL = '"><script>alert(1)</script>'


def parsed(markup: str) -> ET.Element:
    """Raises when the markup is not well formed."""
    return ET.fromstring(markup.replace(' xmlns="http://www.w3.org/1999/xhtml"', ""))  # noqa: S314 (our own)


def found(markup: str, kind: str) -> list[ET.Element]:
    return [node for node in parsed(markup).iter() if kind in node.get("class", "").split()]


def bar(id_: str, first: date, last: date, progress: Decimal | None = None) -> charts.Bar:
    return charts.Bar(id_, f"Work {id_}", first, last, progress, url=f"/work/{id_}")


def simple_roadmap(*bars: charts.Bar, needs: tuple[charts.Needs, ...] = ()) -> str:
    lane = charts.Lane("Growth", bars)
    return charts.roadmap([lane], first=FIRST, last=LAST, today=TODAY, needs=needs)


def simple_history(*readings: charts.Reading, **more: object) -> str:
    return charts.history_chart(readings, first=FIRST, last=LAST, today=TODAY, **more)  # type: ignore[arg-type]


# --- Ring and bar -------------------------------------------------------------------------------
def test_a_bar_is_as_long_as_its_score() -> None:
    fill = found(charts.progress_bar(Decimal("0.62")), "ch-fill")
    assert [node.get("width") for node in fill] == ["62%"]


@pytest.mark.parametrize(("score", "width"), [("1.3", "100%"), ("0.004", "0.4%")])
def test_a_bar_stays_inside_its_track(score: str, width: str) -> None:
    assert found(charts.progress_bar(Decimal(score)), "ch-fill")[0].get("width") == width


@pytest.mark.parametrize("score", [Decimal(0), Decimal("-0.1"), None])
def test_nothing_done_fills_nothing(score: Decimal | None) -> None:
    assert found(charts.progress_bar(score), "ch-fill") == []


def test_the_pace_marker_stands_at_the_expected_progress() -> None:
    marker = found(charts.progress_bar(Decimal("0.2"), expected=Decimal("0.54")), "ch-marker")
    assert marker[0].get("x1") == "54%"


def test_no_expected_progress_draws_no_marker() -> None:
    assert found(charts.progress_bar(Decimal("0.2")), "ch-marker") == []


def test_a_bar_says_its_score_in_words() -> None:
    picture = parsed(charts.progress_bar(Decimal("0.2"), expected=Decimal("0.5"), name="NPS"))
    assert picture.get("aria-label") == "NPS 0.20, low so far; 0.50 expected by now"


def test_a_closed_cycle_calls_a_miss_a_miss() -> None:
    picture = parsed(charts.progress_ring(Decimal("0.2"), final=True))
    assert picture.get("aria-label") == "Score 0.20, significant miss"


def test_no_data_is_said_and_not_drawn_as_zero() -> None:
    ring = parsed(charts.progress_ring(None))
    assert (ring.get("aria-label"), ring.findtext("text")) == (
        "Score: no data yet",
        "\N{EN DASH}",
    )


def test_half_a_ring_is_half_of_its_circumference() -> None:
    arc = found(charts.progress_ring(Decimal("0.5"), size=64), "ch-arc")[0]
    length, around = map(float, (arc.get("stroke-dasharray") or "").split())
    assert length == pytest.approx(around / 2, abs=0.01)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        ("0.349", "ch-significant-miss"),
        ("0.35", "ch-fell-short"),
        ("0.65", "ch-strong"),
        ("0.85", "ch-full"),
    ],
)
def test_the_band_gives_the_colour(score: str, band: str) -> None:
    assert len(found(charts.progress_bar(Decimal(score)), band)) == 1


# --- Sparkline ----------------------------------------------------------------------------------
def test_a_sparkline_rises_when_the_values_rise() -> None:
    line = found(charts.sparkline([Decimal(1), Decimal(2), Decimal(4)]), "ch-line")[0]
    heights = [float(pair.split(",")[1]) for pair in (line.get("points") or "").split()]
    assert heights == sorted(heights, reverse=True)


def test_one_value_is_no_trend() -> None:
    picture = parsed(charts.sparkline([Decimal(1)], name="NPS"))
    assert (picture.get("aria-label"), list(picture)) == ("NPS: too few values yet", [])


def test_a_trend_is_told_in_numbers_of_two_decimals() -> None:
    scores = [Decimal("0.0311333333"), Decimal("0.4670000000")]
    assert parsed(charts.sparkline(scores)).get("aria-label") == (
        "Trend: from 0.03 to 0.47 in 2 values"
    )


def test_a_flat_sparkline_runs_through_the_middle() -> None:
    line = found(charts.sparkline([Decimal(5), Decimal(5)], height=28), "ch-line")[0]
    assert {pair.split(",")[1] for pair in (line.get("points") or "").split()} == {"14.0"}


def test_sparklines_on_one_scale_are_as_high_as_their_values() -> None:
    def heights(*values: str) -> list[float]:
        line = found(charts.sparkline([*map(Decimal, values)], low=0, high=1), "ch-line")[0]
        return [float(pair.split(",")[1]) for pair in (line.get("points") or "").split()]

    assert heights("0", "1") == [24.5, 3.5]
    assert heights("0.5", "0.6")[0] == 14.0
    assert heights("0.6", "0.7")[0] == heights("0.5", "0.6")[1]


def test_the_target_line_is_inside_the_picture() -> None:
    target = found(charts.sparkline([Decimal(1), Decimal(2)], target=Decimal(9)), "ch-target")[0]
    assert target.get("y1") == "3.5"


# --- History ------------------------------------------------------------------------------------
def test_history_without_values_says_so() -> None:
    assert parsed(simple_history(name="NPS")).get("aria-label") == "NPS: no values yet"


def test_history_says_where_the_value_stands() -> None:
    chart = simple_history(
        charts.Reading(FIRST, Decimal(40)),
        charts.Reading(TODAY, Decimal(58)),
        target=Decimal(80),
        name="NPS",
    )
    assert parsed(chart).get("aria-label") == (
        "NPS: 58 on 20 Nov 2026, target 80, 2 values since 1 Oct 2026"
    )


def test_overridden_stretches_are_marked() -> None:
    chart = simple_history(
        charts.Reading(date(2026, 10, 1), Decimal(1)),
        charts.Reading(date(2026, 10, 8), Decimal(2), overridden=True),
        charts.Reading(date(2026, 10, 15), Decimal(3)),
    )
    assert [len(found(chart, kind)) for kind in ("ch-override", "ch-hollow", "ch-line")] == [
        1,
        1,
        2,
    ]


def test_all_levels_of_a_history_are_inside_its_frame() -> None:
    chart = simple_history(
        charts.Reading(FIRST, Decimal(-20)), target=Decimal(130), baseline=Decimal(-20)
    )
    levels = [float(node.get("y1") or 0) for node in found(chart, "ch-target")]
    levels += [float(node.get("y1") or 0) for node in found(chart, "ch-baseline")]
    assert all(14 <= level <= 212 for level in levels)


def test_a_day_outside_the_cycle_has_no_today_line() -> None:
    chart = charts.history_chart([], first=FIRST, last=LAST, today=date(2027, 2, 1))
    assert found(chart, "ch-today") == []


# --- Columns and budget -------------------------------------------------------------------------
def test_columns_say_their_sums() -> None:
    column = charts.Column("Q1", [Decimal(4), None, Decimal(2)])
    chart = charts.stacked_columns([column], ["A", "B", "C"], unit="M", name="Revenue")
    assert 'aria-label="Revenue: Q1 6 M"' in chart


def test_a_missing_amount_has_no_block() -> None:
    column = charts.Column("Q1", [Decimal(4), None])
    titles = re.findall(r"<title>([^<]*)", charts.stacked_columns([column], ["A", "B"]))
    assert titles == ["Q1, A: 4"]


def test_a_column_with_too_few_amounts_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        charts.stacked_columns([charts.Column("Q1", [Decimal(4)])], ["A", "B"])


def test_spending_beyond_the_plan_is_marked() -> None:
    money = charts.PlannedSpent(planned=Decimal(80), spent=Decimal(100))
    over = found(charts.planned_spent_bar(money), "ch-over")[0]
    assert (over.get("x"), over.get("width")) == ("80%", "20%")


def test_spending_within_the_plan_is_not_marked() -> None:
    money = charts.PlannedSpent(Decimal(100), Decimal(50), Decimal(25))
    bar_ = charts.planned_spent_bar(money)
    widths = [found(bar_, kind)[0].get("width") for kind in ("ch-spent", "ch-committed")]
    assert (widths, found(bar_, "ch-over")) == (["50%", "25%"], [])


def test_an_empty_budget_draws_an_empty_bar() -> None:
    bar_ = charts.planned_spent_bar(charts.PlannedSpent(Decimal(0), Decimal(0)))
    assert found(bar_, "ch-track")[0].get("width") == "0%"


# --- Road map -----------------------------------------------------------------------------------
def test_work_that_overlaps_gets_a_row_of_its_own() -> None:
    chart = simple_roadmap(
        bar("a", date(2026, 10, 1), date(2026, 11, 15)),
        bar("b", date(2026, 11, 1), date(2026, 12, 1)),
    )
    assert len({node.get("y") for node in found(chart, "ch-work")}) == 2


def test_work_that_follows_shares_the_row() -> None:
    chart = simple_roadmap(
        bar("a", date(2026, 10, 1), date(2026, 10, 15)),
        bar("b", date(2026, 11, 15), date(2026, 12, 1)),
    )
    assert len({node.get("y") for node in found(chart, "ch-work")}) == 1


def test_work_is_cut_at_the_edges() -> None:
    chart = simple_roadmap(bar("a", date(2026, 1, 1), date(2027, 12, 31)))
    work = found(chart, "ch-work")[0]
    assert (work.get("x"), work.get("width")) == ("0%", "100%")


def test_work_outside_the_time_shown_is_left_out() -> None:
    assert found(simple_roadmap(bar("a", date(2025, 1, 1), date(2025, 2, 1))), "ch-work") == []


def test_unknown_progress_is_grey_and_not_zero() -> None:
    chart = simple_roadmap(bar("a", FIRST, LAST))
    assert (len(found(chart, "ch-no-data")), "no data" in chart) == (1, True)


def test_a_late_dependency_is_marked() -> None:
    bars = (bar("a", FIRST, TODAY), bar("b", TODAY, LAST))
    chart = simple_roadmap(*bars, needs=(charts.Needs("a", "b", late=True),))
    assert len(found(chart, "ch-late")) == 2


def test_a_dependency_on_something_not_shown_is_left_out() -> None:
    chart = simple_roadmap(bar("a", FIRST, TODAY), needs=(charts.Needs("a", "zz"),))
    assert found(chart, "ch-arrow") == []


def test_a_bar_is_a_link_that_says_everything() -> None:
    chart = parsed(simple_roadmap(bar("a", FIRST, TODAY, Decimal("0.5"))))
    link = next(chart.iter("a"))
    assert (link.get("href"), link.get("aria-label")) == (
        "/work/a",
        "Work a, 1 Oct \N{EN DASH} 20 Nov 2026, 50% done",
    )


def test_a_milestone_has_room_beside_a_bar() -> None:
    milestone = charts.Milestone("m", "Launch", TODAY)
    lane = charts.Lane("Growth", [bar("a", FIRST, LAST)], [milestone])
    chart = charts.roadmap([lane], first=FIRST, last=LAST, today=TODAY)
    assert found(chart, "ch-milestone")[0].get("y") != found(chart, "ch-work")[0].get("y")


# --- Alignment tree -----------------------------------------------------------------------------
def branch(id_: str, *children: charts.Branch, title: str = "Goal") -> charts.Branch:
    return charts.Branch(id_, title, url=f"/{id_}", children=children)


def positions(markup: str) -> list[tuple[float, float]]:
    places = [node.get("transform") or "" for node in found(markup, "ch-node")]
    pairs = [re.findall(r"[\d.]+", place) for place in places]
    return [(float(x), float(y)) for x, y in pairs]


def test_a_parent_stands_in_the_middle_of_its_children() -> None:
    tree = branch("top", branch("a"), branch("b"), branch("c"))
    *children, parent = positions(charts.alignment_tree([tree]))
    assert parent[1] == (children[0][1] + children[-1][1]) / 2


def test_levels_go_from_left_to_right() -> None:
    tree = branch("top", branch("a", branch("leaf")))
    places = positions(charts.alignment_tree([tree]))
    assert len({x for x, _ in places}) == 3


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> charts.Branch:
    count = draw(st.integers(0, 3)) if depth else 0
    children = [draw(trees(depth=depth - 1)) for _ in range(count)]
    return branch(f"n{draw(st.integers(0, 10**12))}", *children)


@given(trees())
def test_no_two_cards_overlap(tree: charts.Branch) -> None:
    places = positions(charts.alignment_tree([tree]))
    in_columns = sorted(places)
    apart = [
        second[1] - first[1] for first, second in pairwise(in_columns) if first[0] == second[0]
    ]
    assert all(gap >= 60 for gap in apart)


def test_a_second_link_is_dashed() -> None:
    tree = branch("top", branch("a"), branch("b"))
    chart = charts.alignment_tree([tree], links=[charts.CrossLink("a", "b")])
    assert len(found(chart, "ch-cross")) == 1


def test_a_second_link_to_something_hidden_is_left_out() -> None:
    chart = charts.alignment_tree([branch("top")], links=[charts.CrossLink("a", "top")])
    assert found(chart, "ch-cross") == []


def test_no_objectives_make_an_empty_picture() -> None:
    assert found(charts.alignment_tree([]), "ch-node") == []


# --- All of them --------------------------------------------------------------------------------
ALL: list[Callable[[str], str]] = [
    lambda word: charts.progress_bar(Decimal("0.5"), name=word),
    lambda word: charts.progress_ring(Decimal("0.5"), name=word),
    lambda word: charts.sparkline([Decimal(1), Decimal(2)], name=word),
    lambda word: simple_history(charts.Reading(FIRST, Decimal(1)), unit=word, name=word),
    lambda word: charts.stacked_columns(
        [charts.Column(word, [Decimal(1)], word)], [word], unit=word
    ),
    lambda word: charts.planned_spent_bar(charts.PlannedSpent(Decimal(1), Decimal(1)), unit=word),
    lambda word: charts.roadmap(
        [
            charts.Lane(
                word,
                [charts.Bar("a", word, FIRST, LAST, None, word, word)],
                [charts.Milestone("m", word, TODAY, word)],
            )
        ],
        first=FIRST,
        last=LAST,
        today=TODAY,
        name=word,
    ),
    lambda word: charts.alignment_tree([charts.Branch("a", word, word, None, word)], name=word),
]


@pytest.mark.parametrize("draw", ALL)
def test_words_in_a_chart_are_escaped(draw: Callable[[str], str]) -> None:
    assert "<script" not in draw(EVIL)


@pytest.mark.parametrize("draw", ALL)
def test_a_chart_has_no_inline_style(draw: Callable[[str], str]) -> None:
    assert "style=" not in draw("word")


@pytest.mark.parametrize("draw", ALL)
def test_a_chart_is_well_formed_and_named(draw: Callable[[str], str]) -> None:
    nodes = parsed(draw("word")).iter()
    assert any(node.get("role") in {"img", "group"} and node.get("aria-label") for node in nodes)


@pytest.mark.parametrize("draw", ALL)
def test_classes_of_a_chart_have_their_own_name_space(draw: Callable[[str], str]) -> None:
    names = re.findall(r'class="([^"]*)"', draw("word"))
    strange = {name for names_ in names for name in names_.split() if not name.startswith("ch")}
    assert strange == set()


# --- Drawing ------------------------------------------------------------------------------------
def test_attributes_of_nothing_are_left_out() -> None:
    assert element("rect", x=1, y=None, class_="ch-track") == '<rect x="1" class="ch-track"></rect>'


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 100, [0, 25, 50, 75, 100]),
        (40, 80, [40, 50, 60, 70, 80]),
        (-20, 130, [-50, 0, 50, 100, 150]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (0, 0.9, [0, 0.25, 0.5, 0.75, 1]),
        (50, 50, [0, 20, 40, 60]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == ticks


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_ticks_cover_what_they_are_for(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    slack = max(abs(low), span) * 1e-6 + 1e-9
    assert (ticks[0] <= low + slack, ticks[-1] >= low + span - slack) == (True, True)


def test_an_axis_puts_its_ends_at_its_ends() -> None:
    axis = Axis(10, 20, top=5, bottom=105)
    assert (axis.y(10), axis.y(Decimal(15)), axis.y(20)) == (105, 55, 5)


def test_a_cycle_of_one_day_has_a_width() -> None:
    assert Days(FIRST, FIRST).x(FIRST) == 0


def test_months_are_those_that_begin_inside() -> None:
    assert month_starts(date(2026, 11, 20), date(2027, 1, 1)) == [
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
