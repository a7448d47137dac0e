"""A value of a metric is news for every key result that reads it."""

from collections.abc import Collection
from uuid import UUID

from okrs.actions.recompute import recompute
from okrs.queries.readers import readers_of


def recompute_readers(metric_ids: Collection[UUID]) -> None:
    """Called by the map, in the transaction that recorded or withdrew a value."""
    recompute(readers_of(metric_ids), cause="value")
