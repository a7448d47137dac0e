"""Runs over a connection at which somebody signed in: access ends, is renewed, is withdrawn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.conf import LazySettings
from django.core.cache import cache

from integrations.actions import census
from integrations.actions.credentials import open_provider, store_credential
from integrations.actions.sealing import opened
from integrations.choices import ConnectionState, RunState
from integrations.models import Connection, Credential, Link
from integrations.ports import Grant
from integrations.providers.jira import cloud
from okrs.models import KeyResult
from standins.blank import empty_linear
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.linear import Linear
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.grants import set_up_apps, signed_in
from tests.integrations.sync.outcome import last, score_of, told


@pytest.fixture
def connection(portal: Portal, server: Server[JiraCloud], settings: LazySettings) -> Connection:
    cache.clear()
    set_up_apps(settings, jira_cloud=server.url)
    return signed_in(portal.world, server)


@pytest.fixture
def link(portal: Portal, connection: Connection, key_result: KeyResult, shop: str) -> Link:
    return portal.link(connection, key_result, shop)


@pytest.fixture
def linear(settings: LazySettings) -> Iterator[Server[Linear]]:
    tracker = Tracker(empty_linear())
    tracker.add_space("ENG", "Engineering")
    tracker.add("ENG", "Cache the basket")
    with serve(Linear(tracker, credential="lin_api_tests")) as server:
        set_up_apps(settings, linear=server.url)
        yield server


def test_a_run_reads_through_the_gateway(
    portal: Portal, connection: Connection, link: Link
) -> None:
    assert portal.sync(connection).state == RunState.COMPLETE
    assert (last(link).items_done, last(link).items_total) == (1, 4)
    url = connection.items.get(key="SHOP-2").url
    assert url == f"{connection.address}/browse/SHOP-2"


def test_access_that_ends_in_mid_run_is_renewed_and_the_run_goes_on(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.faults.add(Fault(name="401", path="/search/jql"))
    assert portal.turn(connection).state == RunState.COMPLETE
    assert server.app.oauth.renewals == 1
    assert last(link).items_total == 4


def test_access_that_will_end_is_renewed_before_it_is_used(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    in_half_a_minute = datetime.now(UTC) + timedelta(seconds=30)
    ending = msgspec.structs.replace(kept_grant(), expires_at=in_half_a_minute)
    store_credential(connection, portal.admin, ending)
    assert portal.turn(connection).state == RunState.COMPLETE
    assert server.app.oauth.renewals == 1
    assert not [seen for seen in server.app.seen if seen.status == 401]


def test_what_came_back_is_stored_before_it_is_used(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.oauth.expire()
    server.app.faults.add(Fault(name="500", path="/myself", skip=1, times=9))
    portal.turn(connection)
    (granted,) = server.app.oauth.grants
    assert kept_grant().refresh_token == granted.refresh


def test_access_that_was_withdrawn_breaks_the_connection_and_leaves_its_scores(
    portal: Portal,
    server: Server[JiraCloud],
    connection: Connection,
    link: Link,
    key_result: KeyResult,
) -> None:
    portal.sync(connection)
    before = score_of(key_result)
    server.app.oauth.withdraw()
    run = portal.sync(connection)
    connection.refresh_from_db()
    assert (run.state, connection.state) == (RunState.FAILED, ConnectionState.BROKEN)
    assert "was withdrawn or has ended" in connection.problem
    assert connection.remedy == "Sign in there again from the page of the connection."
    assert score_of(key_result) == before == Decimal("0.25")
    assert told() == ["Signed in at Jira cannot be read any more"]


def test_access_that_is_withdrawn_in_the_middle_of_a_census_takes_nothing_for_deleted(
    portal: Portal,
    server: Server[JiraCloud],
    connection: Connection,
    link: Link,
    key_result: KeyResult,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    portal.sync(connection)
    before = score_of(key_result)
    server.app.tracker.delete("SHOP-2")
    keep = census.keep_ids

    def keep_the_first_page(*args: Any) -> None:
        keep(*args)
        server.app.oauth.withdraw()

    with monkeypatch.context() as patched:
        patched.setattr(cloud, "BARE_PAGE", 2)
        patched.setattr(census, "keep_ids", keep_the_first_page)
        run = portal.count_anew(connection)
    connection.refresh_from_db()
    assert (run.state, run.gone, connection.state) == (RunState.FAILED, 0, ConnectionState.BROKEN)
    assert score_of(key_result) == before
    signed_in(portal.world, server, connection=connection)
    assert (portal.sync(connection).gone, last(link).items_total) == (1, 3)


def test_a_renewal_whose_answer_was_lost_is_a_broken_connection_at_jira(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.oauth.expire()
    server.app.faults.add(Fault(name="reset", path="/oauth/token"))
    assert portal.turn(connection).state == RunState.WAITING
    assert portal.sync(connection).state == RunState.FAILED
    connection.refresh_from_db()
    assert connection.state == ConnectionState.BROKEN


def test_a_renewal_whose_answer_was_lost_is_repeated_at_linear(
    portal: Portal, linear: Server[Linear]
) -> None:
    connection = signed_in(portal.world, linear, "linear")
    key_result = portal.key_result("Engineering is done")
    team = linear.app.tracker.space("ENG").id
    link = portal.link(connection, key_result, team, kind="team")
    linear.app.oauth.expire()
    linear.app.faults.add(Fault(name="reset", path="/oauth/token"))
    assert portal.turn(connection).state == RunState.WAITING
    assert portal.sync(connection).state == RunState.COMPLETE
    assert (last(link).items_total, linear.app.oauth.renewals) == (1, 1)


def test_a_renewal_that_is_limited_waits_as_long_as_it_is_told(
    portal: Portal, server: Server[JiraCloud], connection: Connection, link: Link
) -> None:
    server.app.oauth.expire()
    server.app.faults.add(Fault(name="429", path="/oauth/token", retry_after=90))
    run = portal.turn(connection)
    assert run.state == RunState.WAITING
    assert run.resume_at is not None
    assert run.problem == "too many requests"


def test_without_its_app_the_installation_says_what_to_do(
    portal: Portal, settings: LazySettings, connection: Connection, link: Link
) -> None:
    settings.OAUTH_APPS = {}
    run = portal.turn(connection)
    assert run.state == RunState.FAILED
    assert "no app of the service any more" in run.problem


def test_a_second_asker_takes_the_grant_that_the_first_one_renewed(
    server: Server[JiraCloud], connection: Connection
) -> None:
    first, second = open_provider(connection), open_provider(connection)
    server.app.oauth.expire()
    first.identify()
    second.identify()
    assert server.app.oauth.renewals == 1


def kept_grant() -> Grant:
    return msgspec.json.decode(opened(Credential.objects.get()), type=Grant)
