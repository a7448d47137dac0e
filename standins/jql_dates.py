"""Dates in JQL: minutes in the account's zone, bare epoch milliseconds, or a period from now."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from standins.jql import JqlError, Operand

FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
PERIOD = re.compile(r"[+-]?(?:\d+[wdhm] ?)+")
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
LONGEST_EPOCH = 14
"""Digits of the milliseconds in year 5138; longer numbers are no dates."""


def parse_moment(operand: Operand, *, field: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment an operand means; JqlError in Jira's words when it means none."""
    text = operand.text
    if text == "now()" and not operand.quoted:
        return now
    if text.isdecimal() and not operand.quoted and len(text) <= LONGEST_EPOCH:
        return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
    if PERIOD.fullmatch(text):
        return now + _period(text)
    written = _written(text)
    if written is None:
        raise JqlError(
            f"Date value '{text}' for field '{field}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
            "or a period format e.g. '-5d', '4w 2d'."
        )
    return written.replace(tzinfo=zone)


def _written(text: str) -> datetime | None:
    for form in FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  # the caller knows the zone
        except ValueError:
            continue
    return None


def _period(text: str) -> timedelta:
    parts = re.findall(r"(\d+)([wdhm])", text)
    length = sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    return -length if text.startswith("-") else length
