"""What planning and reviewing add to home, to the pages of goals and of the map."""

from collections.abc import Mapping
from typing import cast

from django.http import HttpRequest
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission
from lib.panels import Panel, register
from okrs.actions.rights import may_decide_on, may_on_objective
from okrs.models import Objective
from portfolio.models import Portfolio, Product, Team
from reviews.actions.counters import NEGOTIABLE
from reviews.queries.counters import latest_counter
from reviews.queries.reviews import own_follow_ups, reviews_of_unit

SHOWN = 4


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


def follow_ups_of(request: HttpRequest, _home: object) -> Mapping[str, object] | None:
    """What the member took on in reviews and has not done yet."""
    found = own_follow_ups(cast("MemberRequest", request).access)
    return {"rows": found, "today": timezone.localdate()} if found else None


def reviews_of(
    request: HttpRequest, unit: Portfolio | Product | Team
) -> Mapping[str, object] | None:
    """The latest reviews of a unit, and the way to plan one for those who may."""
    access = cast("MemberRequest", request).access
    found = reviews_of_unit(access, unit.pk, SHOWN)
    may_plan = unit.archived_at is None and access.allows_on(Permission.OKR_DECIDE, [unit.pk])
    if not found and not may_plan:
        return None
    return {"rows": found, "unit": unit, "may_plan": may_plan, "today": timezone.localdate()}


def register_panels() -> None:
    register(
        "okrs.home",
        Panel(
            name="follow-ups",
            title="Your follow-ups",
            template="reviews/panel_follow_ups.html",
            load=follow_ups_of,
            order=10,
        ),
    )
    for page in ("portfolio.portfolio", "portfolio.product", "portfolio.team"):
        register(
            page,
            Panel(
                name="reviews",
                title="Reviews",
                template="reviews/panel_reviews.html",
                load=reviews_of,
                order=30,
            ),
        )
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
