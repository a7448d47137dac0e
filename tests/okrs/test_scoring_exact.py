"""Decimals amount to what fractions do, to the last digit, whatever the ambient context."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from okrs.scoring import (
    Course,
    CoursePoint,
    Expectation,
    Part,
    PooledShare,
    Progress,
    Sum,
    Term,
    WeightedMean,
    expected_progress,
)
from okrs.scoring.exact import quotient, to_decimal

D = Decimal
STARTS, DAYS = date(2026, 1, 1), 100

amounts = st.decimals(min_value=-(10**19), max_value=10**19, places=10)
shares = st.decimals(min_value=0, max_value=1, places=10)
weights = st.decimals(min_value=D("0.001"), max_value=10**6, places=3)
terms = st.lists(st.builds(Term, amounts, weights), min_size=1, max_size=6).map(tuple)


def fraction_sum(values: list[Decimal]) -> Fraction:
    return sum(map(Fraction, values), Fraction())


@given(current=amounts, baseline=amounts, target=amounts)
def test_progress(current: Decimal, baseline: Decimal, target: Decimal) -> None:
    assume(baseline != target)
    start = Fraction(baseline)
    exact = to_decimal((Fraction(current) - start) / (Fraction(target) - start))
    with localcontext(prec=3):
        assert Progress(current, baseline, target).result == exact


@given(terms=terms)
def test_a_weighted_mean(terms: tuple[Term, ...]) -> None:
    weighed = sum((Fraction(t.value) * Fraction(t.weight) for t in terms), Fraction())
    exact = to_decimal(weighed / fraction_sum([t.weight for t in terms]))
    with localcontext(prec=3):
        assert WeightedMean(terms).result == exact


@given(terms=terms, start=st.none() | amounts)
def test_a_sum(terms: tuple[Term, ...], start: Decimal | None) -> None:
    exact = to_decimal(fraction_sum([start or D(0), *(t.value for t in terms)]))
    with localcontext(prec=3):
        assert Sum(terms, start).result == exact


@given(parts=st.lists(st.builds(Part, amounts, weights), min_size=1, max_size=6).map(tuple))
def test_a_pooled_share(parts: tuple[Part, ...]) -> None:
    done, whole = fraction_sum([p.done for p in parts]), fraction_sum([p.total for p in parts])
    with localcontext(prec=3):
        assert PooledShare(parts).result == to_decimal(done / whole)


@given(half_way=shares, day=st.integers(0, DAYS - 1))
def test_expected_progress_between_two_points(half_way: Decimal, day: int) -> None:
    middle = CoursePoint(STARTS + timedelta(days=DAYS // 2), half_way)
    course = Expectation(
        course=Course.CUSTOM,
        starts=STARTS,
        ends=STARTS + timedelta(days=DAYS),
        points=(middle,),
    )
    before, after = (0, Fraction(half_way)) if day < DAYS // 2 else (Fraction(half_way), 1)
    passed = Fraction(day % (DAYS // 2), DAYS // 2)
    exact = to_decimal(before + passed * (after - before))
    with localcontext(prec=3):
        assert expected_progress(course, STARTS + timedelta(days=day)) == exact


@pytest.mark.parametrize(
    ("dividend", "divisor", "shown"),
    [
        ("43.2000000000", "100.0000000000", "0.432"),
        ("50.00", "0.5", "100"),
        ("-0.0", "3.00", "0"),
        ("2.50", "2.5", "1"),
        ("1", "3", "0.3333333333333333333333333333"),
        ("2", "3", "0.6666666666666666666666666667"),
    ],
)
def test_a_quotient_has_neither_trailing_zeros_nor_an_exponent(
    dividend: str, divisor: str, shown: str
) -> None:
    assert str(quotient(D(dividend), D(divisor))) == shown


def test_nothing_divides_by_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        quotient(D(1), D(0))
