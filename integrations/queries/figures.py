"""Reads of what delivers figures: push addresses, pulls and files, by the metrics they feed."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from accounts.access import Access
from integrations.models import FileImport, ImportedValue, ImportUndo, Link, Pull, PushAddress
from integrations.queries.links import moving_links
from portfolio.models import Metric
from portfolio.queries import visible

# Lists of their own have the others.
SHOWN, FILES_SHOWN = 10, 5
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Few(Generic[Row]):
    """The first of a list, and whether it goes on."""

    rows: list[Row]
    has_more: bool


@dataclass(frozen=True)
class Inflow:
    """Whatever delivers values of one metric, newest file first; `work` is one of the links."""

    work: Link | None
    addresses: Few[PushAddress]
    pull: Pull | None
    files: Few[FileImport]

    @property
    def is_empty(self) -> bool:
        return not (self.work or self.addresses.rows or self.pull or self.files.rows)


def of_visible_metrics(access: Access, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Rows that feed metrics which the member may see; those of no one metric as well."""
    if not access.units.hidden:
        return rows
    return rows.filter(Q(metric=None) | Q(metric__in=visible(Metric, access).values("pk")))


def visible_addresses(access: Access) -> QuerySet[PushAddress]:
    """Every address, closed ones included, with its metric."""
    rows = PushAddress.objects.select_related("metric__organization", "made_by")
    return of_visible_metrics(access, rows)


def open_addresses(access: Access) -> QuerySet[PushAddress]:
    """Those that take values."""
    return visible_addresses(access).filter(closed_at=None, metric__archived_at=None)


def visible_pulls(access: Access) -> QuerySet[Pull]:
    """Every pull, archived ones included, with its metric."""
    rows = Pull.objects.select_related(
        "organization", "metric__organization", "metric__unit", "owner"
    )
    return of_visible_metrics(access, rows)


def live_pulls(access: Access) -> QuerySet[Pull]:
    """Those that were not stopped for good."""
    return visible_pulls(access).filter(archived_at=None)


def visible_files(access: Access) -> QuerySet[FileImport]:
    """Every file, with when it was taken back and whether there is something to take back."""
    rows = FileImport.objects.select_related("metric__organization", "imported_by")
    undone = ImportUndo.objects.filter(file_import=OuterRef("pk"))
    brought = ImportedValue.objects.filter(file_import=OuterRef("pk"))
    told = rows.annotate(undone_at=undone.values("created_at")[:1], can_undo=Exists(brought))
    return of_visible_metrics(access, told)


def first_of(rows: QuerySet[Row], count: int) -> Few[Row]:
    found = list(rows[: count + 1])
    return Few(found[:count], has_more=len(found) > count)


def inflow_of(access: Access, metric: Metric) -> Inflow:
    """Four queries, however much there is."""
    addresses = open_addresses(access).filter(metric=metric).order_by("name", "id")
    files = visible_files(access).filter(metric=metric)
    return Inflow(
        work=moving_links([metric.pk]).select_related("source").first(),
        addresses=first_of(addresses, SHOWN),
        pull=live_pulls(access).filter(metric=metric).first(),
        files=first_of(files, FILES_SHOWN),
    )


@dataclass(frozen=True)
class AllInflow:
    """What delivers values of any metric: the first by name, and the newest files."""

    addresses: Few[PushAddress]
    pulls: Few[Pull]
    files: Few[FileImport]


def all_inflow(access: Access) -> AllInflow:
    """What the page of connections lists; three queries."""
    return AllInflow(
        addresses=first_of(open_addresses(access).order_by("name", "id"), SHOWN),
        pulls=first_of(live_pulls(access).order_by("name", "id"), SHOWN),
        files=first_of(visible_files(access), FILES_SHOWN),
    )
