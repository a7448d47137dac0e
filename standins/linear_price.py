"""What a query costs by Linear's published rule, before it is answered.

0.1 a property, 1 an object, and what is inside a list times the rows it may have, 50 when it does
not say.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    get_named_type,
    value_from_ast_untyped,
)

from standins.linear_lists import DEFAULT_PAGE
from standins.linear_schema import SCHEMA

PROPERTY = Decimal("0.1")
OBJECT = Decimal(1)
LARGEST_QUERY = Decimal(10_000)


class Price:
    """The price of one operation of a valid document, with its variables."""

    def __init__(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._variables = variables
        root = cast("GraphQLObjectType", SCHEMA.query_type)
        self.total = self._inside(operation.selection_set.selections, root)

    def _inside(self, selections: Iterable[SelectionNode], parent: GraphQLObjectType) -> Decimal:
        return sum((self._field(it, parent) for it in self._fields(selections)), Decimal(0))

    def _fields(self, selections: Iterable[SelectionNode]) -> Iterator[FieldNode]:
        for node in selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set.selections)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                yield from self._fields(fragment.selection_set.selections)

    def _field(self, node: FieldNode, parent: GraphQLObjectType) -> Decimal:
        name = node.name.value
        if name.startswith("__") or node.selection_set is None:
            return PROPERTY
        kind = cast("GraphQLObjectType", get_named_type(parent.fields[name].type))
        inside = self._inside(node.selection_set.selections, kind)
        rows = self._rows(node) if kind.name.endswith("Connection") else 1
        return OBJECT + rows * inside

    def _rows(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                first = value_from_ast_untyped(argument.value, dict(self._variables))
                return max(first, 0) if isinstance(first, int) else DEFAULT_PAGE
        return DEFAULT_PAGE
