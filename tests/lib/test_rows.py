"""Records as templates read them."""

from dataclasses import dataclass

import pytest

from lib.rows import Row


@dataclass(frozen=True)
class Goal(Row):
    title: str

    @property
    def shout(self) -> str:
        return self.title.upper()


def test_a_row_answers_by_key_as_by_attribute() -> None:
    goal = Goal("Fewer outages")
    assert (goal["title"], goal["shout"]) == ("Fewer outages", "FEWER OUTAGES")


def test_what_a_row_does_not_have_is_a_key_that_is_missing() -> None:
    with pytest.raises(KeyError, match="score"):
        Goal("Fewer outages")["score"]
