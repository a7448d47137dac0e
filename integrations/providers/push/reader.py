"""What a script pushes: `value`, and if it likes `at` and `note`, as JSON or as a form."""

from urllib.parse import parse_qsl

import msgspec

from integrations.figures import Figure, Flaw, Unreadable
from integrations.providers.numbers import moment_of, number_of

FORM = "application/x-www-form-urlencoded"
NAMES = frozenset({"value", "at", "note"})
LONGEST_NOTE = 400


def read_push(body: bytes, content_type: str) -> list[Figure]:
    """One figure; Unreadable with what the script should send instead."""
    given = fields_of_form(body) if content_type == FORM else fields_of_json(body)
    unknown = sorted(set(given) - NAMES)
    if unknown:
        raise Unreadable(Flaw(f"It has “{unknown[0][:40]}”; send value, at and note only."))
    if not given.get("value"):
        raise Unreadable(Flaw("It has no value."))
    try:
        at = moment_of(given["at"]) if given.get("at") else None
        value = number_of(given["value"])
    except ValueError as error:
        raise Unreadable(Flaw(str(error))) from None
    return [Figure(value=value, at=at, note=given.get("note", "")[:LONGEST_NOTE])]


def fields_of_json(body: bytes) -> dict[str, str]:
    """Numbers keep their digits: they are read as they were written."""
    try:
        given = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return {name: text_of(raw) for name, raw in given.items() if bytes(raw) != b"null"}
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable(Flaw('It is not as in {"value": 12.5}.')) from None


def text_of(raw: msgspec.Raw) -> str:
    written = bytes(raw).decode()
    return msgspec.json.decode(raw, type=str) if written.startswith('"') else written


def fields_of_form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), strict_parsing=True, max_num_fields=len(NAMES)))
    except ValueError:
        raise Unreadable(Flaw("It is not as in value=12.5.")) from None
