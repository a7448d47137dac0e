"""Money seen from the goals that it serves."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from accounts.access import Access
from funding import ledger
from funding.ledger import Kind, Movement, Totals
from funding.queries.entries import is_hidden, visible_entries
from okrs.choices import CommitmentState
from okrs.models import Commitment, Initiative, InitiativeKeyResult, Objective


@dataclass(frozen=True)
class ServingLine:
    """Money of one currency that serves an objective, by itself or through an initiative."""

    currency: str
    totals: Totals
    initiative: Initiative | None = None


@dataclass(frozen=True)
class ObjectiveMoney:
    """What was promised to an objective, and what was moved for it."""

    commitment: Commitment | None
    direct: list[ServingLine]
    through: list[ServingLine]

    @property
    def any(self) -> bool:
        return bool(self.commitment or self.direct or self.through)


def money_for(access: Access, objective: Objective) -> ObjectiveMoney:
    """The money that names the objective, and that of initiatives which drive its key results.

    An initiative may drive key results of several objectives: its money is listed, not shared
    out. Four queries.
    """
    commitment = (
        Commitment.objects.filter(objective=objective, amount__isnull=False)
        .exclude(state=CommitmentState.RELEASED)
        .first()
    )
    drives = InitiativeKeyResult.objects.filter(
        key_result__objective=objective, key_result__archived_at=None, archived_at=None
    )
    initiatives = Initiative.objects.filter(pk__in=drives.values("initiative"), archived_at=None)
    return ObjectiveMoney(
        commitment,
        serving(access, Q(objective=objective), {}),
        serving(access, Q(initiative__in=initiatives), visible_by_id(access, initiatives)),
    )


def visible_by_id(access: Access, rows: QuerySet[Initiative]) -> dict[UUID, Initiative]:
    return {row.pk: row for row in rows if not is_hidden(access, row)}


def serving(
    access: Access, purpose: Q, initiatives: Mapping[UUID, Initiative]
) -> list[ServingLine]:
    """The money of `purpose` by currency and initiative, from budgets in use."""
    rows = (
        visible_entries(access)
        .filter(purpose, budget__archived_at=None)
        .order_by()
        .values_list("budget__currency", "initiative_id", "kind")
        .annotate(Sum("amount"))
    )
    found: dict[tuple[str, UUID | None], list[Movement]] = defaultdict(list)
    for currency, initiative_id, kind, amount in rows:
        found[currency, initiative_id].append(Movement(Kind(kind), amount))
    lines = [
        ServingLine(currency, ledger.totals(moved), initiatives[pk] if pk else None)
        for (currency, pk), moved in sorted(found.items(), key=str)
        if pk is None or pk in initiatives
    ]
    return [line for line in lines if line.totals != Totals()]
