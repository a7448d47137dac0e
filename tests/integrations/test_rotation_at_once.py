"""Keys are exchanged while somebody stores a secret: it stays readable."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from accounts.tenancy import tenant
from integrations.actions.credentials import open_provider, store_credential
from integrations.actions.rotation import reencrypt
from integrations.models import Connection
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_secret_that_is_stored_meanwhile_is_sealed_anew_as_well(world: World) -> None:
    stored, exchanged = Event(), []
    with tenant(world.organization.pk), transaction.atomic():
        row = Connection.objects.create(
            name="Jira", provider="jira-cloud", address="https://acme.atlassian.net",
            owner=world["admin"],
        )  # fmt: skip

    def exchange() -> None:
        stored.wait()
        with tenant(world.organization.pk):
            exchanged.append(reencrypt())
        connection.close()

    other = Thread(target=exchange)
    other.start()
    with tenant(world.organization.pk), transaction.atomic():
        store_credential(row, world["admin"], {"email": "sync@example.com", "token": "kept"})
        stored.set()
        other.join(timeout=0.5)
        assert other.is_alive(), "the keys were exchanged beside an open transaction"
    other.join()
    assert exchanged == [1]
    with tenant(world.organization.pk), transaction.atomic():
        assert open_provider(row)
