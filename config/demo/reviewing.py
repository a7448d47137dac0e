"""The review of Commerce at the end of its last quarter, the one of this week, and updates."""

from datetime import timedelta

from config.demo.book import Book
from config.demo.clock import clock_at
from config.demo.governing import day_in, speaking
from governance.choices import DecisionKind
from okrs.models import Cycle
from reviews.actions import meetings, reviews, updates
from reviews.choices import ReviewAgenda
from reviews.models import AgendaItem, Review

PORTFOLIO, LEAD, FACILITATOR = "Commerce", "Ines Carvalho", "Tobias Lindqvist"
# By the place of the point on the agenda.
NOTES = {
    2: "Days to the first sale came down from 12.5 to less than ten. Good enough to aim for four."
    " Repeat customers did not move at all: shops do not know what to offer them.",
    3: "Events from the warehouse came three weeks after they were needed. Nobody had asked"
    " earlier than the week before.",
    4: "Platform was asked for by three products in the same month, and we noticed in that month.",
    5: "The strategy holds. Two channels is where shops pay more; regulars are still a bet.",
    6: "Ask for what we need when we plan, with a day. Fewer goals, finished.",
}
SUMMARY = (
    "Shops sell sooner and on more channels than a quarter ago, and both goals go on. Regulars did"
    " not come off: we keep the goal for one more quarter and decide then. What cost us most was"
    " waiting for each other, so needs get a day when they are planned."
)
DECISIONS = (
    {
        "title": "Regulars get one more quarter",
        "kind": DecisionKind.STRATEGY,
        "context": "Paying shops grew slowly, and repeat purchases stood still.",
        "outcome": "Loyalty keeps its people until the end of the next quarter. Without 150 paying"
        " shops by then they move to the store.",
        "consequences": "The store gets its second team a quarter later.",
    },
    {
        "title": "No promise without a day",
        "kind": DecisionKind.SCOPE,
        "context": "Three of the late promises had never been given a day.",
        "outcome": "A need that has no day when the plan is published counts as not met.",
        "consequences": "Planning takes a week longer.",
    },
)
# What, who, days from today until it is due, and whether it is done.
FOLLOW_UPS = (
    ("Ask ten shops why they do not invite regulars", "Nadia Petrova", -20, True),
    ("Agree with Platform who comes first in which month", "Ines Carvalho", -4, False),
    ("Show the next review what a second channel earns a shop", "Priya Raman", 5, False),
)
NEXT_POINTS = (
    ("The peak weeks: who is on call", "Bring the list of last year."),
    ("What the rest of the board wants to hear", ""),
)

PRODUCT, WRITER, TOLD_BEFORE = "Halden Store", "Priya Raman", timedelta(days=6)
UPDATE = (
    "Delivery days now show before the basket, for half of the visitors. The first two weekends"
    " look good: four points more of them finish.\n\n"
    "What holds us up: the fees of two carriers still come by mail, so part of the days are"
    " guesses. Shipping has promised them for next week.\n\n"
    "Next: the same for all visitors, unless the third weekend says otherwise."
)


def hold_review(book: Book, cycle: Cycle) -> None:
    """The review of a quarter that was just closed, from its first word to its last."""
    lead = speaking(book, LEAD)
    review = reviews.plan_review(
        lead,
        portfolio=book.portfolios[PORTFOLIO],
        cycle=cycle,
        agenda=ReviewAgenda.QUARTERLY,
        held_on=cycle.ends_on + timedelta(days=6),
        facilitator=book.members[FACILITATOR],
    )
    reviews.start_review(lead, review, expected_version=None)
    take_notes(book, review)
    for decision in DECISIONS:
        meetings.decide_in_review(lead, review, **decision)
    given = [
        meetings.add_follow_up(
            lead, review, text=text, owner=book.members[who], due_on=day_in(book, days)
        )
        for text, who, days, _ in FOLLOW_UPS
    ]
    review = reviews.edit_review(lead, review, expected_version=None, summary=SUMMARY)
    reviews.close_review(lead, review, expected_version=None)
    for follow_up, (_, who, days, is_done) in zip(given, FOLLOW_UPS, strict=True):
        if is_done:
            with clock_at(book.now + timedelta(days=days - 1)):
                meetings.finish_follow_up(speaking(book, who), follow_up, expected_version=None)


def take_notes(book: Book, review: Review) -> None:
    facilitator = speaking(book, FACILITATOR)
    for item in AgendaItem.objects.filter(review=review).select_related("review"):
        note = NOTES.get(item.position, "")
        meetings.edit_item(facilitator, item, expected_version=None, note=note, is_done=True)


def plan_review(book: Book, cycle: Cycle) -> None:
    """The review of this week, with two points that people have put on its agenda."""
    lead = speaking(book, LEAD)
    review = reviews.plan_review(
        lead,
        portfolio=book.portfolios[PORTFOLIO],
        cycle=cycle,
        agenda=ReviewAgenda.PORTFOLIO,
        held_on=day_in(book, 2),
        facilitator=book.members[FACILITATOR],
    )
    for title, note in NEXT_POINTS:
        meetings.add_item(lead, review, title=title, note=note)


def write_updates(book: Book) -> None:
    """What a product told its readers last week, and the draft of this week's."""
    writer = speaking(book, WRITER)
    with clock_at(book.now - TOLD_BEFORE):
        told = updates.draft_update(writer, product=book.products[PRODUCT], text=UPDATE)
        updates.send_update(writer, told, expected_version=None)
    updates.draft_update(writer, product=book.products[PRODUCT])
