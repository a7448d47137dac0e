"""The round in which Commerce plans the next quarter, in the middle of its negotiation."""

from datetime import timedelta
from decimal import Decimal

from config.demo.book import Book
from config.demo.clock import clock_at
from config.demo.goals import ahead
from config.demo.setting import moment, set_goals
from okrs.choices import CommitmentState, DependencyState, LinkState
from okrs.models import Commitment, CommittedTeam, Contribution, Cycle, Dependency
from reviews.choices import ConstraintKind, RoundStep, TermField
from reviews.models import CounteredTerm, CounterProposal, PlanningRound, RoundConstraint, RoundMove

# Last day of each step, and the day on which the round went on to it, counted from today.
DAYS = {
    "themes_by": -19,
    "goals_by": -12,
    "proposals_by": -2,
    "negotiation_by": 8,
    "commitment_by": 16,
}
MOVES = (
    (RoundStep.THEMES, RoundStep.THEMES, -26, ""),
    (RoundStep.THEMES, RoundStep.GOALS, -19, "The three themes of the year stand."),
    (RoundStep.GOALS, RoundStep.PROPOSALS, -11, ""),
    (RoundStep.PROPOSALS, RoundStep.NEGOTIATION, -1, "Loyalty hands in its second goal later."),
)
NOTE = (
    "Two busy seasons taught us the same lesson: what stands still costs more than what is missing."
    " Propose fewer things, and say what you need from others by name."
)
HELD = (
    (ConstraintKind.PEOPLE, "No product gets people beyond what it has today.", "", None),
    (ConstraintKind.PEOPLE, "Platform keeps a fifth of its weeks for repairs.", "", Decimal(58)),
    (ConstraintKind.MUST_KEEP, "Card terminals of the first series stay supported.",
     "Point of Sale", None),
)  # fmt: skip
# Child, parent, amount in the unit above, and how far the two sides have come.
OFFERS = (
    ("Yearly revenue of tills that open an online shop",
     "Yearly revenue that a second channel adds", "380000", LinkState.AGREED),
    ("Yearly revenue of shops that sell in both places",
     "Yearly revenue that a second channel adds", "210000", LinkState.PROPOSED),
    ("Yearly revenue of shops that join a marketplace",
     "Yearly revenue that a second channel adds", "150000", LinkState.PROPOSED),
)  # fmt: skip
# What proposals would take: people-weeks by team, in the months of the quarter.
ASKS = (
    ("The checkout holds on the busiest day", {"Platform": 28, "Checkout": 30}),
    ("The till never stops, whatever the line does", {"Platform": 24, "Till": 44}),
    ("No order for a thing that is gone", {"Data": 12}),
    ("Customers come back to their shop within a month", {"Mobile": 18, "Campaigns": 20}),
)
BACKED = (
    (ahead.PEAK, {"Platform": 10}, "The theme editor waits until summer."),
    (ahead.CHANNELS, {"Storefront": 20}, "No new payment methods in this quarter."),
)
# Title, needer, the product that is asked, needed by and promised by (days into the quarter), and
# the state.
WAITS = (
    ("Stock events within a minute, in busy weeks too", "Minutes until a sale is seen everywhere",
     "Warehouse", 20, 48, DependencyState.ACCEPTED, "Stock events that arrive within a minute"),
    ("One stock for shop and marketplace", "Orders a minute before the checkout slows down",
     "Marketplace Connect", 30, 55, DependencyState.ACCEPTED,
     "Minutes until a sale is seen everywhere"),
    ("Customer cards readable at the till", "Card holders who buy again within 30 days",
     "Point of Sale", 35, None, DependencyState.ASKED, ""),
)  # fmt: skip
# The same of a team, with the people-weeks that are asked.
WORK = (
    "Stock that every region agrees on",
    "Minutes until a sale is seen everywhere",
    "Platform",
    85,
    Decimal(32),
)


def plan_ahead(book: Book, cycle: Cycle) -> None:
    """Themes stand, goals are set, proposals are in: now the portfolio negotiates."""
    begun = book.now - timedelta(days=26)
    with clock_at(begun):
        set_goals(book, cycle, ahead.GOALS)
        begin_round(book, cycle)
    make_offers(book)
    ask_for_people(book, cycle)
    wait_for_others(book, cycle)
    counter(book)


def begin_round(book: Book, cycle: Cycle) -> None:
    today = book.now.astimezone(book.zone).date()
    planning = PlanningRound.objects.create(
        portfolio=book.portfolios["Commerce"],
        cycle=cycle,
        step=RoundStep.NEGOTIATION,
        note=NOTE,
        **{field: today + timedelta(days=days) for field, days in DAYS.items()},
    )
    lead = book.members["Ines Carvalho"]
    RoundMove.objects.bulk_create(
        RoundMove(
            round=planning,
            from_step=before,
            to_step=after,
            reason=reason,
            actor=lead,
            at=moment(book, today + timedelta(days=days)),
        )
        for before, after, days, reason in MOVES
    )
    RoundConstraint.objects.bulk_create(
        RoundConstraint(
            round=planning,
            kind=kind,
            text=text,
            product=book.products.get(product),
            people_weeks=weeks,
        )
        for kind, text, product, weeks in HELD
    )


def make_offers(book: Book) -> None:
    """What products would add to the key results of the portfolio."""
    answered = book.now - timedelta(days=3)
    Contribution.objects.bulk_create(
        Contribution(
            child=book.key_results[child],
            parent=book.key_results[parent],
            amount=Decimal(amount),
            offered=Decimal(amount),
            state=state,
            asked_by=book.key_results[child].owner,
            answered_by=book.members["Ines Carvalho"] if state == LinkState.AGREED else None,
            answered_at=answered if state == LinkState.AGREED else None,
        )
        for child, parent, amount, state in OFFERS
    )


def ask_for_people(book: Book, cycle: Cycle) -> None:
    """What proposals would take of teams, and what backs two of the three goals."""
    for title, weeks in ASKS:
        hold(book, cycle, title, weeks, state=CommitmentState.DRAFT)
    for title, weeks, trade_off in BACKED:
        hold(book, cycle, title, weeks, state=CommitmentState.STANDING, trade_off=trade_off)


def hold(book: Book, cycle: Cycle, title: str, weeks: dict[str, int], **fields: str) -> None:
    objective = book.objectives[title]
    commitment = Commitment.objects.create(objective=objective, made_by=objective.owner, **fields)
    CommittedTeam.objects.bulk_create(
        CommittedTeam(
            commitment=commitment,
            team=book.teams[team],
            people_weeks=Decimal(number),
            starts_on=cycle.starts_on,
            ends_on=cycle.ends_on,
        )
        for team, number in weeks.items()
    )


def wait_for_others(book: Book, cycle: Cycle) -> None:
    """A chain in which each promise comes later than it is needed, and asks without an answer."""
    for title, needer, provider, needed, promised, state, delivers in WAITS:
        key_result = book.key_results[needer]
        product = book.products[provider]
        Dependency.objects.create(
            title=title,
            needer_key_result=key_result,
            needer_owner=key_result.owner,
            provider_product=product,
            provider_owner=product.lead if promised else None,
            provider_key_result=book.key_results[delivers] if delivers else None,
            needed_by=cycle.starts_on + timedelta(days=needed),
            promised_by=cycle.starts_on + timedelta(days=promised) if promised else None,
            criticality=Decimal("0.8"),
            state=state,
        )
    title, needer, team, needed, weeks = WORK
    waits = book.key_results[needer]
    Dependency.objects.create(
        title=title,
        needer_key_result=waits,
        needer_owner=waits.owner,
        provider_team=book.teams[team],
        needed_by=cycle.starts_on + timedelta(days=needed),
        people_weeks=weeks,
        criticality=Decimal("0.7"),
    )


def counter(book: Book) -> None:
    """The lead of the portfolio asks one product for more, and waits for the answer."""
    objective = book.objectives["One customer card, in the street and online"]
    key_result = book.key_results["Cards recognised at the till"]
    made = CounterProposal.objects.create(
        objective=objective,
        made_by=book.members["Ines Carvalho"],
        note="Four of five cards is what you promised shops this autumn. I would agree to ninety"
        " percent, and rather wait for the online half.",
    )
    CounteredTerm.objects.create(
        counter=made, key_result=key_result, field=TermField.TARGET, old="80", new="90"
    )
