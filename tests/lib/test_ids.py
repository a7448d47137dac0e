"""Ids from the database are what `uuid.UUID` would make of them."""

import pickle
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from lib.ids import read_id

ONE = UUID("01a200b4-8b98-71a7-a269-eaba963adfda")
OTHER = UUID(int=0)


@given(st.uuids())
def test_an_id_is_read_as_it_was_written(written: UUID) -> None:
    assert read_id(str(written), None) == written


@given(st.uuids())
def test_an_id_that_was_read_finds_what_was_kept_under_it(written: UUID) -> None:
    assert {written: "kept"}[read_id(str(written), None) or OTHER] == "kept"


def test_an_id_that_was_read_looks_like_any_other() -> None:
    assert repr(read_id(str(ONE), None)) == repr(ONE)


def test_an_id_that_was_read_can_be_sent_elsewhere() -> None:
    assert pickle.loads(pickle.dumps(read_id(str(ONE), None))) == ONE  # noqa: S301 (our own)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT %s::uuid", ONE),
        ("SELECT nullif(%s::uuid, %s::uuid)", None),
        ("SELECT ARRAY[%s::uuid, NULL, %s::uuid]", [ONE, None, ONE]),
        ("SELECT nullif(ARRAY[%s::uuid], ARRAY[%s::uuid])", None),
    ],
)
def test_every_cursor_reads_ids_so(sql: str, expected: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [ONE] * sql.count("%s"))
        found = cursor.fetchone()[0]
    assert (type(found), found) == (type(expected), expected)
