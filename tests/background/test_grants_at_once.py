"""Access that ends while several processes use it is renewed by one of them."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.db import transaction

from accounts.tenancy import tenant
from integrations.choices import RunState
from integrations.models import Link, Source
from okrs.models import KeyResult
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.oauth import CLIENT_ID, CLIENT_SECRET
from standins.server import Server
from tests.background.conftest import eventually, worker
from tests.background.following import Following, jira_with
from tests.background.together import run_together
from tests.background.world import small_portfolio
from tests.integrations.grants import set_up_apps, signed_in
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

PROCESSES = 4
# Long enough that all of them want the renewal before the first has it.
SLOWLY = Fault(name="timeout", path="/oauth/token", seconds=1.5)


@pytest.fixture
def world() -> World:
    return small_portfolio()


@pytest.fixture
def jira() -> Iterator[Server[JiraCloud]]:
    with jira_with(400) as server:
        yield server


@pytest.fixture
def following(world: World, jira: Server[JiraCloud], settings: LazySettings) -> Following:
    set_up_apps(settings, jira_cloud=jira.url)
    with tenant(world.organization.pk), transaction.atomic():
        connection = signed_in(world, jira)
        source = Source.objects.create(
            connection=connection,
            kind="project",
            remote_id=jira.app.tracker.space("SHOP").id,
            name="Web shop",
        )
        key_result = KeyResult.objects.get()
        Link.objects.create(source=source, key_result=key_result)
    return Following(world, connection, key_result)


def app(jira: Server[JiraCloud]) -> dict[str, str]:
    return {
        "JIRA_OAUTH_CLIENT_ID": CLIENT_ID,
        "JIRA_OAUTH_CLIENT_SECRET": CLIENT_SECRET,
        "JIRA_OAUTH_STANDIN": jira.url,
    }


def test_of_several_processes_one_renews_and_all_go_on(
    world: World, jira: Server[JiraCloud], following: Following
) -> None:
    jira.app.oauth.expire()
    jira.app.faults.add(SLOWLY)
    told = run_together(
        "tests.background.asking.ask_once",
        PROCESSES,
        world.organization.pk,
        following.connection.pk,
        **app(jira),
    )
    assert told == [jira.app.tracker.site.account.name] * PROCESSES
    assert jira.app.oauth.renewals == 1
    refused = [it for it in jira.app.seen if it.path.endswith("/myself") and it.status == 401]
    assert len(refused) > 1


def test_two_workers_and_one_connection_never_run_twice_and_renew_once(
    jira: Server[JiraCloud], following: Following
) -> None:
    jira.app.oauth.expire()
    jira.app.faults.add(SLOWLY)
    with worker(**app(jira)), worker(**app(jira)):
        run = following.start()
        with following.kept_open():
            for _ in range(5):
                following.start()
        assert eventually(lambda: following.is_over(run))
    assert following.run(run).state == RunState.COMPLETE
    assert jira.app.oauth.renewals == 1
    assert len([seen for seen in jira.app.seen if b"updated ASC" in seen.body]) == 4
    assert following.outcome().items == 400
