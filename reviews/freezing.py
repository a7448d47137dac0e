"""Sections of a review as JSON and back. No Django here.

Decimals are written as text, so that nothing is rounded; what a later version adds to a line needs
a default, so that older snapshots stay readable.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

Section = TypeVar("Section")
READERS: dict[type, Callable[[Any], Any]] = {
    Decimal: Decimal,
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


def freeze(value: Any) -> Any:
    """A dataclass, or a value of one, as JSON can hold it."""
    if is_dataclass(value):
        return {field.name: freeze(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [freeze(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value


def thaw(kind: type[Section], content: Any) -> Section:
    """What `freeze` wrote. Raises KeyError or ValueError for anything else."""
    return read(kind, content)  # type: ignore[no-any-return]


def read(kind: Any, content: Any) -> Any:
    """A value of a type such as `Decimal | None` or `tuple[Line, ...]`."""
    inner = [each for each in get_args(kind) if each not in {NoneType, Ellipsis}]
    if content is None:
        return None
    if get_origin(kind) in {tuple, frozenset}:
        return get_origin(kind)(read(inner[0], each) for each in content)
    if inner:
        return read(inner[0], content)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        known = [field.name for field in fields(kind) if field.name in content]
        return kind(**{name: read(hints[name], content[name]) for name in known})  # type: ignore[operator]
    if issubclass(kind, Enum):
        return kind(content)
    return READERS[kind](content) if kind in READERS else content
