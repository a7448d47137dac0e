"""Counter-proposals with their terms."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.access import Access
from okrs.models import Objective
from okrs.queries.objectives import visible_objectives
from reviews.choices import CounterState
from reviews.models import CounteredTerm, CounterProposal


@dataclass(frozen=True)
class CounterView:
    """The latest counter-proposal of an objective."""

    counter: CounterProposal
    terms: Sequence[CounteredTerm]


def visible_counters(access: Access) -> QuerySet[CounterProposal]:
    """Counter-proposals to objectives that the member may see."""
    return CounterProposal.objects.filter(objective__in=visible_objectives(access)).select_related(
        "objective__cycle", "objective__organization", "made_by", "answered_by"
    )


def latest_counter(objective: Objective) -> CounterView | None:
    """The open counter-proposal, or the one answered last; None when there was none."""
    rows = CounterProposal.objects.filter(objective=objective)
    latest = rows.select_related("made_by", "answered_by").order_by("-pk").first()
    if latest is None or latest.state == CounterState.WITHDRAWN:
        return None
    return CounterView(latest, list(latest.terms.select_related("key_result")))
