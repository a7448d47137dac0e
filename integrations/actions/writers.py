"""A metric has one source that writes its values by itself: linked work, a pull or scripts."""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.core.exceptions import ValidationError

from integrations.models import Link, Pull, PushAddress
from integrations.queries.links import moving_links
from okrs.actions.feeds import Feed
from okrs.choices import CycleState
from okrs.models import KeyResult
from okrs.queries.readers import readers_beside
from portfolio.models import Metric


def lock_metrics(metric_ids: Collection[UUID]) -> None:
    """Whoever else is about to write them by itself waits, and is then judged by what stands."""
    rows = Metric.objects.select_for_update(no_key=True).filter(pk__in=list(metric_ids))
    list(rows.order_by("pk"))


def feeds(metric_id: UUID) -> Iterator[Feed]:
    """What writes values of a metric by itself, for the pages and rules of key results."""
    for link in moving_links([metric_id]).select_related("source"):
        yield Feed(link.source.name, link.key_result_id)
    for pull in Pull.objects.filter(metric=metric_id, archived_at=None):
        yield Feed(pull.name)


def refusals_of(metrics: Collection[Metric]) -> dict[UUID, str]:
    """Why nothing is written beside linked work, by metric, of those that some moves; one query."""
    links = moving_links([metric.pk for metric in metrics])
    names = links.values_list("key_result__metric", "source__name")
    movers = dict(reversed(list(names)))
    return {
        it.pk: f"Work of {movers[it.pk]} moves {it.name}. Unlink that first."
        for it in metrics
        if it.pk in movers
    }


def refusal_of(metric: Metric) -> str:
    """As `refusals_of`, of one metric; empty where no work moves it."""
    return refusals_of([metric]).get(metric.pk, "")


def refuse_linked(metric: Metric) -> None:
    """Refuse what would write beside linked work."""
    lock_metrics([metric.pk])
    if refusal := refusal_of(metric):
        raise ValidationError({"metric": refusal})


def refuse_second_writer(link: Link) -> None:
    """Refuse a link whose key result reads a metric that something else writes, or people do."""
    if link.key_result is None:
        return
    refuse_set_by_hand(link.key_result)
    metric = link.key_result.metric_id
    others = moving_links([metric]).exclude(key_result=link.key_result)
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


def refuse_set_by_hand(key_result: KeyResult) -> None:
    """Refuse work for a metric that people move for another key result in the same days.

    What they say of that one would be overwritten by what is counted for this one.
    """
    others = readers_beside(key_result).filter(archived_at=None, objective__archived_at=None)
    still_open = others.exclude(objective__cycle__state=CycleState.CLOSED).order_by("id")
    for other in still_open.select_related("objective__cycle"):
        if other.takes_value:
            message = (
                f"It shares its metric with another key result in {other.objective.cycle}, whose"
                " value is said by people. Give one of the two a series of its own first."
            )
            raise ValidationError({"key_result": message})
