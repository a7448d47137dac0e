"""What brings the values of key results by itself, told by the apps above that do it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError

from okrs.choices import KeyResultSource, Shape
from okrs.models import KeyResult
from okrs.queries.readers import readers_beside


@dataclass(frozen=True)
class Feed:
    """Something that writes values of a metric by itself.

    `key_result` is the one that it counts for; None where it delivers the metric's own figures.
    """

    name: str
    key_result: UUID | None = None


ReadFeeds = Callable[[UUID], Iterable[Feed]]
_readers: list[ReadFeeds] = []


def register_feeds(read: ReadFeeds) -> None:
    """Let an app above tell what writes the values of a metric."""
    if read not in _readers:
        _readers.append(read)


def feeds_of(metric_id: UUID) -> Iterator[Feed]:
    return (feed for read in _readers for feed in read(metric_id))


def own_feed(key_result: KeyResult) -> Feed | None:
    """Of the work that is linked to the key result, the first."""
    feeds = feeds_of(key_result.metric_id)
    return next((feed for feed in feeds if feed.key_result == key_result.pk), None)


def is_delivered(metric_id: UUID) -> bool:
    """Whether something delivers figures of the metric for whatever reads it."""
    return any(feed.key_result is None for feed in feeds_of(metric_id))


def refuse_moved_metric(key_result: KeyResult) -> None:
    """Refuse a series that work moves for another key result in the same days.

    What is said of one would be overwritten by what is counted for the other.
    """
    feeds = {feed.key_result: feed for feed in feeds_of(key_result.metric_id) if feed.key_result}
    moved = readers_beside(key_result).filter(pk__in=feeds).first()
    if moved is not None:
        message = f"Work of {feeds[moved.pk].name} moves this metric for another key result."
        raise ValidationError({"metric": f"{message} Choose another one, or a series of its own."})


def check_source(key_result: KeyResult) -> None:
    """A key result is synced while work is linked to it, or its metric's figures are delivered."""
    feed = own_feed(key_result)
    if key_result.source == KeyResultSource.SYNCED:
        if feed is None and not is_delivered(key_result.metric_id):
            raise ValidationError({"source": "It becomes synced when work is linked to it."})
    elif feed is not None:
        raise ValidationError({"source": f"Work of {feed.name} moves it. Unlink that first."})


def check_shape(key_result: KeyResult) -> None:
    """The share of milestones follows from what people tick, and not from work."""
    if key_result.shape == Shape.MILESTONES and (feed := own_feed(key_result)):
        raise ValidationError({"shape": f"Work of {feed.name} moves it. Unlink that first."})


def refuse_listing(key_result: KeyResult) -> None:
    """What work counts is not listed by hand beside it."""
    if feed := own_feed(key_result):
        raise ValidationError(f"Work of {feed.name} is counted here. Unlink that first.")
