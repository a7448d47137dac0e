"""Values from a file: looked at first, then logged all together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.queries import organization_clock
from integrations.actions.figures import Arrival, arrival, settle
from integrations.actions.writers import lock_metrics, refusals_of
from integrations.figures import Figure, Flaw, Unreadable
from integrations.models import FileImport, ImportedValue, ImportUndo
from integrations.providers.csv_file.reader import MOST_FLAWS
from integrations.registry import READERS
from okrs.actions.closed import refuse_closed
from okrs.models import KeyResult
from portfolio.actions import NewValue, record_values
from portfolio.choices import ValueSource
from portfolio.models import Metric, MetricValue
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
    flaws += repeated(rows) + written_by_work(rows)
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


def written_by_work(rows: Sequence[ReadRow]) -> list[Flaw]:
    """Metrics that linked work moves, each at its first row: the next run would write over it."""
    first: dict[Metric, int] = {}
    for row in rows:
        first.setdefault(row.metric, row.line)
    refusals = refusals_of(first)
    return [Flaw(refusals[it.pk], line) for it, line in first.items() if it.pk in refusals]


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
    lock_metrics({row.metric.pk for row in rows})
    if flaws := written_by_work(rows):
        raise Unreadable(*flaws[:MOST_FLAWS])
    arrivals = [
        Arrival(row.metric.pk, row.value, row.at, f"From {name}, line {row.line}.") for row in rows
    ]
    settled = settle(arrivals, source=ValueSource.FILE, actor=access.member, restores=True)
    done = FileImport.objects.create(
        metric=metric,
        file_name=name,
        imported_by=access.member,
        rows=len(rows),
        recorded=settled.recorded,
        corrected=settled.corrected,
        unchanged=settled.unchanged,
    )
    ImportedValue.objects.bulk_create(
        ImportedValue(file_import=done, value=value) for value in settled.made
    )
    return done


@transaction.atomic
def undo_import(access: Access, done: FileImport) -> ImportUndo:
    """Withdraw every value that a file brought; what it had replaced holds again.

    Values that somebody withdrew or corrected since stay as they are. Raises `ValidationError`
    when it was undone, has nothing to undo, or a closed cycle was scored by it.
    """
    brought = MetricValue.objects.filter(pk__in=done.imported_values.values("value"))
    metrics = Metric.objects.filter(pk__in=brought.values("metric")).order_by("pk")
    for metric in metrics.select_for_update(no_key=True):
        access.require(Permission.CHECK_IN_WRITE, [metric.product_id])
    standing = list(brought.filter(voided_by=None).order_by("effective_at", "id"))
    if done.undos.exists():
        raise ValidationError("This file was taken back already.")
    if not standing:
        raise ValidationError("Nothing that this file brought still stands.")
    refuse_closed(*cycles_told_by(standing), stands="it was scored by values of this file")
    note = f"{done.file_name} was taken back."
    record_values([withdrawal(value, access, note) for value in standing])
    kept = brought.count() - len(standing)
    return ImportUndo.objects.create(
        file_import=done, undone_by=access.member, withdrawn=len(standing), kept=kept
    )


def withdrawal(value: MetricValue, access: Access, note: str) -> NewValue:
    actor = access.member.pk
    return NewValue(
        value.metric_id, None, value.effective_at, ValueSource.FILE, actor, note, value.pk
    )


def cycles_told_by(values: Sequence[MetricValue]) -> set[UUID]:
    """Cycles of key results that read these metrics, if one of the values falls into their days."""
    zone = organization_clock()
    days: dict[UUID, set[date]] = {}
    for value in values:
        days.setdefault(value.metric_id, set()).add(value.effective_at.astimezone(zone).date())
    readers = KeyResult.objects.filter(metric__in=days).values_list(
        "metric", "objective__cycle", "objective__cycle__starts_on", "objective__cycle__ends_on"
    )
    return {
        cycle
        for metric, cycle, first, last in readers
        if any(first <= day <= last for day in days[metric])
    }


def printable(file_name: str) -> str:
    """The last part of a name, without what no name should have in it."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable()).strip()
    return kept[:LONGEST_NAME] or "a file"
