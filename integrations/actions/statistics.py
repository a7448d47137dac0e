"""What the database's planner is told of items that a sync stored.

It knows nothing of a source that was just filled until autovacuum comes by, and a table with many
organisations may not be due for a long time. Until then it takes a full source for a single row,
and compares each of its items with all of the organisation's.
"""

from django.db import connection as database
from django.db import transaction

# Items in a source before the planner is told, and how many times more before it is again.
FIRST_TOLD_AT = 1000
TOLD_EVERY = 4


def is_news(before: int, after: int) -> bool:
    """Whether a source that held `before` items and now `after` grew out of what the planner knows.

    True at the first page past 1,000, 4,000, 16,000 items and so on.
    """
    mark = FIRST_TOLD_AT
    while mark <= before:
        mark *= TOLD_EVERY
    return mark <= after


@transaction.atomic
def tell_planner() -> None:
    """Take statistics of the stored items; skipped where somebody else is at it.

    Its lock is kept to the end of the outermost transaction. Runs have none around it; the loader
    of the demo, which stores a whole organisation or nothing, works on what nobody else sees.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT integrations_take_statistics()")
