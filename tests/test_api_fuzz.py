"""The whole API under generated requests: nothing breaks, leaks or answers otherwise than told.

Each operation gets a few requests after its description, some of them wrong on purpose, with
a write token of one organisation while another has records of the same kinds.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.db import transaction
from django.test import Client
from django.urls import resolve
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from urllib3 import HTTPResponse

from accounts.api_base import Resource
from accounts.tenancy import tenant
from tests.api_world import FilledWorld, filled_world, with_real_ids
from tests.test_api_schema import DOCUMENT

HOST = "http://testserver"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FOUND: list[Any] = list(from_dict(DOCUMENT).get_all_operations())
OPERATIONS = [found.ok() for found in FOUND]
UNKNOWN = "0197a000-0000-7000-8000-000000000001"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
by_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: f"{operation.method.upper()} {operation.path}"
)
# Hypothesis prints strategies that reject a case, and theirs hold whole schemas.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
few = settings(
    max_examples=4,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class InProcess(HTTPAdapter):
    """Requests that Django answers here, each in a transaction that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.client = Client(raise_request_exception=False)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        with transaction.atomic():
            answer = self.client.generic(
                request.method or "GET",
                request.path_url,
                request.body or b"",
                content_type=request.headers.get("Content-Type", ""),
                headers=dict(request.headers),
            )
            transaction.set_rollback(True)
        raw = HTTPResponse(
            io.BytesIO(answer.content),
            headers=dict(answer.items()),
            status=answer.status_code,
            preload_content=False,
        )
        return self.build_response(request, raw)


@pytest.fixture(scope="module")
def organizations(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[FilledWorld]]:
    """Acme, which asks, and Rival, of which nothing may show; both gone after this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield [filled_world("Acme"), filled_world("Rival")]
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def session(organizations: list[FilledWorld]) -> requests.Session:
    session = requests.Session()
    session.mount(HOST, InProcess())
    session.headers["Authorization"] = f"Bearer {organizations[0].token}"
    return session


def view_of(operation: Any) -> type[Resource]:
    path = operation.path.format(org="acme", id=UNKNOWN)
    view: type[Resource] = resolve(path).func.cls  # type: ignore[attr-defined]
    return view


def address_of(operation: Any, filled: FilledWorld) -> dict[str, Any]:
    """Path and headers that lead to the newest record of the operation's kind, at its version."""
    path = {"org": filled.slug}
    headers = {}
    if "{id}" in operation.path:
        view = view_of(operation)
        path["id"] = str(next(iter(filled.ids.get(view.model, [])), UNKNOWN))
        with tenant(filled.world.organization.pk):
            row = view.model._default_manager.filter(pk=path["id"]).first()
        headers = {"If-Match": f'"{getattr(row, "version", 1)}"'}
    return {"path_parameters": path, "headers": headers}


def requests_of(operation: Any, organizations: list[FilledWorld]) -> st.SearchStrategy[Any]:
    """Requests right and wrong, whose bodies name rows of ours, rows of others, or nothing."""
    address = address_of(operation, organizations[0])
    modes = [GenerationMode.POSITIVE]
    if operation.body or operation.query:
        modes.append(GenerationMode.NEGATIVE)
    cases = st.one_of([operation.as_strategy(generation_mode=m, **address) for m in modes])
    owner: st.SearchStrategy[FilledWorld | None]
    owner = st.sampled_from([organizations[0], organizations[0], organizations[1], None])
    return st.builds(naming_rows, cases, owner)


def naming_rows(case: Any, owner: FilledWorld | None) -> Any:
    if owner is not None and isinstance(case.body, dict):
        case.body = with_real_ids(view_of(case.operation), case.body, owner)
    return case


@by_operation
def test_an_operation_answers_as_documented(
    operation: Any, organizations: list[FilledWorld], session: requests.Session
) -> None:
    foreign = organizations[1].every_id()

    @seed(20261121)
    @few
    @given(requests_of(operation, organizations))
    def ask(case: Any) -> None:
        response = case.call(base_url=HOST, session=session)
        case.validate_response(response, checks=CHECKS)
        sent = str(response.request.body) + str(response.request.url)
        told = set(UUID.findall(response.text)) - set(UUID.findall(sent))
        assert told & foreign == set()

    ask()
