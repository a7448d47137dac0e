"""The API's description of itself: whole, without a warning, and true of its own examples."""

import re
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from tests.route_table import Route, named_patterns
from tests.routes import ROUTES

Schema = dict[str, Any]
# What the product promises to offer over the API.
NOUNS = {
    "alignments",
    "audit-entries",
    "budgets",
    "check-ins",
    "comments",
    "commitments",
    "connections",
    "contributions",
    "cycles",
    "deferred-objectives",
    "decisions",
    "dependencies",
    "initiatives",
    "invitations",
    "key-result-patterns",
    "key-results",
    "limit-overrides",
    "limits",
    "ledger-entries",
    "links",
    "members",
    "metric-values",
    "metrics",
    "notifications",
    "objective-templates",
    "objectives",
    "organization",
    "overrides",
    "portfolios",
    "products",
    "risks",
    "service-accounts",
    "signals",
    "sources",
    "sync-runs",
    "teams",
    "themes",
    "tiers",
    "tokens",
    "units",
    "value-streams",
}
PROBLEM = "#/components/schemas/Problem"
EVERYWHERE = {"400", "401", "403", "404", "422", "429"}


def generated() -> Schema:
    document: Schema = SchemaGenerator().get_schema(request=None, public=True)
    return document


DOCUMENT = generated()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in sorted(DOCUMENT["paths"].items())
    for method, operation in item.items()
}
BODIES = {
    name: operation["requestBody"]["content"]["application/json"]
    for name, operation in OPERATIONS.items()
    if "requestBody" in operation
}


def parameters(operation: str) -> set[str]:
    return {given["name"] for given in OPERATIONS[operation]["parameters"]}


by_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
by_body = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())


def test_the_schema_generates_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    reset_generator_stats()
    generated()
    assert not GENERATOR_STATS, capsys.readouterr().err


def test_the_schema_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_promised_noun_is_offered() -> None:
    tags = {tag for operation in OPERATIONS.values() for tag in operation["tags"]}
    assert NOUNS - tags == set()


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert sorted(names) == sorted(set(names))


@by_operation
def test_an_operation_says_what_it_does(operation: Schema) -> None:
    assert operation["tags"]
    assert operation["summary"]
    assert operation["description"]


@by_operation
def test_an_operation_documents_one_success(operation: Schema) -> None:
    successes = [status for status in operation["responses"] if status.startswith("2")]
    assert len(successes) == 1


@by_operation
def test_an_operation_documents_its_problems(operation: Schema) -> None:
    problems = {
        status
        for status, answer in operation["responses"].items()
        if answer.get("content", {}).get("application/problem+json", {}).get("schema")
        == {"$ref": PROBLEM}
    }
    assert problems >= EVERYWHERE


def test_every_edit_demands_the_version_that_was_read() -> None:
    unguarded = {
        name
        for name in OPERATIONS
        if name.startswith("PATCH") and "If-Match" not in parameters(name)
    }
    assert unguarded == set()


def test_if_match_is_asked_for_exactly_where_it_is_demanded() -> None:
    guarded = {name for name in OPERATIONS if "If-Match" in parameters(name)}
    assert guarded == {operation_of(route) for route in ROUTES if route.ok == 428}


def operation_of(route: Route) -> str:
    paths = {name: path for name, path, _ in named_patterns()}
    path = re.sub(r"<\w+:(\w+)>", r"{\1}", paths[route.name]).replace("{pk}", "{id}")
    return f"{route.method} /{path}"


@by_body
def test_a_body_has_an_example(body: Schema) -> None:
    assert body.get("examples")


@by_body
def test_the_example_of_a_body_is_valid(body: Schema) -> None:
    # The references inside a body point into the whole document.
    validator = Draft202012Validator(
        {**body["schema"], "components": DOCUMENT["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    for example in body["examples"].values():
        assert [error.message for error in validator.iter_errors(example["value"])] == []
