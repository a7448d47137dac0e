"""The OpenAPI description as the documentation page prints it: resources, fields, examples."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import orjson
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "patch", "put", "delete")
Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter of a request, or a field of a body."""

    name: str
    kind: str
    required: bool
    text: str
    place: str = ""


@dataclass(frozen=True)
class Answer:
    status: str
    text: str


@dataclass(frozen=True)
class Example:
    title: str
    body: str


@dataclass(frozen=True)
class Operation:
    anchor: str
    method: str
    path: str
    title: str
    text: str
    parameters: list[Field]
    sent: list[Field]
    received: list[Field]
    answers: list[Answer]
    examples: list[Example]


@dataclass(frozen=True)
class ResourceReference:
    name: str
    operations: list[Operation]


@cache
def api_reference() -> list[ResourceReference]:
    """Every resource with its operations, by name; worked out once a process."""
    generator: Any = SchemaGenerator
    return references_of(generator().get_schema(request=None, public=True))


def references_of(schema: Schema) -> list[ResourceReference]:
    """The resources of an OpenAPI 3.1 document, each with its operations in order of path."""
    by_tag: dict[str, list[Operation]] = {}
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                operation = item[method]
                tag = (operation.get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append(read_operation(schema, path, method, operation))
    return [ResourceReference(tag, operations) for tag, operations in sorted(by_tag.items())]


def read_operation(schema: Schema, path: str, method: str, operation: Schema) -> Operation:
    sent = json_content(operation.get("requestBody", {}))
    success = next((s for s in sorted(operation["responses"]) if s.startswith("2")), "")
    received = json_content(operation["responses"].get(success, {}))
    text = operation.get("description", "").strip()
    return Operation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        title=operation.get("summary") or operation["operationId"].replace("_", " ").capitalize(),
        text=text,
        parameters=[
            read_parameter(schema, parameter)
            for parameter in operation.get("parameters", [])
            if parameter["in"] != "path"
        ],
        sent=list(fields_of(schema, sent.get("schema", {}))),
        # Every field is in every answer.
        received=[
            replace(field, required=False)
            for field in fields_of(schema, received.get("schema", {}))
        ],
        answers=[
            Answer(status, answer.get("description", ""))
            for status, answer in sorted(operation["responses"].items())
        ],
        examples=[*examples_of("Request", sent), *examples_of("Answer", received)],
    )


def json_content(holder: Schema) -> Schema:
    content: Schema = holder.get("content", {}).get("application/json", {})
    return content


def read_parameter(schema: Schema, parameter: Schema) -> Field:
    return Field(
        name=parameter["name"],
        kind=kind_of(schema, parameter.get("schema", {})),
        required=parameter.get("required", False),
        text=parameter.get("description", ""),
        place=parameter["in"],
    )


def fields_of(schema: Schema, body: Schema, prefix: str = "") -> Iterator[Field]:
    """The fields of a body; records inside a list are named `list[].field`."""
    body = resolved(schema, body)
    required = set(body.get("required", []))
    for name, raw in body.get("properties", {}).items():
        part = resolved(schema, raw)
        text = raw.get("description", part.get("description", ""))
        yield Field(prefix + name, kind_of(schema, raw), name in required, text)
        inner = resolved(schema, part.get("items", {}))
        if part.get("type") == "array" and "properties" in inner:
            yield from fields_of(schema, inner, f"{prefix}{name}[].")


def resolved(schema: Schema, part: Schema) -> Schema:
    """`part` with its reference followed; a lone `allOf` or nullable `oneOf` is unwrapped."""
    if "$ref" in part:
        target = schema
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return target
    for wrapper in ("allOf", "oneOf"):
        if part.get(wrapper):
            return resolved(schema, part[wrapper][0])
    return part


def kind_of(schema: Schema, raw: Schema) -> str:
    """The type in a few words: "uuid", "text, one of a, b", "list of records", "number or null"."""
    part = resolved(schema, raw)
    types = part.get("type", "any")
    types = types if isinstance(types, list) else [types]
    words = " or ".join(named_type(schema, part, kind) for kind in types)
    if "enum" in part:
        values = ", ".join(str(value) for value in part["enum"] if value not in ("", None))
        words = f"one of {values}"
    return words


def named_type(schema: Schema, part: Schema, kind: str) -> str:
    if kind == "string":
        return str(part.get("format", "text"))
    if kind == "array":
        return f"list of {kind_of(schema, part.get('items', {}))}"
    return {"object": "record", "integer": "whole number"}.get(kind, kind)


def examples_of(title: str, content: Schema) -> Iterator[Example]:
    for example in content.get("examples", {}).values():
        body = orjson.dumps(example["value"], option=orjson.OPT_INDENT_2, default=str)
        yield Example(title, body.decode())
