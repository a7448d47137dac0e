"""Values of key results that other key results make up."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lib.decimals import rounded
from okrs import scoring
from okrs.choices import ContributionMode, KeyResultSource, LinkState
from okrs.definitions import unit_of
from okrs.models import Contribution, KeyResult
from portfolio.actions import NewValue, record_values
from portfolio.choices import ValueSource


def record_contributed_values(parents: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Log what the agreed contributions amount to `now` where it differs from the present value.

    Returns the key results that got a new value.
    """
    fed = KeyResult.objects.filter(
        pk__in=parents, source=KeyResultSource.CONTRIBUTIONS, archived_at=None
    ).select_related("metric__unit")
    amounts = contributed_values(fed)
    rows, moved = [], set()
    for key_result in fed:
        value = amounts[key_result.pk].value
        kept = rounded(value, 10) if value is not None else None
        if kept is not None and kept != key_result.current_value:
            rows.append(NewValue(key_result.metric_id, kept, now, ValueSource.ROLL_UP))
            moved.add(key_result.pk)
    if rows:
        record_values(rows, announce=False)
    return moved


def contributed_values(parents: Collection[KeyResult]) -> dict[UUID, scoring.ContributedValue]:
    """What the agreed contributions of each amount to, in its own unit; one statement."""
    found: dict[UUID, list[scoring.Contribution]] = {parent.pk: [] for parent in parents}
    if found:
        links = Contribution.objects.filter(
            parent_id__in=found, state=LinkState.AGREED, archived_at=None, child__archived_at=None
        ).select_related("child__metric__unit")
        for link in links:
            found[link.parent_id].append(contribution_of(link))
    return {parent.pk: contributed_value(parent, found[parent.pk]) for parent in parents}


def contributed_value(
    parent: KeyResult, contributions: Sequence[scoring.Contribution]
) -> scoring.ContributedValue:
    """The sum or the weighted mean of contributions, in the parent's unit."""
    unit = unit_of(parent.metric.unit)
    if parent.contribution_mode == ContributionMode.MEAN:
        return scoring.mean_contribution(contributions, unit)
    return scoring.sum_contributions(parent.baseline or Decimal(0), contributions, unit)


def contribution_of(link: Contribution) -> scoring.Contribution:
    child = link.child
    return scoring.Contribution(
        id=link.pk,
        baseline=child.baseline or Decimal(0),
        current=child.current_value,
        committed=link.amount or Decimal(0),
        unit=unit_of(child.metric.unit),
        weight=link.weight,
    )
