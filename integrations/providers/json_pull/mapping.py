"""From a JSON document and a JSONPath (RFC 9535) to one number."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from typing import Any

from jsonpath import CompoundJSONPath, JSONPath, JSONPathEnvironment, JSONPathError

NUMBER = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
TOO_LARGE = Decimal("1E20")
QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
# A path to one number needs none of these, and each could multiply the work of all before it.
TOO_COSTLY: dict[str, Callable[[str], bool]] = {
    "“..” twice": lambda path: path.count("..") > 1,
    "“?” twice": lambda path: path.count("?") > 1,
    "“?” and “..” together": lambda path: "?" in path and ".." in path,
    "“$” inside": lambda path: "$" in path[1:],
    "“,” between brackets": lambda path: "," in path,
}


class NoNumber(ValueError):
    """The document has no such number; the text is for the person who wrote the path."""


def compile_path(path: str) -> JSONPath | CompoundJSONPath:
    """Raises NoNumber for a path that cannot be followed, or not within a moment."""
    if not path.startswith("$"):
        raise NoNumber("The path begins with “$”, which is the whole answer.")
    unquoted = QUOTED.sub("''", path)
    for what, holds in TOO_COSTLY.items():
        if holds(unquoted):
            raise NoNumber(f"The path has {what}, which would take too long to follow.")
    environment = JSONPathEnvironment(strict=True)
    # Patterns that people write can keep a worker busy for hours.
    for name in ("match", "search"):
        del environment.function_extensions[name]
    try:
        return environment.compile(path)
    except JSONPathError:
        raise NoNumber("The path cannot be read; write it as in $.data.revenue.") from None


def number_at(body: bytes, path: str) -> Decimal:
    """The one number that the path leads to; NoNumber says what is there instead."""
    compiled = compile_path(path)
    document = document_of(body)
    try:
        found = list(islice((match.obj for match in compiled.finditer(document)), 2))
    except (JSONPathError, RecursionError):
        raise NoNumber("The path cannot be followed in this document.") from None
    if not found:
        raise NoNumber(f"Nothing is at {path}.")
    if len(found) > 1:
        raise NoNumber(f"More than one thing is at {path}.")
    return number_from(found[0], path)


def document_of(body: bytes) -> Any:
    """Numbers keep their digits; raises NoNumber for what is no JSON."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise NoNumber("The answer is no JSON.") from None


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def number_from(thing: Any, path: str) -> Decimal:
    """A number, or one written as text; true and false are none."""
    is_number = isinstance(thing, int | Decimal) and not isinstance(thing, bool)
    is_written = isinstance(thing, str) and NUMBER.fullmatch(thing) is not None
    if not is_number and not is_written:
        raise NoNumber(f"What is at {path} is {kind_of(thing)}, not a number.")
    value = Decimal(thing)
    if not value.is_finite() or value.copy_abs() >= TOO_LARGE:
        raise NoNumber(f"The number at {path} is too large.")
    return value


def kind_of(thing: Any) -> str:
    kinds = {
        bool: "true or false", dict: "an object", list: "a list", str: "text", type(None): "null",
    }  # fmt: skip
    return kinds.get(type(thing), "something else")
