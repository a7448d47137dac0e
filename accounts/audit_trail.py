"""The audit log in words: which record, which fields, from what to what."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils import timezone

from accounts.constraints import Audited
from accounts.models import AuditEntry, Member
from lib.display import show_day

VERBS = {"insert": "Created", "update": "Changed", "delete": "Deleted"}
LONGEST_VALUE = 160
# Columns that say what something is called, in the order of preference.
NAMES = ("name", "title", "email", "slug")
# Set by the machinery on every row, and of no interest to a reader.
MACHINERY = frozenset({"id", "organization_id", "created_at", "updated_at", "version"})
Names = dict[UUID, str]


@dataclass(frozen=True)
class FieldChange:
    """Before and after as a reader sees them; an empty text stands for no value."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditLine:
    """One entry of the log."""

    at: datetime
    actor: str
    verb: str
    kind: str
    record: str
    row_id: UUID
    request_id: str
    changes: list[FieldChange]


@cache
def audited_models() -> dict[str, type[models.Model]]:
    """Table name → model, for every model of the product."""
    return {model._meta.db_table: model for model in apps.get_models()}


@cache
def audited_tables() -> list[tuple[str, str]]:
    """Tables that leave entries, with the name of their records, by name."""
    names = [
        (table, kind_of(table))
        for table, model in audited_models().items()
        if any(isinstance(rule, Audited) for rule in model._meta.constraints)
    ]
    return sorted(names, key=lambda pair: pair[1])


def kind_of(table: str) -> str:
    model = audited_models().get(table)
    return capitalized(str(model._meta.verbose_name)) if model else table


def capitalized(words: str) -> str:
    """With a capital in front; the others stay as they are, as in "API token"."""
    return words[:1].upper() + words[1:]


def audit_lines(entries: Iterable[AuditEntry], actors: Names) -> list[AuditLine]:
    """Entries in words; records and references are named by one query for all of them."""
    entries = list(entries)
    names = names_of(mentioned(entries)) | actors
    return [audit_line(entry, names) for entry in entries]


def audit_line(entry: AuditEntry, names: Names) -> AuditLine:
    model = audited_models().get(entry.table_name)
    return AuditLine(
        at=entry.at,
        actor=actor_of(entry, names),
        verb=VERBS[entry.operation],
        kind=kind_of(entry.table_name),
        record=names.get(entry.row_id) or former_name(entry.changes) or tied(model, entry, names),
        row_id=entry.row_id,
        request_id=entry.request_id,
        changes=[
            field_change(model, column, pair, names)
            for column, pair in sorted(entry.changes.items())
            if column not in MACHINERY
        ],
    )


def actor_of(entry: AuditEntry, names: Names) -> str:
    return names.get(entry.actor_id, "Somebody who is gone") if entry.actor_id else "Flotilla"


def former_name(changes: dict[str, Any]) -> str:
    """What a record was called that is not there any more."""
    for name in NAMES:
        before, after = changes.get(name, (None, None))
        if after or before:
            return str(after or before)
    return ""


def tied(model: type[models.Model] | None, entry: AuditEntry, names: Names) -> str:
    """What a record without a name of its own ties together, such as a source and a goal.

    People are left out: they say who did it, which stands beside the entry.
    """
    found = []
    for column, (before, after) in sorted(entry.changes.items()):
        field, value = field_of(model, column), after or before
        is_reference = field is not None and field.is_relation and column not in MACHINERY
        if value and is_reference and field.related_model is not Member:
            found.append(names.get(UUID(str(value)), ""))
    return ", ".join(dict.fromkeys(filter(None, found)))


def field_change(
    model: type[models.Model] | None, column: str, pair: list[Any], names: Names
) -> FieldChange:
    field = field_of(model, column)
    words = str(field.verbose_name) if field is not None else column.replace("_", " ")
    before, after = (shown_value(field, value, names) for value in pair)
    return FieldChange(capitalized(words), before, after)


def field_of(model: type[models.Model] | None, column: str) -> Any:
    fields = model._meta.concrete_fields if model else []
    return next((field for field in fields if field.column == column), None)


def shown_value(field: Any, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if field is not None and field.is_relation:
        return names.get(UUID(str(value)), str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, models.DateTimeField):
        moment = timezone.localtime(datetime.fromisoformat(value))
        return f"{show_day(moment.date())}, {moment:%H:%M}"
    if isinstance(field, models.DateField):
        return show_day(date.fromisoformat(value))
    choices = dict(getattr(field, "flatchoices", ()) or ())
    text = str(choices.get(value, value) if isinstance(value, Hashable) else value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def mentioned(entries: list[AuditEntry]) -> dict[type[models.Model], set[UUID]]:
    """The records and the references that the entries name, by model."""
    found: dict[type[models.Model], set[UUID]] = {}
    for entry in entries:
        model = audited_models().get(entry.table_name)
        if model is None:
            continue
        found.setdefault(model, set()).add(entry.row_id)
        for column, pair in entry.changes.items():
            field = field_of(model, column)
            if field is not None and field.is_relation:
                ids = {UUID(str(value)) for value in pair if value}
                found.setdefault(field.related_model, set()).update(ids)
    return found


def names_of(wanted: dict[type[models.Model], set[UUID]]) -> Names:
    """What the records are called now; those without a name of their own stay unnamed."""
    selects = [
        manager_of(model)
        .filter(pk__in=ids)
        .order_by()
        .values_list("pk", models.functions.Cast(name, models.TextField()))
        for model, ids in wanted.items()
        if ids and (name := name_column(model))
    ]
    if not selects:
        return {}
    first, *others = selects
    return dict(first.union(*others, all=True)) if others else dict(first)


def manager_of(model: type[models.Model]) -> models.Manager[Any]:
    manager: models.Manager[Any] = model.objects  # type: ignore[attr-defined]
    return manager


@cache
def name_column(model: type[models.Model]) -> str | None:
    columns = {field.name for field in model._meta.concrete_fields}
    return next((name for name in NAMES if name in columns), None)
