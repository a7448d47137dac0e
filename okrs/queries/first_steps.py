"""What a new organisation still has to set up before its goals can be followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, QuerySet

from accounts.access import Access
from accounts.models import Member, Organization
from accounts.permissions import Permission
from okrs.choices import KeyResultSource
from okrs.models import Cycle, KeyResult, Objective
from portfolio.models import Portfolio, Product

# Later, a step that was left out was left out on purpose.
NEW_FOR = timedelta(days=30)
P = Permission


@dataclass(frozen=True)
class Step:
    """`page` opens the form or list where it is done."""

    title: str
    why: str
    page: str
    permission: Permission
    is_done: bool


def first_steps(access: Access, now: datetime) -> Sequence[Step]:
    """The steps in their order; none for who may not take the first, once all are done, or later.

    One query while the organisation is new.
    """
    is_new = now - access.organization.created_at < NEW_FOR
    if not is_new or not access.allows(P.CYCLE_MANAGE):
        return ()
    steps = [step for step in all_steps(access) if access.allows(step.permission)]
    return () if all(step.is_done for step in steps) else steps


def all_steps(access: Access) -> Sequence[Step]:
    has_cycle, has_portfolio, has_product, has_objective, has_others, has_synced = are_there(
        access,
        Cycle.objects.all(),
        Portfolio.objects.all(),
        Product.objects.all(),
        Objective.objects.all(),
        Member.objects.exclude(pk=access.member.pk),
        KeyResult.objects.filter(source=KeyResultSource.SYNCED),
    )
    return (
        Step(
            "Set the first cycle",
            "Goals belong to a cycle, usually a quarter.",
            "okrs:create-cycle",
            P.CYCLE_MANAGE,
            has_cycle,
        ),
        Step(
            "Add a portfolio",
            "Products that are steered together, with a few themes.",
            "portfolio:portfolio-create",
            P.MAP_MANAGE,
            has_portfolio,
        ),
        Step(
            "Add a product",
            "Goals, teams and money hang on products.",
            "portfolio:product-create",
            P.MAP_WRITE,
            has_product,
        ),
        Step(
            "Write an objective",
            "Where you want to be, and the key results that tell whether you are there.",
            "okrs:create-objective",
            P.OKR_WRITE,
            has_objective,
        ),
        Step(
            "Invite people",
            "They get an e-mail and join with the role that you choose.",
            "accounts:invite",
            P.MEMBER_MANAGE,
            has_others,
        ),
        Step(
            "Feed a key result from Jira or Linear",
            "Its score then moves by itself as work is finished.",
            "integrations:connections",
            P.CONNECTION_MANAGE,
            has_synced,
        ),
    )


def are_there(access: Access, *rows: QuerySet[Any]) -> tuple[bool, ...]:
    """Whether there are any, of each."""
    own = Organization.objects.filter(pk=access.organization.pk)
    found: tuple[bool, ...] = own.values_list(*map(Exists, rows)).get()
    return found
