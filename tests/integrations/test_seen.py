"""Who we are there, what can be seen, and what is missing: told for every kind of credential."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client

from integrations.models import Connection
from standins.blank import empty_linear
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.linear import Linear
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import CENTER_CREDENTIAL, Portal
from tests.integrations.grants import set_up_apps, signed_in
from tests.integrations.items import address, connected, make_source, text_of


@pytest.fixture(autouse=True)
def no_marks() -> None:
    cache.clear()


@pytest.fixture
def linear(settings: LazySettings) -> Iterator[Server[Linear]]:
    tracker = Tracker(empty_linear())
    tracker.add_space("ENG", "Engineering")
    with serve(Linear(tracker, credential="lin_api_tests")) as server:
        set_up_apps(settings, linear=server.url)
        yield server


def page(client: Client, connection: Connection) -> str:
    return text_of(client.get(address("seen", connection.pk)))


def test_a_token_of_jira_cloud_is_told_with_its_projects(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    told = page(admin, connected(portal.world, jira))
    assert jira.app.tracker.site.account.name in told
    assert "1 project" in told
    assert "Web shop" in told
    assert "a token, which may end" in told


def test_a_grant_of_jira_is_told_with_its_projects(
    portal: Portal, admin: Client, jira: Server[JiraCloud], settings: LazySettings
) -> None:
    set_up_apps(settings, jira_cloud=jira.url)
    told = page(admin, signed_in(portal.world, jira))
    assert "Web shop" in told
    assert "it renews itself" in told


def test_a_token_of_a_data_center_is_told_with_its_projects(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    with serve(JiraDataCenter(jira.app.tracker, credential=CENTER_CREDENTIAL)) as center:
        told = page(
            admin, portal.connection("jira-data-center", center.url, token=CENTER_CREDENTIAL)
        )
    assert "Web shop" in told


@pytest.mark.parametrize("by", ["key", "grant"])
def test_linear_is_told_with_its_teams(
    portal: Portal, admin: Client, linear: Server[Linear], by: str
) -> None:
    row = (
        portal.connection("linear", f"{linear.url}/graphql", key="lin_api_tests")
        if by == "key"
        else signed_in(portal.world, linear, "linear")
    )
    told = page(admin, row)
    assert "1 team" in told
    assert "Engineering" in told


def test_an_account_that_sees_nothing_is_told_so(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    jira.app.tracker.set_space("SHOP", hidden=True)
    assert "the account sees nothing there" in page(admin, row)


def test_what_is_followed_and_out_of_sight_is_named_even_if_nothing_else_is_seen(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    make_source(row, "Warehouse")
    jira.app.tracker.set_space("SHOP", hidden=True)
    assert "out of its sight:</strong> Warehouse" in page(admin, row)


def test_a_site_without_estimates_is_told_so(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    Connection.objects.update(points_fields=[])
    jira.app.faults.add(Fault(name="no-number-fields", path="/field"))
    assert "No field holds estimates" in page(admin, row)


def test_a_credential_that_does_not_hold_leads_back_to_the_connection(
    portal: Portal, admin: Client, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    jira.app.faults.add(Fault(name="401", times=9))
    response = admin.get(address("seen", row.pk), follow=True)
    assert response.redirect_chain[-1][0] == row.get_absolute_url()
    assert "did not accept the credential" in text_of(response)


def test_the_api_tells_the_same(portal: Portal, admin: Client, jira: Server[JiraCloud]) -> None:
    row = connected(portal.world, jira)
    answer = admin.post(f"/api/v1/orgs/acme/connections/{row.pk}/test/").json()
    assert (answer["sources"], answer["missing"], answer["lacking"]) == (1, [], [])
    assert answer["site"] == jira.url.removeprefix("http://")


def test_who_may_only_read_anew_is_told_whether_it_holds_and_not_what_could_be_followed(
    portal: Portal, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    make_source(row, "Warehouse")
    told = page(portal.world.client("contributor"), row)
    assert "out of its sight:</strong> Warehouse" in told
    assert ("Web shop" in told, jira.app.tracker.site.account.email in told) == (False, False)


def test_the_api_lists_nothing_to_follow_for_who_may_not_follow_it(
    portal: Portal, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    client = portal.world.client("contributor")
    answer = client.post(f"/api/v1/orgs/acme/connections/{row.pk}/test/").json()
    assert (answer["offered"], answer["number_fields"], answer["missing"]) == ([], [], [])
