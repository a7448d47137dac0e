"""Checking in from the list that a reminder leads to: by keyboard, or put off with a reason."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Route, expect

from accounts import mailing
from accounts.models import Letter, Notification
from okrs.actions.reminders import remind
from okrs.models import CheckIn, CheckInSettings, KeyResult, Postponement
from tests.browser.conftest import Bound, OpenPage, axe_violations, barriers_of
from tests.factories.okrs import CycleFactory
from tests.okrs.overviews.conftest import Goals

FIRST, SECOND = "Share of self-service changes", "Days until a refund"
DAY = timedelta(days=1)
PAGES = [
    "",
    "check-ins/",
    "check-ins/report/",
    "check-ins/report/?by=person",
    "check-ins/cadences/",
    "check-ins/reminders/",
    "settings/check-ins/",
]


@pytest.fixture(autouse=True)
def owed(bound: Bound) -> None:
    """Two key results of the product lead, whose check-ins were due; a third was put off."""
    with bound() as world:
        goals = Goals(world, CycleFactory.create(name="This quarter"))
        objective = goals.objective()
        for number, title in enumerate((FIRST, SECOND)):
            due = timezone.now() - (3 - number) * DAY
            goals.key_result(objective, title=title, outdated_from=due, evidence_at=due - 14 * DAY)
        until = timezone.localdate() + 5 * DAY
        waiting = goals.key_result(objective, title="Survey", postponed_until=until)
        Postponement.objects.create(
            key_result=waiting, author=waiting.owner, until=until, reason="It runs until then."
        )


@pytest.fixture
def link(bound: Bound) -> str:
    """The address of the second check-in's form, as the reminder's letter has it."""
    now = timezone.now()
    with bound():
        CheckInSettings.objects.create(remind_on=now.weekday(), remind_at=now.hour)
        remind(now)
        Notification.objects.update(mail_at=now)
        mailing.gather()
    with bound():
        for letter in Letter.objects.all():
            mailing.deliver(letter.pk)
    [body] = [str(sent.body) for sent in mail.outbox if sent.to == ["lead@acme.example"]]
    [address] = [line for line in body.partition(SECOND)[2].splitlines() if "?open=" in line][:1]
    return address.partition("/o/acme/")[2]


def test_from_the_mail_a_check_in_takes_two_actions(
    link: str, open_page: OpenPage, bound: Bound
) -> None:
    page = open_page(link)
    page.locator("details[open]").get_by_label("Value now").fill("62")
    page.keyboard.press("Enter")
    done = page.locator("details.due summary").filter(has_text=SECOND)
    expect(done).to_contain_text("0.62")
    expect(done).to_contain_text("checked in")
    with bound():
        assert CheckIn.objects.get().key_result.title == SECOND
        assert KeyResult.objects.get(title=SECOND).score == Decimal("0.62")


def test_the_link_of_the_mail_opens_its_form_with_the_last_value_and_the_cursor_in_it(
    link: str, open_page: OpenPage, bound: Bound
) -> None:
    with bound():
        KeyResult.objects.filter(title=SECOND).update(current_value=Decimal(40))
    page = open_page(link)
    value = page.locator("details[open]").get_by_label("Value now")
    expect(page.locator("details[open]")).to_have_count(1)
    expect(page.locator("details[open]")).to_contain_text(SECOND)
    expect(value).to_have_value("40")
    expect(value).to_be_focused()


def test_one_check_in_after_the_other_without_the_mouse(open_page: OpenPage, bound: Bound) -> None:
    page = open_page("check-ins/")
    for number, title in enumerate((FIRST, SECOND)):
        form = page.locator("details[open]")
        expect(form).to_contain_text(title)
        expect(form.get_by_label("Value now")).to_be_focused()
        page.keyboard.type(str(10 + number))
        page.keyboard.press("Enter")
        done = page.locator("details.due summary").filter(has_text=title)
        expect(done).to_contain_text("checked in")
        expect(page.locator("[data-due-count]")).to_have_text(str(1 - number))
    with bound():
        assert CheckIn.objects.count() == 2


def test_what_is_wrong_is_said_in_the_list_and_the_way_on_stays(open_page: OpenPage) -> None:
    page = open_page("check-ins/")
    form = page.locator("details[open]")
    form.get_by_label("Value now").fill("")
    form.get_by_label("One line").fill("Waiting for the vendor")
    page.keyboard.press("Enter")
    expect(form.locator(".field-error")).to_be_visible()
    expect(form.get_by_label("One line")).to_have_value("Waiting for the vendor")
    assert axe_violations(page) == []
    form.get_by_role("button", name="Skip").click()
    expect(page.locator("details[open]")).to_contain_text(SECOND)


def test_page_down_skips_and_keeps_what_was_typed(open_page: OpenPage) -> None:
    page = open_page("check-ins/")
    page.keyboard.type("33")
    page.keyboard.press("PageDown")
    expect(page.locator("details[open]")).to_contain_text(SECOND)
    page.keyboard.press("PageUp")
    expect(page.locator("details[open]").get_by_label("Value now")).to_have_value("33")


def test_who_has_gone_on_keeps_the_cursor_when_the_answer_comes(open_page: OpenPage) -> None:
    page = open_page("check-ins/")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/check-in/", hold)
    page.keyboard.type("33")
    with page.expect_request("**/check-in/"):
        page.keyboard.press("Enter")
    page.keyboard.press("PageDown")
    note = page.locator("details[open]").filter(has_text=SECOND).get_by_label("One line")
    note.fill("Two banks are")
    waiting.pop().continue_()
    expect(page.locator("[data-due-count]")).to_have_text("1")
    expect(note).to_be_focused()


def test_a_check_in_is_put_off_with_a_reason_and_asked_for_again(open_page: OpenPage) -> None:
    page = open_page("check-ins/")
    page.locator("details[open]").get_by_role("link", name="Put off").click()
    page.get_by_label("Until").fill((timezone.localdate() + 4 * DAY).isoformat())
    page.get_by_label("Why it has to wait").fill("The survey closes on Friday.")
    page.get_by_role("button", name="Put off").click()
    expect(page.locator("details.due")).to_have_count(1)
    expect(page.get_by_text("The survey closes on Friday.")).to_be_visible()
    page.get_by_role("button", name=f"Ask again for {FIRST}").click()
    expect(page.locator("details.due")).to_have_count(2)


def test_putting_off_without_a_reason_is_refused_beside_the_field(open_page: OpenPage) -> None:
    page = open_page("check-ins/")
    page.locator("details[open]").get_by_role("link", name="Put off").click()
    page.get_by_label("Until").fill((timezone.localdate() + 4 * DAY).isoformat())
    page.get_by_label("Why it has to wait").fill("   ")
    page.get_by_role("button", name="Put off").click()
    expect(page.locator(".field-error")).to_be_visible()
    assert axe_violations(page) == []


def test_no_page_has_a_barrier_in_any_look(open_page: OpenPage) -> None:
    assert barriers_of(open_page(""), PAGES) == {}
