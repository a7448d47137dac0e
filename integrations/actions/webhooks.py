"""Hints from outside: verified, counted once, and turned into questions to the service."""

import secrets as random_secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenancy import current_organization_id, tenant
from integrations.actions.ended import require_connected
from integrations.actions.runs import follows_hints, note_storing, start_run
from integrations.actions.sealing import data_key
from integrations.choices import ConnectionState, RunTrigger
from integrations.models import Connection, Webhook, WebhookDelivery
from integrations.providers.hooks import Hint, Refused, is_signed
from integrations.registry import PROVIDERS
from lib.envelope import Place, SecretUnreadable, seal, unseal

TOKEN_BYTES = 32
# Long enough to enter the new secret at the service, whoever does that there.
FORMER_TAKEN_FOR = timedelta(days=7)


@transaction.atomic
def open_webhook(access: Access, connection: Connection) -> tuple[Webhook, str]:
    """An address for the service to write to, and the secret it signs with, shown this once.

    Opened again, the address stays and the secret is a new one; the former one is taken for a week
    more, or until the next time, so that nothing is lost while it is exchanged.
    """
    access.require(Permission.CONNECTION_MANAGE)
    require_connected(connection)
    if PROVIDERS[connection.provider].hooks is None:
        raise ValidationError("This kind of connection takes no webhooks.")
    webhook = Webhook.objects.filter(connection=connection).first()
    known = secrets_of(webhook) if webhook else []
    fresh = random_secrets.token_urlsafe(TOKEN_BYTES)
    if webhook is None:
        webhook = Webhook(
            connection=connection,
            token=random_secrets.token_urlsafe(TOKEN_BYTES),
            set_by=access.member,
        )
    webhook.set_by, webhook.set_at = access.member, timezone.now()
    webhook.sealed = sealed(webhook, [fresh, *known[:1]])
    webhook.save()
    return webhook, fresh


@transaction.atomic
def close_webhook(access: Access, connection: Connection) -> None:
    """Take nothing more at the address; polling goes on."""
    access.require(Permission.CONNECTION_MANAGE)
    Webhook.objects.filter(connection=connection).delete()


def sealed(webhook: Webhook, secrets: list[str]) -> bytes:
    return seal(msgspec.json.encode(secrets).decode(), data_key(), place_of(webhook))


def secrets_of(webhook: Webhook) -> list[str]:
    """The present secret and the one before it."""
    opened = unseal(bytes(webhook.sealed), data_key(), place_of(webhook))
    return msgspec.json.decode(opened, type=list[str])


def former_until(webhook: Webhook) -> datetime | None:
    """When the secret before the present one ends, or ended; None when none can be told."""
    try:
        was_exchanged = len(secrets_of(webhook)) > 1
    except SecretUnreadable:
        was_exchanged = False
    return webhook.set_at + FORMER_TAKEN_FOR if was_exchanged else None


def secrets_taken(webhook: Webhook, now: datetime) -> list[str]:
    """What a delivery may be signed with at the moment."""
    is_exchanged = now >= webhook.set_at + FORMER_TAKEN_FOR
    return secrets_of(webhook)[: 1 if is_exchanged else 2]


def place_of(webhook: Webhook) -> Place:
    return Place(current_organization_id(), "webhook", webhook.pk, "sealed")


def receive(token: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Take a delivery; whether it was believed. An unknown address costs as much as a bad one."""
    organization_id = organization_of(token)
    if organization_id is None:
        is_signed(body, "", [token])
        return False
    with tenant(organization_id):
        return take(token, headers, body)


@transaction.atomic
def organization_of(token: str) -> UUID | None:
    with database.cursor() as cursor:
        cursor.execute("SELECT flotilla_webhook(%s)", [token])
        found: UUID | None = cursor.fetchone()[0]
        return found


@transaction.atomic
def take(token: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Take a delivery of the bound organisation; what a paused connection hears is let go.

    The run with which it is taken up reads all that changed meanwhile.
    """
    rows = Webhook.objects.filter(token=token, connection__archived_at=None)
    webhook = rows.select_related("connection").first()
    if webhook is None:
        return False
    reader = PROVIDERS[webhook.connection.provider].hooks
    if reader is None:
        return False
    now = timezone.now()
    try:
        hint = reader.read(headers, body, secrets_taken(webhook, now), now)
    except Refused as refusal:
        rows.update(
            refused=F("refused") + 1, last_refused_at=now, refused_because=str(refusal)[:200]
        )
        return False
    rows.update(last_received_at=now, received=F("received") + 1)
    if webhook.connection.state != ConnectionState.PAUSED:
        note_hint(webhook, hint)
    return True


def note_hint(webhook: Webhook, hint: Hint) -> None:
    """Store a delivery that is new, and have its item asked for where that may help."""
    if hint.remote_id is None:
        return
    note_storing(webhook.connection_id)
    delivery = WebhookDelivery(
        webhook=webhook,
        delivery_id=hint.delivery_id[:200],
        event=hint.event[:80],
        remote_id=hint.remote_id[:64],
        removed=hint.removed,
    )
    WebhookDelivery.objects.bulk_create([delivery], ignore_conflicts=True)
    is_new = WebhookDelivery.objects.filter(pk=delivery.pk).exists()
    if is_new and follows_hints(webhook.connection):
        start_run(webhook.connection, RunTrigger.WEBHOOK)
