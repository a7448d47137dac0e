"""A key result fed by a connection, and the recorded issues of a real Jira when they are there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import Member
from integrations.actions.credentials import store_credential
from integrations.actions.gate import reopen
from integrations.actions.runs import start_run
from integrations.actions.sync import provider_for, run_sync
from integrations.choices import Measure, RunState, RunTrigger
from integrations.models import Connection, Link, Source, SyncRun
from integrations.ports import Provider, SourceKind
from integrations.queries.connections import open_run
from okrs.actions.cycles import create_cycle, set_up_tiers
from okrs.actions.objectives import create_objective
from okrs.choices import CycleState, KeyResultSource
from okrs.models import Cycle, KeyResult, Tier
from portfolio.choices import Dimension
from portfolio.models import MeasureUnit, Metric, Product
from standins.blank import empty_jira
from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.real import read_site
from standins.server import Server, serve
from standins.state import Tracker
from tests.factories.okrs import KeyResultFactory
from tests.factories.portfolio import MetricFactory
from tests.integrations.items import make_source
from tests.personas import World

REAL = Path(os.environ.get("FLOTILLA_CONTRACTS", "../shared/contracts")) / "jira" / "real"
CLOUD_CREDENTIAL = "sync@example.com:token-of-the-tests"
CENTER_CREDENTIAL = "token-of-the-tests"


@pytest.fixture(autouse=True)
def stand_ins_may_be_reached(settings: LazySettings) -> None:
    settings.OUTBOUND_ALLOW_LOOPBACK = True


@pytest.fixture
def real_issues() -> Path:
    if not REAL.is_dir():
        pytest.skip(f"no recorded issues in {REAL}")
    return REAL


@dataclass
class Portal:
    """Acme's side: a quarter, an objective, and whatever key results a test asks for."""

    world: World
    cycle: Cycle

    @property
    def admin(self) -> Member:
        return self.world["admin"]

    def key_result(self, title: str) -> KeyResult:
        """A share in percent, from 0 to 100, read from linked work."""
        access = self.world.access("admin")
        objective = create_objective(
            access,
            title=f"Objective of {title}",
            tier=Tier.objects.get(name="Product"),
            cycle=self.cycle,
            product=Product.objects.get(),
        )
        unit, _ = MeasureUnit.objects.get_or_create(
            name="percent", defaults={"dimension": Dimension.PERCENT, "symbol": "%"}
        )
        made: KeyResult = KeyResultFactory.create(
            objective=objective,
            title=title,
            metric=MetricFactory.create(name=title, unit=unit, is_silent=True),
            source=KeyResultSource.SYNCED,
        )
        return made

    def connection(self, provider: str, address: str, **secrets: str) -> Connection:
        connection = Connection.objects.create(
            name=provider, provider=provider, address=address, owner=self.admin
        )
        store_credential(connection, self.admin, secrets)
        return connection

    def link(
        self,
        connection: Connection,
        key_result: KeyResult,
        remote_id: str,
        *,
        kind: str = SourceKind.PROJECT.value,
        **fields: Any,
    ) -> Link:
        source, _ = Source.objects.get_or_create(
            connection=connection,
            kind=kind,
            remote_id=remote_id,
            defaults={"name": remote_id},
        )
        given = {"measure": Measure.SHARE_OF_ITEMS, **fields}
        return Link.objects.create(source=source, key_result=key_result, **given)

    def provider(self, connection: Connection) -> Provider:
        return provider_for(connection)

    def turn(self, connection: Connection) -> SyncRun:
        """One turn of the run that is on, or of one that somebody asks for; it may end waiting."""
        run = open_run(connection) or start_run(connection, RunTrigger.PERSON)
        run_sync(run.pk)
        run.refresh_from_db()
        return run

    def sync(self, connection: Connection) -> SyncRun:
        """A run to its end, whatever it is asked to wait for."""
        run = self.turn(connection)
        while not run.is_over:
            assert run.state == RunState.WAITING, "the run lost its database: see the log"
            SyncRun.objects.filter(pk=run.pk).update(resume_at=None)
            reopen(connection.pk)
            run = self.turn(connection)
        return run

    def count_anew(self, connection: Connection) -> SyncRun:
        """A run with a census of every source."""
        Source.objects.filter(connection=connection).update(censused_at=None)
        return self.sync(connection)


@pytest.fixture
def portal(in_acme: World) -> Portal:
    set_up_tiers(in_acme.organization, in_acme["admin"])
    cycle = create_cycle(
        in_acme.access("admin"),
        name="Quarter",
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 12, 31),
        state=CycleState.OPEN,
    )
    return Portal(in_acme, cycle)


@contextmanager
def real_cloud(folder: Path, up_to: datetime | None = None) -> Iterator[Server[JiraCloud]]:
    tracker = Tracker(read_site(folder, up_to=up_to))
    with serve(JiraCloud(tracker, credential=CLOUD_CREDENTIAL)) as server:
        yield server


@contextmanager
def real_center(folder: Path, up_to: datetime | None = None) -> Iterator[Server[JiraDataCenter]]:
    tracker = Tracker(read_site(folder, up_to=up_to))
    with serve(JiraDataCenter(tracker, credential=CENTER_CREDENTIAL)) as server:
        yield server


@pytest.fixture
def jira() -> Iterator[Server[JiraCloud]]:
    tracker = Tracker(empty_jira())
    tracker.add_space("SHOP", "Web shop")
    for title in ("Cache the basket", "Shorten the form"):
        tracker.add("SHOP", title)
    with serve(JiraCloud(tracker, credential=CLOUD_CREDENTIAL)) as server:
        yield server


@pytest.fixture
def admin(portal: Portal) -> Client:
    return portal.world.client("admin")


@pytest.fixture
def connection(portal: Portal) -> Connection:
    """A connection that nothing answers for."""
    return Connection.objects.create(name="Delivery", provider="jira-cloud", owner=portal.admin)


@pytest.fixture
def source(connection: Connection) -> Source:
    return make_source(connection, "Web shop")


@pytest.fixture
def orders(portal: Portal) -> Metric:
    made: Metric = MetricFactory.create(name="Orders", product=portal.world.product)
    return made
