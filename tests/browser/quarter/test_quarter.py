"""A whole quarter as six people live it, from the first theme to the next round."""

from tests.browser.quarter import closing, planning, running
from tests.browser.quarter.clock import YEAR, day
from tests.browser.quarter.people import Cast
from tests.browser.quarter.planning import (
    CHECKOUT,
    CYCLE,
    GOALS,
    INSTANT,
    LOYALTY,
    PAYOUTS,
    REVENUE,
    SAME_DAY,
    SELLERS,
    SPEED,
)

EARN = next(iter(GOALS))
NEED = "Payout interface for sellers"
SUMMER = f"Summer {YEAR}"
SUMMER_DAYS = {"Starts on": f"{YEAR}-07-01", "Ends on": f"{YEAR}-09-30"}


def test_a_quarter_is_played_from_its_themes_to_its_retrospective(cast: Cast) -> None:
    cast.turn_to(day(2, 15))
    themes_and_goals(cast)
    proposals(cast)
    negotiation(cast)
    commitment(cast)
    cast.turn_to(day(4, 1))
    running.the_cycle_opens(cast.nora, CYCLE)
    cast.turn_to(day(5, 10))
    check_ins(cast)
    cast.turn_to(day(5, 17))
    review(cast)
    cast.turn_to(day(7, 1))
    close(cast)
    the_next_round(cast)


def themes_and_goals(cast: Cast) -> None:
    planning.the_cycle_is_set(cast.nora, CYCLE, planning.SPRING)
    planning.planning_begins(cast.lena, CYCLE, "Win the shops that others lose.")
    planning.the_step_is(cast, "Themes")
    planning.themes_are_chosen(cast.lena)
    planning.on_to(cast.lena, "the portfolio OKRs")
    planning.the_portfolio_sets_its_goals(cast.lena)


def proposals(cast: Cast) -> None:
    planning.on_to(cast.lena, "the proposals")
    planning.the_step_is(cast, "Proposals")
    planning.proposes(cast.ole, "Checkout", CHECKOUT)
    planning.a_task_is_told_from_an_outcome(cast.ole)
    planning.adds_a_result(cast.ole, CHECKOUT, INSTANT, "EUR", "0", "80000")
    planning.serves(cast.ole, CHECKOUT, EARN)
    planning.contributes(cast.ole, INSTANT, "70000")
    planning.moves(cast.ole, CHECKOUT, "Propose")

    planning.proposes(cast.pia, "Payouts", PAYOUTS)
    planning.adds_a_result(cast.pia, PAYOUTS, SAME_DAY, "percent", "20", "80")
    planning.adds_a_result(cast.pia, PAYOUTS, SELLERS, "EUR", "0", "60000")
    planning.serves(cast.pia, PAYOUTS, EARN)
    planning.contributes(cast.pia, SELLERS, "60000")
    planning.asks_for(cast.pia, SAME_DAY, NEED)
    planning.moves(cast.pia, PAYOUTS, "Propose")

    planning.proposes(cast.quinn, "Loyalty", LOYALTY)
    planning.adds_a_result(
        cast.quinn, LOYALTY, "Orders of regulars without a coupon", "percent", "35", "50"
    )
    planning.moves(cast.quinn, LOYALTY, "Propose")


def negotiation(cast: Cast) -> None:
    planning.on_to(cast.lena, "the negotiation")
    planning.the_board_shows_what_is_to_settle(cast.nora)
    planning.counters_the_amount(cast.lena, INSTANT, "80000", "We miss 10,000.")
    cast.ole.opens(INSTANT)
    cast.ole.sees("70,000", "80,000", "We miss 10,000.", within="#contributions")
    planning.agrees(cast.ole, INSTANT, REVENUE)
    planning.agrees(cast.lena, REVENUE, SELLERS)
    for title in (CHECKOUT, PAYOUTS):
        planning.agrees(cast.lena, EARN, title)
    cast.lena.opens(REVENUE)
    cast.lena.sees("140,000", within="#contributions")

    planning.moves(cast.lena, PAYOUTS, "Ask for changes", Reason="Say what the seller gains.")
    cast.pia.opens(PAYOUTS)
    cast.pia.sees("Say what the seller gains.")
    planning.moves(cast.pia, PAYOUTS, "Propose")
    planning.promises(cast.tomas, NEED, f"{YEAR}-05-10")
    for title in (CHECKOUT, PAYOUTS):
        planning.moves(cast.lena, title, "Accept")
    planning.moves(cast.lena, LOYALTY, "Defer", Reason="Sellers come first this spring.")


def commitment(cast: Cast) -> None:
    planning.on_to(cast.lena, "the commitment")
    planning.backs(cast.lena, CHECKOUT, "No new search filters this spring.", "12")
    planning.backs(cast.lena, PAYOUTS, "Invoices stay as they are.", "10")
    cast.nora.opens("decisions/")
    cast.nora.follows(f"“{CHECKOUT}” is backed")
    cast.nora.sees("No new search filters this spring.", "12 people-weeks of Platform")
    for title in (*GOALS, CHECKOUT, PAYOUTS):
        planning.moves(cast.lena, title, "Commit")
    planning.on_to(cast.lena, "the published plan")
    planning.the_step_is(cast, "Published")


def check_ins(cast: Cast) -> None:
    running.checks_in(cast.ole, SPEED, "42", "0.6", "Saved cards help.")
    running.checks_in(cast.ole, INSTANT, "30000", "0.7", "Eleven shops joined.")
    running.checks_in(cast.pia, SAME_DAY, "50", "0.8", "Two banks are live.")
    running.puts_off(cast.pia, SELLERS, f"{YEAR}-05-20", "The ledger closes on the 19th.")
    running.delivers(cast.tomas, NEED)
    cast.catch_up()
    running.scores(cast.lena, REVENUE, "0.21", "30,000")


def review(cast: Cast) -> None:
    running.a_review_begins(cast.lena, CYCLE)
    cast.lena.sees_beside(REVENUE, "0.21")
    running.notes(cast.lena, "Are we on track?", "Revenue waits for the payouts.")
    running.decides(cast.lena, "Payouts first", "Platform finishes payouts before anything else.")
    running.takes_on(cast.lena, "Quinn Adler", "Ask three sellers why they wait")
    running.the_review_closes(cast.lena, "We stay the course.")
    running.the_follow_up_is_done(cast.quinn, "Ask three sellers why they wait")

    cast.turn_to(day(5, 24))
    running.checks_in(cast.pia, SELLERS, "40000", "0.8", "The ledger is closed.")
    cast.catch_up()
    running.scores(cast.lena, REVENUE, "0.50", "70,000")
    cast.lena.opens("review")
    cast.lena.sees_beside(REVENUE, "0.21")


def close(cast: Cast) -> None:
    closing.closing_begins(cast.nora, CYCLE)
    closing.gives_the_final_score(cast.ole, SPEED, "0.5")
    closing.assesses(cast.lena, EARN, "0.6", "Half the revenue, but the shops that came stay.")
    closing.looks_back(
        cast.pia,
        PAYOUTS,
        drivers="Two banks were enough to begin.",
        **{"What becomes of it": "Drop it", "Why": "The rest is day-to-day work now."},
    )
    cast.pia.sees("Drop it: The rest is day-to-day work now.")
    planning.the_cycle_is_set(cast.nora, SUMMER, SUMMER_DAYS)
    closing.looks_back(
        cast.ole,
        CHECKOUT,
        drivers="Shops joined faster than they sold.",
        **{"What becomes of it": "Carry it over"},
    )
    closing.goes_on_with(cast.ole, SUMMER, INSTANT, "30000", "90000")
    closing.the_portfolio_looks_back(
        cast.lena, "Shops", keep="One team for one promise.", change="Ask for people in week one."
    )
    closing.the_cycle_closes(cast.nora, CYCLE)
    running.scores(cast.lena, EARN, "0.50", "0.60")


def the_next_round(cast: Cast) -> None:
    planning.planning_begins(cast.lena, SUMMER, "Turn shops into regulars.")
    cast.lena.sees("One team for one promise.", "Ask for people in week one.", within="#before")
    cast.lena.sees(LOYALTY, "Sellers come first this spring.", within="#before")
    cast.lena.sees_no(PAYOUTS, within="#before")
    cast.lena.sees_beside("Checkout", "1")
    cast.quinn.opens(f"round of {SUMMER}")
    cast.quinn.follows(f"Propose again: {LOYALTY}")
    cast.quinn.fills_in({"Cycle": SUMMER})
    cast.quinn.presses("Create draft")
    cast.quinn.sees(SUMMER, "draft", within=".page-head")
    cast.lena.opens(f"round of {SUMMER}")
    cast.lena.sees_no(LOYALTY, within="#before")
