"""The quarter itself: check-ins, what was promised, and the review in its middle."""

from tests.browser.quarter.people import Someone


def the_cycle_opens(nora: Someone, name: str) -> None:
    nora.opens("cycles/")
    nora.presses(f"Open {name}")
    nora.sees_beside(name, "open")


# --- Check-ins ----------------------------------------------------------------------------------
def checks_in(someone: Someone, result: str, value: str, confidence: str, note: str) -> None:
    """From the list of what is due, which the home page leads to."""
    someone.opens("check-ins/")
    someone.sees(result)
    due = someone.page.locator("details.due").filter(has_text=result)
    if due.get_attribute("open") is None:
        due.locator("summary").click()
    due.get_by_label("Value now").fill(value)
    due.get_by_label("Confidence").select_option(confidence)
    due.get_by_label("One line").fill(note)
    due.get_by_role("button", name="Check in").click()
    someone.sees("checked in", within=f"details.due:has-text('{result}')")


def puts_off(someone: Someone, result: str, until: str, why: str) -> None:
    someone.opens(result)
    someone.follows("Put off")
    someone.fills_in({"Until": until, "Why it has to wait": why})
    someone.presses("Put off")
    someone.opens("check-ins/")
    someone.sees_beside(result, why)


def scores(someone: Someone, place: str, *words: str) -> None:
    someone.opens(place)
    someone.sees(*words, within=".goal-score")


def delivers(tomas: Someone, need: str) -> None:
    tomas.opens(need)
    tomas.follows("Delivered")
    tomas.presses("Send answer")
    tomas.sees("delivered", within=".page-head")


# --- The review ---------------------------------------------------------------------------------
def a_review_begins(lena: Someone, cycle: str) -> None:
    lena.opens("reviews/new/")
    lena.fills_in({"Of": "Shops", "Cycle": cycle})
    lena.presses("Plan it")
    lena.presses("Start the review")
    lena.calls_it("review")


def notes(lena: Someone, question: str, words: str) -> None:
    lena.opens("review")
    lena.page.get_by_text(f"Take a note: {question}").click()
    lena.fills_in({f"Note: {question}": words})
    lena.presses("Save the note")
    lena.sees(words, within="#agenda")


def decides(lena: Someone, title: str, decision: str) -> None:
    lena.opens("review")
    lena.follows("Record a decision")
    lena.fills_in({"Title": title, "Kind": "Reallocation", "Decision": decision})
    lena.presses("Record it")
    lena.sees(decision, within="#decisions")


def takes_on(lena: Someone, owner: str, text: str) -> None:
    lena.opens("review")
    lena.follows("Add a follow-up")
    lena.fills_in({"What is to be done": text, "Owner": owner})
    lena.presses("Add")
    lena.sees(text, within="#follow-ups")


def the_review_closes(lena: Someone, summary: str) -> None:
    lena.opens("review")
    lena.follows("Close the review")
    lena.fills_in({"Summary": summary})
    lena.presses("Close the review")
    lena.sees("Lena Brandt closed this review", summary)


def the_follow_up_is_done(someone: Someone, text: str) -> None:
    """It waits on the home page of who took it on."""
    someone.opens("")
    someone.presses(f"Done: {text}")
    someone.opens("follow-ups/?state=all")
    someone.sees_beside(text, "done")
