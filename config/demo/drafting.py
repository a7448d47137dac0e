"""What was put off, a draft that needs a second look, and a limit that was set aside."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.access import access_of
from config.demo.book import Book
from config.demo.clock import clock_at
from config.demo.setting import lead_of, moment
from okrs.actions.key_results import create_key_result
from okrs.actions.objectives import create_objective, move_objective
from okrs.choices import LimitRule, ObjectiveState, Shape
from okrs.limits import check_key_results
from okrs.models import Cycle, LimitOverride, Objective
from okrs.queries.limits import number_of_key_results

FACILITATOR = "Tobias Lindqvist"
# Product, objective, its key result with baseline, target and unit, and why it waits.
PUT_OFF = (
    (
        "Payments",
        "Shops pay their suppliers from the same balance",
        ("Suppliers paid from a shop's balance a month", "0", "1200", "items"),
        "Acquiring is fully taken until the new contracts stand.",
    ),
    (
        "Shipping",
        "A parcel abroad is as easy as one next door",
        ("Parcels abroad without a question at customs", "71", "90", "percent"),
        "Two carriers change their labels in spring; we would do it twice.",
    ),
)
# The goal whose key results are more than the limit, and why that was accepted.
CROWDED = "Products build on us without asking"
SET_ASIDE = (
    "Two of the six end with the certificate work in week five. The team asked to see all of them"
    " in one place until then."
)


def put_off(book: Book, cycle: Cycle) -> None:
    """Proposed before the quarter, and deferred with a reason when it was negotiated."""
    for product, title, result, reason in PUT_OFF:
        began = moment(book, cycle.starts_on - timedelta(days=18))
        with clock_at(began):
            objective = write(book, cycle, product, title)
            add_result(book, objective, result)
            move_objective(book.admin, objective, to=ObjectiveState.PROPOSED)
        with clock_at(began + timedelta(days=9)):
            facilitator = access_of(book.members[FACILITATOR])
            move_objective(facilitator, objective, to=ObjectiveState.DEFERRED, reason=reason)


def begin_a_draft(book: Book, cycle: Cycle) -> None:
    """A first attempt for the next quarter: too vague, and half of it is work."""
    with clock_at(book.now - timedelta(days=2)):
        objective = write(book, cycle, "Returns", "Improve the customer experience")
        create_key_result(
            book.admin,
            objective,
            title="Launch the new returns portal",
            unit=book.measures["items"],
            owner=objective.owner,
            shape=Shape.YES_NO,
        )
        wait = ("Days from the parcel to the refund", "9", "4", "days")
        add_result(book, objective, wait)


def set_a_limit_aside(book: Book) -> None:
    """The commitment of a goal with six key results, accepted by who steers everything."""
    objective = book.objectives[CROWDED]
    count = number_of_key_results(objective)
    for finding in check_key_results(objective.title, count):
        LimitOverride.objects.create(
            objective=objective,
            rule=LimitRule.KEY_RESULTS,
            count=finding.count,
            at_most=finding.allowed.most,
            finding=finding.reason,
            reason=SET_ASIDE,
            actor=book.members[FACILITATOR],
            at=committed_on(book, objective),
        )


def committed_on(book: Book, objective: Objective) -> datetime:
    return moment(book, objective.cycle.starts_on - timedelta(days=4))


def write(book: Book, cycle: Cycle, product: str, title: str) -> Objective:
    unit = book.products[product]
    return create_objective(
        book.admin,
        title=title,
        tier=book.tiers["product"],
        cycle=cycle,
        product=unit,
        owner=lead_of(book, unit),
    )


def add_result(book: Book, objective: Objective, result: tuple[str, str, str, str]) -> None:
    title, baseline, target, unit = result
    numbers: dict[str, Any] = {"baseline": Decimal(baseline), "target": Decimal(target)}
    create_key_result(
        book.admin,
        objective,
        title=title,
        unit=book.measures[unit],
        owner=objective.owner,
        **numbers,
    )
