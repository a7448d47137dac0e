"""JQL, written by us around what a person may have written."""

import re
from datetime import datetime, timedelta

from integrations.ports import Selection, SourceKind

# The index lags behind the record, and Data Center rounds times down.
OVERLAP = timedelta(minutes=5)
MAX_LENGTH = 8000
QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)


def selected(selection: Selection) -> str:
    """The restriction for a selection, safe to stand beside AND. ValueError with the reason."""
    if selection.kind is SourceKind.PROJECT:
        return f"project = {_value(selection.value)}"
    if selection.kind is SourceKind.FILTER:
        return f"filter = {_value(selection.value)}"
    if selection.kind is SourceKind.JQL:
        return f"({checked(selection.value)})"
    raise ValueError(f"Jira has no sources of the kind {selection.kind}.")


def changed_since(restriction: str, moment: datetime | None, order: str) -> str:
    """Epoch milliseconds, because a written time is read in the account's own zone."""
    bound = "" if moment is None else f" AND updated >= {int(moment.timestamp() * 1000)}"
    return f"{restriction}{bound} ORDER BY {order}"


def checked(text: str) -> str:
    """A person's query that stays inside brackets put around it; ValueError with the reason."""
    query = text.strip()
    bare = QUOTED.sub('""', query)
    if not query or len(query) > MAX_LENGTH:
        raise ValueError(f"A query has between 1 and {MAX_LENGTH} characters.")
    if ORDER_BY.search(bare):
        raise ValueError("Leave out ORDER BY: the sync needs an order of its own.")
    if set("\"'") & set(bare.replace('""', "")):
        raise ValueError("A quotation mark is not closed.")
    _require_balance(bare)
    return query


def _require_balance(bare: str) -> None:
    depth = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
    if depth != 0:
        raise ValueError("The brackets in the query do not match.")


def _value(text: str) -> str:
    if text.isascii() and text.isdigit():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
