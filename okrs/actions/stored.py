"""Set-based writing of computed columns: one statement, however many rows."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models
from psycopg2 import sql

from accounts.tenancy import current_organization_id


def update_rows(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Store the same columns of many rows of the bound organisation; each has its `id`."""
    if not rows:
        return
    columns = [name for name in rows[0] if name != "id"]
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in columns}
    typed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(f.column), sql.SQL(cast_type(f)))
        for f in fields.values()
    )
    assigned = sql.SQL(", ").join(
        sql.SQL("{0} = r.{0}").format(sql.Identifier(f.column)) for f in fields.values()
    )
    statement = sql.SQL(
        "UPDATE {table} AS t SET {assigned} FROM jsonb_to_recordset(%s) AS r(id uuid, {typed})"
        " WHERE t.organization_id = %s AND t.id = r.id"
    ).format(table=sql.Identifier(model._meta.db_table), assigned=assigned, typed=typed)
    payload = [
        {"id": row["id"], **{f.column: row[name] for name, f in fields.items()}} for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(payload), current_organization_id()])


def name_revision(revision: UUID | None) -> None:
    """Tell the database under which revision a closed cycle changes; None ends it, as a commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.revision_id', %s, true)", [str(revision or "")])


def cast_type(field: Any) -> str:
    return str(field.cast_db_type(connection))


def as_json(payload: Any) -> str:
    return orjson.dumps(payload, default=text_of).decode()


def text_of(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value))
