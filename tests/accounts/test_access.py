"""How a request finds out who sends it: by session, and as which member."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.access import member_in_place
from accounts.authentication import PersonBackend
from accounts.models import Member, Person
from accounts.sessions import SessionStore
from tests.personas import World


def kept_session() -> SessionStore:
    session = SessionStore()
    session["last_organization"] = "acme"
    session.save()
    return session


def test_a_session_holds_what_was_kept_in_it(db: None) -> None:
    again = SessionStore(kept_session().session_key)
    assert again["last_organization"] == "acme"


def test_a_session_that_expired_holds_nothing_and_gives_up_its_key(db: None) -> None:
    session = kept_session()
    expired = timezone.now() - timedelta(seconds=1)
    Session.objects.filter(pk=session.session_key).update(expire_date=expired)
    again = SessionStore(session.session_key)
    assert (again.get("last_organization"), again.session_key) == (None, None)


def test_a_session_ends_with_its_row(db: None) -> None:
    session = kept_session()
    Session.objects.filter(pk=session.session_key).delete()
    assert "last_organization" not in SessionStore(session.session_key)


def test_a_session_that_somebody_wrote_to_holds_nothing(db: None) -> None:
    session = kept_session()
    Session.objects.filter(pk=session.session_key).update(session_data="forged")
    assert "last_organization" not in SessionStore(session.session_key)


def person_of(member: Member) -> Person:
    assert member.person_id is not None
    return Person.objects.get(pk=member.person_id)


def test_a_person_is_as_the_orm_would_read_them(acme: World) -> None:
    read = person_of(acme["lead"])
    found = PersonBackend().get_user(read.pk)
    columns = [field.attname for field in Person._meta.concrete_fields]
    assert [getattr(found, name) for name in columns] == [getattr(read, name) for name in columns]
    assert found is not None
    assert found._state.adding is False


def test_who_may_not_sign_in_any_more_is_signed_out(acme: World) -> None:
    client = acme.client("lead")
    Person.objects.filter(pk=person_of(acme["lead"]).pk).update(is_active=False)
    assert client.get("/o/acme/").status_code == 302


def test_nobody_signed_in_by_an_id_of_nobody(db: None) -> None:
    assert PersonBackend().get_user(uuid4()) is None


def test_a_session_ends_when_the_password_changes(acme: World) -> None:
    client = acme.client("lead")
    person = person_of(acme["lead"])
    person.set_password("another-long-password")
    person.save()
    assert client.get("/o/acme/").status_code == 302


def test_a_member_comes_with_the_organisation(in_acme: World) -> None:
    member = member_in_place(in_acme["lead"].pk)
    assert (member, member.organization) == (in_acme["lead"], in_acme.organization)


def test_a_member_is_as_the_orm_would_read_them(in_acme: World) -> None:
    read = Member.objects.select_related("organization").get(pk=in_acme["lead"].pk)
    found = member_in_place(read.pk)
    columns = [field.attname for field in Member._meta.concrete_fields]
    assert [getattr(found, name) for name in columns] == [getattr(read, name) for name in columns]
    assert found._state.adding is False


def test_nobody_is_found_by_an_id_of_nobody(in_acme: World) -> None:
    with pytest.raises(Member.DoesNotExist):
        member_in_place(uuid4())
