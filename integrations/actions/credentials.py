"""Keeping the secrets of connections: sealed in, and out to the provider only."""

import ipaddress
from typing import Any

import msgspec
from django.conf import settings

from accounts.models import Member
from accounts.tenancy import current_organization_id
from integrations.envelope import (
    Place,
    deployment_keys,
    new_data_key,
    seal,
    unseal,
    unwrap,
    wrap,
)
from integrations.models import Connection, Credential, OrganizationKey
from integrations.ports import Provider
from integrations.registry import PROVIDERS
from lib.outbound import Limits, OutboundClient, OutboundPolicy

SHORTEST_HINTED = 12


class MalformedSecret(ValueError):
    """A secret with characters that a header cannot carry. The text does not repeat it."""


def data_key() -> bytes:
    """The data key of the bound organisation, made when it is first needed."""
    organization_id = current_organization_id()
    keys = deployment_keys(settings.CREDENTIAL_KEYS)
    row = OrganizationKey.objects.first()
    if row is None:
        key_id, deployment_key = next(iter(keys.items()))
        fresh = new_data_key()
        OrganizationKey.objects.create(
            wrapped=wrap(fresh, deployment_key, organization_id), key_id=key_id
        )
        return fresh
    return unwrap(bytes(row.wrapped), keys[row.key_id], organization_id)


def place_of(credential: Credential) -> Place:
    return Place(current_organization_id(), "credential", credential.pk, "sealed")


def store_credential(connection: Connection, by: Member, secrets: dict[str, str]) -> Credential:
    """Seal `secrets` as the connection's only credential; the last four characters stay visible."""
    Credential.objects.filter(connection=connection).delete()
    credential = Credential(connection=connection, hint=hint_of(secrets), set_by=by)
    sealed = seal(msgspec.json.encode(secrets).decode(), data_key(), place_of(credential))
    credential.sealed = sealed
    credential.save(force_insert=True)
    return credential


def hint_of(secrets: dict[str, str]) -> str:
    """The last four characters of a secret that is long enough to spare them."""
    secret = next(reversed(secrets.values()))
    return f"…{secret[-4:]}" if len(secret) >= SHORTEST_HINTED else "…"


def open_provider(connection: Connection, secrets: dict[str, str] | None = None) -> Provider:
    """The provider behind a connection; with `secrets`, before they are stored.

    Raises `MalformedSecret` for a secret that no request could carry, and any other ValueError
    for an address that the provider does not accept.
    """
    if secrets is None:
        stored = Credential.objects.get(connection=connection)
        opened = unseal(bytes(stored.sealed), data_key(), place_of(stored))
        secrets = msgspec.json.decode(opened, type=dict[str, str])
    entry = PROVIDERS[connection.provider]
    try:
        credential = entry.credential(**credential_fields(connection, secrets))
    except ValueError as error:
        raise MalformedSecret(str(error)) from None
    return entry.factory(credential, outbound())


def credential_fields(connection: Connection, secrets: dict[str, str]) -> dict[str, Any]:
    if not connection.address:
        return dict(secrets)
    return {**secrets, PROVIDERS[connection.provider].address: connection.address}


def outbound(limits: Limits | None = None) -> OutboundClient:
    """The one way out, as the operator allows it."""
    policy = OutboundPolicy(
        allow_loopback=settings.OUTBOUND_ALLOW_LOOPBACK,
        allowed_networks=tuple(
            ipaddress.ip_network(network) for network in settings.OUTBOUND_ALLOWED_NETWORKS
        ),
    )
    return OutboundClient(policy, limits)
