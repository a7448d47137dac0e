"""The end of the quarter: final scores, what becomes of each goal, and the next round."""

from tests.browser.quarter.people import Someone


def closing_begins(nora: Someone, cycle: str) -> None:
    nora.opens("cycles/")
    nora.presses(f"Begin closing {cycle}")
    nora.sees(f"Closing {cycle}")
    nora.calls_it("closing")


def gives_the_final_score(someone: Someone, result: str, score: str) -> None:
    someone.opens("closing")
    someone.page.get_by_label(f"Final score of {result}").fill(score)
    row = someone.page.locator("tr").filter(has_text=result)
    row.get_by_role("button", name="Save").click()
    someone.sees("Final score saved.", within="#toasts")


def assesses(someone: Someone, goal: str, score: str, why: str) -> None:
    someone.opens(goal)
    someone.opens_menu()
    someone.follows("Assess the whole")
    someone.fills_in({"Assessed score (0 to 1)": score, "What you base this on": why})
    someone.presses("Save")
    someone.sees("Computed", "Assessed", why, within=".goal-score")


def looks_back(someone: Someone, goal: str, **said: str) -> None:
    someone.opens(goal)
    someone.follows("Look back")
    someone.fills_in({"What drove it": said.pop("drivers"), **said})
    someone.presses("Save")


def goes_on_with(someone: Someone, cycle: str, result: str, baseline: str, target: str) -> None:
    """The new objective begins where the old one ended."""
    someone.fills_in({"Cycle": cycle})
    line = someone.page.locator(".start-line").filter(has_text=result)
    assert line.get_by_label("Baseline").input_value() == baseline
    line.get_by_label("Target").fill(target)
    someone.presses("Create draft")
    someone.sees(cycle, "draft", within=".page-head")


def the_portfolio_looks_back(lena: Someone, portfolio: str, **said: str) -> None:
    lena.opens("closing")
    lena.follows(portfolio)
    lena.follows("Look back")
    lena.fills_in({"What we keep": said["keep"], "What we change": said["change"]})
    lena.presses("Save")
    lena.sees(*said.values())


def the_cycle_closes(nora: Someone, cycle: str) -> None:
    nora.opens("closing")
    nora.presses("Close the cycle")
    nora.presses("Close for good")
    nora.sees_beside(cycle, "closed")
