"""Several processes ask over one connection, and together no more than it is allowed."""

import pytest
from django.conf import LazySettings
from django.db import transaction

from accounts.tenancy import tenant
from integrations.actions.credentials import store_credential
from integrations.models import Connection
from standins.blank import empty_linear
from standins.limits import Bucket
from standins.linear import Linear
from standins.server import serve
from standins.state import Tracker
from tests.background.together import run_together
from tests.background.world import small_portfolio
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

KEY = "lin_api_tests"
ALLOWED = 80


@pytest.fixture
def world(settings: LazySettings) -> World:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    return small_portfolio()


def test_two_processes_together_stop_where_the_service_would_refuse(world: World) -> None:
    tracker = Tracker(empty_linear())
    budget = Bucket(ALLOWED, per_second=0.001)
    with serve(Linear(tracker, credential=KEY, requests=budget)) as linear:
        with tenant(world.organization.pk), transaction.atomic():
            connection = Connection.objects.create(
                name="Linear",
                provider="linear",
                address=f"{linear.url}/graphql",
                owner=world["admin"],
            )
            store_credential(connection, world["admin"], {"key": KEY})
        told = run_together(
            "tests.background.asking.ask_until_limited", 2, world.organization.pk, connection.pk
        )
        answered = [int(number) for number in told]
        assert {seen.status for seen in linear.app.seen} == {200}
        assert ALLOWED - 2 <= sum(answered) <= ALLOWED
        assert min(answered) > 0
