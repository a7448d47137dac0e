"""Fields that no body and no form may set, posted to every route that writes."""

from typing import Any

import orjson
import pytest
from django.forms import BaseForm, BaseModelForm

from accounts.api_base import Resource
from accounts.forms import SignUpForm
from accounts.tenancy import tenant
from tests.inventory import form_classes, resources, routes_of
from tests.personas import World
from tests.route_table import Route

# Set by the machinery or by an action of their own, whatever a request says.
PROTECTED = {
    "id": "018f0000-0000-7000-8000-000000000000",
    "pk": "018f0000-0000-7000-8000-000000000000",
    "organization": "018f0000-0000-7000-8000-000000000000",
    "organization_id": "018f0000-0000-7000-8000-000000000000",
    "created_at": "2001-01-01T00:00:00Z",
    "updated_at": "2001-01-01T00:00:00Z",
    "archived_at": "2001-01-01T00:00:00Z",
    "recorded_at": "2001-01-01T00:00:00Z",
    "version": 999,
    "prefix": "stolen",
    "token_hash": "stolen",
    "revoked_at": "2001-01-01T00:00:00Z",
    "left_at": "2001-01-01T00:00:00Z",
    "accepted_at": "2001-01-01T00:00:00Z",
    "withdrawn_at": "2001-01-01T00:00:00Z",
    "invited_by": "018f0000-0000-7000-8000-000000000000",
}
# Worked out, or moved by actions of their own.
COMPUTED = {
    "progress": "0.99",
    "score": "0.99",
    "computed_score": "0.99",
    "pace": "on-track",
    "state": "committed",
}
POSTED = PROTECTED | COMPUTED
COUNTED = {"version", "updated_at"}
WRITERS = {**resources("create"), **resources("partial_update")}
by_writer = pytest.mark.parametrize("name", sorted(WRITERS))
by_form = pytest.mark.parametrize("form", form_classes(), ids=lambda form: form.__name__)
EDITS = [
    route for route in routes_of("PATCH", api=True) if route.name in resources("partial_update")
]


def writable(view: type[Resource]) -> set[str]:
    fields = view.serializer_class().fields.items()
    return {field.source or name for name, field in fields if not field.read_only}


@by_writer
def test_a_resource_takes_no_protected_field(name: str) -> None:
    # A new record of some kinds begins in a state of choice; `state` is tried by the edits below.
    assert writable(WRITERS[name]) & {*PROTECTED, *COMPUTED} - {"state"} == set()


@by_writer
def test_a_resource_lists_its_fields(name: str) -> None:
    assert WRITERS[name].serializer_class.Meta.fields != "__all__"


@by_form
def test_a_form_has_no_protected_field(form: type[BaseForm]) -> None:
    # A form carries the version that its page was made from, which actions only compare; whoever
    # signs up names an organisation.
    found = set(form.base_fields) & set(PROTECTED) - {"version"}  # type: ignore[attr-defined]
    assert found <= ({"organization"} if form is SignUpForm else set())


@by_form
def test_a_form_of_a_record_lists_its_fields(form: type[BaseForm]) -> None:
    if issubclass(form, BaseModelForm) and form._meta.model:
        assert form._meta.fields not in (None, "__all__")
        assert not form._meta.exclude


@pytest.mark.usefixtures("undone_after")
@pytest.mark.parametrize("route", EDITS, ids=str)
def test_an_edit_leaves_protected_fields_alone(route: Route, ours: World) -> None:
    view, client = resources("partial_update")[route.name], ours.client("admin")
    arguments = route.arguments_in(ours)
    address, pk = route.path(ours, arguments), arguments.get("pk")
    before = protected_columns(view, ours, pk)
    body = {name: POSTED[name] for name in POSTED.keys() - writable(view)}
    answer = client.patch(
        address,
        orjson.dumps(body | {"reason": "A committed objective changes for a reason only."}),
        content_type="application/json",
        headers={"If-Match": client.get(address).headers["ETag"]},
    )
    assert (answer.status_code, protected_columns(view, ours, pk)) == (200, before)


def protected_columns(view: type[Resource], world: World, pk: Any) -> dict[str, Any]:
    """Of the record, or of the only one where there is one an organisation."""
    columns = {field.attname for field in view.model._meta.concrete_fields}
    with tenant(world.organization.pk):
        rows = view.model._default_manager.filter(**({"pk": pk} if pk else {}))
        row = rows.values(*sorted(columns & {*PROTECTED, *COMPUTED} - COUNTED))
        stored: dict[str, Any] = row.get()
        return stored
