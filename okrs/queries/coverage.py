"""Whether what is promised from below reaches each target above; set-based."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from okrs import scoring
from okrs.choices import OPEN_LINKS, ContributionMode, KeyResultSource, LinkState
from okrs.models import Contribution, KeyResult
from okrs.queries.scope import SHOWN_STATES

COLUMNS = (
    "id", "shape", "baseline", "target", "lower", "upper", "metric__unit__dimension",
    "metric__unit__currency", "metric__unit__factor",
)  # fmt: skip


def living_contributions() -> QuerySet[Contribution]:
    """Contributions that are agreed or on offer, of goals that were not given up."""
    return Contribution.objects.filter(
        archived_at=None,
        state__in=[*OPEN_LINKS, LinkState.AGREED],
        child__archived_at=None,
        child__objective__archived_at=None,
        child__objective__state__in=SHOWN_STATES,
    )


def coverages(key_results: QuerySet[KeyResult]) -> dict[UUID, scoring.TargetCoverage]:
    """By key result, where something is added up towards a target; two queries however many.

    Those are the key results made of contributions, unless by a mean, and those to which one was
    offered. Every contribution counts, as in the score, also one from a goal that is hidden.
    """
    added = living_contributions().filter(parent=OuterRef("pk"))
    made_of = Q(source=KeyResultSource.CONTRIBUTIONS)
    mean = made_of & Q(contribution_mode=ContributionMode.MEAN)
    summed = key_results.filter(made_of | Exists(added), archived_at=None).exclude(mean)
    rows = list(summed.values(*COLUMNS))
    pledges = pledges_to([row["id"] for row in rows])
    found = {row["id"]: coverage_of(row, pledges.get(row["id"], ())) for row in rows}
    return {pk: coverage for pk, coverage in found.items() if coverage is not None}


def pledges_to(parents: Iterable[UUID]) -> Mapping[UUID, list[tuple[Decimal, bool]]]:
    """(amount in the parent's unit, whether agreed) of every living contribution."""
    rows = living_contributions().filter(parent__in=list(parents))
    found: dict[UUID, list[tuple[Decimal, bool]]] = {}
    for parent, amount, state in rows.values_list("parent_id", "amount", "state"):
        if amount is not None:
            found.setdefault(parent, []).append((amount, state == LinkState.AGREED))
    return found


def coverage_of(
    row: Mapping[str, Any], pledges: Iterable[tuple[Decimal, bool]]
) -> scoring.TargetCoverage | None:
    """None where nothing lies between baseline and target."""
    bounds = {name: row[name] for name in ("baseline", "target", "lower", "upper")}
    needed = scoring.change_needed(scoring.Definition(shape=scoring.Shape(row["shape"]), **bounds))
    if needed is None:
        return None
    unit = scoring.Unit(
        scoring.Dimension(row["metric__unit__dimension"]),
        row["metric__unit__currency"] or None,
        row["metric__unit__factor"],
    )
    return scoring.cover(
        needed, [scoring.Pledge(amount, unit, agreed) for amount, agreed in pledges], unit
    )
