"""Ids of another organisation in every place that takes one: nothing is shown or changed.

Each resource, form and filter is swept; what is added later is swept as well.
"""

import re
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
from tests.factories.portfolio import MeasureUnitFactory
from tests.inventory import factory_of, relation_fields, resources, routes_of
from tests.personas import World
from tests.plain_rows import tenant_models
from tests.route_table import Route
from tests.routes import ROUTES

# ruff: noqa: S608 (the names of tables and columns are our own)

pytestmark = pytest.mark.usefixtures("undone_after")
OF_A_ROW = [route for route in ROUTES if route.names_row]
LISTS = resources("list")
WRITES = {"POST": resources("create"), "PATCH": resources("partial_update")}
UUIDS = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def own_path(route: Route, world: World) -> str:
    return route.path(world, route.arguments_in(world))


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


def ids_of(world: World) -> set[str]:
    """The ids of all rows of the organisation."""
    parts = [f"SELECT id::text FROM {model._meta.db_table}" for model in tenant_models()]
    with tenant(world.organization.pk), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return {pk for (pk,) in cursor.fetchall()}


def row_of(model: type[models.Model], world: World) -> UUID:
    """The id of a row of `model` that the world has, made if need be."""
    factory = factory_of(model)
    assert factory is not None, f"{model.__name__} needs a factory, so that this sweep covers it"
    with tenant(world.organization.pk):
        row = model._default_manager.first() or factory.create()
    pk: UUID = row.pk
    return pk


@pytest.mark.parametrize("route", OF_A_ROW, ids=str)
def test_an_address_with_a_foreign_id_finds_nothing(
    route: Route, ours: World, theirs: World
) -> None:
    own, foreign = route.arguments_in(ours), route.arguments_in(theirs)
    client, before = ours.client("admin"), fingerprint(theirs)
    addresses = [route.path(ours, foreign)]
    addresses += [route.path(ours, {**own, name: foreign[name]}) for name in foreign]
    answers = [send(client, route, path, **{"If-Match": '"1"'}) for path in addresses]
    assert {answer.status_code for answer in answers} == {404}
    assert fingerprint(theirs) == before


def relations() -> Iterator[tuple[Route, str]]:
    for method, views in WRITES.items():
        for route in routes_of(method, api=True):
            if route.name in views:
                for field in relation_fields(views[route.name]):
                    yield route, field


@pytest.mark.parametrize(("route", "field"), list(relations()), ids=str)
def test_a_body_cannot_refer_to_a_foreign_row(
    route: Route, field: str, ours: World, theirs: World
) -> None:
    view = WRITES[route.method][route.name]
    client, own = ours.client("admin"), own_path(route, ours)
    etag = client.get(own).headers["ETag"] if route.method == "PATCH" else ""
    foreign, unknown = row_of(relation_fields(view)[field], theirs), new_id()
    before = fingerprint(theirs)
    told = [
        send(client, route, own, {field: as_sent(view, field, pk)}, **{"If-Match": etag})
        .content.decode()
        .replace(str(pk), "ID")
        for pk in (foreign, unknown)
    ]
    assert field in orjson.loads(told[0]).get("errors", {}), told[0]
    assert told[0] == told[1]
    assert fingerprint(theirs) == before


def as_sent(view: type[Resource], field: str, pk: UUID) -> Any:
    is_many = hasattr(view.serializer_class().fields[field], "child_relation")
    return [str(pk)] if is_many else str(pk)


def model_behind(view: type[Resource], lookup: str) -> type[models.Model] | None:
    """The model whose ids a filter takes; None for a filter by anything else."""
    model: Any = view.model
    for step in lookup.removesuffix("_id").split("__"):
        known = {field.name: field for field in model._meta.get_fields()} if model else {}
        model = known[step].related_model if step in known else None
    found: type[models.Model] | None = model
    return found


FILTERS = [
    (name, parameter, model)
    for name, view in LISTS.items()
    for parameter, lookup in view.filters.items()
    if (model := model_behind(view, lookup)) is not None
]


@pytest.mark.parametrize(("name", "parameter", "model"), FILTERS)
def test_a_filter_by_a_foreign_id_finds_nothing(
    name: str, parameter: str, model: type[models.Model], ours: World, theirs: World
) -> None:
    address = reverse(name, args=[ours.organization.slug])
    answer = ours.client("admin").get(address, {parameter: str(row_of(model, theirs))})
    assert answer.json() == {"results": [], "next": None}


@pytest.mark.parametrize("parameter", ["row_id", "actor"])
def test_the_audit_log_finds_nothing_by_a_foreign_id(
    parameter: str, ours: World, theirs: World
) -> None:
    admin = theirs["admin"].pk
    with tenant(theirs.organization.pk, actor_id=admin):
        MeasureUnitFactory.create()
    address = reverse("api:audit-entries", args=[ours.organization.slug])
    answer = ours.client("admin").get(address, {parameter: str(admin)})
    assert answer.json() == {"results": [], "next": None}


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
def test_a_form_takes_no_foreign_row(route: Route, ours: World, theirs: World) -> None:
    client, own = ours.client("admin"), own_path(route, ours)
    choices = offered_rows(client.get(own), ours)
    rows = {name: str(row_of(model, theirs)) for name, model in choices.items()}
    before = fingerprint(theirs)
    answer = client.post(own, rows)
    assert (answer.status_code, set(rows) - refused_fields(answer, ours)) == (
        route.answer("admin"),
        set(),
    )
    assert fingerprint(theirs) == before


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
def test_no_page_tells_of_another_organisation(route: Route, ours: World, theirs: World) -> None:
    route.arguments_in(theirs)
    answer = ours.client("admin").get(own_path(route, ours))
    shown = {pk.decode() for pk in UUIDS.findall(answer.content)}
    assert (answer.status_code, shown & ids_of(theirs)) == (route.answer("admin"), set())
    assert b"Rival" not in answer.content
