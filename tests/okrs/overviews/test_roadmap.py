"""The road map: which bars, over which months, and which promises come too late."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from okrs.choices import DependencyState, InitiativeState
from okrs.queries.roadmap import Piece, is_late, lane, progress_of
from okrs.views.roadmap import given_month, months_on
from portfolio.models import Portfolio
from tests.factories.okrs import DependencyFactory, InitiativeFactory
from tests.okrs.overviews.conftest import Goals, reads

Look = Callable[..., str]
D = DependencyState
DUE = date(2026, 11, 10)
BEFORE, AFTER = DUE - timedelta(days=1), DUE + timedelta(days=1)


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_page_reads_as_often_for_one_product_as_for_fifty(rows: int, goals: Goals) -> None:
    goals.grow(rows)
    # Cycles and choices; then objectives, initiatives, two kinds of lanes and promises.
    assert reads(goals.world.client("viewer"), "roadmap/") == 7


def promise(**given: Any) -> dict[str, Any]:
    usual = {"state": D.ACCEPTED, "needed_by": DUE, "promised_by": DUE}
    return {**usual, "provider_initiative__ends_on": None, **given}


@pytest.mark.parametrize(
    ("row", "today", "late"),
    [
        (promise(), BEFORE, False),
        (promise(), DUE, False),
        (promise(), AFTER, True),
        (promise(promised_by=AFTER), BEFORE, True),
        (promise(provider_initiative__ends_on=AFTER), BEFORE, True),
        (promise(provider_initiative__ends_on=DUE), BEFORE, False),
        (promise(state=D.BROKEN), BEFORE, True),
        (promise(state=D.DELIVERED, promised_by=AFTER), AFTER, False),
        (promise(state=D.ASKED, promised_by=None), BEFORE, False),
    ],
)
def test_a_promise_is_late_when_it_cannot_be_there_in_time(
    row: dict[str, Any], today: date, late: bool
) -> None:
    assert is_late(row, today) is late


@pytest.mark.parametrize(
    ("state", "done", "total", "progress"),
    [
        (InitiativeState.IN_PROGRESS, 3, 12, Decimal("0.25")),
        (InitiativeState.IN_PROGRESS, None, None, None),
        (InitiativeState.IN_PROGRESS, 0, 0, None),
        (InitiativeState.DONE, 3, 12, Decimal(1)),
    ],
)
def test_progress_of_work_is_the_share_of_its_items(
    state: str, done: int | None, total: int | None, progress: Decimal | None
) -> None:
    assert progress_of({"state": state, "items_done": done, "items_total": total}) == progress


@pytest.mark.parametrize(
    ("day", "months", "start"),
    [
        (date(2026, 11, 21), 0, date(2026, 11, 1)),
        (date(2026, 11, 21), 3, date(2027, 2, 1)),
        (date(2026, 1, 5), -1, date(2025, 12, 1)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_are_counted_over_the_turn_of_the_year(day: date, months: int, start: date) -> None:
    assert months_on(day, months) == start


def test_a_month_that_cannot_be_read_counts_as_not_given() -> None:
    assert given_month("2026-13") is None


def piece(number: int, kind: str) -> Piece:
    pk = UUID(int=number)
    return Piece(
        id=pk, kind=kind, title=f"{kind} {number}", first=BEFORE, last=AFTER, progress=None,
        owner="", state="", lane=pk,
    )  # fmt: skip


def test_a_full_lane_keeps_room_for_work_beside_goals() -> None:
    pieces = [piece(n, "objective") for n in range(9)] + [piece(n, "initiative") for n in range(9)]
    found = lane(pieces[0].id, "Ledger", pieces, 8)
    assert [p.kind for p in found.pieces] == ["objective"] * 3 + ["initiative"] * 5
    assert found.hidden == 10


def test_a_lane_of_goals_alone_is_filled_with_them() -> None:
    pieces = [piece(n, "objective") for n in range(9)]
    assert len(lane(pieces[0].id, "Ledger", pieces, 8).pieces) == 8


def work(goals: Goals, title: str, first: int, last: int, **fields: Any) -> Any:
    today = timezone.localdate()
    return InitiativeFactory.create(
        title=title,
        product=fields.pop("product", goals.product),
        starts_on=today + timedelta(days=first),
        ends_on=today + timedelta(days=last),
        **fields,
    )


def test_goals_and_work_stand_in_the_lane_of_their_product(goals: Goals, look: Look) -> None:
    goals.objective(title="A goal")
    work(goals, "Some work", -5, 5)
    text = look("roadmap/")
    assert "A goal" in text
    assert "Some work" in text
    assert "Acme product" in text


def test_only_the_wanted_kind_is_shown(goals: Goals, look: Look) -> None:
    goals.objective(title="A goal")
    work(goals, "Some work", -5, 5)
    assert "A goal" not in look("roadmap/", show="initiatives")
    assert "Some work" not in look("roadmap/", show="objectives")


def test_work_outside_the_months_is_left_out(goals: Goals, look: Look) -> None:
    work(goals, "Long over", -800, -700)
    assert "Long over" not in look("roadmap/", zoom="quarter")


def test_stopped_work_is_left_out(goals: Goals, look: Look) -> None:
    work(goals, "Stopped work", -5, 5, state=InitiativeState.STOPPED)
    assert "Stopped work" not in look("roadmap/")


def test_only_late_promises_are_drawn_as_arrows(goals: Goals, look: Look) -> None:
    waits, late, timely = (work(goals, t, -5, 20) for t in ("Waits", "Late", "Timely"))
    today = timezone.localdate()
    for provider, needed in ((late, 2), (timely, 40)):
        DependencyFactory.create(
            needer_key_result=None,
            needer_initiative=waits,
            needer_owner=goals.world["lead"],
            provider_product=goals.product,
            provider_initiative=provider,
            needed_by=today + timedelta(days=needed),
            state=D.ACCEPTED,
            promised_by=today + timedelta(days=1),
        )
    text = look("roadmap/")
    assert text.count("ch-late ch-head") == 1
    assert "1 late dependency" in text


def test_the_table_lists_the_same_as_the_drawing(goals: Goals, look: Look) -> None:
    work(goals, "Some work", -5, 5)
    text = look("roadmap/", view="table")
    assert "Some work" in text
    assert "ch-roadmap" not in text


def test_work_of_a_private_portfolio_stays_hidden(goals: Goals, look: Look) -> None:
    work(goals, "Secret work", -5, 5)
    Portfolio.objects.filter(pk=goals.portfolio.pk).update(is_private=True)
    assert "Secret work" not in look("roadmap/", persona="bystander")
    assert "Secret work" in look("roadmap/", persona="viewer")


def test_months_without_anything_say_so(goals: Goals, look: Look) -> None:
    assert "Nothing is planned in these months" in look("roadmap/")
