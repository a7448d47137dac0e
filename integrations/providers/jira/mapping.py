"""From Jira's JSON to items: pure functions, nothing fetched."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec

from integrations.ports import Category, DoneRules, Item, NumberField, Selection

# Between the address of a site and the key of an issue, in the address of its page.
BROWSE = "/browse/"
RULES = DoneRules(
    status_kinds={
        "new": Category.TO_DO,
        "undefined": Category.TO_DO,
        "indeterminate": Category.DOING,
        "done": Category.DONE,
    },
    done_resolutions=("fixed", "done"),
)
SYSTEM_FIELDS = (
    "summary",
    "status",
    "resolution",
    "resolutiondate",
    "statuscategorychangedate",
    "issuetype",
    "project",
    "labels",
    "parent",
    "created",
    "updated",
)
EPIC_TYPE = "epic"
EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
TEAM_MANAGED_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
PLAIN_NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
PLANNED_POINTS = "com.atlassian.jpo:jpo-custom-field-original-story-points"
POINTS_NAMES = ("story points", "story point estimate")


# Such as 2024-11-29T10:44:51.887-0800: without a zone it would be no moment.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Named(msgspec.Struct, gc=False):
    id: str
    name: str


class StatusCategory(msgspec.Struct, gc=False):
    key: str


class Status(Named, gc=False):
    category: StatusCategory = msgspec.field(name="statusCategory")


class IssueType(Named, gc=False):
    subtask: bool = False
    level: int | None = msgspec.field(name="hierarchyLevel", default=None)


class Project(msgspec.Struct, gc=False):
    id: str
    key: str
    name: str = ""


class Parent(msgspec.Struct, gc=False):
    id: str
    key: str


class Fields(msgspec.Struct, gc=False):
    """What is asked of every issue; custom fields join it in issue_type."""

    status: Status
    issuetype: IssueType
    project: Project
    created: Moment
    updated: Moment
    summary: str | None = None
    resolution: Named | None = None
    resolutiondate: Moment | None = None
    statuscategorychangedate: Moment | None = None
    labels: tuple[str, ...] | None = None
    parent: Parent | None = None


class Issue(msgspec.Struct, gc=False):
    id: str
    key: str
    fields: Fields


class FieldSchema(msgspec.Struct):
    type: str = ""
    custom: str = ""


class Field(Named):
    """A field as the field list describes it; a few system fields have no schema."""

    schema: FieldSchema = msgspec.field(default_factory=FieldSchema)


class Myself(msgspec.Struct, rename="camel"):
    """The account; Cloud names it by accountId, Data Center by key and name."""

    display_name: str
    account_id: str | None = None
    key: str | None = None
    name: str | None = None
    email_address: str | None = None
    time_zone: str | None = None


def level_of(kind: IssueType) -> int:
    """Cloud tells the level; Data Center only which types are sub-tasks."""
    if kind.level is not None:
        return kind.level
    if kind.subtask:
        return -1
    return 1 if kind.name.casefold() == EPIC_TYPE else 0


def is_number_field_id(text: str) -> bool:
    """Whether the text can name a field of its own beside those that are always asked."""
    return text.isidentifier() and text.isascii() and text not in SYSTEM_FIELDS


def asked_fields(selection: Selection, epic_link: str | None) -> list[str]:
    extra = (
        *selection.points_fields,
        *selection.number_fields,
        *([epic_link] if epic_link else []),
    )
    return [*SYSTEM_FIELDS, *dict.fromkeys(extra)]


@lru_cache(maxsize=256)
def issue_type(numbers: tuple[str, ...], epic_link: str | None) -> type[Issue]:
    """An issue with these numeric custom fields, so that one typed decode reads it all."""
    extra: list[tuple[str, object, object]] = [(name, Decimal | None, None) for name in numbers]
    if epic_link:
        extra.append((epic_link, str | None, None))
    fields = msgspec.defstruct("CustomFields", extra, bases=(Fields,), gc=False)
    return msgspec.defstruct("CustomIssue", [("fields", fields)], bases=(Issue,), gc=False)  # type: ignore[return-value]  # the stubs forget the bases


def item_reader(
    base: str, selection: Selection, epic_link: str | None = None
) -> Callable[[msgspec.Raw], Item]:
    """A function from the JSON of one issue to an item; ValueError for an issue it cannot read."""
    numbers = tuple(dict.fromkeys((*selection.points_fields, *selection.number_fields)))
    decode = msgspec.json.Decoder(issue_type(numbers, epic_link)).decode

    def read(record: msgspec.Raw) -> Item:
        return _item(base, decode(record), selection, epic_link)

    return read


def _item(base: str, issue: Issue, selection: Selection, epic_link: str | None) -> Item:
    fields = issue.fields
    status, kind, parent = fields.status, fields.issuetype, fields.parent
    epic_key = getattr(fields, epic_link) if epic_link else None
    return Item(
        remote_id=issue.id,
        key=issue.key,
        title=fields.summary or "",
        # Built, not taken from the answer: a link must stay on the site that was connected.
        url=f"{base}{BROWSE}{issue.key}",
        type_id=kind.id,
        type_name=kind.name,
        level=level_of(kind),
        status_id=status.id,
        status_name=status.name,
        status_kind=status.category.key,
        resolution_id=fields.resolution.id if fields.resolution else None,
        resolution_name=fields.resolution.name if fields.resolution else None,
        points=_points(fields, selection),
        numbers=_numbers(fields, selection.number_fields),
        labels=fields.labels or (),
        parent_remote_id=parent.id if parent else None,
        parent_key=parent.key if parent else epic_key,
        project_remote_id=fields.project.id,
        project_key=fields.project.key,
        created_at=fields.created.astimezone(UTC),
        updated_at=fields.updated.astimezone(UTC),
        completed_at=_completed(fields),
    )


def _points(fields: Fields, selection: Selection) -> Decimal | None:
    """The first of the fields that holds an estimate."""
    for name in selection.points_fields:
        held = _number(fields, name)
        if held is not None:
            return held
    return None


def _numbers(fields: Fields, names: tuple[str, ...]) -> dict[str, Decimal]:
    """The fields that hold a value, in the order of names."""
    values = {name: _number(fields, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _number(fields: Fields, name: str) -> Decimal | None:
    value: Decimal | None = getattr(fields, name)
    if value is not None and not value.is_finite():
        raise ValueError("a number is not finite")
    return value


def _completed(fields: Fields) -> datetime | None:
    if fields.status.category.key != "done":
        return None
    at = fields.resolutiondate or fields.statuscategorychangedate
    return None if at is None else at.astimezone(UTC)


def number_fields(fields: list[Field]) -> list[NumberField]:
    """Numeric fields, likely estimates first.

    Both kinds of project may live on one site, each with its own field; names may be translated,
    so the type of the field is asked before its name.
    """
    numeric = [it for it in fields if it.schema.type == "number"]
    ranked = sorted(numeric, key=lambda it: (_points_rank(it), it.name.casefold(), it.id))
    return [NumberField(it.id, it.name, _points_rank(it) < 2) for it in ranked]


def _points_rank(field: Field) -> int:
    if field.schema.custom == PLANNED_POINTS:
        return 3
    if field.schema.custom == TEAM_MANAGED_POINTS:
        return 0
    named = field.name.casefold() in POINTS_NAMES
    return 1 if named and field.schema.custom == PLAIN_NUMBER else 2


def epic_link_field(fields: list[Field]) -> str | None:
    """The only way from a story to its epic on Data Center."""
    return next((it.id for it in fields if it.schema.custom == EPIC_LINK), None)
