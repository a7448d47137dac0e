"""Definitions as sentences."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from okrs.choices import Shape
from okrs.wording import Measured, definition_in_words

D = Decimal
YEARS_END = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        ({"baseline": D(40), "target": D(80), "unit": "%"}, "from 40 to 80% by 31 Dec 2026"),
        (
            {"baseline": D(184), "target": D(138), "unit": "EUR"},
            "from €184 to €138 (\N{MINUS SIGN}25%) by 31 Dec 2026",
        ),
        (
            {"shape": Shape.WITHIN, "lower": D(1), "upper": D("2.5"), "unit": "GBP"},
            "between £1 and £2.50 by 31 Dec 2026",
        ),
        (
            {"shape": Shape.AT_MOST, "baseline": D(9), "target": D(3), "unit": "d"},
            "at most 3\N{NO-BREAK SPACE}d, from 9 by 31 Dec 2026",
        ),
    ],
)
def test_a_definition_is_told_as_people_say_it(measured: dict[str, Any], words: str) -> None:
    given = {"shape": Shape.FROM_TO, "ends_on": YEARS_END, **measured}
    assert definition_in_words(Measured(**given)) == words
