"""Values from a file: looked at first, then logged all together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.queries import organization_clock
from integrations.actions.figures import Arrival, arrival, settle
from integrations.figures import Figure, Flaw, Unreadable
from integrations.models import FileImport
from integrations.providers.csv_file.reader import MOST_FLAWS
from integrations.registry import READERS
from portfolio.choices import ValueSource
from portfolio.models import Metric
from portfolio.queries import visible

CSV = "text/csv"
LONGEST_NAME = 160


@dataclass(frozen=True)
class ReadRow:
    """A row of a file that can be logged, as the preview shows it."""

    line: int
    metric: Metric
    value: Decimal
    at: datetime


def read_file(access: Access, body: bytes, *, metric: Metric | None = None) -> list[ReadRow]:
    """The rows of a file, for one metric or for those that its rows name.

    Raises `Unreadable` with everything that is wrong, by line.
    """
    figures = READERS["csv"](body, CSV)
    named = {} if metric else metrics_named(access, {figure.metric for figure in figures})
    zone = organization_clock()
    rows: list[ReadRow] = []
    flaws: list[Flaw] = []
    for figure in figures:
        try:
            owner = metric_of(access, figure, metric, named)
            rows.append(read_row(owner, figure, zone))
        except ValidationError as error:
            flaws.append(Flaw(" ".join(error.messages), figure.line))
    flaws += repeated(rows)
    if flaws:
        raise Unreadable(*flaws[:MOST_FLAWS])
    return rows


def read_row(metric: Metric, figure: Figure, zone: ZoneInfo) -> ReadRow:
    one = arrival(metric.pk, figure, zone)
    return ReadRow(figure.line, metric, one.value, one.at)


def repeated(rows: Sequence[ReadRow]) -> list[Flaw]:
    """Rows that say another value for a moment that is written, or zoned, otherwise above."""
    first: dict[tuple[UUID, datetime], int] = {}
    return [
        Flaw("It says the same moment as a line above.", row.line)
        for row in rows
        if first.setdefault((row.metric.pk, row.at), row.line) != row.line
    ]


def metrics_named(access: Access, names: set[str]) -> dict[str, list[Metric]]:
    """Metrics that the member sees, by the lower case of their name; one query."""
    wanted = {name.casefold() for name in names if name}
    found: dict[str, list[Metric]] = {}
    rows = visible(Metric, access).filter(archived_at=None, is_silent=False)
    for row in rows.select_related("unit").order_by("pk"):
        if row.name.casefold() in wanted:
            found.setdefault(row.name.casefold(), []).append(row)
    return found


def metric_of(
    access: Access, figure: Figure, only: Metric | None, named: dict[str, list[Metric]]
) -> Metric:
    if only is not None:
        if figure.metric and figure.metric.casefold() != only.name.casefold():
            raise ValidationError(f"It names another metric than {only.name}.")
        found = [only]
    else:
        found = named.get(figure.metric.casefold(), [])
    if not figure.metric and only is None:
        raise ValidationError("It names no metric; add a column “metric”.")
    if not found:
        raise ValidationError(f"There is no metric named “{figure.metric[:80]}”.")
    if len(found) > 1:
        raise ValidationError(f"Several metrics are named “{figure.metric[:80]}”.")
    if not access.allows_on(Permission.CHECK_IN_WRITE, [found[0].product_id]):
        raise ValidationError(f"You may not record values of {found[0].name}.")
    return found[0]


@transaction.atomic
def import_file(
    access: Access, body: bytes, *, file_name: str, metric: Metric | None = None
) -> FileImport:
    """Log every row under the member's name, all or nothing; the same file again changes nothing.

    Another value for a metric and moment that a file named before takes the earlier one's place.
    Raises `Unreadable`.
    """
    access.require_anywhere(Permission.CHECK_IN_WRITE)
    name = printable(file_name)
    rows = read_file(access, body, metric=metric)
    arrivals = [
        Arrival(row.metric.pk, row.value, row.at, f"From {name}, line {row.line}.") for row in rows
    ]
    settled = settle(arrivals, source=ValueSource.FILE, actor=access.member, restores=True)
    return FileImport.objects.create(
        metric=metric,
        file_name=name,
        imported_by=access.member,
        rows=len(rows),
        recorded=settled.recorded,
        corrected=settled.corrected,
        unchanged=settled.unchanged,
    )


def printable(file_name: str) -> str:
    """The last part of a name, without what no name should have in it."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip()
    return kept[:LONGEST_NAME] or "a file"
