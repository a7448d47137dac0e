"""What several links of one goal count more than once."""

from collections.abc import Sequence

from django.db import connection as database
from django.db.models import Q, QuerySet, TextField, Value

from integrations.models import Link, SyncedItem
from integrations.ports import Category
from integrations.queries.counted import counted_items

# More links of one goal are not looked at.
MOST_LINKS = 20
COUNTED_TWICE = """
SELECT count(*) FROM (
    SELECT FROM ({counted}) counted (sum_of, id) GROUP BY sum_of, id HAVING count(*) > 1
) twice
"""


def standing(link: Link) -> QuerySet[SyncedItem]:
    """The items that count for a link, by the rules of the connection."""
    return counted_items(link).filter(is_leaf=True).exclude(category=Category.LEFT_OUT)


def adds_up(link: Link) -> str:
    """The field by which it counts its items; sums of two fields are two things."""
    return "" if link.initiative_id else link.added_up


def shared_items(link: Link, *, besides: Link) -> int:
    """How many items a link counts that another live link of its goal counts as well.

    The link need not be stored; `besides` is what stands for it in the database. Items are judged
    by the rules of the connection. Two statements, and one for each link below a parent.
    """
    of_goal = Q(key_result=link.key_result) if link.key_result else Q(initiative=link.initiative)
    if link.key_result is None and link.initiative is None:
        return 0
    others = Link.objects.filter(
        of_goal, source__connection=link.source.connection, archived_at=None
    ).exclude(pk=besides.pk)
    counted_elsewhere = Q()
    for other in others.select_related("source").order_by("id")[:MOST_LINKS]:
        if adds_up(other) == adds_up(link):
            counted_elsewhere |= Q(pk__in=counted_items(other).values("pk"))
    return standing(link).filter(counted_elsewhere).count() if counted_elsewhere else 0


def counted_twice(links: Sequence[Link]) -> int:
    """How many items more than one of a goal's links counts.

    Items are judged as by `shared_items`. One statement for several links, and one for each link
    below a parent; none for one link.
    """
    if len(links) < 2:
        return 0
    first, *others = (
        standing(link)
        .annotate(sum_of=Value(adds_up(link), output_field=TextField()))
        .values_list("sum_of", "pk")
        for link in links[:MOST_LINKS]
    )
    counted, given = first.union(*others, all=True).query.sql_with_params()
    with database.cursor() as cursor:
        cursor.execute(COUNTED_TWICE.format(counted=counted), given)
        found: int = cursor.fetchone()[0]
        return found
