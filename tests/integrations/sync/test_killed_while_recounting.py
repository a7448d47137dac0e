"""Rules that change, and a death before any one of the writes that follow: the lines are the same.

The lines are those of now and of the past, beside the line by the rules before.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import OutboxEntry
from integrations.actions import reclassify, replay, sync
from integrations.actions.connections import edit_connection
from integrations.actions.links import edit_link
from integrations.actions.reclassify import apply_rules
from integrations.actions.recounts import FORGOTTEN_AFTER, send_forgotten
from integrations.models import Connection, ItemVersion, Link, Observation, Recount, SyncRun
from portfolio.models import MetricValue
from tests.integrations.conftest import Portal
from tests.integrations.sync.deaths import (
    Step,
    die_before_each_write,
    differences,
    fall_silent,
)
from tests.integrations.sync.outcome import owed
from tests.integrations.sync.twins import SERVICES, outcome, twins

# The thirty items are gone through in two chunks.
BATCH = 16


@pytest.fixture(autouse=True)
def two_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reclassify, replay):
        monkeypatch.setattr(module, "BATCH", BATCH)


@dataclass(frozen=True)
class Past:
    """A connection with a link, and what happened to it in three runs."""

    portal: Portal
    connection: Connection
    link: Link

    def count_another_label(self) -> None:
        link = Link.objects.select_related("source__connection").get(pk=self.link.pk)
        edit_link(self.portal.world.access("admin"), link, expected_version=None, label="speed")

    def take_open_for_done(self) -> None:
        connection = Connection.objects.get(pk=self.connection.pk)
        rules = {"statuses": {connection.items.get(key="SHOP-24").status_id: "done"}}
        admin = self.portal.world.access("admin")
        edit_connection(admin, connection, expected_version=None, rules=rules)

    def was_edited(self) -> bool:
        return Link.objects.get(pk=self.link.pk).line > self.link.line

    def judge_and_replay(self) -> None:
        """What the jobs do that the queue was handed."""
        apply_rules(self.connection.pk)
        replay.replay(self.link.pk)

    def find_what_is_owed(self) -> None:
        """Jobs are silent; what they left is sent again, and carried out."""
        silent = timezone.now() - FORGOTTEN_AFTER - timedelta(seconds=1)
        Recount.objects.update(progressed_at=silent)
        OutboxEntry.objects.all().delete()
        send_forgotten()
        for arguments in owed("apply_rules"):
            apply_rules(UUID(arguments["connection_id"]))
        for arguments in owed("replay_link"):
            replay.replay(UUID(arguments["link_id"]))

    def drawn(self) -> dict[str, object]:
        """Every line of the link, the log of values, and all else that is known."""
        lines = Observation.objects.filter(link=self.link).order_by(
            "line", "effective_at", "recorded_at"
        )
        values = MetricValue.objects.order_by("effective_at", "recorded_at", "id")
        return {
            **outcome(self.connection),
            "lines": list(lines.values_list("line", "items_done", "items_total", "left_out")),
            "values": list(values.values_list("value", "source", "note", "voids__value")),
            "versions": ItemVersion.objects.filter(item__connection=self.connection).count(),
            "runs": SyncRun.objects.filter(connection=self.connection).count(),
            "owed": Recount.objects.count(),
        }

    def dies_before_each_write(
        self, work: Callable[[], object], repair: Callable[[], object], step: Step | None = None
    ) -> dict[str, object]:
        """What each death comes to, as what nobody disturbs."""
        with transaction.atomic():
            work()
            self.find_what_is_owed()
            expected = self.drawn()
            transaction.set_rollback(True)

        def compare() -> None:
            self.find_what_is_owed()
            assert differences(self.drawn(), expected) == {}

        assert die_before_each_write(work, repair=repair, check=compare, step=step) > 5
        return expected


@contextmanager
def with_a_past(portal: Portal, service: str) -> Iterator[Past]:
    """Three runs, with issues labelled and finished between them."""
    with twins(portal, SERVICES[service]) as pair:
        pair.sync()
        for numbers in (range(2, 12, 2), range(12, 24, 3)):
            for number in numbers:
                pair.tracker.relabel(f"SHOP-{number}", ("speed",))
                pair.tracker.finish(f"SHOP-{number + 2}")
            pair.sync()
        yield Past(portal, pair.tried, Link.objects.get(pk=pair.link.pk))


# Line, items done, items in all, and those left out: as observed, and by the rules of today.
AS_OBSERVED = [(1, 10, 30, 0), (1, 13, 30, 0), (1, 17, 30, 0)]
BY_LABEL = [(2, 0, 0, 0), (2, 4, 5, 0), (2, 5, 9, 0), (2, 5, 9, 0)]
ALL_DONE = [(2, 30, 30, 0), (2, 30, 30, 0)]


@pytest.mark.parametrize("service", SERVICES)
def test_a_link_that_counts_otherwise_has_the_same_lines_after_any_death(
    portal: Portal, service: str
) -> None:
    with with_a_past(portal, service) as past:

        def work() -> None:
            past.count_another_label()
            replay.replay(past.link.pk)

        def repair() -> None:
            if not past.was_edited():
                past.count_another_label()

        drawn = past.dies_before_each_write(work, repair)
        assert drawn["lines"] == [*AS_OBSERVED, *BY_LABEL]


@pytest.mark.parametrize("service", SERVICES)
def test_a_connection_with_other_rules_has_the_same_lines_after_any_death(
    portal: Portal, service: str
) -> None:
    with with_a_past(portal, service) as past:

        def work() -> None:
            past.take_open_for_done()
            past.judge_and_replay()

        def repair() -> None:
            if not past.was_edited():
                past.take_open_for_done()

        drawn = past.dies_before_each_write(work, repair)
        assert drawn["lines"] == [*AS_OBSERVED, *ALL_DONE]


@pytest.mark.parametrize("service", SERVICES)
def test_a_run_that_applies_other_rules_may_die_before_any_write_of_that(
    portal: Portal, service: str
) -> None:
    with with_a_past(portal, service) as past:
        past.take_open_for_done()
        OutboxEntry.objects.all().delete()

        def repair() -> None:
            fall_silent(past.connection)
            portal.sync(past.connection)

        drawn = past.dies_before_each_write(
            lambda: portal.turn(past.connection), repair, (sync, "judge_owed")
        )
        assert drawn["lines"] == [*AS_OBSERVED, *ALL_DONE]
