"""Another address of a connection: proved before it is stored, and no secret sent on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, OutboxEntry
from integrations.actions.addresses import change_address, prove_address, readdress_items
from integrations.actions.connections import change_credential, prove
from integrations.actions.credentials import open_provider
from integrations.actions.sites import READDRESS_JOB
from integrations.models import Connection, Credential, Source, SyncedItem, SyncRun
from standins.blank import empty_jira, uuid_of
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.jira_data_center import JiraDataCenter
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import CENTER_CREDENTIAL, CLOUD_CREDENTIAL, Portal
from tests.integrations.items import SECRETS, address, text_of

ELSEWHERE = uuid_of("cloud", "elsewhere")
PRIVATE = "https://10.20.30.40"


@dataclass
class Moving:
    """A connection that was read, and its site at another address."""

    row: Connection
    there: Server[Any]
    admin: Client

    def enter(self, where: str | None = None, **secrets: str) -> Any:
        """What a person enters on the page."""
        body = {"address": where or self.there.url, "version": self.row.version, **secrets}
        return self.admin.post(address("address", self.row.pk), body)

    def patch(self, body: dict[str, Any], version: int | None = None) -> Any:
        return self.admin.patch(
            f"/api/v1/orgs/acme/connections/{self.row.pk}/",
            body,
            content_type="application/json",
            headers={"If-Match": f'"{version or self.row.version}"'},
        )

    @property
    def present(self) -> Connection:
        return Connection.objects.get(pk=self.row.pk)

    @property
    def was_kept(self) -> bool:
        present = self.present
        return (present.address, present.site_id, present.version) == (
            self.row.address, self.row.site_id, self.row.version,
        )  # fmt: skip

    @property
    def got_secrets(self) -> bool:
        """Whether the new address was shown any credential."""
        return any(seen.is_authorized for seen in self.there.app.seen)


def read(portal: Portal, row: Connection, tracker: Tracker) -> Connection:
    portal.link(row, portal.key_result("Checkout is done"), tracker.space("SHOP").id)
    portal.sync(row)
    row.refresh_from_db()
    return row


def shop() -> Tracker:
    tracker = Tracker(empty_jira())
    tracker.add_space("SHOP", "Web shop")
    for title in ("Cache the basket", "Shorten the form"):
        tracker.add("SHOP", title)
    return tracker


@pytest.fixture
def cloud(portal: Portal, admin: Client, jira: Server[JiraCloud]) -> Iterator[Moving]:
    """A site of Jira Cloud that answers under another name, too."""
    row = portal.connection("jira-cloud", jira.url, **SECRETS)
    read(portal, row, jira.app.tracker)
    with serve(JiraCloud(jira.app.tracker, credential=CLOUD_CREDENTIAL)) as renamed:
        yield Moving(row, renamed, admin)


@pytest.fixture
def center(portal: Portal, admin: Client) -> Iterator[Moving]:
    """A Data Center that was copied to another host, with all that is in it."""
    tracker = shop()
    with (
        serve(JiraDataCenter(tracker, credential=CENTER_CREDENTIAL)) as here,
        serve(JiraDataCenter(tracker, credential=CENTER_CREDENTIAL)) as there,
    ):
        row = portal.connection("jira-data-center", here.url, token=CENTER_CREDENTIAL)
        yield Moving(read(portal, row, tracker), there, admin)


# --- A site that proves itself ----------------------------------------------------------------
def test_a_renamed_site_is_read_at_its_new_name_with_the_stored_credential(
    portal: Portal, cloud: Moving
) -> None:
    before = list(SyncedItem.objects.values_list("id", "remote_id"))
    sealed = bytes(Credential.objects.get().sealed)
    assert cloud.enter()["Location"] == cloud.row.get_absolute_url()
    assert (cloud.present.address, cloud.present.site_id) == (cloud.there.url, cloud.row.site_id)
    portal.sync(cloud.present)
    assert list(SyncedItem.objects.values_list("id", "remote_id")) == before
    assert bytes(Credential.objects.get().sealed) == sealed


def test_items_lead_to_the_new_name(cloud: Moving) -> None:
    cloud.enter()
    job = OutboxEntry.objects.get(job=READDRESS_JOB)
    assert job.arguments == {"connection_id": str(cloud.row.pk), "former": cloud.row.address}
    readdress_items(cloud.row.pk, cloud.row.address)
    item = SyncedItem.objects.get(key="SHOP-1")
    assert item.url == f"{cloud.there.url}/browse/SHOP-1"
    assert item.facts["url"] == item.url


def test_items_lead_below_a_new_path_once_however_often_that_is_done(center: Moving) -> None:
    present = f"{center.row.address}/jira"
    Connection.objects.update(address=present)
    for _ in range(2):
        readdress_items(center.row.pk, center.row.address)
    assert SyncedItem.objects.get(key="SHOP-1").url == f"{present}/browse/SHOP-1"


def test_the_change_is_told_by_the_audit_log(portal: Portal, cloud: Moving) -> None:
    cloud.enter()
    entry = AuditEntry.objects.filter(row_id=cloud.row.pk, changes__has_key="address").latest("id")
    assert entry.actor_id == portal.admin.pk
    assert entry.changes["address"] == [cloud.row.address, cloud.there.url]


def test_what_is_followed_is_read_there_at_once(cloud: Moving) -> None:
    cloud.enter()
    assert SyncRun.objects.filter(connection=cloud.row, trigger="setup", state="waiting").exists()


def test_a_site_with_another_cloud_id_is_refused_before_it_sees_the_credential(
    cloud: Moving,
) -> None:
    cloud.there.app.cloud_id = ELSEWHERE
    response = cloud.enter()
    assert response.context["form"].errors == {
        "address": ["This is another site. Connect it beside this one."]
    }
    assert (cloud.was_kept, cloud.got_secrets) == (True, False)


@pytest.mark.parametrize("fault", ["redirect", "404", "500", "200-html", "wrong-shape", "reset"])
def test_an_address_that_does_not_say_which_site_it_is_gets_no_credential(
    cloud: Moving, fault: str
) -> None:
    cloud.there.app.faults.add(Fault(name=fault, path="tenant_info"))
    response = cloud.enter()
    assert list(response.context["form"].errors) == ["address"]
    assert (cloud.was_kept, cloud.got_secrets) == (True, False)


def test_a_credential_that_does_not_hold_there_is_told_and_nothing_is_stored(
    cloud: Moving,
) -> None:
    cloud.there.app.credential = "sync@example.com:another"
    response = cloud.enter()
    assert "Jira did not accept the credential" in text_of(response)
    assert cloud.was_kept


@pytest.mark.parametrize(
    "where", ["https://evil.example.com", PRIVATE, "https://a.b.atlassian.net"]
)
def test_a_cloud_site_is_looked_for_at_atlassian_only(cloud: Moving, where: str) -> None:
    assert cloud.enter(where).context["form"].errors == {
        "address": ["A Jira Cloud site looks like https://your-site.atlassian.net."]
    }
    assert cloud.was_kept


def test_a_site_known_by_its_host_only_takes_the_credential_anew(
    portal: Portal, cloud: Moving
) -> None:
    Connection.objects.update(site_id=cloud.row.address.removeprefix("http://"))
    cloud.row.refresh_from_db()
    assert list(cloud.enter().context["form"].errors) == ["token"]
    assert (cloud.was_kept, cloud.got_secrets) == (True, False)
    assert cloud.enter(**SECRETS).status_code == 302
    assert cloud.present.site_id == cloud.there.app.cloud_id


# --- A site that cannot prove itself ----------------------------------------------------------
def test_another_host_gets_no_stored_token(center: Moving) -> None:
    response = center.enter()
    host = center.row.address.removeprefix("http://")
    assert response.context["form"].errors == {
        "token": [
            f"Enter the credential again: the stored one is for {host} and is sent nowhere else."
        ]
    }
    assert (center.was_kept, list(center.there.app.seen)) == (True, [])


def test_with_the_token_entered_again_a_moved_server_is_read_on(
    portal: Portal, center: Moving
) -> None:
    before = list(SyncedItem.objects.values_list("id", "remote_id"))
    assert center.enter(token=CENTER_CREDENTIAL).status_code == 302
    present = center.present
    assert (present.address, present.site_id) == (
        center.there.url, center.there.url.removeprefix("http://"),
    )  # fmt: skip
    assert portal.sync(present).state == "complete"
    assert list(SyncedItem.objects.values_list("id", "remote_id")) == before


def test_the_token_that_was_entered_takes_the_place_of_the_stored_one(center: Moving) -> None:
    center.there.app.credential = "token-of-the-new-host"
    assert center.enter(token="token-of-the-new-host").status_code == 302
    assert open_provider(center.present).identify().name == "Ada Quist"


def test_a_host_with_other_items_is_another_site(center: Moving) -> None:
    center.there.app.tracker = shop()
    response = center.enter(token=CENTER_CREDENTIAL)
    assert response.context["form"].errors == {
        "address": ["This is another site: it has other items under the ids that are known."]
    }
    assert center.was_kept


def test_a_host_without_the_known_items_is_refused(center: Moving) -> None:
    center.there.app.tracker = Tracker(empty_jira())
    response = center.enter(token=CENTER_CREDENTIAL)
    (reason,) = response.context["form"].errors["address"]
    assert reason.startswith("None of the items that were read before can be found there")
    assert center.was_kept


def test_before_anything_was_read_any_site_is_the_right_one(center: Moving) -> None:
    SyncedItem.objects.all().delete()
    center.there.app.tracker = Tracker(empty_jira())
    assert center.enter(token=CENTER_CREDENTIAL).status_code == 302


def test_a_wrong_token_is_told_beside_the_token(center: Moving) -> None:
    response = center.enter(token="not-the-right-one")
    assert list(response.context["form"].errors) == ["token"]
    assert "not-the-right-one" not in text_of(response)
    assert center.was_kept


@pytest.mark.parametrize(
    "where",
    [PRIVATE, "https://169.254.169.254", "https://[::1]", "http://jira.example.com", "jira"],
)
def test_an_address_that_may_not_be_asked_is_told_beside_the_address(
    center: Moving, where: str
) -> None:
    response = center.enter(where, token=CENTER_CREDENTIAL)
    assert list(response.context["form"].errors) == ["address"]
    assert center.was_kept


def test_a_server_that_redirects_is_refused(center: Moving) -> None:
    center.there.app.faults.add(Fault(name="redirect"))
    response = center.enter(token=CENTER_CREDENTIAL)
    assert list(response.context["form"].errors) == ["address"]
    assert center.was_kept


def test_a_service_at_one_address_has_no_such_page(portal: Portal, admin: Client) -> None:
    row = Connection.objects.create(name="Linear", provider="linear", owner=portal.admin)
    assert admin.get(address("address", row.pk)).status_code == 404
    assert address("address", row.pk) not in text_of(admin.get(row.get_absolute_url()))
    with pytest.raises(ValidationError) as caught:
        prove_address(row, "https://api.linear.example")
    assert caught.value.message_dict == {"address": ["Linear is at one address for everybody."]}


# --- At the same time -------------------------------------------------------------------------
def test_an_address_that_was_changed_meanwhile_is_not_overwritten(
    portal: Portal, cloud: Moving
) -> None:
    move = prove_address(cloud.row, cloud.there.url)
    Connection.objects.update(address="https://third.atlassian.net")
    with pytest.raises(ValidationError, match="another address meanwhile"):
        change_address(portal.world.access("admin"), cloud.row, move, expected_version=None)


def test_a_credential_is_not_stored_for_an_address_that_it_was_not_entered_for(
    portal: Portal, center: Moving
) -> None:
    secrets = {"token": CENTER_CREDENTIAL}
    proof = prove(center.row, secrets)
    Connection.objects.update(address=center.there.url)
    with pytest.raises(ValidationError, match="another address meanwhile"):
        change_credential(portal.world.access("admin"), center.row, secrets, proof)


def test_a_connection_that_was_disconnected_meanwhile_gets_no_address(
    portal: Portal, cloud: Moving
) -> None:
    move = prove_address(cloud.row, cloud.there.url)
    Connection.objects.update(archived_at=timezone.now())
    with pytest.raises(ValidationError, match="was disconnected"):
        change_address(portal.world.access("admin"), cloud.row, move, expected_version=None)


def test_who_saw_an_older_version_is_shown_the_difference(cloud: Moving) -> None:
    Connection.objects.update(version=7)
    response = cloud.enter()
    assert (response.status_code, cloud.present.address) == (409, cloud.row.address)
    assert "Somebody changed this while you were editing" in text_of(response)


# --- Over the API -----------------------------------------------------------------------------
def test_the_api_changes_the_address_and_the_rest_at_once(cloud: Moving) -> None:
    response = cloud.patch({"address": cloud.there.url, "name": "Renamed"})
    assert response.status_code == 200
    assert (response.json()["address"], response.json()["name"]) == (cloud.there.url, "Renamed")
    assert "secrets" not in response.json()


def test_the_api_says_beside_the_address_that_it_is_another_site(cloud: Moving) -> None:
    cloud.there.app.cloud_id = ELSEWHERE
    response = cloud.patch({"address": cloud.there.url, "name": "Renamed"})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["address"])
    assert cloud.was_kept


def test_the_api_asks_for_the_credential_of_another_host(center: Moving) -> None:
    response = center.patch({"address": center.there.url})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["secrets"])
    secrets = {"token": CENTER_CREDENTIAL}
    assert center.patch({"address": center.there.url, "secrets": secrets}).status_code == 200


def test_the_api_takes_no_credential_without_another_address(center: Moving) -> None:
    response = center.patch({"secrets": {"token": CENTER_CREDENTIAL}})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["secrets"])


def test_the_same_address_asks_nobody(cloud: Moving) -> None:
    cloud.there.app.seen.clear()
    response = cloud.patch({"address": cloud.row.address, "interval_minutes": 15})
    assert (response.status_code, list(cloud.there.app.seen)) == (200, [])


def test_an_outdated_version_is_refused_before_anybody_is_asked(cloud: Moving) -> None:
    assert cloud.patch({"address": cloud.there.url}, version=99).status_code == 412
    assert list(cloud.there.app.seen) == []


def test_the_followed_sources_stay(cloud: Moving) -> None:
    before = list(Source.objects.values_list("id", "links"))
    cloud.enter()
    assert list(Source.objects.values_list("id", "links")) == before
