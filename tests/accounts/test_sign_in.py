"""Signing up, in and out; second factors; the limits of sessions."""

import re
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Member, Person
from accounts.principal import organizations_of
from accounts.tenancy import tenant
from tests.factories.accounts import PASSWORD, PersonFactory
from tests.personas import World, note_password

pytestmark = pytest.mark.django_db
NEWCOMER = {
    "name": "Kim Lee",
    "email": "kim@example.com",
    "password1": PASSWORD,
    "organization": "North Wind",
}


def sign_up(client: Client, **changes: str) -> Any:
    return client.post(reverse("account_signup"), NEWCOMER | changes)


def confirm(client: Client, *, with_post: bool = True) -> Any:
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    return client.post(link[1]) if with_post else client.get(link[1])


def person_with_password(email: str = "kim@example.com") -> Person:
    person: Person = PersonFactory.create(email=email)
    person.set_password(PASSWORD)
    person.save()
    return person


def log_in(client: Client, password: str = PASSWORD, email: str = "kim@example.com") -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_signing_up_makes_an_organisation_with_its_administrator() -> None:
    sign_up(Client())
    person = Person.objects.get(email="kim@example.com")
    (choice,) = organizations_of(person.pk)
    with tenant(choice.id):
        member = Member.objects.get(person=person)
    assert (choice.name, choice.slug, member.role) == ("North Wind", "north-wind", "admin")


def test_signing_up_asks_to_confirm_the_address_first() -> None:
    client = Client()
    answer = sign_up(client)
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert not signed_in(client)


def test_a_confirmed_newcomer_is_signed_in_and_led_on() -> None:
    client = Client()
    sign_up(client)
    answer = confirm(client)
    assert (answer["Location"], signed_in(client)) == (reverse("start"), True)


def test_opening_the_link_alone_confirms_nothing() -> None:
    client = Client()
    sign_up(client)
    confirm(client, with_post=False)
    assert not EmailAddress.objects.get().verified


def test_signing_up_needs_a_name_for_the_organisation() -> None:
    answer = sign_up(Client(), organization="")
    assert answer.context["form"].errors == {"organization": ["This field is required."]}
    assert not Person.objects.exists()


def test_a_known_address_learns_of_itself_by_mail_only() -> None:
    PersonFactory.create(email="kim@example.com")
    answer = sign_up(Client())
    assert answer["Location"] == reverse("account_email_verification_sent")
    assert "already" in mail.outbox[0].body.lower()


@pytest.mark.parametrize("password", ["short", "password1234", "kim@example.com"])
def test_a_weak_password_is_refused(password: str) -> None:
    answer = sign_up(Client(), password1=password)
    assert "password1" in answer.context["form"].errors


def test_a_wrong_password_is_told_without_saying_whether_the_address_is_known() -> None:
    person_with_password()
    words = "No account has this e-mail address and password."
    for email in ("kim@example.com", "nobody@example.com"):
        answer = log_in(Client(), "wrong", email=email)
        assert answer.context["form"].non_field_errors() == [words]


def test_the_sixth_wrong_password_is_not_even_tried() -> None:
    person_with_password()
    client = Client()
    for _ in range(5):
        log_in(client, "wrong")
    log_in(client)
    assert not signed_in(client)


def test_wrong_passwords_for_one_address_leave_others_alone() -> None:
    person_with_password()
    person_with_password("lou@example.com")
    client = Client()
    for _ in range(6):
        log_in(client, "wrong")
    log_in(client, email="lou@example.com")
    assert signed_in(client)


def test_a_new_session_is_made_on_signing_in() -> None:
    person_with_password()
    client = Client()
    client.get(reverse("account_login"))
    before = client.session.session_key
    log_in(client)
    assert client.session.session_key != before


def test_signing_out_clears_what_the_browser_kept() -> None:
    person_with_password()
    client = Client()
    log_in(client)
    answer = client.post(reverse("account_logout"))
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not signed_in(client)


def test_a_forgotten_password_is_reset_by_mail() -> None:
    person = person_with_password()
    client = Client()
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = re.search(
        r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body)
    )
    assert link is not None
    form = client.get(link[1], follow=True).request["PATH_INFO"]
    client.post(form, {"password1": "a quite new secret", "password2": "a quite new secret"})
    person.refresh_from_db()
    assert person.check_password("a quite new secret")


def test_an_unknown_address_gets_the_same_answer_to_a_reset() -> None:
    person_with_password()
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email})["Location"]
        for email in ("kim@example.com", "nobody@example.com")
    ]
    assert answers[0] == answers[1]


def test_a_second_factor_is_asked_for_after_the_password() -> None:
    person = person_with_password()
    TOTP.activate(person, generate_totp_secret())
    client = Client()
    answer = log_in(client)
    assert (answer["Location"], signed_in(client)) == (reverse("mfa_authenticate"), False)


def test_a_recovery_code_is_a_second_factor_once() -> None:
    person = person_with_password()
    TOTP.activate(person, generate_totp_secret())
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    results = []
    for _ in range(2):
        client = Client()
        log_in(client)
        client.post(reverse("mfa_authenticate"), {"code": code})
        results.append(signed_in(client))
    assert results == [True, False]


def test_setting_up_a_second_factor_asks_for_the_password_again(acme: World) -> None:
    client = acme.client("lead")
    person = acme["lead"].person
    assert person is not None
    person.set_password(PASSWORD)
    person.save()
    client.force_login(person)
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_administrators_are_led_to_a_second_factor_where_it_is_demanded(
    acme: World, settings: Any
) -> None:
    settings.REQUIRE_SECOND_FACTOR_OF_ADMINS = True
    home = reverse("accounts:people", args=["acme"])
    assert acme.client("admin").get(home)["Location"] == reverse("mfa_activate_totp")
    assert acme.client("lead").get(home).status_code == 200


def aged(client: Client, **ages: int) -> Client:
    session = client.session
    for name, seconds in ages.items():
        session[name] = int(time.time()) - seconds
    session.save()
    return client


@pytest.mark.parametrize(
    ("ages", "status"),
    [
        ({"started_at": 60, "seen_at": 60}, 200),
        ({"started_at": 4 * 86400, "seen_at": 3 * 86400 + 5}, 302),
        ({"started_at": 15 * 86400, "seen_at": 60}, 302),
    ],
)
def test_an_idle_or_an_old_session_ends(ages: dict[str, int], status: int, acme: World) -> None:
    client = aged(acme.client("lead"), **ages)
    assert client.get(reverse("accounts:people", args=["acme"])).status_code == status


def test_a_person_sees_and_ends_their_other_sessions(acme: World) -> None:
    here, elsewhere = acme.client("lead"), acme.client("lead")
    people = reverse("accounts:people", args=["acme"])
    elsewhere.get(people)
    page = here.get(reverse("usersessions_list"))
    assert len(page.context["sessions"]) == 2
    here.post(reverse("usersessions_list"))
    assert (here.get(people).status_code, elsewhere.get(people).status_code) == (200, 302)


def test_a_sensitive_change_asks_for_the_password_again(acme: World) -> None:
    client = acme.client("admin")
    person = acme["admin"].person
    assert person is not None
    note_password(client, person, age=16 * 60)
    form = {"name": "Export", "role": "member", "money": "none"}
    answer = client.post(reverse("accounts:create-service-account", args=["acme"]), form)
    assert answer["Location"].startswith("/accounts/")
    with tenant(acme.organization.pk):
        assert not Member.objects.filter(person=None).exists()


def test_what_was_sent_is_carried_out_after_the_password_was_given(acme: World) -> None:
    client = acme.client("admin")
    person = acme["admin"].person
    assert person is not None
    person.set_password(PASSWORD)
    person.save()
    client.force_login(person)
    form = {"name": "Nightly export", "role": "member", "money": "none"}
    asked = client.post(reverse("accounts:create-service-account", args=["acme"]), form)
    client.post(asked["Location"], {"password": PASSWORD})
    with tenant(acme.organization.pk):
        assert Member.objects.get(person=None).name == "Nightly export"


def test_the_api_asks_sessions_for_a_recent_password_too(acme: World) -> None:
    client = acme.client("admin")
    person = acme["admin"].person
    assert person is not None
    note_password(client, person, age=16 * 60)
    answer = client.post(
        reverse("api:service-accounts", args=["acme"]),
        {"name": "Export"},
        content_type="application/json",
    )
    assert (answer.status_code, "Sign in again" in answer.json()["detail"]) == (403, True)


def test_a_removed_member_is_out_at_the_next_request(acme: World) -> None:
    client = acme.client("lead")
    home = reverse("accounts:people", args=["acme"])
    before = client.get(home).status_code
    acme.client("admin").post(reverse("accounts:remove-member", args=["acme", acme["lead"].pk]))
    assert (before, client.get(home).status_code) == (200, 404)


def test_an_organisation_made_later_is_where_the_person_goes_next(acme: World) -> None:
    client = acme.client("admin")
    client.post(
        reverse("accounts:create-organization"),
        {"name": "Second", "time_zone": "Europe/Berlin", "currency": "EUR"},
    )
    assert client.session["last_organization"] == "second"
