"""Reads of what delivers figures: push addresses, pulls and files, by the metrics they feed."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from accounts.access import Access
from integrations.models import FileImport, ImportedValue, ImportUndo, Pull, PushAddress
from portfolio.models import Metric
from portfolio.queries import visible

FILES_SHOWN = 5
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Inflow:
    """Whatever delivers values of one metric, newest file first."""

    addresses: list[PushAddress]
    pull: Pull | None
    files: list[FileImport]


def of_visible_metrics(access: Access, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Rows that feed metrics which the member may see; those of no one metric as well."""
    if not access.units.hidden:
        return rows
    return rows.filter(Q(metric=None) | Q(metric__in=visible(Metric, access).values("pk")))


def visible_addresses(access: Access) -> QuerySet[PushAddress]:
    """Every address, closed ones included, with its metric."""
    rows = PushAddress.objects.select_related("metric__organization", "made_by")
    return of_visible_metrics(access, rows)


def visible_pulls(access: Access) -> QuerySet[Pull]:
    """Every pull, archived ones included, with its metric."""
    rows = Pull.objects.select_related(
        "organization", "metric__organization", "metric__unit", "owner"
    )
    return of_visible_metrics(access, rows)


def visible_files(access: Access) -> QuerySet[FileImport]:
    """Every file, with when it was taken back and whether there is something to take back."""
    rows = FileImport.objects.select_related("metric__organization", "imported_by")
    undone = ImportUndo.objects.filter(file_import=OuterRef("pk"))
    brought = ImportedValue.objects.filter(file_import=OuterRef("pk"))
    told = rows.annotate(undone_at=undone.values("created_at")[:1], can_undo=Exists(brought))
    return of_visible_metrics(access, told)


def inflow_of(access: Access, metric: Metric) -> Inflow:
    """Three queries, however much there is."""
    addresses = visible_addresses(access).filter(metric=metric, closed_at=None)
    pull = visible_pulls(access).filter(metric=metric, archived_at=None).first()
    files = visible_files(access).filter(metric=metric)
    return Inflow(list(addresses.order_by("name", "id")), pull, list(files[:FILES_SHOWN]))


def all_inflow(access: Access) -> tuple[list[PushAddress], list[Pull], list[FileImport]]:
    """What the page of connections lists; three queries."""
    addresses = visible_addresses(access).filter(closed_at=None, metric__archived_at=None)
    pulls = visible_pulls(access).filter(archived_at=None)
    files = visible_files(access)
    return (
        list(addresses.order_by("name", "id")),
        list(pulls.order_by("name", "id")),
        list(files[:FILES_SHOWN]),
    )
