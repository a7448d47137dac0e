"""What a delivery, a file and a JSON document say, and what is refused in them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.figures import Figure, UnfitHeader, Unreadable
from integrations.providers.csv_file.reader import LONGEST_FILE, MOST_ROWS, read_csv
from integrations.providers.json_pull.credentials import JsonAddress
from integrations.providers.json_pull.mapping import NoNumber, number_at
from integrations.providers.push.reader import FORM, read_push

JSON, CSV = "application/json", "text/csv"
DOCUMENT = b"""{
  "data": {"revenue": 12.50, "users": "1200", "none": null, "yes": true, "many": [1, 2]},
  "rows": [{"name": "mrr", "value": 7}, {"name": "arr", "value": 84}],
  "a,b": 1e3, "huge": 1e400, "word": "twelve", "sum": "1_000"
}"""


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("$.data.revenue", "12.50"),
        ("$.data.users", "1200"),
        ("$.rows[1].value", "84"),
        ("$.rows[-1].value", "84"),
        ("$.rows[?@.name=='mrr'].value", "7"),
        ("$..revenue", "12.50"),
        ("$['a,b']", "1000"),
    ],
)
def test_a_path_leads_to_a_number_with_its_digits(path: str, number: str) -> None:
    assert number_at(DOCUMENT, path) == Decimal(number)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("$.data.profit", "Nothing is at $.data.profit."),
        ("$.data", "What is at $.data is an object, not a number."),
        ("$.data.many", "What is at $.data.many is a list, not a number."),
        ("$.data.none", "What is at $.data.none is null, not a number."),
        ("$.data.yes", "What is at $.data.yes is true or false, not a number."),
        ("$.word", "What is at $.word is text, not a number."),
        ("$.sum", "What is at $.sum is text, not a number."),
        ("$.huge", "The number at $.huge is too large."),
        ("$.rows[*].value", "More than one thing is at $.rows[*].value."),
        ("data.revenue", "The path begins with “$”, which is the whole answer."),
        ("$.data[", "The path cannot be read; write it as in $.data.revenue."),
        ("$[?match(@.name)]", "The path cannot be read; write it as in $.data.revenue."),
    ],
)
def test_a_path_to_anything_else_is_told_what_is_there(path: str, words: str) -> None:
    with pytest.raises(NoNumber) as refusal:
        number_at(DOCUMENT, path)
    assert str(refusal.value) == words


@pytest.mark.parametrize(
    "path", ["$..a..b", "$[?@.a][?@.b]", "$..a[?@.b]", "$[?$.a]", "$[0,0,0][0,0,0]"]
)
def test_a_path_that_multiplies_work_is_refused(path: str) -> None:
    with pytest.raises(NoNumber, match="too long to follow"):
        number_at(DOCUMENT, path)


@pytest.mark.parametrize("body", [b"<html>", b"", b"[NaN]", b"[" * 100_000, b"1" * 5000, b"\xff"])
def test_what_is_no_json_is_no_document(body: bytes) -> None:
    with pytest.raises(NoNumber, match="no JSON"):
        number_at(body, "$[0]")


@given(st.text(max_size=60))
def test_any_path_gives_a_number_or_a_refusal(path: str) -> None:
    try:
        found: Decimal | None = number_at(DOCUMENT, f"${path}")
    except NoNumber:
        found = None
    assert found is None or found.is_finite()


@pytest.mark.parametrize(
    ("body", "content_type", "figure"),
    [
        (b'{"value": 12.50}', JSON, Figure(value=Decimal("12.50"))),
        (b'{"value": "7"}', JSON, Figure(value=Decimal(7))),
        (b'{"value": 1, "at": null}', JSON, Figure(value=Decimal(1))),
        (b'{"value": 0}', JSON, Figure(value=Decimal(0))),
        (b"value=3&note=late", FORM, Figure(value=Decimal(3), note="late")),
        (
            b'{"value": 1, "at": "2026-11-20"}',
            JSON,
            Figure(value=Decimal(1), at=date(2026, 11, 20)),
        ),
        (
            b'{"value": 1, "at": "2026-11-20T09:30:00Z"}',
            JSON,
            Figure(value=Decimal(1), at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC)),
        ),
    ],
)
def test_a_push_is_read(body: bytes, content_type: str, figure: Figure) -> None:
    assert read_push(body, content_type) == [figure]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "It is not as in"),
        (b"[1]", "It is not as in"),
        (b'{"value": {}}', "is no plain number"),
        (b'{"value": true}', "“true” is no plain number"),
        (b'{"value": "1,5"}', "“1,5” is no plain number"),
        (b'{"value": NaN}', "It is not as in"),
        (b'{"amount": 1}', "It has “amount”"),
        (b'{"at": "2026-11-20"}', "It has no value."),
        (b'{"value": 1, "at": "20.11.2026"}', "“20.11.2026” is no date"),
    ],
)
def test_a_push_that_says_no_number_is_told_what_to_send(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_push(body, JSON)
    assert words in str(refusal.value)


def test_a_file_is_read_by_the_names_of_its_columns() -> None:
    body = "\ufeffValue;Date;Metric\n12.5;2026-11-20;Revenue\n\n-3;2026-11-21;Loss\n".encode()
    assert read_csv(body, CSV) == [
        Figure(value=Decimal("12.5"), at=date(2026, 11, 20), metric="Revenue", line=2),
        Figure(value=Decimal(-3), at=date(2026, 11, 21), metric="Loss", line=4),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file has no values."),
        ("date,value\n", "The file has no values."),
        ("day,value\n", "Line 1: The first line names no column “date”, or two."),
        ("date,value,colour\n", "Line 1: “colour” is no column of ours; take it out."),
        ("date,value\n2026-11-20,=1+1\n", "Line 2: “=1+1” is no plain number"),
        ('date,value\n2026-11-20,"1,234"\n', "Line 2: “1,234” is no plain number"),
        ("date,value\n2026-13-01,1\n", "Line 2: “2026-13-01” is no date"),
        ("date,value\n2026-11-20\n", "Line 2: “” is no plain number"),
        ("date,value\n2026-11-20,1,2\n", "Line 2: It has a cell in a column without a name."),
        ("date,value\n2026-11-20,1\n2026-11-20,2\n", "Line 3: It says the same date as line 2."),
        ('date,value\n2026-11-20,"1\n', "It cannot be read as CSV"),
    ],
)
def test_a_flaw_in_a_file_is_told_by_its_line(text: str, words: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_csv(text.encode(), CSV)
    assert words in str(refusal.value)


def test_every_flaw_of_a_file_is_told_at_once() -> None:
    with pytest.raises(Unreadable) as refusal:
        read_csv(b"date,value\nx,1\n2026-11-20,2\n2026-11-21,y\n", CSV)
    assert [flaw.line for flaw in refusal.value.flaws] == [2, 4]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"date,value\n" + b" " * LONGEST_FILE, "larger than 1024 KiB"),
        (b"date,value\n" + b"2026-11-20T00:00:00Z,1\n" * (MOST_ROWS + 1), "more than 5000 rows"),
        ("date,value\n2026-11-20,1 €".encode("cp1252"), "not in UTF-8"),
        (b"date,value\n\0", "The file is no text."),
    ],
)
def test_a_file_beyond_the_limits_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_csv(body, CSV)


@pytest.mark.parametrize(
    ("url", "headers", "words"),
    [
        ("http://example.com/", {}, "begins with https://"),
        ("https://example.com/", {"Host": "internal"}, "Host is not for you to set"),
        ("https://example.com/", {"X-Key": "a\r\nX-Other: b"}, "unusual characters"),
        ("https://example.com/", {"X Key": "a"}, "no name of a header"),
        ("https://example.com/", {"X-Key": ""}, "empty"),
        ("https://example.com/", {f"X-{n}": "a" for n in range(11)}, "at most 10 headers"),
    ],
)
def test_an_address_that_could_not_be_asked_is_refused(
    url: str, headers: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        JsonAddress(url, headers)


def test_a_refused_header_does_not_repeat_its_value() -> None:
    with pytest.raises(UnfitHeader) as refusal:
        JsonAddress("https://example.com/", {"X-Key": "secret\n"})
    assert "secret" not in str(refusal.value)


def test_headers_are_not_in_the_words_for_an_address() -> None:
    assert "secret" not in repr(JsonAddress("https://example.com/", {"X-Key": "secret"}))
