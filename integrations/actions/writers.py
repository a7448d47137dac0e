"""A metric has one source that writes its values by itself: linked work, a pull or scripts."""

from collections.abc import Iterator
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from integrations.models import Link, Pull, PushAddress
from okrs.actions.feeds import Feed
from okrs.choices import CycleState
from portfolio.models import Metric


def lock_metric(metric_id: UUID) -> None:
    """Whoever else is about to write it by itself waits, and is then judged by what stands."""
    Metric.objects.select_for_update(no_key=True).get(pk=metric_id)


def moving_links(metric_id: UUID) -> QuerySet[Link]:
    """Links that move a metric; those of closed cycles do no more."""
    links = Link.objects.filter(key_result__metric=metric_id, archived_at=None)
    return links.exclude(key_result__objective__cycle__state=CycleState.CLOSED)


def feeds(metric_id: UUID) -> Iterator[Feed]:
    """What writes values of a metric by itself, for the pages and rules of key results."""
    for link in moving_links(metric_id).select_related("source").order_by("id"):
        yield Feed(link.source.name, link.key_result_id)
    for pull in Pull.objects.filter(metric=metric_id, archived_at=None):
        yield Feed(pull.name)


def refuse_linked(metric: Metric) -> None:
    """Refuse what would write beside linked work."""
    lock_metric(metric.pk)
    if moving_links(metric.pk).exists():
        raise ValidationError({"metric": "Linked work moves this metric already."})


def refuse_second_writer(link: Link) -> None:
    """Refuse a link whose key result reads a metric that something else writes by itself."""
    if link.key_result is None:
        return
    metric = link.key_result.metric_id
    others = moving_links(metric).exclude(key_result=link.key_result)
    other = others.select_related("source", "key_result__objective__cycle").first()
    if other is not None and other.key_result is not None:
        cycle = other.key_result.objective.cycle
        raise ValidationError(
            {
                "key_result": f"It shares its metric with another key result in {cycle}, which"
                f" work of {other.source.name} moves. Unlink that first, or close the cycle."
            }
        )
    pull = Pull.objects.filter(metric=metric, archived_at=None).first()
    if pull is not None:
        message = f"The figures of its metric are pulled already, by {pull.name}."
        raise ValidationError({"key_result": message})
    pushed = PushAddress.objects.filter(metric=metric, closed_at=None).first()
    if pushed is not None:
        message = f"{pushed.name} pushes the figures of its metric. Close its address first."
        raise ValidationError({"key_result": message})
