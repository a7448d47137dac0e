"""Connecting by signing in at the service, as people do it."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import AuditEntry, OutboxEntry
from integrations.actions.connections import archive_connection
from integrations.actions.credentials import open_provider
from integrations.actions.grants import withdraw, withdraw_left_over
from integrations.actions.rotation import reencrypt
from integrations.actions.sign_ins import NOT_OURS
from integrations.choices import CredentialKind
from integrations.models import Connection, Credential, FormerGrant
from integrations.tasks import withdraw_grant
from standins.blank import empty_linear
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.linear import Linear
from standins.server import Server, serve
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.grants import come_back, decide, query_of, set_up_apps, signed_in
from tests.integrations.items import SECRETS, address, connected, text_of

OTHER_SITE = {"0e4f3f7a-5d0e-4f8e-9f43-000000000001": "https://other.atlassian.net"}


@pytest.fixture(autouse=True)
def no_marks() -> None:
    cache.clear()


@pytest.fixture
def linear() -> Iterator[Server[Linear]]:
    tracker = Tracker(empty_linear())
    tracker.add_space("ENG", "Engineering")
    with serve(Linear(tracker, credential="lin_api_tests")) as server:
        yield server


@pytest.fixture
def apps(settings: LazySettings, jira: Server[JiraCloud], linear: Server[Linear]) -> None:
    set_up_apps(settings, jira_cloud=jira.url, linear=linear.url)


def owed_grant() -> UUID:
    """The former grant that a job is to give back."""
    job = OutboxEntry.objects.filter(job__endswith="withdraw_grant").latest("id")
    assert set(job.arguments) == {"grant_id"}
    return UUID(job.arguments["grant_id"])


def ask(client: Client, provider: str = "jira-cloud", name: str = "Delivery") -> str:
    """Where the person is sent."""
    location: str = client.post(address("sign-in", provider), {"name": name})["Location"]
    return location


# --- The way there ----------------------------------------------------------------------------
def test_jira_is_asked_for_reading_and_for_access_that_lasts(admin: Client, apps: None) -> None:
    asked = query_of(ask(admin))
    assert asked["scope"] == "read:jira-work read:jira-user offline_access"
    assert asked["audience"] == "api.atlassian.com"
    assert asked["redirect_uri"].endswith("/connections/authorized/")
    assert "code_challenge" not in asked


def test_linear_is_asked_with_a_code_challenge(admin: Client, apps: None) -> None:
    asked = query_of(ask(admin, "linear"))
    assert (asked["scope"], asked["code_challenge_method"]) == ("read", "S256")
    assert len(asked["code_challenge"]) == 43


def test_the_form_may_lead_to_the_service_and_nowhere_else(
    admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    policy = admin.get(address("connect", "jira-cloud")).headers["Content-Security-Policy"]
    assert f"form-action 'self' {jira.url}" in policy


def test_where_no_app_is_set_up_the_page_says_so_and_takes_tokens(
    admin: Client, settings: LazySettings
) -> None:
    settings.OAUTH_APPS = {}
    page = text_of(admin.get(address("connect", "jira-cloud")))
    assert "Signing in at Jira is not set up here" in page
    assert 'name="token"' in page
    assert admin.post(address("sign-in", "jira-cloud"), {"name": "x"}).status_code == 404


def test_a_data_center_has_no_such_way(admin: Client, apps: None) -> None:
    assert "Sign in at" not in text_of(admin.get(address("connect", "jira-data-center")))


def test_a_name_that_is_taken_is_told_before_the_way_there(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    connected(portal.world, jira)
    response = admin.post(address("sign-in", "jira-cloud"), {"name": "JIRA"})
    assert (response.status_code, list(response.context["sign_in"].errors)) == (422, ["name"])


# --- The answer -------------------------------------------------------------------------------
def test_a_yes_connects_and_leads_on_to_what_to_follow(
    admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    response = come_back(admin, decide(ask(admin)))
    made = Connection.objects.get()
    assert response["Location"] == address("seen", made.pk)
    assert (made.name, made.address, made.state) == ("Delivery", jira.url, "working")
    assert Credential.objects.get().kind == CredentialKind.OAUTH
    assert admin.get(response["Location"]).status_code == 200


def test_a_yes_connects_linear(admin: Client, apps: None) -> None:
    come_back(admin, decide(ask(admin, "linear")))
    made = Connection.objects.get()
    assert (made.provider, made.state) == ("linear", "working")
    assert "Engineering" in text_of(admin.get(address("seen", made.pk)))


def test_a_no_is_explained_and_connects_nothing(admin: Client, apps: None) -> None:
    response = come_back(admin, decide(ask(admin), "deny"))
    assert (response.status_code, Connection.objects.count()) == (400, 0)
    assert "You did not allow it there" in text_of(response)
    assert address("connect", "jira-cloud") in text_of(response)


def test_an_answer_counts_once(admin: Client, apps: None) -> None:
    back = decide(ask(admin))
    come_back(admin, back)
    again = come_back(admin, back)
    assert "belongs to no question of yours" in text_of(again)
    assert Connection.objects.count() == 1


def test_a_state_that_another_process_took_is_refused_although_the_session_has_it(
    admin: Client, apps: None
) -> None:
    back = decide(ask(admin))
    session = admin.session
    before = dict(session["sign_ins_asked"])
    come_back(admin, back)
    session = admin.session
    session["sign_ins_asked"] = before
    session.save()
    assert NOT_OURS in text_of(come_back(admin, back))


def test_an_answer_in_another_session_is_refused(portal: Portal, admin: Client, apps: None) -> None:
    back = decide(ask(admin))
    assert NOT_OURS in text_of(come_back(portal.world.client("admin"), back))


def test_an_answer_to_another_member_is_refused(admin: Client, apps: None) -> None:
    back = decide(ask(admin))
    session = admin.session
    (state,) = session["sign_ins_asked"]
    session["sign_ins_asked"][state]["member"] = "00000000-0000-0000-0000-000000000000"
    session.save()
    assert NOT_OURS in text_of(come_back(admin, back))


def test_an_answer_that_comes_too_late_is_refused(admin: Client, apps: None) -> None:
    back = decide(ask(admin))
    session = admin.session
    (state,) = session["sign_ins_asked"]
    session["sign_ins_asked"][state]["at"] = time.time() - 601
    session.save()
    assert NOT_OURS in text_of(come_back(admin, back))


def test_a_state_of_another_form_has_no_page(admin: Client) -> None:
    assert admin.get("/connections/authorized/?state=acme&code=x").status_code == 404


def test_members_who_may_not_connect_get_no_further(
    portal: Portal, admin: Client, apps: None
) -> None:
    back = decide(ask(admin))
    assert come_back(portal.world.client("contributor"), back).status_code == 403
    assert not Connection.objects.exists()


def test_a_code_that_the_service_does_not_know_is_explained(admin: Client, apps: None) -> None:
    state = query_of(ask(admin))["state"]
    response = come_back(admin, f"/connections/authorized/?state={state}&code=made-up")
    assert "was withdrawn or has ended" in text_of(response)


def test_an_app_that_is_not_accepted_is_a_matter_of_the_operator(
    admin: Client, apps: None, settings: LazySettings
) -> None:
    back = decide(ask(admin))
    settings.OAUTH_APPS["jira-cloud"]["client_secret"] = "outdated"
    assert "operator of this installation checks" in text_of(come_back(admin, back))


def test_a_service_that_is_down_is_told_and_connects_nothing(
    admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    back = decide(ask(admin))
    jira.app.faults.add(Fault(name="500", path="/oauth/token"))
    assert "Jira has a problem" in text_of(come_back(admin, back))
    assert not Connection.objects.exists()


# --- Several sites ----------------------------------------------------------------------------
def test_of_several_sites_one_is_chosen(admin: Client, apps: None, jira: Server[JiraCloud]) -> None:
    jira.app.elsewhere = OTHER_SITE
    choice = come_back(admin, decide(ask(admin)))["Location"]
    assert "other.atlassian.net" in text_of(admin.get(choice))
    response = admin.post(choice, {"site_id": jira.app.cloud_id})
    assert response["Location"] == address("seen", Connection.objects.get().pk)


def test_a_site_that_was_not_granted_cannot_be_chosen(
    admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    jira.app.elsewhere = OTHER_SITE
    choice = come_back(admin, decide(ask(admin)))["Location"]
    response = admin.post(choice, {"site_id": "another"})
    assert list(response.context["form"].errors) == ["site_id"]
    assert not Connection.objects.exists()


def test_a_grant_that_waits_for_its_site_is_chosen_once(
    admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    jira.app.elsewhere = OTHER_SITE
    choice = come_back(admin, decide(ask(admin)))["Location"]
    admin.post(choice, {"site_id": jira.app.cloud_id})
    assert NOT_OURS in text_of(admin.post(choice, {"site_id": jira.app.cloud_id}))
    assert Connection.objects.count() == 1


def test_a_grant_that_waits_lies_sealed_in_the_session(
    admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    jira.app.elsewhere = OTHER_SITE
    come_back(admin, decide(ask(admin)))
    (granted,) = jira.app.oauth.grants
    kept = str(dict(admin.session))
    assert "sealed" in kept
    assert [it for it in (granted.refresh, *granted.access) if it in kept] == []


# --- Again, and the end -----------------------------------------------------------------------
def test_signing_in_again_replaces_the_credential_of_the_same_site(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    back = decide(admin.post(address("sign-in-again", row.pk))["Location"])
    assert come_back(admin, back)["Location"] == row.get_absolute_url()
    assert Credential.objects.get().kind == CredentialKind.OAUTH
    assert "signed in there by" in text_of(admin.get(row.get_absolute_url()))


def test_a_connection_that_was_disconnected_meanwhile_gets_no_credential(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    back = decide(admin.post(address("sign-in-again", row.pk))["Location"])
    archive_connection(portal.world.access("admin"), row, expected_version=row.version)
    assert "disconnected meanwhile" in text_of(come_back(admin, back))
    assert not Credential.objects.exists()


def test_a_token_can_take_the_place_of_a_grant(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = signed_in(portal.world, jira)
    assert admin.post(address("credential", row.pk), SECRETS).status_code == 302
    assert Credential.objects.get().kind == CredentialKind.TOKEN


def test_a_grant_of_other_sites_does_not_fit_a_connection(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    Connection.objects.update(site_id="acme.atlassian.net", address="https://acme.atlassian.net")
    back = decide(admin.post(address("sign-in-again", row.pk))["Location"])
    assert "reads another site" in text_of(come_back(admin, back))
    assert Credential.objects.get().kind == CredentialKind.TOKEN


def test_signing_in_again_at_a_site_that_was_renamed_tells_its_address(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    Connection.objects.update(address="https://former.atlassian.net")
    back = decide(admin.post(address("sign-in-again", row.pk))["Location"])
    assert come_back(admin, back)["Location"] == row.get_absolute_url()
    assert Connection.objects.get().address == jira.url


def test_a_site_of_the_same_name_with_another_cloud_id_does_not_fit(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    Connection.objects.update(site_id="0e4f3f7a-5d0e-4f8e-9f43-000000000001")
    back = decide(admin.post(address("sign-in-again", row.pk))["Location"])
    assert "reads another site" in text_of(come_back(admin, back))


def test_disconnecting_gives_the_grant_back_to_linear(
    portal: Portal, apps: None, linear: Server[Linear]
) -> None:
    row = signed_in(portal.world, linear, "linear")
    archive_connection(portal.world.access("admin"), row, expected_version=None)
    assert not Credential.objects.exists()
    withdraw(owed_grant())
    assert (linear.app.oauth.grants, FormerGrant.objects.count()) == ([], 0)


def test_a_token_in_place_of_a_grant_gives_the_grant_back(
    portal: Portal, admin: Client, apps: None, linear: Server[Linear]
) -> None:
    row = signed_in(portal.world, linear, "linear")
    Connection.objects.update(address=f"{linear.url}/graphql")
    row.refresh_from_db()
    admin.post(address("credential", row.pk), {"key": "lin_api_tests"})
    withdraw(owed_grant())
    assert linear.app.oauth.grants == []
    assert open_provider(row).identify().name


@pytest.mark.parametrize(
    ("provider", "words"),
    [("linear", "is then given back to Linear"), ("jira-cloud", "id.atlassian.com")],
)
def test_the_page_of_a_new_credential_says_what_becomes_of_the_grant(
    portal: Portal,
    admin: Client,
    apps: None,
    linear: Server[Linear],
    jira: Server[JiraCloud],
    provider: str,
    words: str,
) -> None:
    row = signed_in(portal.world, linear if provider == "linear" else jira, provider)
    assert words in text_of(admin.get(address("credential", row.pk)))


def test_signing_in_again_gives_back_the_former_grant_and_no_other(
    portal: Portal, admin: Client, apps: None, linear: Server[Linear]
) -> None:
    row = signed_in(portal.world, linear, "linear")
    (former,) = linear.app.oauth.grants
    come_back(admin, decide(admin.post(address("sign-in-again", row.pk))["Location"]))
    withdraw(owed_grant())
    assert former not in linear.app.oauth.grants
    assert open_provider(row).identify().name


def test_a_former_grant_lies_sealed_and_is_sealed_anew_with_the_rest(
    portal: Portal, apps: None, linear: Server[Linear]
) -> None:
    row = signed_in(portal.world, linear, "linear")
    archive_connection(portal.world.access("admin"), row, expected_version=None)
    before = bytes(FormerGrant.objects.get().sealed)
    assert reencrypt() == 1
    assert bytes(FormerGrant.objects.get().sealed) != before
    withdraw(owed_grant())
    assert linear.app.oauth.grants == []


def test_a_grant_is_given_back_once(portal: Portal, apps: None, linear: Server[Linear]) -> None:
    row = signed_in(portal.world, linear, "linear")
    archive_connection(portal.world.access("admin"), row, expected_version=None)
    withdraw(owed_grant())
    linear.app.seen.clear()
    withdraw(owed_grant())
    assert list(linear.app.seen) == []


@pytest.mark.parametrize(("fault", "tries"), [("500", 5), ("429", 5), ("reset", 5), ("401", 1)])
def test_a_grant_that_is_not_taken_back_is_forgotten_in_the_end(
    portal: Portal, apps: None, linear: Server[Linear], fault: str, tries: int
) -> None:
    row = signed_in(portal.world, linear, "linear")
    archive_connection(portal.world.access("admin"), row, expected_version=None)
    linear.app.faults.add(Fault(name=fault, path="/oauth/revoke", times=99))
    linear.app.seen.clear()
    withdraw_grant.apply(kwargs={"org_id": str(row.organization_id), "grant_id": str(owed_grant())})
    asked = [seen for seen in linear.app.seen if b"refresh_token" in seen.body]
    assert (len(asked), FormerGrant.objects.count()) == (tries, 0)


def test_a_withdrawal_that_got_lost_is_asked_for_again(
    portal: Portal, apps: None, linear: Server[Linear]
) -> None:
    row = signed_in(portal.world, linear, "linear")
    archive_connection(portal.world.access("admin"), row, expected_version=None)
    OutboxEntry.objects.all().delete()
    withdraw_left_over()
    assert not OutboxEntry.objects.exists()
    FormerGrant.objects.update(created_at=timezone.now() - timedelta(days=2))
    withdraw_left_over()
    assert owed_grant() == FormerGrant.objects.get().pk


# --- Granted there, refused here --------------------------------------------------------------
def give_back_all() -> None:
    """What the jobs that are owed do."""
    for job in OutboxEntry.objects.filter(job__endswith="withdraw_grant"):
        withdraw(UUID(job.arguments["grant_id"]))
    assert not FormerGrant.objects.exists()


def test_a_grant_for_another_workspace_is_given_back_and_the_one_in_use_stays(
    portal: Portal, admin: Client, apps: None, linear: Server[Linear]
) -> None:
    row = signed_in(portal.world, linear, "linear")
    in_use = list(linear.app.oauth.grants)
    Connection.objects.update(site_id="another")
    refused = come_back(admin, decide(admin.post(address("sign-in-again", row.pk))["Location"]))
    assert (refused.status_code, len(linear.app.oauth.grants)) == (400, 2)
    give_back_all()
    assert linear.app.oauth.grants == in_use
    assert open_provider(row).identify().name


def test_a_grant_for_a_connection_that_is_gone_is_given_back(
    portal: Portal, admin: Client, apps: None, linear: Server[Linear]
) -> None:
    row = signed_in(portal.world, linear, "linear")
    back = decide(admin.post(address("sign-in-again", row.pk))["Location"])
    archive_connection(portal.world.access("admin"), row, expected_version=None)
    assert "disconnected meanwhile" in text_of(come_back(admin, back))
    give_back_all()
    assert linear.app.oauth.grants == []


def test_a_grant_for_a_name_that_was_taken_meanwhile_is_given_back(
    admin: Client, apps: None, linear: Server[Linear]
) -> None:
    first, second = (decide(ask(admin, "linear")) for _ in range(2))
    come_back(admin, first)
    in_use = list(linear.app.oauth.grants)
    assert come_back(admin, second).status_code == 400
    give_back_all()
    assert linear.app.oauth.grants == in_use


def test_a_grant_of_too_little_is_given_back(
    admin: Client, apps: None, linear: Server[Linear]
) -> None:
    back = decide(ask(admin, "linear").replace("scope=read", "scope=write"))
    assert "Without read nothing can be read" in text_of(come_back(admin, back))
    give_back_all()
    assert linear.app.oauth.grants == []


def test_a_grant_that_could_not_be_tried_is_given_back(
    admin: Client, apps: None, linear: Server[Linear]
) -> None:
    back = decide(ask(admin, "linear"))
    linear.app.faults.add(Fault(name="500", path="/graphql", times=99))
    assert come_back(admin, back).status_code == 400
    give_back_all()
    assert linear.app.oauth.grants == []


def test_a_grant_whose_holder_may_not_connect_any_more_is_given_back(
    portal: Portal, apps: None, linear: Server[Linear]
) -> None:
    with pytest.raises(PermissionDenied):
        signed_in(portal.world, linear, "linear", persona="contributor")
    give_back_all()
    assert linear.app.oauth.grants == []


def test_a_grant_that_is_used_is_not_given_back(
    admin: Client, apps: None, linear: Server[Linear]
) -> None:
    come_back(admin, decide(ask(admin, "linear")))
    assert not FormerGrant.objects.exists()


def test_jira_takes_no_refused_grant_back_and_nothing_is_kept_of_it(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    Connection.objects.update(site_id="0e4f3f7a-5d0e-4f8e-9f43-000000000001")
    come_back(admin, decide(admin.post(address("sign-in-again", row.pk))["Location"]))
    assert not FormerGrant.objects.exists()


@pytest.mark.parametrize("has_connection", [True, False])
def test_a_former_grant_is_of_one_service(
    portal: Portal, connection: Connection, *, has_connection: bool
) -> None:
    of_both_or_neither = FormerGrant(
        connection=connection if has_connection else None,
        provider="linear" if has_connection else "",
        sealed=b"sealed",
    )
    with pytest.raises(IntegrityError, match="one_service"), transaction.atomic():
        of_both_or_neither.save(force_insert=True)


def test_jira_takes_no_grant_back_and_nothing_is_kept_of_it(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = signed_in(portal.world, jira)
    admin.post(address("credential", row.pk), SECRETS)
    assert not FormerGrant.objects.exists()


def test_the_api_tells_how_a_connection_gets_in_and_by_whom(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = signed_in(portal.world, jira)
    api = f"/api/v1/orgs/acme/connections/{row.pk}/"
    told = admin.get(api).json()
    assert (told["credential_kind"], told["credential_set_by"]) == ("oauth", str(portal.admin.pk))
    assert parse_datetime(told["credential_set_at"]) == Credential.objects.get().set_at
    admin.post(address("credential", row.pk), SECRETS)
    assert admin.get(api).json()["credential_kind"] == "token"


def test_the_api_does_not_take_how_a_connection_gets_in(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = connected(portal.world, jira)
    api = f"/api/v1/orgs/acme/connections/{row.pk}/"
    body = {"credential_kind": "oauth", "credential_set_at": "2020-01-01T00:00:00Z"}
    told = admin.patch(
        api, body, content_type="application/json", headers={"If-Match": f'"{row.version}"'}
    ).json()
    assert (told["credential_kind"], Credential.objects.get().kind) == ("token", "token")


def test_disconnecting_jira_forgets_the_grant_and_says_where_to_withdraw_it(
    portal: Portal, admin: Client, apps: None, jira: Server[JiraCloud]
) -> None:
    row = signed_in(portal.world, jira)
    assert "id.atlassian.com" in text_of(admin.get(address("archive", row.pk)))
    admin.post(address("archive", row.pk))
    assert not Credential.objects.exists()


# --- Secrets ----------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["", "500", "reset", "truncated", "wrong-shape", "200-html"])
def test_no_page_audit_entry_job_log_or_reply_holds_a_token_or_the_app_secret(
    portal: Portal,
    admin: Client,
    apps: None,
    settings: LazySettings,
    jira: Server[JiraCloud],
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    come_back(admin, decide(ask(admin)))
    row = Connection.objects.get()
    (granted,) = jira.app.oauth.grants
    hidden = {granted.refresh, *granted.access, settings.OAUTH_APPS["jira-cloud"]["client_secret"]}
    jira.app.oauth.expire()
    if fault:
        jira.app.faults.add(Fault(name=fault, path="/oauth/token", times=9))
    run = portal.turn(row)
    hidden |= {granted.refresh, *granted.access}
    api = f"/api/v1/orgs/acme/connections/{row.pk}/"
    names = ("connection", "edit", "rules", "credential", "archive")
    told: list[Any] = [text_of(admin.get(address(name, row.pk))) for name in names]
    told += [admin.get(api).content.decode(), admin.post(f"{api}test/").content.decode()]
    told += [str(entry.changes) for entry in AuditEntry.objects.all()]
    told += [str(entry.arguments) for entry in OutboxEntry.objects.all()]
    told += [caplog.text, str(vars(run)), repr(vars(Credential.objects.get()))]
    assert [text for text in told for word in hidden if word in text] == []
