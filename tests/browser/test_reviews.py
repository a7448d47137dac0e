"""A review in a browser: a meeting from start to close, two people in it, and its pack."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from portfolio.models import Product
from reviews.actions.reviews import plan_review
from reviews.choices import ReviewAgenda
from reviews.models import AgendaItem, Review
from tests.browser.conftest import (
    NOTE_ANSWER,
    PHONE,
    Bound,
    OpenPage,
    axe_violations,
    barriers_of,
    overflows,
)
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory
from tests.factories.reviews import FollowUpFactory, TeamUpdateFactory

# A4 without its margins, in CSS pixels.
PAPER = 688
# A meeting asks for its newest state every four seconds.
POLL_MS = 4_000


@pytest.fixture(autouse=True)
def address(bound: Bound) -> str:
    """A portfolio review that is planned for today, with goals to look at."""
    with bound() as world:
        cycle = CycleFactory.create()
        for owner in ({"product": Product.objects.get()}, {"portfolio": world.portfolio}):
            goal = ObjectiveFactory.create(
                **{"product": None, **owner}, cycle=cycle, state="committed"
            )
            KeyResultFactory.create_batch(3, objective=goal)
        review = plan_review(
            world.access("lead"),
            portfolio=world.portfolio,
            cycle=cycle,
            agenda=ReviewAgenda.PORTFOLIO,
            held_on=timezone.localdate(),
        )
        return f"reviews/{review.pk}/"


def test_a_meeting_runs_on_its_page_from_the_start_to_the_close(
    open_page: OpenPage, bound: Bound, address: str
) -> None:
    page = open_page(address)
    page.get_by_role("button", name="Start the review").click()
    page.get_by_text("Take a note: Are we on track?").click()
    page.get_by_label("Note: Are we on track?").fill("Two of three are")
    page.get_by_role("button", name="Save the note").locator("visible=true").click()
    expect(page.locator("#agenda")).to_contain_text("Two of three are")
    page.get_by_role("button", name="Done: Are we on track?").click()
    expect(page.locator(".agenda-item.is-done")).to_have_count(1)

    page.get_by_role("link", name="Record a decision").click()
    page.get_by_label("Title").fill("Checkout first")
    page.get_by_label("Kind").select_option("reallocation")
    page.get_by_label("Decision", exact=True).fill("Two people move to the checkout.")
    page.get_by_role("button", name="Record it").click()
    expect(page.locator("#decisions")).to_contain_text("Two people move to the checkout.")

    page.get_by_role("link", name="Add a follow-up").click()
    page.get_by_label("What is to be done").fill("Tell the store")
    page.get_by_label("Owner").select_option(label="Acme viewer")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#follow-ups")).to_contain_text("Tell the store")

    page.get_by_role("link", name="Close the review").click()
    page.get_by_label("Summary").fill("We stay on course.")
    page.get_by_role("button", name="Close the review").click()
    expect(page.get_by_role("button", name="Save the note")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Acme lead closed this review")

    home = open_page("", persona="viewer")
    expect(home.locator("#panel-follow-ups")).to_contain_text("Tell the store")
    with bound():
        assert Review.objects.get().snapshots.count() == 6


def test_what_one_writes_the_other_sees_without_losing_a_word(
    open_page: OpenPage, bound: Bound, address: str
) -> None:
    mine = open_page(address, own_clock=True)
    theirs = open_page(address, persona="facilitator")
    title = "Are dependencies holding?"
    mine.get_by_text(f"Take a note: {title}").click()
    mine.get_by_label(f"Note: {title}").fill("Mine is half written")
    theirs.get_by_text(f"Take a note: {title}").click()
    theirs.get_by_label(f"Note: {title}").fill("Theirs came first")
    theirs.get_by_role("button", name="Save the note").locator("visible=true").click()
    expect(theirs.locator("#agenda")).to_contain_text("Theirs came first")
    mine.get_by_role("heading", level=1).click()
    polls: list[str] = []
    mine.on("request", lambda request: polls.append(request.url))
    mine.clock.run_for(2 * POLL_MS)
    expect(mine.get_by_label(f"Note: {title}")).to_have_value("Mine is half written")
    assert polls == []
    mine.get_by_role("button", name="Save the note").locator("visible=true").click()
    expect(mine.locator("main")).to_contain_text("Theirs came first")
    expect(mine.get_by_label("Note")).to_have_value("Mine is half written")
    with bound():
        assert AgendaItem.objects.get(title=title).note == "Theirs came first"


def test_what_the_other_decides_shows_up_by_itself_and_is_not_sent_again(
    open_page: OpenPage, bound: Bound, address: str
) -> None:
    page = open_page(address, persona="viewer", own_clock=True)
    with bound():
        FollowUpFactory.create(review=Review.objects.get(), text="It came by itself")
    page.clock.run_for(POLL_MS)
    expect(page.locator("#follow-ups")).to_contain_text("It came by itself")
    with page.expect_response(f"**/{address}") as again:
        page.clock.run_for(POLL_MS)
    assert again.value.status == 304


@pytest.fixture
def asking(open_page: OpenPage, address: str) -> Iterator[tuple[Page, Callable[[], None]]]:
    """A meeting that waits for the answer to a poll, and what lets it come."""
    page = open_page(address, own_clock=True)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(f"**/{address}", hold)
    page.evaluate(NOTE_ANSWER)
    with page.expect_request(f"**/{address}"):
        page.clock.run_for(POLL_MS)

    def answer() -> None:
        waiting.pop().continue_()
        assert page.evaluate("window.answered")

    yield page, answer
    page.unroute_all()


def test_a_late_answer_takes_no_word_from_who_began_to_write(
    asking: tuple[Page, Callable[[], None]],
) -> None:
    page, answer = asking
    page.get_by_text("Take a note: Are we on track?").click()
    note = page.get_by_label("Note: Are we on track?")
    note.fill("Begun before the answer came")
    answer()
    expect(note).to_have_value("Begun before the answer came")


def test_a_late_answer_takes_nothing_from_under_the_pointer(
    asking: tuple[Page, Callable[[], None]],
) -> None:
    page, answer = asking
    page.get_by_role("button", name="Done: Are we on track?").hover()
    page.mouse.down()
    answer()
    page.mouse.up()
    expect(page.locator(".agenda-item.is-done")).to_have_count(1)


def test_a_review_has_no_barrier_in_any_look(open_page: OpenPage, address: str) -> None:
    assert barriers_of(open_page(""), [address, f"{address}pack/"]) == {}


def test_lists_and_forms_have_no_barrier_in_any_look(
    open_page: OpenPage, bound: Bound, address: str
) -> None:
    with bound() as world:
        FollowUpFactory.create(review=Review.objects.get())
        TeamUpdateFactory.create(portfolio=world.portfolio, author=world["lead"])
    paths = ["reviews/", "follow-ups/?state=all", "reviews/new/", "updates/"]
    assert barriers_of(open_page(""), paths) == {}


def test_a_drafted_update_is_copied_and_sent(
    open_page: OpenPage, bound: Bound, address: str
) -> None:
    with bound() as world:
        made = TeamUpdateFactory.create(
            portfolio=world.portfolio, author=world["lead"], text="What moved\nA lot"
        )
    page = open_page(f"updates/{made.pk}/", width=PHONE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toasts")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "What moved\nA lot"
    assert axe_violations(page) == []
    assert not overflows(page)
    page.get_by_role("button", name="Send to").click()
    expect(page.locator("main")).to_contain_text("sent")


def test_the_pack_fits_on_paper_without_the_frame_of_the_site(
    open_page: OpenPage, address: str
) -> None:
    page = open_page(f"{address}pack/", width=PAPER)
    page.emulate_media(media="print")
    assert not overflows(page)
    expect(page.locator(".sidebar")).to_be_hidden()
    expect(page.locator(".sheet-head")).to_be_visible()
    wide: list[Any] = page.evaluate(
        "[...document.querySelectorAll('.sheet *')]"
        ".filter((part) => part.getBoundingClientRect().right > innerWidth + 1"
        " && !part.closest('.visually-hidden')).map((part) => part.outerHTML.slice(0, 80))"
    )
    assert wide == []
