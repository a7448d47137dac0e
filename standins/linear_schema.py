"""The schema the Linear stand-in answers to: the part of Linear's own that a sync needs."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema, build_schema

DURATION = re.compile(r"-?P(?=\d|T)(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def snake(name: str) -> str:
    """``updatedAt`` as ``updated_at``."""
    return re.sub(r"([A-Z])", r"_\1", name).lower()


def written(moment: datetime) -> str:
    """As Linear writes times: UTC, to the millisecond, with a Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def read_moment(value: Any) -> datetime | timedelta:
    """An ISO time, or a duration to be added to now; GraphQLError for anything else."""
    if isinstance(value, str):
        duration = DURATION.fullmatch(value)
        if duration:
            return _duration(value, [int(part or 0) for part in duration.groups()])
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise GraphQLError(f"{value!r} is neither an ISO 8601 time nor a duration.")


def _duration(text: str, parts: list[int]) -> timedelta:
    weeks, days, hours, minutes, seconds = parts
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if text.startswith("-") else length


def resolve(source: Any, info: Any, **asked: Any) -> Any:
    """Every field is an attribute of its view, or a method that takes the field's arguments."""
    value = getattr(source, snake(info.field_name))
    if callable(value):
        value = value(**{snake(name): given for name, given in asked.items()})
    return float(value) if isinstance(value, Decimal) else value


def _load() -> GraphQLSchema:
    text = (Path(__file__).parent / "linear.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    times = {"DateTime": written, "TimelessDate": date.isoformat}
    for name, write in times.items():
        scalar = cast("GraphQLScalarType", schema.type_map[name])
        scalar.coerce_output_value = write
    moment = cast("GraphQLScalarType", schema.type_map["DateTimeOrDuration"])
    moment.coerce_input_value = read_moment
    return schema


SCHEMA = _load()
