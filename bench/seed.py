"""Organisations of known sizes, made by set-based statements: the same in every run of one day."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.tenancy import tenant
from bench.database import connect
from okrs.actions.unit_scores import recompute_unit_scores

SQL = Path(__file__).with_name("seed.sql")
TYPICAL_KEY_RESULTS = 35
# As many organisations as the growth over tenants begins with.
FEW = 10
FIRST_ID = 0x0197A000


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is seeded. The first three organisations are of their own sizes, the rest typical.

    `values` is the length of each key result's log, `issues` belong to the largest one; the
    others have five for each key result.
    """

    organizations: int
    largest: int
    medium: int
    small: int
    values: int
    issues: int

    def rows(self) -> list[tuple[int, int, int]]:
        """(number, key results, issues) of each organisation."""
        sizes = [self.largest, self.medium, self.small]
        sizes += [TYPICAL_KEY_RESULTS] * (self.organizations - len(sizes))
        issues = [self.issues, *(5 * key_results for key_results in sizes[1:])]
        numbers = range(1, self.organizations + 1)
        return list(zip(numbers, sizes, issues, strict=True))


SIZES = {
    # For every change: a few seconds, and enough to tell a list from a scan.
    "s": Size(organizations=100, largest=1250, medium=310, small=80, values=13, issues=2_000),
    # One large customer among a thousand: what the targets are for.
    "l": Size(
        organizations=1000, largest=12_500, medium=3125, small=780, values=40, issues=200_000
    ),
}


def seeded_id(kind: int, organization: int, number: int) -> UUID:
    """As `pg_temp.id` in seed.sql."""
    return UUID(f"{FIRST_ID + kind:08x}{organization:04x}70008000{number:012x}")


def seed(size: Size) -> None:
    """Fill the migrated and empty database of the default connection."""
    midnight = datetime.combine(datetime.now(UTC).date(), time.min, UTC)
    with closing(connect("owner")) as owner, owner.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("CREATE TEMP TABLE bench_org (number int, key_results int, issues int)")
        cursor.executemany("INSERT INTO bench_org VALUES (%s, %s, %s)", size.rows())
        cursor.execute(SQL.read_text(), {"now": midnight, "values": size.values})
        cursor.execute("COMMIT")
    for number in range(1, size.organizations + 1):
        with tenant(seeded_id(0, number, 0)), transaction.atomic():
            recompute_unit_scores(Q(), now=midnight)
    note_statistics()


def note_statistics() -> None:
    """Let the planner look at every row of small tables, so that its plans do not vary."""
    with closing(connect("owner")) as owner, owner.cursor() as cursor:
        cursor.execute("SET default_statistics_target = 1000")
        cursor.execute("VACUUM ANALYZE")
