"""A delivery that is being stored in the moment in which a run ends."""

from collections.abc import Callable
from threading import Event

import pytest
from django.db import transaction

from accounts.tenancy import tenant
from integrations.actions.runs import claim_run, fail_run, finish_run, start_run
from integrations.actions.webhooks import note_hint, open_webhook
from integrations.choices import RunState, RunTrigger
from integrations.models import Connection, SyncRun, Webhook, WebhookDelivery
from integrations.ports import AccessLost
from integrations.providers.hooks import Hint
from tests.factories.integrations import ConnectionFactory
from tests.integrations.sync.meeting import PATIENCE, Meeting
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def webhook(world: World) -> Webhook:
    with transaction.atomic(), tenant(world.organization.pk, actor_id=world["admin"].pk):
        connection: Connection = ConnectionFactory.create(owner=world["admin"])
        return open_webhook(world.access("admin"), connection)[0]


def fails(run: SyncRun) -> None:
    fail_run(run, AccessLost("jira-cloud", "", "out of sight"))


@pytest.mark.parametrize(
    ("trigger", "ends"),
    [
        (RunTrigger.PERSON, finish_run),
        (RunTrigger.WEBHOOK, finish_run),
        (RunTrigger.WEBHOOK, fails),
    ],
    ids=["a reading ends", "a run by webhook ends", "a run by webhook fails"],
)
def test_a_delivery_stored_while_the_run_that_it_joins_ends_has_a_run_of_its_own(
    world: World, webhook: Webhook, trigger: RunTrigger, ends: Callable[[SyncRun], None]
) -> None:
    with tenant(world.organization.pk):
        run = claim_run(start_run(webhook.connection, trigger).pk)
    assert run is not None
    meeting, is_stored, may_commit = Meeting(world), Event(), Event()

    def deliver() -> None:
        hint = Hint(delivery_id="1", event="jira:issue_updated", remote_id="10001")
        note_hint(webhook, hint)
        is_stored.set()
        may_commit.wait(PATIENCE)

    delivering = meeting.begins(deliver)
    assert is_stored.wait(PATIENCE)
    ending = meeting.begins(lambda: ends(run))
    ending.join(0.5)
    may_commit.set()
    delivering.join(PATIENCE)
    ending.join(PATIENCE)
    with transaction.atomic(), tenant(world.organization.pk):
        assert WebhookDelivery.objects.filter(settled_at=None).count() == 1
        assert SyncRun.objects.get(state=RunState.WAITING).trigger == RunTrigger.WEBHOOK
