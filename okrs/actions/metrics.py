"""A value of a metric is news for every key result that reads it."""

from collections.abc import Collection
from uuid import UUID

from okrs.actions.recompute import recompute
from okrs.models import KeyResult


def recompute_readers(metric_ids: Collection[UUID]) -> None:
    """Called by the map, in the transaction that recorded or withdrew a value."""
    readers = KeyResult.objects.filter(metric_id__in=metric_ids).values_list("id", flat=True)
    recompute(list(readers), cause="value")
