"""What processes beside a test do: ask the service of a connection who we are."""

import sys
from uuid import UUID

from django.db import transaction

from accounts.tenancy import tenant
from integrations.actions.credentials import open_provider
from integrations.models import Connection
from integrations.ports import Provider, RateLimited
from tests.background.together import all_are_ready, identifiers

MOST = 200


def ask_once() -> None:
    """The account is written. Access that has ended is renewed on the way, as by a worker."""
    organization, connection = identifiers()
    with tenant(organization):
        provider = opened(connection)
        all_are_ready()
        sys.stdout.write(provider.identify().name)


def ask_until_limited() -> None:
    """The number of answers is written; it is an error when the service had to refuse."""
    organization, connection = identifiers()
    answered = 0
    with tenant(organization):
        provider = opened(connection)
        all_are_ready()
        try:
            while answered < MOST:
                provider.identify()
                answered += 1
        except RateLimited as refused:
            if refused.status is not None:
                raise
    sys.stdout.write(str(answered))


@transaction.atomic
def opened(connection: UUID) -> Provider:
    return open_provider(Connection.objects.get(pk=connection))
