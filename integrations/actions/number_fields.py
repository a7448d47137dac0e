"""Which numeric fields a service has, as it last said; what names another one is refused.

Nobody is asked here, so a service that is down keeps nobody from saving.
"""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError

from integrations.models import Connection
from integrations.ports import NumberField

# As many as one reads through beside a field.
NAMED = 8


def told_fields(fields: Sequence[NumberField]) -> list[dict[str, str]]:
    """Id and name of each, as a connection keeps them."""
    return [{"id": field.remote_id, "name": field.name} for field in fields]


def those_there(connection: Connection, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the ids that the service knows; all of them before it was asked."""
    known = ids_of(connection)
    return tuple(name for name in names if known is None or name in known)


def ids_of(connection: Connection) -> set[str] | None:
    told = connection.number_fields
    return None if told is None else {field["id"] for field in told}


def require_fields_there(connection: Connection, names: Iterable[str], *, beside: str) -> None:
    """Refuse, beside the field of that name, ids of fields that the service does not have."""
    asked = list(names)
    there = those_there(connection, asked)
    missing = [name for name in asked if name not in there]
    if missing:
        raise ValidationError(
            {beside: f"There is no number field {missing[0]}. {offer(connection)}"}
        )


def offer(connection: Connection) -> str:
    """What there is instead, in a sentence or two."""
    told = connection.number_fields or []
    if not told:
        return "The account that reads sees none."
    named = ", ".join(f"{field['name']} ({field['id']})" for field in told[:NAMED])
    more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
    return f"There are {named}{more}. One that is new there is known after the next run."
