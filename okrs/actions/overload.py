"""Asking a team is free; promising its people is held to what it can do."""

from collections.abc import Collection
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts.access import Access
from okrs.actions.recompute import lock_scores
from okrs.models import Cycle
from okrs.queries.team_loads import promised_loads
from okrs.wording import overload_in_words


def refuse_overload(
    access: Access, cycle: Cycle, promises: Collection[UUID], *, field: str
) -> None:
    """Raise when a team would have promised more than it can do in a month, naming who competes.

    `promises` are the rows that are to stand: teams of a commitment, or a dependency.
    """
    lock_scores()
    for load in promised_loads(access, cycle, promises):
        ours = [month for month in load.months if any(pk in promises for pk, _ in month.asks)]
        over = [month for month in ours if month.over]
        if over:
            worst = max(over, key=lambda month: month.over)
            named = [(load.asks[pk].title, weeks) for pk, weeks in worst.asks if pk in load.asks]
            words = overload_in_words(load.team.name, worst, named)
            raise ValidationError({field: words}, code="overload")
