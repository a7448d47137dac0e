"""Going on from the last cycle: end values become baselines."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrs.continuing import Numbers, next_numbers
from okrs.scoring import Shape

values = st.decimals(-1000, 1000, places=2)


def numbers(shape: str, *given: int | None) -> Numbers:
    baseline, target = (None if n is None else Decimal(n) for n in given)
    return Numbers(shape=Shape(shape), baseline=baseline, target=target)


def after(before: Numbers, end: int | None) -> Numbers:
    return next_numbers(before, None if end is None else Decimal(end))


@pytest.mark.parametrize(
    ("before", "end", "expected"),
    [
        (("from-to", 10, 20), 16, ("from-to", 16, 20)),
        (("from-to", 20, 10), 14, ("from-to", 14, 10)),
        (("from-to", 10, 20), 8, ("from-to", 8, 20)),
        (("from-to", 10, 20), 20, ("from-to", 20, None)),
        (("from-to", 20, 10), 9, ("from-to", 9, None)),
        (("count", None, 5), 3, ("count", 3, 5)),
        (("count", 2, 5), 7, ("count", 7, None)),
        (("at-least", 40, 60), 55, ("at-least", 55, 60)),
        (("at-least", None, 60), 55, ("at-least", None, 60)),
        (("at-most", 8, 5), 4, ("at-most", 4, None)),
        (("baseline", None, None), 42, ("from-to", 42, None)),
        (("yes-no", None, None), 1, ("yes-no", None, None)),
        (("milestones", None, None), 1, ("milestones", None, None)),
    ],
)
def test_the_end_value_becomes_the_baseline(
    before: tuple[str, int | None, int | None],
    end: int,
    expected: tuple[str, int | None, int | None],
) -> None:
    assert after(numbers(*before), end) == numbers(*expected)


@pytest.mark.parametrize("shape", list(Shape))
def test_what_was_never_reported_goes_on_as_it_was(shape: str) -> None:
    assert after(numbers(shape, 1, 2), None) == numbers(shape, 1, 2)


def test_a_band_stays() -> None:
    band = Numbers(shape=Shape.WITHIN, lower=Decimal(1), upper=Decimal(2))
    assert next_numbers(band, Decimal(9)) == band


@given(values, values, values)
def test_a_target_that_stays_differs_from_the_new_baseline(
    baseline: Decimal, target: Decimal, end: Decimal
) -> None:
    found = next_numbers(Numbers(shape=Shape.FROM_TO, baseline=baseline, target=target), end)
    assert found.baseline == end
    assert found.target in {None, target}
    assert found.target != end
