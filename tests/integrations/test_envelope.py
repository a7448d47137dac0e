"""Secrets at rest open in their own place and nowhere else."""

from uuid import uuid4

import pytest
from django.db import connection as database

from integrations.actions.credentials import open_provider
from integrations.actions.sealing import data_key, place_of
from integrations.models import Credential
from lib.envelope import (
    Place,
    SecretUnreadable,
    new_data_key,
    seal,
    unseal,
    unwrap,
    wrap,
)
from tests.integrations.conftest import Portal

PLACE = Place(uuid4(), "credential", uuid4(), "sealed")
SECRET = "token-that-nobody-may-see"


def test_a_secret_opens_where_it_was_sealed() -> None:
    key = new_data_key()
    assert unseal(seal(SECRET, key, PLACE), key, PLACE) == SECRET


@pytest.mark.parametrize(
    "place",
    [
        Place(uuid4(), PLACE.table, PLACE.row_id, PLACE.field),
        Place(PLACE.organization_id, "other", PLACE.row_id, PLACE.field),
        Place(PLACE.organization_id, PLACE.table, uuid4(), PLACE.field),
        Place(PLACE.organization_id, PLACE.table, PLACE.row_id, "other"),
    ],
    ids=["another organisation", "another table", "another row", "another field"],
)
def test_a_moved_secret_does_not_open(place: Place) -> None:
    key = new_data_key()
    with pytest.raises(SecretUnreadable):
        unseal(seal(SECRET, key, PLACE), key, place)


def test_a_changed_secret_does_not_open() -> None:
    key = new_data_key()
    sealed = bytearray(seal(SECRET, key, PLACE))
    sealed[-1] ^= 1
    with pytest.raises(SecretUnreadable):
        unseal(bytes(sealed), key, PLACE)


def test_a_data_key_unwraps_for_its_organisation_only() -> None:
    deployment, data = new_data_key(), new_data_key()
    organization, other = uuid4(), uuid4()
    wrapped = wrap(data, deployment, organization)
    assert unwrap(wrapped, deployment, organization) == data
    with pytest.raises(SecretUnreadable):
        unwrap(wrapped, deployment, other)


def test_equal_secrets_look_different() -> None:
    key = new_data_key()
    assert seal(SECRET, key, PLACE) != seal(SECRET, key, PLACE)


def test_a_stored_credential_shows_four_characters_and_the_database_none(portal: Portal) -> None:
    portal.connection("linear", "", key=SECRET)
    credential = Credential.objects.get()
    assert credential.hint == f"…{SECRET[-4:]}"
    assert (
        unseal(bytes(credential.sealed), data_key(), place_of(credential))
        == f'{{"key":"{SECRET}"}}'
    )
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM integrations_credential WHERE sealed::text LIKE %s",
            [f"%{SECRET}%"],
        )
        assert cursor.fetchone() == (0,)


def test_the_audit_log_keeps_no_secret(portal: Portal) -> None:
    portal.connection("linear", "", key=SECRET)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT changes ->> 'sealed' FROM accounts_auditentry"
            " WHERE table_name = 'integrations_credential'"
        )
        assert cursor.fetchone() == ('["hidden", "hidden"]',)


def test_a_provider_does_not_show_its_secret(portal: Portal) -> None:
    connection = portal.connection("linear", "", key=SECRET)
    assert SECRET not in repr(open_provider(connection))
