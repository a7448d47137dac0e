"""What several links of one goal count more than once."""

from django.db.models import Q

from integrations.models import Link
from integrations.ports import Category
from integrations.queries.counted import counted_items

# More links of one goal are not looked at.
MOST_LINKS = 20


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
        counted_elsewhere |= Q(pk__in=counted_items(other).values("pk"))
    if not counted_elsewhere:
        return 0
    counted = counted_items(link).filter(counted_elsewhere, is_leaf=True)
    return counted.exclude(category=Category.LEFT_OUT).count()
