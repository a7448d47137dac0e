"""Ids of another organisation in every place that takes one: nothing is shown or changed.

Each resource, form and filter is swept; what is added later is swept as well.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection, models
from django.forms import BaseForm, ModelChoiceField
from django.test import Client
from django.urls import reverse

from accounts.api_base import Resource
from accounts.fields import new_id
from accounts.tenancy import tenant
from tests.inventory import factory_of, relation_fields, resources, routes_of
from tests.personas import World
from tests.plain_rows import tenant_models
from tests.route_table import Route
from tests.routes import ROUTES

# ruff: noqa: S608 (the names of tables and columns are our own)

WITH_ARGUMENTS = [route for route in ROUTES if route.arguments.__name__ != "no_arguments"]
LISTS = resources("list")
WRITES = {"POST": resources("create"), "PATCH": resources("partial_update")}


def url(route: Route, world: World, arguments: dict[str, Any]) -> str:
    return reverse(route.name, kwargs={"org": world.organization.slug, **arguments})


def arguments_in(route: Route, world: World) -> dict[str, Any]:
    with tenant(world.organization.pk):
        return route.arguments(world)


def send(client: Client, route: Route, path: str, body: Any = None, **headers: str) -> Any:
    if route.method == "GET":
        return client.get(path)
    method = getattr(client, route.method.lower())
    if not route.is_api:
        return method(path, body or {})
    return method(path, orjson.dumps(body or {}), content_type="application/json", headers=headers)


def fingerprint(world: World) -> list[tuple[str, str | None]]:
    """A checksum of every row of the organisation, table by table."""
    parts = [
        f"SELECT '{model._meta.db_table}' AS name, md5(string_agg(t::text, '' ORDER BY t.id))"
        f" FROM {model._meta.db_table} t"
        for model in tenant_models()
    ]
    with tenant(world.organization.pk), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY name")
        found: list[tuple[str, str | None]] = cursor.fetchall()
        return found


def foreign_row(model: type[models.Model], rival: World) -> UUID:
    """The id of a row of `model` that the rival has, made if need be."""
    with tenant(rival.organization.pk):
        row = model._default_manager.first() or made_row(model, rival)
    assert row is not None, f"{model.__name__} needs a factory, so that this sweep covers it"
    pk: UUID = row.pk
    return pk


def made_row(model: type[models.Model], world: World) -> models.Model | None:
    """A row by the factory of the model, or by the route that shows one."""
    factory = factory_of(model)
    if factory is not None:
        made: models.Model = factory.create()
        return made
    shown = [name for name, view in resources("retrieve").items() if view.model is model]
    for route in ROUTES:
        if route.name in shown:
            return model._default_manager.filter(pk=route.arguments(world)["pk"]).first()
    return None


@pytest.mark.parametrize("route", WITH_ARGUMENTS, ids=str)
def test_an_address_with_a_foreign_id_finds_nothing(
    route: Route, acme: World, rival: World
) -> None:
    foreign = arguments_in(route, rival)
    if foreign == arguments_in(route, acme):
        pytest.skip("both organisations use this name for a row of their own")
    before = fingerprint(rival)
    answer = send(acme.client("admin"), route, url(route, acme, foreign), **{"If-Match": '"1"'})
    assert (answer.status_code, fingerprint(rival) == before) == (404, True)


def relations() -> Iterator[tuple[Route, str]]:
    for method, views in WRITES.items():
        for route in routes_of(method, api=True):
            if route.name in views:
                for field in relation_fields(views[route.name]):
                    yield route, field


@pytest.mark.parametrize(("route", "field"), list(relations()), ids=str)
def test_a_body_cannot_refer_to_a_foreign_row(
    route: Route, field: str, acme: World, rival: World
) -> None:
    view = WRITES[route.method][route.name]
    client, own = acme.client("admin"), url(route, acme, arguments_in(route, acme))
    etag = client.get(own).headers.get("ETag")
    if route.method == "PATCH" and etag is None:
        pytest.skip("the table names no row of this kind; creating one is swept")
    foreign, unknown = foreign_row(relation_fields(view)[field], rival), new_id()
    before = fingerprint(rival)
    told = [
        send(client, route, own, {field: as_sent(view, field, pk)}, **{"If-Match": etag or ""})
        .content.decode()
        .replace(str(pk), "ID")
        for pk in (foreign, unknown)
    ]
    assert field in orjson.loads(told[0]).get("errors", {}), told[0]
    assert told[0] == told[1]
    assert fingerprint(rival) == before


def as_sent(view: type[Resource], field: str, pk: UUID) -> Any:
    is_many = hasattr(view.serializer_class().fields[field], "child_relation")
    return [str(pk)] if is_many else str(pk)


FILTERS = [
    (name, parameter)
    for name, view in LISTS.items()
    for parameter, lookup in view.filters.items()
    if lookup.endswith("_id")
]


@pytest.mark.parametrize(("name", "parameter"), FILTERS)
def test_a_filter_by_a_foreign_id_finds_nothing(
    name: str, parameter: str, acme: World, rival: World
) -> None:
    view: type[Resource] = LISTS[name]
    path = view.filters[parameter].removesuffix("_id").split("__")
    model: Any = view.model
    for step in path:
        field = model._meta.get_field(step) if step in field_names(model) else None
        model = field.related_model if field is not None else None
        if model is None:
            pytest.skip("the filter names no row of a table")
    pk = foreign_row(model, rival)
    address = reverse(name, args=[acme.organization.slug])
    answer = acme.client("admin").get(address, {parameter: str(pk)})
    assert answer.json() == {"results": [], "next": None}


def field_names(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.get_fields()}


FORM_PAGES = [
    route
    for route in routes_of("POST", api=False)
    if any(r.name == route.name and r.method == "GET" for r in ROUTES)
]


def forms_on(answer: Any) -> list[BaseForm]:
    found = {}
    for context in answer.context or []:
        for value in context.flatten().values() if hasattr(context, "flatten") else []:
            if isinstance(value, BaseForm):
                found[id(value)] = value
    return list(found.values())


@pytest.mark.parametrize("route", FORM_PAGES, ids=str)
def test_a_form_cannot_refer_to_a_foreign_row(route: Route, acme: World, rival: World) -> None:
    client, own = acme.client("admin"), url(route, acme, arguments_in(route, acme))
    choices = offered_rows(client.get(own), acme)
    if not choices:
        pytest.skip("no field of this form names a row")
    rows = {name: str(foreign_row(model, rival)) for name, model in choices.items()}
    before = fingerprint(rival)
    answer = client.post(own, rows)
    assert (answer.status_code, set(rows) - refused_fields(answer, acme)) == (422, set())
    assert fingerprint(rival) == before


def offered_rows(answer: Any, world: World) -> dict[str, type[models.Model]]:
    """The fields of a page's forms that name a row, with the model of the row."""
    with tenant(world.organization.pk):
        return {
            bound.html_name: bound.field.queryset.model  # type: ignore[union-attr]
            for form in forms_on(answer)
            for bound in form
            if isinstance(bound.field, ModelChoiceField)
        }


def refused_fields(answer: Any, world: World) -> set[str]:
    with tenant(world.organization.pk):
        forms = forms_on(answer)
        return {bound.html_name for form in forms for bound in form if bound.errors}


READS = [route for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("route", READS, ids=str)
def test_no_page_shows_a_word_of_another_organisation(
    route: Route, acme: World, rival: World
) -> None:
    arguments_in(route, rival)
    answer = acme.client("admin").get(url(route, acme, arguments_in(route, acme)))
    assert answer.status_code == route.ok
    assert b"Rival" not in answer.content
