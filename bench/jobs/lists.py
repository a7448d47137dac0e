"""Lists: the API's page of key results, a page far down, and rows with their latest value."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.api_base import make_cursor
from accounts.models import Person
from accounts.principal import Principal
from bench.database import connect, floor_sql
from bench.harness import Contest, Run
from bench.pages import answering
from bench.world import KEY_RESULT, MEMBER, PERSON, Place, World
from okrs.api.key_results import KeyResults
from okrs.queries.key_results import key_result_rows, visible_key_results

PAGE = 100
BEFORE_ALL = UUID(int=0)
NUMBERS = ("target", "current_value", "score", "raw", "expected", "pace_gap", "confidence")
Told = list[dict[str, Any]]


class Fetched(NamedTuple):
    """Rows as the driver gives them."""

    columns: Sequence[Any]
    rows: Sequence[tuple[Any, ...]]


def api_page(world: World) -> Contest:
    """The view from the bound request to its JSON, against the same rows fetched raw."""
    return Contest(
        name="P5",
        title="key results over the API, view of 100",
        job=view_of(world.largest),
        floor=raw_page(world.largest),
        seen=told,
    )


def deep_page(world: World) -> Contest:
    """A page after nine tenths of the list against the first one, each as it is stored."""
    place = world.largest
    far = place.row(KEY_RESULT, place.key_results * 9 // 10)

    def beside_stored(answer: tuple[UUID, HttpResponse]) -> tuple[int, int, list[Any]]:
        """Status, rows, and those that are not as the same rows fetched raw."""
        after, response = answer
        shown, stored = told(response), told(raw_page(place, after)()())
        pairs = zip(shown, stored, strict=False)
        return response.status_code, len(shown), [pair for pair in pairs if pair[0] != pair[1]]

    return Contest(
        name="P7",
        title="key results over the API, far down",
        job=request_of(place, far),
        floor=request_of(place, BEFORE_ALL),
        seen=beside_stored,
    )


def latest_values(world: World) -> Contest:
    """Rows as lists show them, with what was last said of each."""
    place = world.largest
    with place.bound():
        access = place.access()

    def rows() -> list[Any]:
        with place.bound():
            found = visible_key_results(access).filter(archived_at=None).order_by("id")
            return key_result_rows(access, found[:PAGE])

    return Contest(
        name="P15",
        title="rows with their latest value, page of 100",
        job=lambda: rows,
        floor=raw_page(place),
        seen=told,
    )


def view_of(place: Place) -> Callable[[], Run]:
    """What is left of a request once the middleware has found who sends it."""
    view = KeyResults.as_view({"get": "list"})

    def prepare() -> Run:
        request = RequestFactory().get(place.api(f"key-results/?limit={PAGE}"))
        request.user = Person.objects.get(pk=place.row(PERSON, 0))
        request.principal = Principal(place.id, place.row(MEMBER, 0), place.slug)  # type: ignore[attr-defined]

        def run() -> HttpResponse:
            with place.bound():
                response: HttpResponse = view(request, org=place.slug).render()
            return response

        return run

    return prepare


def request_of(place: Place, after: UUID) -> Callable[[], Run]:
    """The page after a row, and which row that is."""
    browser = place.browser()
    more = "" if after == BEFORE_ALL else f"&cursor={make_cursor(after)}"
    address = place.api(f"key-results/?limit={PAGE}{more}")
    send = answering(200, lambda: browser.get(address))
    return lambda: lambda: (after, send())


def raw_page(place: Place, after: UUID = BEFORE_ALL) -> Callable[[], Run]:
    raw, sql = connect("owner"), floor_sql("key_result_page")
    parameters = {"org": place.id, "after": after}

    def run() -> Fetched:
        with raw.cursor() as cursor:
            cursor.execute(sql, parameters)
            return Fetched(cursor.description, cursor.fetchall()[:PAGE])

    return lambda: run


def told(result: Any, *, pace: bool = True) -> Told:
    """What a page of key results says of each: id, texts, numbers, and the pace that is shown."""
    if isinstance(result, HttpResponse):
        rows = orjson.loads(result.content)["results"]
    elif isinstance(result, Fetched):
        # The pace as it is shown comes after the stored one, and stands for it.
        names = [column.name for column in result.columns]
        rows = [dict(zip(names, row, strict=True)) for row in result.rows]
    else:
        rows = [{field.name: getattr(row, field.name) for field in fields(row)} for row in result]
    texts = ("id", "title", "last_note", *(["pace"] if pace else []))
    return [
        {name: str(row[name]) for name in texts} | {name: number(row[name]) for name in NUMBERS}
        for row in rows
    ]


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
