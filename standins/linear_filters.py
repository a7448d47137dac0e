"""Linear's filters: which rows an ``IssueFilter`` and its kin let through.

Fields stand side by side for AND. A filter on one record goes into it; a filter on several asks
whether some of them match. A comparison with what is not there is false.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from graphql import GraphQLInputObjectType, get_named_type

from standins.linear_errors import argument_error
from standins.linear_schema import SCHEMA, snake

Filter = Mapping[str, Any]
Compare = Callable[[Any, Any], bool]

COMPARISONS: dict[str, Compare] = {
    "eq": lambda value, given: bool(value == given),
    "neq": lambda value, given: bool(value != given),
    "in": lambda value, given: value in given,
    "nin": lambda value, given: value not in given,
    "lt": lambda value, given: bool(value < given),
    "lte": lambda value, given: bool(value <= given),
    "gt": lambda value, given: bool(value > given),
    "gte": lambda value, given: bool(value >= given),
    "contains": lambda value, given: given in value,
    "notContains": lambda value, given: given not in value,
    "containsIgnoreCase": lambda value, given: given.lower() in value.lower(),
    "eqIgnoreCase": lambda value, given: given.lower() == value.lower(),
    "startsWith": lambda value, given: value.startswith(given),
    "endsWith": lambda value, given: value.endswith(given),
}


def check_ids(type_name: str, wanted: Filter) -> None:
    """Ids of all but issues must be UUIDs; a GraphQLError in Linear's words otherwise."""
    for name, given in wanted.items():
        kind = _kind(type_name, name)
        if kind == "IDComparator":
            for value in _ids(given):
                _check_uuid(value)
        for part in given if isinstance(given, list) else [given]:
            if isinstance(part, Mapping) and not kind.endswith("Comparator"):
                check_ids(kind, part)


def matches(type_name: str, wanted: Filter, row: Any, now: datetime) -> bool:
    """Whether a row is let through by a filter of this type."""
    return all(_holds(type_name, name, given, row, now) for name, given in wanted.items())


def _holds(type_name: str, name: str, given: Any, row: Any, now: datetime) -> bool:
    if given is None:
        return True
    if name in {"and", "or"}:
        parts = (matches(type_name, part, row, now) for part in given)
        return all(parts) if name == "and" else any(parts)
    if row is None or name == "null":
        return name == "null" and (row is None) is given
    return _field_holds(_kind(type_name, name), snake(name), given, row, now)


def _field_holds(kind: str, name: str, given: Any, row: Any, now: datetime) -> bool:
    if kind.endswith("CollectionFilter"):
        return _some(kind, given, getattr(row, f"all_{name}"), now)
    if kind.endswith("Comparator"):
        return _compares(kind, given, getattr(row, name), row, now)
    return matches(kind, given, getattr(row, name), now)


def _some(kind: str, wanted: Filter, rows: list[Any], now: datetime) -> bool:
    """``some``, ``every`` and ``length``; any other field asks for some row that has it."""
    plain = {name: it for name, it in wanted.items() if name not in {"some", "every", "length"}}
    asked = [wanted["some"]] if wanted.get("some") else []
    row_kind = kind.replace("CollectionFilter", "Filter")
    return (
        all(any(matches(row_kind, it, row, now) for row in rows) for it in [*asked, plain] if it)
        and all(matches(row_kind, wanted.get("every") or {}, row, now) for row in rows)
        and _compares("NumberComparator", wanted.get("length") or {}, len(rows), None, now)
    )


def _compares(kind: str, asked: Filter, value: Any, row: Any, now: datetime) -> bool:
    for name, given in asked.items():
        if name == "null":
            if (value is None) is not given:
                return False
        elif value is None or not COMPARISONS[name](value, _operand(kind, given, row, now)):
            return False
    return True


def _operand(kind: str, given: Any, row: Any, now: datetime) -> Any:
    """A duration means a moment; an issue may be meant by its identifier."""
    if isinstance(given, list):
        return [_operand(kind, part, row, now) for part in given]
    if isinstance(given, timedelta):
        return now + given
    if kind == "IssueIDComparator" and given in {row.identifier, *row.previous_identifiers}:
        return row.id
    return given


def _kind(type_name: str, field: str) -> str:
    """The name of a field's type, with lists and exclamation marks taken off."""
    filter_type = cast("GraphQLInputObjectType", SCHEMA.type_map[type_name])
    return str(get_named_type(filter_type.fields[field].type))


def _ids(comparator: Filter) -> list[str]:
    values = (value for given in comparator.values() for value in _listed(given))
    return [str(value) for value in values]


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _check_uuid(value: str) -> None:
    try:
        UUID(value)
    except ValueError:
        raise argument_error("id", "isUuid", "id must be a UUID") from None
