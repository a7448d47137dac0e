"""Records that are well-formed and still cannot be kept."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from integrations.ports import Item
from integrations.providers.quarantine import LONGEST_ID, LONGEST_URL, sift
from tests.integrations.providers.conftest import item

RECORD = msgspec.Raw(b'{"id": "1"}')


def refused_because(**facts: Any) -> list[str]:
    def read(_: msgspec.Raw) -> Item:
        return item(**facts)

    _, refused, _ = sift([RECORD], read)
    return [it.reason for it in refused]


@pytest.mark.parametrize(
    ("points", "is_read"),
    [
        (None, True),
        (Decimal(0), True),
        (Decimal("999999999.999"), True),
        (Decimal("-999999999.999"), True),
        (Decimal("999999999.9996"), False),
        (Decimal("1e9"), False),
        (Decimal("-1e9"), False),
    ],
)
def test_an_estimate_is_read_as_far_as_it_can_be_stored(
    points: Decimal | None, is_read: bool
) -> None:
    assert (refused_because(points=points) == []) is is_read


@pytest.mark.parametrize(
    ("number", "is_read"),
    [(Decimal("1e14"), True), (Decimal("1e15"), False), (Decimal("-1e999"), False)],
)
def test_a_number_is_read_as_far_as_it_can_be_added_up(number: Decimal, is_read: bool) -> None:
    assert (refused_because(numbers={"customfield_1": number}) == []) is is_read


@pytest.mark.parametrize(
    "name", ["remote_id", "key", "status_id", "project_remote_id", "project_key", "parent_key"]
)
def test_an_id_or_a_key_is_never_cut(name: str) -> None:
    assert refused_because(**{name: "x" * LONGEST_ID}) == []
    assert refused_because(**{name: "x" * (LONGEST_ID + 1)}) == ["an id or a key is too long"]


def test_an_address_is_never_cut() -> None:
    assert refused_because(url="x" * LONGEST_URL) == []
    assert refused_because(url="x" * (LONGEST_URL + 1)) == ["the address of its page is too long"]
