"""A connection that follows a project of a stand-in, and what real workers make of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from celery import current_app
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts import outbox
from accounts.models import OutboxEntry
from accounts.tenancy import tenant
from integrations.actions.connections import edit_connection
from integrations.actions.credentials import store_credential
from integrations.actions.held import hold_connection
from integrations.actions.recounts import FORGOTTEN_AFTER
from integrations.actions.runs import ABANDONED_AFTER, SOON_JOB, start_due_runs, start_run
from integrations.choices import RunState, RunTrigger
from integrations.models import (
    Connection,
    ItemVersion,
    Link,
    LinkTally,
    Observation,
    Recount,
    Source,
    SourceItem,
    SyncedItem,
    SyncRun,
)
from integrations.ports import Category
from okrs.models import KeyResult
from portfolio.models import MetricValue
from standins.blank import empty_jira
from standins.jira_cloud import JiraCloud
from standins.limits import Bucket
from standins.server import Server, serve
from standins.state import Tracker
from tests.personas import World

CREDENTIAL = "sync@example.com:token-of-the-tests"


@contextmanager
def jira_with(issues: int) -> Iterator[Server[JiraCloud]]:
    """A project of that many stories, every third of them done."""
    tracker = Tracker(empty_jira(), now=lambda: timezone.now() - timedelta(days=1))
    tracker.add_space("SHOP", "Web shop")
    for number in range(issues):
        issue = tracker.add("SHOP", f"Story {number}")
        if number % 3 == 0:
            tracker.finish(issue.id)
    roomy = Bucket(10_000, per_second=10_000)
    with serve(JiraCloud(tracker, credential=CREDENTIAL, bucket=roomy)) as server:
        yield server


@dataclass(frozen=True)
class Outcome:
    """All that a sync came to, but for our ids and times."""

    items: int
    members: int
    versions: int
    observed: tuple[int, int] | None
    score: Decimal | None


@dataclass(frozen=True)
class Stored:
    """Everything that is stored of a sync, but for our ids and times. `items` is a digest."""

    items: str
    members: int
    versions: int
    size: int
    counts: list[tuple[int, ...]]
    observed: list[tuple[int, int]]
    values: list[Decimal | None]
    score: Decimal | None


# Keys, titles, states and all else that the service told of each item, in one order.
DIGEST = """
SELECT md5(string_agg(concat_ws(' ', remote_id, category, is_leaf, gone_at, facts::text), ','
                      ORDER BY remote_id)) FROM integrations_synceditem
"""


def shown(score: Decimal | None) -> Decimal | None:
    return None if score is None else round(score, 9)


def undisturbed(issues: int) -> Outcome:
    """What reading the project once, by nobody's fault twice, comes to."""
    done = -(-issues // 3)
    score = shown(Decimal(done) / issues / 100)
    return Outcome(issues, issues, issues, (done, issues), score)


@dataclass
class Following:
    """A connection that follows the project, and what it moves."""

    world: World
    connection: Connection
    key_result: KeyResult

    def start(self) -> SyncRun:
        with tenant(self.world.organization.pk), transaction.atomic():
            return start_run(self.connection, RunTrigger.PERSON)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Let no run end in the block: who ends one holds the connection."""
        with tenant(self.world.organization.pk), transaction.atomic():
            hold_connection(self.connection.pk)
            yield

    def ask_for(self, run: SyncRun) -> None:
        """Send the run to whoever is free, past the outbox."""
        to = {"org_id": str(self.world.organization.pk), "run_id": str(run.pk)}
        current_app.send_task(SOON_JOB, kwargs=to)

    def run(self, run: SyncRun) -> SyncRun:
        with tenant(self.world.organization.pk), transaction.atomic():
            return SyncRun.objects.get(pk=run.pk)

    def is_over(self, run: SyncRun) -> bool:
        return self.run(run).is_over

    def was_taken_up(self, run: SyncRun, before: UUID | None) -> bool:
        """Whether another worker than the one before has claimed the run, or ended it."""
        present = self.run(run)
        return present.is_over or present.claim not in {None, before}

    def is_handed_to_the_queue(self) -> bool:
        with tenant(self.world.organization.pk), transaction.atomic():
            return not OutboxEntry.objects.filter(dispatched_at=None).exists()

    def give_up_for_dead(self) -> None:
        """Let the lease of a killed worker run out now, and have the run taken up."""
        silent = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
        with tenant(self.world.organization.pk), transaction.atomic():
            running = SyncRun.objects.filter(state=RunState.RUNNING)
            running.update(progressed_at=silent, losses=0)
            SyncRun.objects.filter(state=RunState.WAITING).update(enqueued_at=None)
            start_due_runs()
        outbox.wake_dispatcher()

    def stored(self) -> Stored:
        """Everything that one sync came to by now."""
        with tenant(self.world.organization.pk), transaction.atomic():
            with database.cursor() as cursor:
                cursor.execute(DIGEST)
                (digest,) = cursor.fetchone()
            observations = Observation.objects.filter(link__key_result=self.key_result)
            values = MetricValue.objects.filter(metric=self.key_result.metric_id)
            counts = LinkTally.objects.values_list("done", "standing", "left_out", "unestimated")
            return Stored(
                items=digest,
                members=SourceItem.objects.filter(left_at=None).count(),
                versions=ItemVersion.objects.count(),
                size=Source.objects.values_list("item_count", flat=True).get(),
                counts=list(counts),
                observed=list(observations.values_list("items_done", "items_total")),
                values=list(values.values_list("value", flat=True)),
                score=KeyResult.objects.values_list("score", flat=True).get(),
            )

    def let_census_be_due(self) -> None:
        with tenant(self.world.organization.pk), transaction.atomic():
            Source.objects.update(censused_at=None)

    def change_rules(self) -> None:
        """Let everything that is open count as done."""
        rules = {"status_kinds": {"new": Category.DONE.value}}
        with tenant(self.world.organization.pk), transaction.atomic():
            connection = Connection.objects.get(pk=self.connection.pk)
            admin = self.world.access("admin")
            edit_connection(admin, connection, expected_version=None, rules=rules)

    def forget_rules(self) -> None:
        """Let what the rules owe have waited long for its job."""
        silent = timezone.now() - FORGOTTEN_AFTER - timedelta(seconds=1)
        with tenant(self.world.organization.pk), transaction.atomic():
            Recount.objects.update(progressed_at=silent)

    def rules_are_applied(self) -> bool:
        with tenant(self.world.organization.pk), transaction.atomic():
            return not Recount.objects.exists()

    def outcome(self) -> Outcome:
        """What is stored and shown by now."""
        with tenant(self.world.organization.pk), transaction.atomic():
            last = Observation.objects.filter(link__key_result=self.key_result).first()
            return Outcome(
                items=SyncedItem.objects.count(),
                members=SourceItem.objects.filter(left_at=None).count(),
                versions=ItemVersion.objects.count(),
                observed=(last.items_done, last.items_total) if last else None,
                score=shown(KeyResult.objects.get(pk=self.key_result.pk).score),
            )


def follow(world: World, server: Server[JiraCloud]) -> Following:
    """A connection whose project moves the key result."""
    following = follow_beside(world, server)
    with tenant(world.organization.pk), transaction.atomic():
        source = Source.objects.get(connection=following.connection)
        Link.objects.create(source=source, key_result=following.key_result)
    return following


def follow_beside(world: World, server: Server[JiraCloud]) -> Following:
    """Another connection, which moves nothing."""
    email, token = CREDENTIAL.split(":")
    with tenant(world.organization.pk), transaction.atomic():
        connection = Connection.objects.create(
            name=server.url, provider="jira-cloud", address=server.url, owner=world["admin"]
        )
        store_credential(connection, world["admin"], {"email": email, "token": token})
        Source.objects.create(
            connection=connection,
            kind="project",
            remote_id=server.app.tracker.space("SHOP").id,
            name="Web shop",
        )
        return Following(world, connection, KeyResult.objects.get())
