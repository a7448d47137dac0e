"""What a process beside the test does: ask a service who we are, at a moment that it is told."""

import sys
import time
from uuid import UUID

from django.db import transaction

from accounts.tenancy import tenant
from integrations.actions.credentials import open_provider
from integrations.models import Connection

START = "import django; django.setup(); from tests.background.renewing import ask; ask()"


def ask() -> None:
    """Arguments are an organisation, a connection and a time; the account is written out.

    Access that has ended is renewed on the way, as a worker would.
    """
    organization, connection, moment = sys.argv[1:]
    with tenant(UUID(organization)):
        with transaction.atomic():
            provider = open_provider(Connection.objects.get(pk=UUID(connection)))
        time.sleep(max(0.0, float(moment) - time.time()))
        sys.stdout.write(provider.identify().name)
