"""A worker that dies before any one of the writes that deliveries lead to.

No delivery is lost, and none counts twice. Each is told twice, and some tell of a deletion, which
nothing but a census would find.
"""

import pytest

from integrations.actions import hints, sync
from integrations.actions.runs import start_run
from integrations.choices import OPEN_RUNS, RunTrigger
from integrations.models import WebhookDelivery
from tests.integrations.conftest import Portal
from tests.integrations.sync.deaths import die_before_each_write, turn_dies_before_each_write
from tests.integrations.sync.deliveries import post
from tests.integrations.sync.hinted import DELETED, hinted, unfollowed, with_changes
from tests.integrations.sync.twins import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_a_delivery_that_is_sent_again_after_a_death_is_stored_once(
    portal: Portal, service: str
) -> None:
    with with_changes(portal, service) as ready:
        event, tried = ready.events[0], ready.pair.tried
        webhook, secret = ready.addresses[tried]

        def deliver() -> None:
            post(webhook, event.delivery(), secret)

        def is_stored_once() -> None:
            webhook.refresh_from_db()
            assert (WebhookDelivery.objects.count(), webhook.received) == (1, 1)
            run = tried.runs.get(state__in=OPEN_RUNS)
            assert (run.trigger, run.enqueued_at is None) == (RunTrigger.WEBHOOK, False)

        assert die_before_each_write(deliver, repair=deliver, check=is_stored_once) > 3


@pytest.mark.parametrize("service", SERVICES)
def test_a_run_by_webhook_may_die_before_any_write(
    portal: Portal, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "AT_A_TIME", 4)
    with hinted(portal, service) as pair:
        assert turn_dies_before_each_write(pair) > 20
        assert pair.spared.runs.latest("id").trigger == RunTrigger.WEBHOOK
        assert pair.spared.items.exclude(gone_at=None).count() == len(DELETED)
        assert unfollowed(pair.spared) == 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_reading_that_follows_deliveries_first_may_die_before_any_write_of_that(
    portal: Portal, service: str
) -> None:
    with hinted(portal, service) as pair:
        for connection in (pair.tried, pair.spared):
            start_run(connection, RunTrigger.PERSON)
        assert turn_dies_before_each_write(pair, (sync, "follow_first")) > 10
        assert pair.spared.items.exclude(gone_at=None).count() == len(DELETED)
        assert unfollowed(pair.spared) == 0
