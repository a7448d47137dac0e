"""From synced items to observations, and from observations to values of key results."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.tenancy import current_organization_id
from integrations.actions.rules import item_of, rules_of_link
from integrations.choices import SourceState
from integrations.models import Link, Observation, SyncedItem, SyncRun
from integrations.ports import Category
from integrations.providers.counting import classify, is_leaf
from okrs import scoring
from okrs.actions.initiatives import note_progress
from okrs.actions.key_results import note_evidence
from okrs.actions.recompute import recompute
from okrs.choices import CycleState
from portfolio.actions import NewValue, record_values
from portfolio.choices import Dimension, ValueSource
from portfolio.queries import latest_values

TEN_PLACES = Decimal("1E-10")
# Items of the source, narrowed to a label and to what lies below a parent at any depth.
COUNTED = """
WITH RECURSIVE below AS (
    SELECT i.remote_id, i.key FROM integrations_synceditem i
    WHERE i.organization_id = %(org)s AND i.connection_id = %(connection)s
      AND (i.parent_remote_id = %(parent)s OR i.parent_key = %(parent_key)s)
    UNION
    SELECT i.remote_id, i.key FROM below b JOIN integrations_synceditem i
      ON i.organization_id = %(org)s AND i.connection_id = %(connection)s
     AND (i.parent_remote_id = b.remote_id OR i.parent_key = b.key)
)
SELECT i.id FROM integrations_sourceitem m
JOIN integrations_synceditem i ON i.organization_id = %(org)s AND i.id = m.item_id
WHERE m.organization_id = %(org)s AND m.source_id = %(source)s AND i.gone_at IS NULL
  AND (%(label)s = '' OR %(label)s = ANY(i.labels))
  AND (%(parent)s = '' OR i.remote_id IN (SELECT remote_id FROM below))
"""
MEASURED = f"""
SELECT count(*) FILTER (WHERE category = 'done'),
       count(*) FILTER (WHERE category <> 'left_out'),
       count(*) FILTER (WHERE category = 'left_out'),
       count(*) FILTER (WHERE category <> 'left_out' AND points IS NULL),
       coalesce(sum(points) FILTER (WHERE category = 'done'), 0),
       coalesce(sum(points) FILTER (WHERE category <> 'left_out'), 0),
       coalesce(sum((facts -> 'numbers' ->> %(field)s)::numeric)
                FILTER (WHERE category = 'done'), 0)
FROM integrations_synceditem
WHERE organization_id = %(org)s AND is_leaf AND id IN ({COUNTED})
"""  # noqa: S608 (made of constants)


@transaction.atomic
def observe_links(run: SyncRun, links: Collection[Link]) -> None:
    """Measure links whose sources were read completely, and move what they feed."""
    now = timezone.now()
    for link in links:
        store_observation(run, link, measure(link), now)
    initiatives = {link.initiative_id for link in links if link.initiative_id}
    move_initiatives(initiatives)
    key_results = {link.key_result_id for link in links if link.key_result_id}
    run.values_written += move_key_results(key_results, now)


def store_observation(run: SyncRun, link: Link, measured: dict[str, Any], now: datetime) -> None:
    """Append an observation if it says something new; note that we looked."""
    last = link.observations.first()
    if last is None or any(getattr(last, name) != value for name, value in measured.items()):
        Observation.objects.create(link=link, run=run, **measured)
    Link.objects.filter(pk=link.pk).update(observed_at=now)


def measure(link: Link) -> dict[str, Any]:
    """What a link amounts to now: done and total in its measure, and the items behind them."""
    counts = counted_by_own_rules(link) if link.rules else counted_by_database(link)
    done, total, left_out, unestimated, points_done, points_total, summed = counts
    amounts = {
        scoring.Measure.SHARE_OF_ITEMS: (Decimal(done), Decimal(total)),
        scoring.Measure.SHARE_OF_POINTS: (points_done, points_total),
        scoring.Measure.COUNT: (Decimal(done), None),
        scoring.Measure.SUM_OF_FIELD: (summed, None),
    }
    amount, whole = amounts[scoring.Measure(link.measure)]
    return {
        "done": amount,
        "total": whole,
        "items_done": done,
        "items_total": total,
        "left_out": left_out,
        "unestimated": unestimated,
    }


def parameters_of(link: Link) -> dict[str, Any]:
    source = link.source
    parent = link.parent_remote_id
    parent_key = (
        SyncedItem.objects.filter(connection_id=source.connection_id, remote_id=parent)
        .values_list("key", flat=True)
        .first()
        if parent
        else None
    )
    return {
        "org": current_organization_id(),
        "source": source.pk,
        "connection": source.connection_id,
        "label": link.label,
        "parent": parent,
        # A key that no item has, so that items without a parent are not taken for children.
        "parent_key": parent_key or "\x01",
        "field": link.field,
    }


def counted_by_database(link: Link) -> tuple[Any, ...]:
    with database.cursor() as cursor:
        cursor.execute(MEASURED, parameters_of(link))
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def counted_by_own_rules(link: Link) -> tuple[Any, ...]:
    """As `counted_by_database`, with the link's own rules applied to the stored facts."""
    rules = rules_of_link(link)
    with database.cursor() as cursor:
        cursor.execute(COUNTED, parameters_of(link))
        ids = [row[0] for row in cursor.fetchall()]
    facts = SyncedItem.objects.filter(pk__in=ids).values_list("facts", flat=True)
    counted = [
        (item, category)
        for item in map(item_of, facts)
        if is_leaf(item, rules) and (category := classify(item, rules))
    ]
    standing = [(item, c) for item, c in counted if c is not Category.LEFT_OUT]
    done = [item for item, c in standing if c is Category.DONE]
    zero = Decimal(0)
    return (
        len(done),
        len(standing),
        len(counted) - len(standing),
        sum(item.points is None for item, _ in standing),
        sum((item.points for item in done if item.points is not None), zero),
        sum((item.points for item, _ in standing if item.points is not None), zero),
        sum((item.numbers.get(link.field, zero) for item in done), zero),
    )


def move_key_results(ids: Collection[UUID], now: datetime) -> int:
    """Log the values of linked key results where they changed; the number of values written.

    All links of a key result count, also those of other connections. A link that was never
    observed, or whose source is out of sight, freezes the value: nothing is written.
    """
    links = links_by_key_result(ids)
    rows, evidence = [], {}
    known = latest_values({all_[0].key_result.metric_id for all_ in links.values()})
    for key_result_id, of_one in links.items():
        key_result = of_one[0].key_result
        assert key_result is not None  # noqa: S101 (the query asked for key results)
        value = value_of(of_one, key_result.metric.unit.dimension)
        if value is None or any(not is_current(link) for link in of_one):
            continue
        evidence[key_result_id] = min(link.source.last_complete_at for link in of_one)
        last = known.get(key_result.metric_id)
        if last is None or last.value != value or last.source != ValueSource.SYNC:
            rows.append(NewValue(key_result.metric_id, value, now, ValueSource.SYNC))
    record_values(rows, announce=False)
    note_evidence(evidence)
    recompute(list(evidence), cause="sync", now=now)
    return len(rows)


def links_by_key_result(ids: Iterable[UUID]) -> dict[UUID, list[Link]]:
    links = (
        Link.objects.filter(key_result_id__in=list(ids), archived_at=None)
        .exclude(key_result__objective__cycle__state=CycleState.CLOSED)
        .select_related("source", "key_result__metric__unit")
    )
    found: dict[UUID, list[Link]] = {}
    for link in links:
        found.setdefault(link.key_result_id, []).append(link)  # type: ignore[arg-type]
    return found


def is_current(link: Link) -> bool:
    return link.source.state == SourceState.CURRENT and link.source.last_complete_at is not None


def value_of(links: list[Link], dimension: str) -> Decimal | None:
    """The links of a key result as one value of its metric, in percent where it counts so."""
    linked = scoring.combine_links([reading_of(link) for link in links])
    if linked.value is None:
        return None
    is_share = scoring.Measure(links[0].measure).is_share
    factor = 100 if is_share and dimension == Dimension.PERCENT else 1
    return (linked.value * factor).quantize(TEN_PLACES, ROUND_HALF_UP)


def reading_of(link: Link) -> scoring.LinkReading:
    """The last observation of a link, as the arithmetic takes it."""
    last = link.observations.first()
    return scoring.LinkReading(
        link=link.pk,
        measure=scoring.Measure(link.measure),
        amount=last.done if last else None,
        total=(last.total if last else None) or Decimal(0),
        items=last.items_total if last else 0,
        measured=last.items_total - last.unestimated if last else 0,
    )


def move_initiatives(ids: Collection[UUID]) -> None:
    """Items done and in all, over all links of each initiative."""
    progress: dict[UUID, tuple[int, int]] = {}
    for link in Link.objects.filter(initiative_id__in=ids, archived_at=None):
        last = link.observations.first()
        if last is not None and link.initiative_id is not None:
            done, total = progress.get(link.initiative_id, (0, 0))
            progress[link.initiative_id] = (done + last.items_done, total + last.items_total)
    note_progress(progress)
