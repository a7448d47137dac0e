"""Members, invitations, tokens and the organisation itself."""

import re
import time
from base64 import b64encode
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions, tokens
from accounts.choices import OrgRole, TokenScope
from accounts.models import (
    ApiToken,
    AuditEntry,
    FormerSlug,
    IdempotencyKey,
    Invitation,
    Member,
    Organization,
    Person,
)
from accounts.tasks import clock_of_organization
from accounts.tenancy import tenant
from lib.envelope import new_data_key
from tests.factories.accounts import PASSWORD, MemberFactory, PersonFactory, make_organization
from tests.personas import World, note_password

SLUG = ["acme"]


def page(name: str, *args: Any) -> str:
    return reverse(f"accounts:{name}", args=[*SLUG, *args])


def invite(world: World, email: str = "kim@example.com", **fields: str) -> str:
    """Invite by the page; the path of the link in the e-mail."""
    form = {"email": email, "role": "member", "money": "none"} | fields
    world.client("admin").post(page("invite"), form)
    link = re.search(r"http://testserver(/invitations/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    return link[1]


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    note_password(client, person)
    return client


def is_member(world: World, person: Person) -> bool:
    with tenant(world.organization.pk):
        return Member.objects.filter(person=person, left_at=None).exists()


@pytest.fixture(autouse=True)
def mail_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing commits in a test."""
    monkeypatch.setattr("accounts.actions.transaction.on_commit", lambda call: call())


# --- Invitations ----------------------------------------------------------------------------
def test_an_invitation_is_sent_to_its_address(acme: World) -> None:
    invite(acme, role="facilitator")
    assert mail.outbox[0].to == ["kim@example.com"]
    assert "Acme admin invites you to Acme" in mail.outbox[0].subject


def test_only_a_hash_of_the_link_is_stored(acme: World) -> None:
    link = invite(acme)
    with tenant(acme.organization.pk):
        invitation = Invitation.objects.get()
        told = AuditEntry.objects.get(row_id=invitation.pk).changes["token_hash"]
    raw = link.split("/")[2]
    assert invitation.token_hash == tokens.digest(raw)
    assert told == ["hidden", "hidden"]


def test_the_invited_person_joins_with_the_offered_role(acme: World) -> None:
    person = PersonFactory.create(email="kim@example.com")
    client_of(person).post(invite(acme, role="facilitator", money="see"))
    with tenant(acme.organization.pk):
        member = Member.objects.get(person=person)
    assert (member.role, member.money) == ("facilitator", "see")


def test_looking_at_an_invitation_accepts_nothing(acme: World) -> None:
    person = PersonFactory.create(email="kim@example.com")
    client_of(person).get(invite(acme))
    assert not is_member(acme, person)


def test_somebody_else_cannot_take_an_invitation(acme: World) -> None:
    thief = PersonFactory.create(email="thief@example.com")
    client_of(thief).post(invite(acme))
    assert not is_member(acme, thief)


def test_a_link_works_once(acme: World) -> None:
    link = invite(acme)
    person = PersonFactory.create(email="kim@example.com")
    client_of(person).post(link)
    assert Client().get(link).status_code == 410


def test_a_withdrawn_link_does_not_work(acme: World) -> None:
    link = invite(acme)
    with tenant(acme.organization.pk):
        pk = Invitation.objects.get().pk
    acme.client("admin").post(page("withdraw-invitation", pk))
    assert Client().get(link).status_code == 410


def test_an_old_link_does_not_work(acme: World) -> None:
    link = invite(acme)
    with tenant(acme.organization.pk):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert Client().get(link).status_code == 410


def test_sending_again_replaces_the_link(acme: World) -> None:
    first = invite(acme)
    with tenant(acme.organization.pk):
        pk = Invitation.objects.get().pk
    acme.client("admin").post(page("renew-invitation", pk))
    second = re.search(r"http://testserver(/invitations/\S+)", str(mail.outbox[-1].body))
    assert second is not None
    assert [Client().get(link).status_code for link in (first, second[1])] == [410, 200]


def test_an_expired_invitation_makes_room_for_a_new_one(acme: World) -> None:
    invite(acme)
    with tenant(acme.organization.pk):
        Invitation.objects.update(expires_at=timezone.now())
    assert Client().get(invite(acme)).status_code == 200


def test_an_open_invitation_is_not_repeated(acme: World) -> None:
    invite(acme)
    answer = acme.client("admin").post(
        page("invite"), {"email": "kim@example.com", "role": "member", "money": "none"}
    )
    assert answer.status_code == 422
    assert "still open" in str(answer.context["form"].non_field_errors())


def test_a_member_is_not_invited(acme: World) -> None:
    answer = acme.client("admin").post(
        page("invite"), {"email": "LEAD@acme.example", "role": "member", "money": "none"}
    )
    assert answer.context["form"].errors == {"email": ["This person is a member already."]}


def test_an_invited_newcomer_is_a_member_after_confirming_the_address(acme: World) -> None:
    client = Client()
    client.get(invite(acme))
    form = {"name": "Kim", "email": "kim@example.com", "password1": PASSWORD}
    client.post(reverse("account_signup"), form)
    person = Person.objects.get(email="kim@example.com")
    before = is_member(acme, person)
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    answer = client.post(link[1], follow=True)
    assert (before, is_member(acme, person)) == (False, True)
    assert answer.request["PATH_INFO"].startswith("/o/acme/")


def test_a_person_with_an_account_signs_in_and_is_led_back_to_the_invitation(acme: World) -> None:
    person = PersonFactory.create(email="kim@example.com")
    person.set_password(PASSWORD)
    person.save()
    client, link = Client(), invite(acme)
    page_for_strangers = client.get(link).content.decode()
    answer = client.post(
        reverse("account_login"), {"login": "kim@example.com", "password": PASSWORD}
    )
    assert f'href="{reverse("account_login")}"' in page_for_strangers
    assert answer["Location"] == link


def test_an_invited_newcomer_makes_no_organisation(acme: World) -> None:
    client = Client()
    client.get(invite(acme))
    assert "organization" not in client.get(reverse("account_signup")).context["form"].fields


# --- Members --------------------------------------------------------------------------------
def test_the_last_administrator_cannot_step_down(in_acme: World) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.edit_member(
            in_acme.access("admin"), in_acme["admin"], expected_version=None, role="member"
        )
    assert "role" in refused.value.message_dict


def test_a_service_account_does_not_count_as_an_administrator(in_acme: World) -> None:
    access = in_acme.access("admin")
    actions.create_service_account(access, name="Robot", role=OrgRole.ADMIN)
    with pytest.raises(ValidationError):
        actions.remove_member(access, in_acme["admin"], expected_version=None)


def test_a_facilitator_cannot_manage_members(in_acme: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.remove_member(in_acme.access("facilitator"), in_acme["lead"], expected_version=None)


def test_a_crossing_edit_shows_both_sides(acme: World) -> None:
    lead = acme["lead"]
    with tenant(acme.organization.pk):
        actions.edit_member(acme.access("admin"), lead, expected_version=1, role="facilitator")
    form = {"name": "Renamed", "role": "member", "money": "none", "version": 1}
    answer = acme.client("admin").post(page("member", lead.pk), form)
    told = {(d.label, d.mine, d.theirs) for d in answer.context["differences"]}
    assert answer.status_code == 409
    assert told == {("Name", "Renamed", "Acme lead"), ("Role", "Member", "Facilitator")}


def test_saving_again_after_a_crossing_edit_replaces_it(acme: World) -> None:
    lead, client = acme["lead"], acme.client("admin")
    with tenant(acme.organization.pk):
        actions.edit_member(acme.access("admin"), lead, expected_version=1, role="facilitator")
    form = {"name": "Renamed", "role": "member", "money": "none", "version": 1}
    again = client.post(page("member", lead.pk), form).context["form"]
    client.post(page("member", lead.pk), form | {"version": again["version"].value()})
    with tenant(acme.organization.pk):
        stored = Member.objects.get(pk=lead.pk)
    assert (stored.name, stored.role) == ("Renamed", "member")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_of_people_takes_the_same_queries_for_any_number(
    rows: int, acme: World, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        MemberFactory.create_batch(rows)
    client = acme.client("admin")
    client.get(page("people"))
    with django_assert_num_queries(12):
        client.get(page("people"))


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_members_of_the_api_take_the_same_queries_for_any_number(
    rows: int, acme: World, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        MemberFactory.create_batch(rows)
    client = acme.client("admin")
    client.get(reverse("api:members", args=SLUG))
    with django_assert_num_queries(8):
        client.get(reverse("api:members", args=SLUG))


def test_people_are_shown_a_page_at_a_time(acme: World) -> None:
    with tenant(acme.organization.pk):
        MemberFactory.create_batch(60)
    client = acme.client("bystander")
    first = client.get(page("people")).context["page"]
    second = client.get(first.next_url).context["page"]
    names = [member.name for member in [*first.rows, *second.rows]]
    assert (len(first.rows), len(names), len(set(names))) == (50, 66, 66)
    assert (names, second.next_url) == (sorted(names), None)


def test_a_person_is_found_by_name_or_address(acme: World) -> None:
    found = acme.client("viewer").get(page("people"), {"q": "LEAD@"}).context["page"].rows
    assert [member.name for member in found] == ["Acme lead"]


def test_a_new_name_of_a_person_is_shown_where_they_are_a_member(acme: World) -> None:
    person = acme["lead"].person
    assert person is not None
    profile = {"name": "Kim Lee", "time_zone": "", "mail_rhythm": "at-once"}
    client_of(person).post(reverse("accounts:profile"), profile)
    with tenant(acme.organization.pk):
        assert Member.objects.get(pk=acme["lead"].pk).name == "Kim Lee"


# --- Tokens ---------------------------------------------------------------------------------
def new_token(world: World, persona: str = "lead") -> str:
    form = {"name": "Export", "scope": "read", "days": 30}
    answer = world.client(persona).post(page("tokens"), form, follow=True)
    raw: str = answer.context["raw"]
    return raw


def use(raw: str) -> int:
    address = reverse("api:members", args=SLUG)
    return Client().get(address, headers={"Authorization": f"Bearer {raw}"}).status_code


EXPORT = {"name": "Export", "scope": "read", "days": 30}


def test_a_token_is_shown_once_by_the_page_that_follows(acme: World) -> None:
    client = acme.client("lead")
    made = client.post(page("tokens"), EXPORT)
    shown, again = (client.get(page("tokens")) for _ in range(2))
    assert (made.status_code, made["Location"]) == (302, page("tokens"))
    assert shown.context["raw"] in shown.content.decode()
    assert (again.context["raw"], "Copy the token now" in again.content.decode()) == ("", False)


def test_loading_the_page_of_a_new_token_again_makes_no_other(acme: World) -> None:
    client = acme.client("lead")
    client.post(page("tokens"), EXPORT)
    for _ in range(2):
        client.get(page("tokens"))
    with tenant(acme.organization.pk):
        assert ApiToken.objects.count() == 1


def test_a_new_token_waits_for_its_page_sealed(acme: World) -> None:
    client = acme.client("lead")
    client.post(page("tokens"), EXPORT)
    waiting = str(dict(client.session))
    raw = client.get(page("tokens")).context["raw"]
    assert (raw in waiting, raw in str(dict(client.session))) == (False, False)


def test_a_new_token_waits_for_ten_minutes(acme: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = acme.client("lead")
    client.post(page("tokens"), EXPORT)
    later = time.time() + 601
    monkeypatch.setattr("accounts.shown_once.time.time", lambda: later)
    assert client.get(page("tokens")).context["raw"] == ""


def test_a_new_token_is_lost_when_the_key_it_waits_under_is_taken_away(
    acme: World, settings: LazySettings
) -> None:
    client = acme.client("lead")
    client.post(page("tokens"), EXPORT)
    settings.CREDENTIAL_KEYS = f"other:{b64encode(new_data_key()).decode()}"
    assert client.get(page("tokens")).context["raw"] == ""


def test_a_new_token_is_shown_to_nobody_else(acme: World) -> None:
    acme.client("lead").post(page("tokens"), EXPORT)
    assert acme.client("admin").get(page("tokens")).context["raw"] == ""


def test_only_a_hash_of_a_token_is_stored(acme: World) -> None:
    raw = new_token(acme)
    with tenant(acme.organization.pk):
        token = ApiToken.objects.get()
        logged = orjson.dumps([entry.changes for entry in AuditEntry.objects.all()]).decode()
    assert token.token_hash == tokens.digest(raw)
    assert (raw in logged, token.token_hash in logged) == (False, False)
    assert raw not in repr(vars(token))


def test_a_token_works_until_it_is_revoked(acme: World) -> None:
    raw = new_token(acme)
    before = use(raw)
    with tenant(acme.organization.pk):
        pk = ApiToken.objects.get().pk
    acme.client("lead").post(page("revoke-token", pk))
    assert (before, use(raw)) == (200, 401)


def test_a_token_ends_with_the_membership(acme: World) -> None:
    raw = new_token(acme)
    with tenant(acme.organization.pk):
        actions.remove_member(acme.access("admin"), acme["lead"], expected_version=None)
    assert use(raw) == 401


def test_a_token_ends_on_its_day(acme: World) -> None:
    raw = new_token(acme)
    with tenant(acme.organization.pk):
        ApiToken.objects.update(expires_at=timezone.now())
    assert use(raw) == 401


@pytest.mark.parametrize("position", [4, 20, -1])
def test_a_token_with_one_other_letter_does_not_work(position: int, acme: World) -> None:
    raw = new_token(acme)
    other = "A" if raw[position] != "A" else "B"
    changed = raw[:position] + other + (raw[position + 1 :] if position != -1 else "")
    assert use(changed) == 401


def test_the_last_use_of_a_token_is_kept(acme: World) -> None:
    use(new_token(acme))
    with tenant(acme.organization.pk):
        token = ApiToken.objects.get()
    assert (token.last_used_from, token.last_used_at is not None) == ("127.0.0.1", True)


def test_a_member_does_not_see_the_tokens_of_others(acme: World) -> None:
    new_token(acme, "lead")
    assert acme.client("viewer").get(page("tokens")).context["page"].rows == []


def test_nobody_makes_a_token_for_another_person(in_acme: World) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.create_token(
            in_acme.access("admin"),
            name="Spy",
            scope=TokenScope.WRITE,
            expires_at=timezone.now() + timedelta(days=1),
            member=in_acme["lead"],
        )
    assert "member" in refused.value.message_dict


def test_a_token_lives_a_year_at_most(acme: World) -> None:
    form = {"name": "Export", "scope": "read", "days": 366}
    answer = acme.client("lead").post(page("tokens"), form)
    assert (answer.status_code, "days" in answer.context["form"].errors) == (422, True)


def test_nothing_in_the_database_holds_a_token(acme: World) -> None:
    raw = new_token(acme)
    with tenant(acme.organization.pk):
        kept = [bytes(row.body or b"") for row in IdempotencyKey.objects.all()]
    assert all(raw.encode() not in body for body in kept)


# --- The organisation -----------------------------------------------------------------------
def settings_form(world: World, **changes: Any) -> dict[str, Any]:
    organization = world.organization
    return {
        "name": organization.name,
        "slug": organization.slug,
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "fiscal_year_start": 4,
        "behind_after": 5,
        "at_risk_after": 25,
        "version": 1,
    } | changes


def test_the_settings_are_stored(acme: World) -> None:
    acme.client("admin").post(page("organization"), settings_form(acme))
    with tenant(acme.organization.pk):
        stored = Organization.objects.get()
    assert (stored.time_zone, stored.fiscal_year_start, stored.version) == ("Europe/Berlin", 4, 2)


def test_a_new_address_is_led_to_from_the_old_one(acme: World) -> None:
    client = acme.client("admin")
    client.post(page("organization"), settings_form(acme, slug="north-wind"))
    answer = client.get("/o/acme/settings/people/?q=kim")
    assert answer["Location"] == "/o/north-wind/settings/people/?q=kim"


def test_an_address_that_another_organisation_had_is_taken(acme: World) -> None:
    other = make_organization("Other")
    with tenant(other.pk):
        FormerSlug.objects.create(slug="north-wind")
    answer = acme.client("admin").post(page("organization"), settings_form(acme, slug="north-wind"))
    assert answer.context["form"].errors == {"slug": ["This address is taken."]}


def test_at_risk_cannot_begin_before_behind(acme: World) -> None:
    form = settings_form(acme, behind_after=30, at_risk_after=10)
    answer = acme.client("admin").post(page("organization"), form)
    errors = {"at_risk_after": ["At risk must not begin before behind."]}
    assert (answer.status_code, answer.context["form"].errors) == (422, errors)


def test_a_refused_address_stays_out_of_the_links_around_the_form(acme: World) -> None:
    answer = acme.client("admin").post(page("organization"), settings_form(acme, slug="Bad Slug!"))
    assert (answer.status_code, answer.context["form"]["slug"].value()) == (422, "Bad Slug!")
    assert reverse("okrs:home", args=["acme"]) in answer.content.decode()


def test_a_currency_may_be_typed_in_small_letters(acme: World) -> None:
    acme.client("admin").post(page("organization"), settings_form(acme, currency="sek"))
    with tenant(acme.organization.pk):
        assert Organization.objects.get().currency == "SEK"


def test_settings_that_somebody_changed_meanwhile_are_not_overwritten(acme: World) -> None:
    client = acme.client("admin")
    client.post(page("organization"), settings_form(acme, name="Theirs"))
    answer = client.post(page("organization"), settings_form(acme, name="Mine"))
    with tenant(acme.organization.pk):
        assert Organization.objects.get().name == "Theirs"
    assert answer.status_code == 409


def test_the_clock_of_an_organisation_ends_with_its_request(acme: World) -> None:
    with tenant(acme.organization.pk):
        Organization.objects.update(time_zone="Pacific/Auckland")
    acme.client("lead").get(page("people"))
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_task_counts_days_by_the_clock_of_its_organisation(acme: World) -> None:
    with tenant(acme.organization.pk):
        Organization.objects.update(time_zone="Pacific/Auckland")
        assert str(clock_of_organization()) == "Pacific/Auckland"
