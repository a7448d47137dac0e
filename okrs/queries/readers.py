"""Which key results read a metric's values."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from okrs.models import KeyResult


def readers_of(metric_ids: Collection[UUID]) -> set[UUID]:
    """Ids of all that read any of the metrics, also archived ones and those of closed cycles."""
    readers = KeyResult.objects.filter(metric_id__in=list(metric_ids))
    return set(readers.values_list("pk", flat=True))


def readers_beside(key_result: KeyResult) -> QuerySet[KeyResult]:
    """Others that read its metric, in cycles that share a day with its own."""
    cycle = key_result.objective.cycle
    return KeyResult.objects.filter(
        metric=key_result.metric_id,
        objective__cycle__starts_on__lte=cycle.ends_on,
        objective__cycle__ends_on__gte=cycle.starts_on,
    ).exclude(pk=key_result.pk)
