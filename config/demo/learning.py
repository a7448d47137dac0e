"""What the last closed quarter taught, and what was put right about it afterwards."""

from decimal import Decimal

from config.demo.book import Book
from okrs.actions.closing import correct_key_result
from okrs.actions.learning import look_back_on_objective, look_back_on_portfolio
from okrs.choices import ObjectiveState, Outcome
from okrs.models import Cycle, KeyResult, Objective

CORRECTED = Decimal("0.70")
KEPT = {
    "drivers": "The team stayed together for the whole quarter and measured from the first week.",
    "keep": "One number a week, said aloud, with what moved it.",
    "outcome": Outcome.DONE,
}
MISSED = {
    "drivers": "Half of the work waited for another team until the middle of the quarter.",
    "change": "Ask for what we need before the quarter starts, and plan without it until it is "
    "promised.",
    "outcome": Outcome.CARRY_OVER,
}
PORTFOLIO = {
    "drivers": "Where two products shared a goal, both finished; where one waited, neither did.",
    "keep": "The review every other week, with the numbers sent the day before.",
    "change": "Fewer objectives a product: three were finished where five were begun.",
}


def look_back(book: Book, cycle: Cycle) -> None:
    """On the best and the weakest objective of a product, and on the portfolio of the weakest."""
    rows = Objective.objects.filter(
        cycle=cycle, product__isnull=False, state=ObjectiveState.CLOSED, score__isnull=False
    ).order_by("score", "title")
    weakest, best = rows[0], rows.reverse()[0]
    look_back_on_objective(book.admin, weakest, **MISSED)
    look_back_on_objective(book.admin, best, **KEPT)
    portfolio = Objective.objects.filter(cycle=cycle, portfolio__isnull=False).earliest("title")
    assert portfolio.portfolio is not None  # noqa: S101 (as filtered)
    look_back_on_portfolio(book.admin, portfolio.portfolio, cycle, **PORTFOLIO)


def correct(book: Book, cycle: Cycle) -> None:
    """The weakest key result was a little better than it looked at the close."""
    rows = KeyResult.objects.filter(
        objective__cycle=cycle, objective__product__isnull=False, score__isnull=False
    )
    weakest = rows.select_related("objective__cycle").order_by("score", "title")[0]
    correct_key_result(
        book.admin,
        weakest,
        final_score=CORRECTED,
        reason="Late readings of the last month came in after the close and put it at 0.7.",
    )
