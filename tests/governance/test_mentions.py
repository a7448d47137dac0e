"""Names behind an @, found in what people really write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.mentions import MOST_MENTIONS, mentions_in, possible_names

NAMES = {
    "priya raman",
    "priya",
    "o'brien",
    "anne-marie smith",
    "zoë",
    "j. r. smith jr.",
    "kim@example.com",
}
# What is written, and whom it names.
TEXTS = [
    ("@Priya Raman, look", ["Priya Raman"]),
    ("@priya raman look", ["priya raman"]),
    ("@Priya look", ["Priya"]),
    ("@Priya Raman's idea", ["Priya Raman"]),
    ("(@O'Brien) and @Anne-Marie Smith!", ["O'Brien", "Anne-Marie Smith"]),
    ("ask @Zoë.", ["Zoë"]),
    ("@J. R. Smith Jr. said", ["J. R. Smith Jr."]),
    ("@kim@example.com: yes", ["kim@example.com"]),
    ("@Priya Raman @Zoë", ["Priya Raman", "Zoë"]),
    ("@Priya Raman and @Priya Raman", ["Priya Raman", "Priya Raman"]),
    ("mail priya@zoë.com", []),
    ("@Priyanka", []),
    ("@ Priya", []),
    ("@Priya\nRaman", ["Priya"]),
    ("no names", []),
    ("@", []),
]


@pytest.mark.parametrize(("text", "named"), TEXTS)
def test_a_name_is_found_behind_an_at(text: str, named: list[str]) -> None:
    assert [mention.words for mention in mentions_in(text, NAMES)] == named


@pytest.mark.parametrize(("text", "named"), TEXTS)
def test_whom_a_text_names_is_among_the_possible_names(text: str, named: list[str]) -> None:
    assert {words.lower() for words in named} <= possible_names(text)


@given(st.text(alphabet="@ab .'-\n", max_size=200), st.sets(st.text("ab .", min_size=1)))
def test_a_mention_stands_in_the_text_where_it_says(text: str, names: set[str]) -> None:
    for mention in mentions_in(text, names):
        assert text[mention.start : mention.end] == f"@{mention.words}"
        assert mention.words.lower() in names


@given(st.text(max_size=400))
def test_no_text_names_more_than_so_many(text: str) -> None:
    assert len(mentions_in(text * 3, possible_names(text))) <= MOST_MENTIONS


def test_a_flood_of_names_is_cut() -> None:
    assert len(mentions_in("@zoë " * 200, NAMES)) == MOST_MENTIONS
