"""From the first theme to the published plan."""

import re

from tests.browser.quarter.clock import YEAR
from tests.browser.quarter.people import Cast, Someone

CYCLE = f"Spring {YEAR}"
SPRING = {"Starts on": f"{YEAR}-04-01", "Ends on": f"{YEAR}-06-30"}
THEMES = ("Shops stay", "Pay in a minute", "Prices to trust")
GOALS = {
    "Shops earn with us and stay": ("Shops stay", "Revenue of new shops"),
    "Paying takes no patience": ("Pay in a minute", "Orders paid within a minute"),
    "Customers believe our prices": ("Prices to trust", "Prices equal in shop and online"),
}
REVENUE = "Revenue of new shops"
CHECKOUT, PAYOUTS, LOYALTY = (
    "Checkout wins shops that others lose",
    "Sellers have their money on the same day",
    "Regulars come back without a coupon",
)
INSTANT, SPEED = "Revenue of shops with instant checkout", "Orders paid without typing"
SELLERS, SAME_DAY = "Revenue of sellers with same-day payouts", "Payouts on the same day"


# --- Themes and the portfolio's own OKRs --------------------------------------------------------
def the_cycle_is_set(nora: Someone, name: str, days: dict[str, str]) -> None:
    nora.opens("cycles/")
    nora.follows("New cycle")
    nora.fills_in({"Name": name, **days})
    nora.presses("Save")
    nora.sees_beside(name, "planned")


def planning_begins(lena: Someone, cycle: str, note: str) -> None:
    lena.opens("rounds/")
    lena.follows("New round")
    lena.fills_in({"Portfolio": "Shops", "Cycle": cycle, "What matters this time": note})
    lena.presses("Begin")
    lena.sees(f"Shops: planning {cycle}", note, within="body")
    lena.calls_it(f"round of {cycle}")


def the_step_is(people: Cast, name: str) -> None:
    """What one person moved, everybody finds."""
    for someone in (people.ole, people.tomas):
        someone.opens(f"round of {CYCLE}")
        someone.sees(name, within="li[aria-current=step]")


def on_to(lena: Someone, words: str) -> None:
    lena.opens(f"round of {CYCLE}")
    lena.follows(f"On to {words}")
    lena.presses("Move")


def themes_are_chosen(lena: Someone) -> None:
    for name in THEMES:
        lena.opens(f"round of {CYCLE}")
        lena.follows("Add a theme")
        lena.fills_in({"Name": name, "Starts on": f"{YEAR}-01-01", "Ends on": f"{YEAR}-12-31"})
        lena.presses("Save")
    lena.opens(f"round of {CYCLE}")
    lena.sees(*THEMES)


def the_portfolio_sets_its_goals(lena: Someone) -> None:
    for title, (theme, result) in GOALS.items():
        lena.opens(f"round of {CYCLE}")
        lena.follows("Add an objective")
        lena.fills_in({"Title": title, "Theme": theme})
        lena.presses("Create draft")
        lena.calls_it(title)
        if result == REVENUE:
            adds_a_sum(lena, title, result)
        else:
            adds_a_result(lena, title, result, "percent", "40", "80")
        moves(lena, title, "Propose")
        moves(lena, title, "Accept")
        lena.sees("accepted", within=".page-head")
    lena.opens(f"round of {CYCLE}")
    lena.sees_beside(next(iter(GOALS)), "1 key result", "accepted", "aspiration")


def adds_a_sum(lena: Someone, goal: str, title: str) -> None:
    """A key result that is made of what products contribute."""
    lena.opens(goal)
    lena.follows("Add a key result")
    lena.fills_in(
        {
            "Title": title,
            "Measured in": "EUR",
            "Source": "From contributing key results",
            "Contributions are": "Sum of changes",
            "Baseline": "0",
            "Target": "140000",
        }
    )
    lena.presses("Save")
    lena.calls_it(title)


def adds_a_result(
    someone: Someone, goal: str, title: str, unit: str, baseline: str, target: str
) -> None:
    someone.opens(goal)
    someone.follows("Add a key result")
    someone.fills_in({"Title": title, "Measured in": unit, "Baseline": baseline, "Target": target})
    someone.presses("Save")
    someone.sees(title, within=".page-head")
    someone.calls_it(title)


def moves(someone: Someone, goal: str, step: str, **entries: str) -> None:
    """Take an objective to another state; steps that stand in its menu are found there."""
    someone.opens(goal)
    if not someone.page.locator(".page-head > * > a", has_text=re.compile(f"^{step}$")).count():
        someone.opens_menu()
    someone.follows(step)
    someone.fills_in(entries)
    someone.presses("Move")


# --- Proposals ----------------------------------------------------------------------------------
def proposes(someone: Someone, product: str, title: str) -> None:
    someone.opens(f"round of {CYCLE}")
    someone.follows(f"Propose for {product}")
    someone.fills_in({"Title": title})
    someone.presses("Create draft")
    someone.sees(product, CYCLE, "draft", within=".page-head")
    someone.calls_it(title)


def a_task_is_told_from_an_outcome(ole: Someone) -> None:
    """What reads like a task is said while it is typed, and goes when the words are right."""
    ole.opens(CHECKOUT)
    ole.follows("Add a key result")
    ole.fills_in({"Title": "Launch the new checkout"})
    ole.sees("reads like a task", within="#hints")
    ole.fills_in({"Title": SPEED, "Measured in": "percent", "Baseline": "30", "Target": "60"})
    ole.sees_no("reads like a task", within="#hints")
    ole.presses("Save")
    ole.calls_it(SPEED)


def serves(someone: Someone, title: str, goal: str) -> None:
    someone.opens(title)
    someone.follows("Serve objectives")
    someone.ticks(goal)
    someone.presses("Propose")
    someone.sees_beside(goal, "proposed")


def contributes(someone: Someone, title: str, amount: str) -> None:
    someone.opens(title)
    someone.opens_menu()
    someone.follows("Contribute to a key result")
    someone.ticks(REVENUE)
    someone.page.get_by_label(f"for “{REVENUE}”").fill(amount)
    someone.presses("Propose")
    someone.sees_beside(REVENUE, "proposed")


def asks_for(someone: Someone, result: str, title: str) -> None:
    someone.opens(result)
    someone.opens_menu()
    someone.follows("Ask for something it needs")
    someone.fills_in(
        {"What is needed": title, "Asked of": "Platform", "Needed by": f"{YEAR}-05-15"}
    )
    someone.presses("Ask")
    someone.calls_it(title)


# --- Negotiation --------------------------------------------------------------------------------
def the_board_shows_what_is_to_settle(nora: Someone) -> None:
    nora.opens(f"round of {CYCLE}")
    nora.follows("Negotiation board")
    nora.calls_it("board")
    nora.sees(CHECKOUT, PAYOUTS, LOYALTY)
    nora.follows("Dependencies")
    nora.sees("Payout interface for sellers", within=".finding-list")


def counters_the_amount(lena: Someone, result: str, amount: str, why: str) -> None:
    lena.opens(REVENUE)
    lena.follows(f"Counter or decline the link with {result}")
    lena.chooses("Counter with other terms")
    lena.fills_in({"Change from the baseline": amount, "Note": why})
    lena.presses("Send answer")


def agrees(someone: Someone, place: str, other: str) -> None:
    someone.opens(place)
    someone.presses(f"Agree to the link with {other}")
    someone.sees_beside(other, "agreed")


def promises(tomas: Someone, need: str, by: str) -> None:
    tomas.opens(need)
    tomas.follows("Accept")
    tomas.fills_in({"Promised by": by})
    tomas.presses("Send answer")
    tomas.sees("accepted", within=".page-head")


# --- Commitment ---------------------------------------------------------------------------------
def backs(lena: Someone, goal: str, trade_off: str, weeks: str) -> None:
    """People-weeks and the trade-off made for them."""
    lena.opens(goal)
    lena.page.locator("#commitment").get_by_role("link", name="Commit").click()
    lena.fills_in({"Trade-off made": trade_off})
    lena.presses("Save")
    lena.page.locator("#commitment").get_by_role("link", name="Team").click()
    lena.fills_in({"Team": "Platform", "People weeks": weeks})
    lena.presses("Commit")
    lena.follows("Let it stand")
    lena.chooses("Standing")
    lena.presses("Move")
    lena.sees(f"{weeks} people-weeks", "standing", within="#commitment")
