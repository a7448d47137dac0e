"""Every stored question, held against Linear's published schema and price list."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    parse,
    validate,
)
from graphql.language import IntValueNode, VariableNode

from integrations.providers.linear import adapter, documents

pytestmark = pytest.mark.contract

DEFAULT_PAGE = 50
LIMIT = 10_000
LARGEST_FIRST = {"Issues": adapter.PAGE, "IssueIds": adapter.BARE_PAGE}


@pytest.fixture(scope="module")
def schema(contracts: Path) -> GraphQLSchema:
    return build_schema((contracts / "linear/schema.graphql").read_text())


def price(document: str, first: int) -> Decimal:
    """The published rule: 0.1 a property, 1 an object, and a list's rows times its page size."""
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return _price_of(operation.selection_set, first, rows=1)


def _price_of(selected: SelectionSetNode, first: int, *, rows: int) -> Decimal:
    return sum((_price(it, first, rows) for it in selected.selections), Decimal(0))


def _price(field: Any, first: int, rows: int) -> Decimal:
    assert isinstance(field, FieldNode)
    if field.selection_set is None:
        return Decimal("0.1")
    inner = _price_of(field.selection_set, first, rows=_size(field, first))
    return (1 + inner) * (rows if field.name.value == "nodes" else 1)


def _size(field: FieldNode, first: int) -> int:
    given = {it.name.value: it.value for it in field.arguments or ()}.get("first")
    if isinstance(given, IntValueNode):
        return int(given.value)
    return first if isinstance(given, VariableNode) else DEFAULT_PAGE


@pytest.mark.parametrize("name", documents.ALL)
def test_a_question_is_one_that_the_schema_knows(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(documents.ALL[name])) == []


@pytest.mark.parametrize("name", documents.ALL)
def test_a_question_costs_less_than_half_of_what_is_allowed(name: str) -> None:
    first = LARGEST_FIRST.get(name, adapter.PAGE)
    assert price(documents.ALL[name], first) < LIMIT / 2


def test_the_price_of_a_list_is_its_page_size_times_its_rows() -> None:
    assert price("query A { teams(first: 10) { nodes { id key } } }", 1) == Decimal("13.0")


def test_a_list_without_a_size_costs_fifty_rows() -> None:
    assert price("query A { teams { nodes { id } } }", 1) == Decimal("56.0")


@pytest.mark.parametrize("name", documents.ALL)
def test_a_question_has_the_name_it_is_sent_under(name: str) -> None:
    (operation,) = parse(documents.ALL[name]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == name


@pytest.mark.parametrize("name", sorted(set(documents.ALL) - {"Identity"}))
def test_a_list_always_holds_archived_records(name: str) -> None:
    document = documents.ALL[name]
    assert document.count("includeArchived: true") == document.count("nodes {")


def test_no_page_is_larger_than_linear_gives() -> None:
    assert max(adapter.PAGE, adapter.BARE_PAGE) <= 250
