"""Messages wait in the browser of whoever they are for, and are shown there once."""

import re

import pytest
from django.conf import LazySettings, settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.message_storage import MessageStorage
from accounts.models import Person
from accounts.tenancy import tenant
from portfolio.models import Theme
from tests.factories.portfolio import ThemeFactory
from tests.personas import World

PROFILE = reverse("accounts:profile")
COOKIE = settings.MESSAGE_COOKIE_NAME


def save_profile(client: Client) -> None:
    given = {"name": "Robin", "time_zone": "", "shortcuts": "on", "mail_rhythm": "at-once"}
    assert client.post(PROFILE, given).status_code == 302


def told(client: Client, page: str = PROFILE) -> list[str]:
    return re.findall('class="toast-text">([^<]+)<', client.get(page).content.decode())


def test_a_message_is_shown_once(acme: World) -> None:
    client = acme.client("viewer")
    save_profile(client)
    assert [told(client), told(client)] == [["Profile saved."], []]


def test_a_message_is_kept_and_shown_without_writing_to_the_session(acme: World) -> None:
    client = acme.client("viewer")
    client.get(PROFILE)
    with CaptureQueriesContext(connection) as captured:
        save_profile(client)
        told(client)
    assert [q["sql"] for q in captured if 'UPDATE "django_session"' in q["sql"]] == []


def test_htmx_leads_to_the_page_that_shows_the_message(acme: World) -> None:
    with tenant(acme.organization.pk):
        theme: Theme = ThemeFactory.create(portfolio=acme.portfolio)
    client, htmx = acme.client("lead"), {"HX-Request": "true"}
    for change in ("archive", "restore"):
        address = reverse(f"portfolio:theme-{change}", args=["acme", theme.pk])
        answer = client.post(address, headers=htmx)
    assert told(client, answer.headers["HX-Redirect"]) == ["Theme is back."]


def test_a_message_is_not_shown_to_the_next_person_in_the_browser(acme: World) -> None:
    client, other = acme.client("viewer"), acme.client("lead")
    save_profile(client)
    other.cookies[COOKIE] = client.cookies[COOKIE].value
    assert told(other) == []


def test_a_message_that_nobody_here_signed_is_not_shown(acme: World) -> None:
    client = acme.client("viewer")
    save_profile(client)
    client.cookies[COOKIE] = "x" + client.cookies[COOKIE].value
    assert told(client) == []


def test_scripts_cannot_read_the_cookie(acme: World) -> None:
    client = acme.client("viewer")
    save_profile(client)
    assert (client.cookies[COOKIE]["httponly"], client.cookies[COOKIE]["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("is_https", [True, False])
def test_the_cookie_travels_as_the_session_does(is_https: bool, settings: LazySettings) -> None:
    settings.SESSION_COOKIE_SECURE = is_https
    answer = HttpResponse()
    storage = MessageStorage(asked_by(Person()))
    storage.add(20, "Saved.")
    storage.update(answer)
    assert bool(answer.cookies[COOKIE]["secure"]) == is_https


def test_what_is_too_long_for_a_cookie_waits_in_the_session() -> None:
    request, answer = asked_by(Person()), HttpResponse()
    storage = MessageStorage(request)
    long = "".join(map(chr, range(1000, 3000)))
    storage.add(20, long)
    storage.update(answer)
    request.COOKIES = {name: cookie.value for name, cookie in answer.cookies.items()}
    assert len(answer.cookies[COOKIE].value) < 2048
    assert [str(message) for message in MessageStorage(request)] == [long]


def asked_by(person: Person) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = person
    request.session = {}  # type: ignore[assignment]
    return request
