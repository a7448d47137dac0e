"""Our part of Linear's schema and our error bodies, held against what was recorded of Linear."""

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLNamedType, GraphQLSchema, build_schema, is_enum_type

from standins.limits import Bucket
from standins.linear import Linear
from standins.linear_schema import SCHEMA
from standins.server import Server, serve
from standins.state import Tracker
from tests.standins.conftest import Client

pytestmark = pytest.mark.contract
OURS = sorted(name for name in SCHEMA.type_map if not name.startswith("__"))


@pytest.fixture(scope="module")
def published(contracts: Path) -> GraphQLSchema:
    text = (contracts / "linear" / "schema.graphql").read_text(encoding="utf-8")
    return build_schema(text)


def recorded(contracts: Path, name: str) -> dict[str, Any]:
    path = contracts / "linear" / "samples" / f"{name}.json"
    sample: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return sample


def members(kind: GraphQLNamedType) -> dict[str, str]:
    """Fields, arguments and enum values of a type, each with its own type."""
    fields = getattr(kind, "fields", {})
    found = {name: str(field.type) for name, field in fields.items()}
    for name, field in fields.items():
        for argument, given in getattr(field, "args", {}).items():
            found[f"{name}({argument})"] = str(given.type)
    return {**found, **dict.fromkeys(getattr(kind, "values", {}), "value")}


@pytest.mark.parametrize("name", OURS)
def test_a_type_of_ours_is_one_of_linears(published: GraphQLSchema, name: str) -> None:
    ours, theirs = members(SCHEMA.type_map[name]), members(published.type_map[name])
    assert ours.items() <= theirs.items()


@pytest.mark.parametrize("name", [it for it in OURS if is_enum_type(SCHEMA.type_map[it])])
def test_an_enum_of_ours_is_whole(published: GraphQLSchema, name: str) -> None:
    assert members(SCHEMA.type_map[name]) == members(published.type_map[name])


def same_error(reply: Any, sample: dict[str, Any]) -> None:
    """The same status, message, type and code."""
    ours, theirs = reply.json()["errors"][0], sample["body"]["errors"][0]
    assert reply.status_code == sample["status"]
    assert ours["message"] == theirs["message"]
    for name in ("type", "code", "statusCode", "userError"):
        assert ours["extensions"][name] == theirs["extensions"][name]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("http_200_argument_validation", "{ issues(first: 251) { nodes { id } } }"),
        ("http_200_entity_not_found", '{ issue(id: "ENG-99") { id } }'),
        (
            "http_400_query_too_complex",
            "{ issues(first: 250) { nodes { labels { nodes { name } } } } }",
        ),
    ],
)
def test_a_refusal_is_worded_as_recorded(
    graph: Client, contracts: Path, name: str, query: str
) -> None:
    same_error(graph.ask(query), recorded(contracts, name))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("http_400_bearer_with_api_key", "Bearer lin_api_standin"),
        ("http_401_authentication", "lin_api_revoked"),
    ],
)
def test_a_wrong_credential_is_refused_as_recorded(
    linear_server: Server[Linear], contracts: Path, name: str, given: str
) -> None:
    reply = Client(linear_server.url, given).ask("{ viewer { id } }")
    same_error(reply, recorded(contracts, name))


def test_too_much_is_refused_as_recorded(linear: Tracker, contracts: Path) -> None:
    spent = Bucket(2500, per_second=0.001)
    spent.take(2500)
    sample = recorded(contracts, "http_400_ratelimited")
    with serve(Linear(linear, credential="lin_api_x", requests=spent)) as server:
        reply = Client(server.url, "lin_api_x").ask("{ viewer { id } }")
    same_error(reply, sample)
    assert sample["headers"].keys() - {"Content-Type"} <= reply.headers.keys()
