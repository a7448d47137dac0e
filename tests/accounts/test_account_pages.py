"""The words of account pages and of the messages that they send."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.browsers import browser_name
from accounts.models import Person
from tests.factories.accounts import PASSWORD, PersonFactory
from tests.personas import World

pytestmark = pytest.mark.django_db
NEWCOMER = {
    "name": "Kim Lee",
    "email": "kim@example.com",
    "password1": PASSWORD,
    "organization": "North Wind",
}


def last_mail() -> tuple[str, str]:
    message = mail.outbox[-1]
    return str(message.subject), str(message.body)


def test_a_newcomer_is_asked_to_confirm_in_a_few_words() -> None:
    Client().post(reverse("account_signup"), NEWCOMER)
    subject, body = last_mail()
    assert subject == "Confirm your e-mail address for Flotilla"
    assert body.startswith("Hello Kim Lee,\n\nPlease confirm that this e-mail address is yours:\n")
    assert "http://testserver/accounts/confirm-email/" in body


@pytest.mark.parametrize(
    ("known", "subject"),
    [
        (True, "Choose a new password for Flotilla"),
        (False, "There is no account for this address at Flotilla"),
    ],
)
def test_a_forgotten_password_is_answered_by_mail(known: bool, subject: str) -> None:
    if known:
        PersonFactory.create(email="kim@example.com", name="Kim O'Hara")
    Client().post(reverse("account_reset_password"), {"email": "kim@example.com"})
    found, body = last_mail()
    assert found == subject
    assert body.startswith("Hello Kim O'Hara,\n" if known else "Hello,\n")


def lead_with_password(world: World) -> Person:
    person = world["lead"].person
    assert person is not None
    person.set_password(PASSWORD)
    person.save()
    return person


def test_a_changed_password_is_told_to_its_owner(acme: World) -> None:
    lead_with_password(acme)
    again = "another-long-password-9"
    acme.client("lead").post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": again, "password2": again},
    )
    subject, body = last_mail()
    assert subject == "Your password for Flotilla was changed"
    assert "The password of your account was changed." in body
    assert "from the address 127.0.0.1" in body


def test_signing_in_asks_in_our_words() -> None:
    page = Client().get(reverse("account_login")).content.decode()
    assert [words in page for words in ("E-mail address", "Stay signed in")] == [True, True]


def test_a_new_password_says_how_long_it_must_be(acme: World) -> None:
    lead_with_password(acme)
    page = acme.client("lead").get(reverse("account_change_password")).content.decode()
    assert "At least 12 characters." in page
    assert "New password, again" in page


def test_addresses_are_told_apart_by_what_they_are_for(acme: World) -> None:
    EmailAddress.objects.create(user=lead_with_password(acme), email="other@acme.example")
    page = acme.client("lead").get(reverse("account_email")).content.decode()
    main, _, other = page.partition("other@acme.example</span>")
    assert "confirmed" in main
    assert "Remove" not in main
    assert [words in other for words in ("not confirmed", "Send the link again", "Remove")] == [
        True
    ] * 3


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/18.6 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Firefox/144.0", "Firefox on macOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown program"),
    ],
)
def test_a_session_is_named_after_its_browser(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
