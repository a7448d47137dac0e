"""Lists: the API's page of key results, a page far down, and rows with their latest value."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.api_base import make_cursor
from accounts.models import Person
from accounts.principal import Principal
from bench.database import connect, floor_sql
from bench.harness import Contest, Run
from bench.world import KEY_RESULT, MEMBER, PERSON, Place, World
from okrs.api.key_results import KeyResults
from okrs.queries.key_results import key_result_rows, visible_key_results

PAGE = 100
BEFORE_ALL = UUID(int=0)


def api_page(world: World) -> Contest:
    """The view from the bound request to its JSON, against the same rows fetched raw."""
    return Contest(
        name="P5",
        title="key results over the API, view of 100",
        job=view_of(world.largest),
        floor=raw_page(world.largest),
        seen=ids_of,
    )


def deep_page(world: World) -> Contest:
    """A page after nine tenths of the list against the first one."""
    place = world.largest
    far = make_cursor(place.row(KEY_RESULT, place.key_results * 9 // 10))
    return Contest(
        name="P7",
        title="key results over the API, far down",
        job=request_of(place, f"&cursor={far}"),
        floor=request_of(place),
        seen=lambda answer: (answer.status_code, len(orjson.loads(answer.content)["results"])),
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
        seen=ids_of,
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


def request_of(place: Place, more: str = "") -> Callable[[], Run]:
    browser, address = place.browser(), place.api(f"key-results/?limit={PAGE}{more}")
    return lambda: partial(browser.get, address)


def raw_page(place: Place) -> Callable[[], Run]:
    raw, sql = connect("owner"), floor_sql("key_result_page")
    parameters = {"org": place.id, "after": BEFORE_ALL}

    def run() -> list[tuple[Any, ...]]:
        with raw.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall()[:PAGE])

    return lambda: run


def ids_of(result: Any) -> list[str]:
    if isinstance(result, HttpResponse):
        return [row["id"] for row in orjson.loads(result.content)["results"]]
    return [str(row[0] if isinstance(row, tuple) else row.id) for row in result]
