"""The same delivery over several connections at the same moment."""

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.tenancy import tenant
from integrations.actions.pushes import open_address
from portfolio.models import Metric, MetricValue
from tests.factories.portfolio import MetricFactory
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


@pytest.fixture
def token(world: World) -> str:
    with transaction.atomic(), tenant(world.organization.pk, actor_id=world["admin"].pk):
        metric: Metric = MetricFactory.create(product=world.product)
        return open_address(world.access("admin"), metric, name="Script")[1]


def at_once(token: str, body: str, key: str) -> list[int]:
    """The statuses of the same delivery, sent by so many at the same time."""
    start, statuses = Barrier(AT_ONCE), list[int]()
    headers = {"Idempotency-Key": key} if key else {}

    def send() -> None:
        try:
            start.wait()
            answer = Client().post(f"/push/{token}/", body, "application/json", headers=headers)
            statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


@pytest.mark.parametrize(
    ("body", "key"), [('{"value": 5}', "run-7"), ('{"value": 5, "at": "2026-11-01"}', "")]
)
def test_one_of_many_is_recorded_and_the_others_are_told_so(
    world: World, token: str, body: str, key: str
) -> None:
    assert at_once(token, body, key) == [200, 200, 200, 201]
    with transaction.atomic(), tenant(world.organization.pk):
        assert MetricValue.objects.count() == 1
