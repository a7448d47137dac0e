"""Trails of page tokens, and places that are stored between pages."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.providers.paging import (
    MAX_PAGES,
    PagingError,
    Place,
    Trail,
    fingerprint,
    raised,
    resumed,
)
from tests.integrations.providers.conftest import item, project

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def place(**fields: object) -> Place:
    return Place(selection=fingerprint(project("10000")), **fields)  # type: ignore[arg-type]


def test_a_trail_follows_new_tokens() -> None:
    assert Trail().follow("a").follow("b").token == "b"


def test_a_token_that_comes_back_at_once_is_an_error() -> None:
    with pytest.raises(PagingError, match="repeated"):
        Trail().follow("a").follow("a")


def test_an_empty_token_is_an_error() -> None:
    with pytest.raises(PagingError):
        Trail().follow("")


@given(lead=st.integers(0, 40), length=st.integers(1, 40))
def test_any_circle_of_tokens_is_found(lead: int, length: int) -> None:
    numbers = (it if it < lead else lead + (it - lead) % length for it in count())
    tokens = islice((f"token-{number}" for number in numbers), 10 * (lead + length))
    with pytest.raises(PagingError, match="repeated"):
        reduce(Trail.follow, tokens, Trail())


def test_a_list_without_end_is_an_error() -> None:
    last = Trail(page=MAX_PAGES - 2).follow("a")
    with pytest.raises(PagingError, match="did not end"):
        last.follow("b")


def test_a_list_that_is_begun_again_counts_the_pages_from_before() -> None:
    again = place(trail=Trail(7, "t", "a")).begun_again(is_further=True)
    assert (again.trail, again.stalls) == (Trail(7), 0)


def test_a_list_that_gets_no_further_is_begun_again_three_times() -> None:
    again = reduce(lambda it, _: it.begun_again(is_further=False), range(3), place())
    with pytest.raises(PagingError, match="again and again"):
        again.begun_again(is_further=False)


def test_a_list_that_got_further_may_be_begun_again_as_often_anew() -> None:
    again = reduce(lambda it, _: it.begun_again(is_further=False), range(3), place())
    assert again.begun_again(is_further=True).begun_again(is_further=False).stalls == 1


def test_a_place_comes_back_as_it_was_stored() -> None:
    stored = place(since=NOON, high=NOON, trail=Trail(2, "t", "a"))
    assert resumed(stored.encode(), Place, project("10000")) == stored


def test_a_place_of_another_selection_is_not_taken_up() -> None:
    assert resumed(place().encode(), Place, project("10001")) is None


def test_a_place_of_another_edition_is_not_taken_up() -> None:
    assert resumed(place().encode(), Place, project("10000"), 2) is None


def test_each_edition_reads_under_a_name_of_its_own() -> None:
    names = {fingerprint(project("10000"), edition) for edition in (1, 2, 3)}
    assert (len(names), fingerprint(project("10000")) in names) == (3, True)


def test_a_place_that_cannot_be_read_is_not_taken_up() -> None:
    assert resumed("{broken", Place, project("10000")) is None


def test_the_watermark_is_the_latest_change() -> None:
    items = [item(updated_at=NOON), item(updated_at=NOON - timedelta(hours=1))]
    assert raised(None, items, None) == NOON


def test_the_watermark_never_falls() -> None:
    assert raised(NOON, [item(updated_at=NOON - timedelta(days=1))], None) == NOON


def test_a_page_without_items_leaves_the_watermark() -> None:
    assert raised(NOON, [], None) == NOON


def test_a_date_in_the_future_does_not_lift_the_watermark_past_the_present() -> None:
    items = [item(updated_at=NOON + timedelta(days=900))]
    assert raised(None, items, NOON) == NOON
