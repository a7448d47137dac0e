"""What counts as done: the provider's defaults, changed on the connection, changed on the link."""

from typing import Any

import msgspec
from django.core.exceptions import ValidationError

from integrations.models import Connection, Link
from integrations.ports import DoneRules, Item
from integrations.registry import PROVIDERS


def default_rules(provider: str) -> DoneRules:
    return PROVIDERS[provider].rules


def rules_of_connection(connection: Connection) -> DoneRules:
    return merged(default_rules(connection.provider), connection.rules)


def rules_of_link(link: Link) -> DoneRules:
    return merged(rules_of_connection(link.source.connection), link.rules)


def merged(rules: DoneRules, changes: dict[str, Any]) -> DoneRules:
    """`rules` with the stored changes; a mapping is extended, anything else replaced.

    Raises `msgspec.ValidationError` for changes that are no rules.
    """
    combined = msgspec.to_builtins(rules)
    for name, value in changes.items():
        present = combined.get(name)
        combined[name] = {**present, **value} if isinstance(present, dict) else value
    return msgspec.convert(combined, DoneRules)


def check_rules(provider: str, changes: dict[str, Any]) -> None:
    """Refuse, at `rules`, changes that are no rules or name none that there is."""
    if not isinstance(changes, dict):
        raise ValidationError({"rules": "Rules are an object, by the name of the rule."})
    unknown = sorted(set(changes) - set(DoneRules.__struct_fields__))
    if unknown:
        raise ValidationError({"rules": f"There is no rule called {', '.join(unknown)}."})
    try:
        merged(default_rules(provider), changes)
    except (msgspec.ValidationError, TypeError) as error:
        raise ValidationError({"rules": f"These are no rules: {error}."}) from None


def item_of(facts: dict[str, Any]) -> Item:
    """An item from the facts that were stored of it."""
    return msgspec.convert(facts, Item, strict=False)
