"""Keys are exchanged under the secrets, and secrets are found nowhere but sealed."""

import base64
import logging
import os
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client

from accounts.models import AuditEntry, OutboxEntry
from accounts.tenant_models import TenantModel
from integrations.actions.credentials import open_provider
from integrations.actions.rotation import SEALED, reencrypt, rewrap
from integrations.actions.sealing import data_key
from integrations.actions.webhooks import open_webhook, secrets_of
from integrations.models import Connection, Credential, OrganizationKey
from integrations.ports import Provider
from lib.envelope import SecretUnreadable, seal, unseal
from standins.faults import Fault
from standins.jira_cloud import JiraCloud
from standins.server import Server
from tests.factories.integrations import PullFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import TOKEN, connected
from tests.inventory import factory_of

OLD = "local:bG9jYWwtb25seS1sb2NhbC1vbmx5LWxvY2FsLW9ubHk="


@pytest.fixture
def row(portal: Portal, jira: Server[JiraCloud]) -> Connection:
    return connected(portal.world, jira)


def works(connection: Connection) -> bool:
    provider: Provider = open_provider(connection)
    return bool(provider.identify().name)


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def test_an_added_key_wraps_anew_and_the_old_one_can_go(
    row: Connection, settings: LazySettings
) -> None:
    fresh = key("next")
    settings.CREDENTIAL_KEYS = f"{fresh},{OLD}"
    assert rewrap() == 1
    settings.CREDENTIAL_KEYS = fresh
    assert works(row)


def test_wrapping_twice_changes_nothing(row: Connection, settings: LazySettings) -> None:
    settings.CREDENTIAL_KEYS = f"{key('next')},{OLD}"
    assert [rewrap(), rewrap()] == [1, 0]


def test_before_the_keys_are_wrapped_anew_both_are_needed(
    row: Connection, settings: LazySettings
) -> None:
    settings.CREDENTIAL_KEYS = f"{key('next')},{OLD}"
    assert works(row)


def test_new_data_keys_seal_credentials_and_webhooks_anew(
    portal: Portal, row: Connection, settings: LazySettings
) -> None:
    webhook, secret = open_webhook(portal.world.access("admin"), row)
    before = bytes(Credential.objects.get().sealed)
    assert reencrypt() == 2
    webhook.refresh_from_db()
    assert works(row)
    assert secrets_of(webhook) == [secret]
    assert bytes(Credential.objects.get().sealed) != before


def test_every_kind_of_secret_is_known_to_whoever_exchanges_the_keys() -> None:
    kept = {
        model for model in apps.get_models() if "sealed" in {f.name for f in model._meta.fields}
    }
    assert kept == set(SEALED)


@pytest.mark.parametrize("model", SEALED, ids=lambda model: model.__name__)
def test_new_data_keys_leave_every_kind_of_secret_readable(
    portal: Portal, model: type[TenantModel]
) -> None:
    factory = factory_of(model)
    assert factory is not None
    row: Any = factory.create()
    place = SEALED[model](row)
    row.sealed = seal("planted", data_key(), place)
    row.save(update_fields=["sealed"])
    assert reencrypt() == 1
    row.refresh_from_db()
    assert unseal(bytes(row.sealed), data_key(), place) == "planted"


def test_a_pull_without_headers_has_nothing_to_seal_anew(portal: Portal) -> None:
    data_key()
    PullFactory.create()
    assert reencrypt() == 0


def test_a_destroyed_data_key_destroys_the_secrets(row: Connection) -> None:
    OrganizationKey.objects.all().delete()
    with pytest.raises(SecretUnreadable):
        open_provider(row)


def test_the_command_goes_over_every_organisation(
    row: Connection,
    settings: LazySettings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CREDENTIAL_KEYS = f"{key('next')},{OLD}"
    # The dispatcher reads over a connection of its own, which does not see this test's rows.
    monkeypatch.setattr(
        "integrations.management.commands.reencrypt_credentials.organization_ids",
        lambda: [row.organization_id],
    )
    call_command("reencrypt_credentials", "--data-keys")
    assert capsys.readouterr().out == "0 data keys wrapped anew, 1 secrets sealed anew.\n"
    assert works(row)


@pytest.mark.parametrize("fault", ["401", "500", "502-html", "redirect", "reset", "wrong-shape"])
def test_no_log_page_reply_job_or_audit_entry_holds_a_secret_when_things_go_wrong(
    portal: Portal,
    admin: Client,
    row: Connection,
    jira: Server[JiraCloud],
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    webhook, secret = open_webhook(portal.world.access("admin"), row)
    jira.app.faults.add(Fault(name=fault, times=99))
    with caplog.at_level(logging.DEBUG):
        run = portal.sync(row)
    hidden = (
        TOKEN,
        secret,
        webhook.token,
        base64.b64encode(f"sync@example.com:{TOKEN}".encode()).decode(),
    )
    api = f"/api/v1/orgs/acme/connections/{row.pk}/"
    seen: list[Any] = [
        caplog.text,
        admin.get(row.get_absolute_url()).content.decode(),
        admin.get(api).content.decode(),
        admin.get("/api/v1/orgs/acme/sync-runs/").content.decode(),
        str(vars(run)),
        str(list(OutboxEntry.objects.values_list("arguments", flat=True))),
        str(list(AuditEntry.objects.values_list("changes", flat=True))),
    ]
    assert not [text for text in seen for word in hidden if word in text]
