"""What planning adds to the pages of goals."""

from collections.abc import Mapping
from typing import cast

from django.http import HttpRequest

from accounts.permissions import MemberRequest, Permission
from lib.panels import Panel, register
from okrs.actions.rights import may_decide_on, may_on_objective
from okrs.models import Objective
from reviews.actions.counters import NEGOTIABLE
from reviews.queries.counters import latest_counter


def counter_of(request: HttpRequest, objective: Objective) -> Mapping[str, object] | None:
    """The latest counter-proposal, and the way to make one where it is time for it."""
    access = cast("MemberRequest", request).access
    latest = latest_counter(objective)
    may_counter = objective.state in NEGOTIABLE and may_decide_on(access, objective)
    if latest is None and not may_counter:
        return None
    is_open = latest is not None and latest.counter.is_open
    return {
        "objective": objective,
        "latest": latest,
        "may_counter": may_counter,
        "may_answer": is_open and may_on_objective(access, Permission.OKR_WRITE, objective),
        "may_withdraw": is_open and may_decide_on(access, objective),
    }


def register_panels() -> None:
    register(
        "okrs.objective",
        Panel(
            name="counter",
            title="Counter-proposal",
            template="reviews/panel_counter.html",
            load=counter_of,
            order=10,
        ),
    )
