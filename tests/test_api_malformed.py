"""Requests that no client should send: each is refused in words, none breaks anything."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.api_base import Resource
from tests.inventory import resources
from tests.personas import World

pytestmark = pytest.mark.usefixtures("undone_after")
JSON = "application/json"
CREATES = resources("create")
LISTS = resources("list")
NUL = "a\x00b"
DEEP = b'{"a":' * 900 + b"1" + b"}" * 900
BODIES = {
    "nothing": b"",
    "half a body": b'{"name": ',
    "a list": b"[]",
    "null": b"null",
    "a text": b'"name"',
    "no UTF-8": b'{"name": "\xff"}',
    "depths": DEEP,
    "endless depths": b"[" * 100_000,
    "half a surrogate": b'{"name": "\\ud800", "title": "\\ud800", "note": "\\ud800"}',
}
VALUES = {
    "NUL": NUL,
    "huge number": 10**30,
    "not a number": "NaN",
    "exponent": "1e400",
    "record": {"a": {"b": []}},
    "list": [[1]],
    "half a character": "\ud800",
}
by_resource = pytest.mark.parametrize("name", sorted(CREATES))
by_list = pytest.mark.parametrize("name", sorted(LISTS))
by_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())


@pytest.fixture
def admin(ours: World) -> Client:
    client = ours.client("admin")
    client.raise_request_exception = False
    return client


def post(client: Client, name: str, body: bytes, content_type: str = JSON) -> Any:
    return client.post(reverse(name, args=["acme"]), body, content_type=content_type)


def writable(view: type[Resource]) -> dict[str, Any]:
    shape = view.bodies.get("create", (view.serializer_class, None))[0]
    return {n: field for n, field in shape().fields.items() if not field.read_only}


@by_body
def test_a_malformed_body_is_refused(body: bytes, admin: Client) -> None:
    answers = {name: post(admin, name, body).status_code for name in CREATES}
    assert {name: status for name, status in answers.items() if status not in {400, 422}} == {}


def test_a_malformed_body_is_refused_under_a_key_as_well(admin: Client) -> None:
    address = reverse("api:portfolios", args=["acme"])
    answers = [
        admin.post(address, body, content_type=JSON, headers={"Idempotency-Key": name})
        for name, body in BODIES.items()
    ]
    assert {answer.status_code for answer in answers} == {400, 422}


@by_resource
def test_a_body_of_another_type_is_refused(name: str, admin: Client) -> None:
    assert post(admin, name, b"name=x", "application/x-www-form-urlencoded").status_code == 415


@by_resource
def test_a_wild_value_in_any_field_breaks_nothing(name: str, admin: Client) -> None:
    view = CREATES[name]
    broken = [
        (field, said)
        for field in writable(view)
        for said, value in VALUES.items()
        if post(admin, name, with_value(view, field, value)).status_code >= 500
    ]
    assert broken == []


def with_value(view: type[Resource], field: str, value: Any) -> bytes:
    return json.dumps({**view.examples["create"], field: value}).encode()


@by_list
def test_a_wild_filter_finds_nothing_or_is_refused(name: str, admin: Client) -> None:
    address = reverse(name, args=["acme"])
    broken = [
        (parameter, value)
        for parameter in LISTS[name].filters
        for value in (NUL, "'", "9" * 40, "0197a000", "%", "2026-99-99", "")
        if admin.get(address, {parameter: value}).status_code not in {200, 422}
    ]
    assert broken == []


@by_list
def test_a_cursor_that_we_did_not_make_is_refused(name: str, admin: Client) -> None:
    address = reverse(name, args=["acme"])
    cursors = ("x", "AAAA", NUL, "ð", "x" * 4000)
    answers = {cursor: admin.get(address, {"cursor": cursor}).status_code for cursor in cursors}
    assert set(answers.values()) == {422}, answers


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "٣", "9" * 5000, ""])
def test_a_limit_out_of_range_is_refused(limit: str, admin: Client) -> None:
    address = reverse("api:portfolios", args=["acme"])
    assert admin.get(address, {"limit": limit}).status_code == 422


@by_list
def test_an_unknown_query_parameter_is_refused(name: str, admin: Client) -> None:
    assert admin.get(reverse(name, args=["acme"]), {"colour": "red"}).status_code == 400
