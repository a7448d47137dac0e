"""Keeping the credentials of connections: sealed in, and out to the provider only."""

from typing import Any

import msgspec
from django.utils import timezone

from accounts.models import Member
from integrations.actions.gate import ConnectionGate
from integrations.actions.grants import StoredGrant, retire, service_of
from integrations.actions.outward import outbound
from integrations.actions.sealing import opened, seal_into
from integrations.choices import CredentialKind
from integrations.models import Connection, Credential
from integrations.ports import Authorization, Grant, Provider
from integrations.providers.credentials import FixedHeader
from integrations.registry import PROVIDERS
from lib.envelope import SecretUnreadable

SHORTEST_HINTED = 12
# Parts of a credential that are no secret.
OPEN_PARTS = ("email",)
# What a credential may be: the parts that a person typed, or what the service granted.
Secrets = dict[str, str] | Grant


class MalformedSecret(ValueError):
    """A secret with characters that a header cannot carry. The text does not repeat it."""


def store_credential(connection: Connection, by: Member, secrets: Secrets) -> Credential:
    """Seal `secrets` as the connection's only credential, in place of the one before.

    The row stays the same, so that whoever waits for it to renew a grant finds the new one. A grant
    that was there is given back.
    """
    former = held_credential(connection)
    if former is not None:
        retire(former)
    credential = former or Credential(connection=connection)
    is_grant = isinstance(secrets, Grant)
    credential.kind = CredentialKind.OAUTH if is_grant else CredentialKind.TOKEN
    credential.hint = "" if isinstance(secrets, Grant) else hint_of(secrets)
    credential.set_by, credential.set_at = by, timezone.now()
    seal_into(credential, msgspec.json.encode(secrets))
    credential.save()
    return credential


def delete_credential(connection: Connection) -> None:
    """Forget the credential; a grant is given back."""
    former = held_credential(connection)
    if former is not None:
        retire(former)
        former.delete()


def held_credential(connection: Connection) -> Credential | None:
    """The stored credential, held so that nobody renews it meanwhile."""
    return Credential.objects.select_for_update().filter(connection=connection).first()


def hint_of(secrets: dict[str, str]) -> str:
    """The last four characters of a secret that is long enough to spare them."""
    secret = next(reversed(secrets.values()))
    return f"…{secret[-4:]}" if len(secret) >= SHORTEST_HINTED else "…"


def open_parts(connection: Connection) -> dict[str, str]:
    """What of a stored token is no secret, so that nobody has to type it again."""
    stored = Credential.objects.filter(connection=connection, kind=CredentialKind.TOKEN).first()
    if stored is None:
        return {}
    try:
        secrets = msgspec.json.decode(opened(stored), type=dict[str, str])
    except SecretUnreadable:
        return {}
    return {name: secrets[name] for name in OPEN_PARTS if name in secrets}


def open_provider(connection: Connection, secrets: Secrets | None = None) -> Provider:
    """The provider behind a connection; with `secrets`, before they are stored.

    Raises `MalformedSecret` for a secret that no request could carry, and any other ValueError
    for an address that the provider does not accept.
    """
    if isinstance(secrets, Grant):
        return granted(connection, secrets, FixedHeader(secrets.header))
    if secrets is None:
        stored = Credential.objects.get(connection=connection)
        if stored.kind == CredentialKind.OAUTH:
            grant = msgspec.json.decode(opened(stored), type=Grant)
            return granted(connection, grant, StoredGrant(connection, grant))
        secrets = msgspec.json.decode(opened(stored), type=dict[str, str])
    entry = PROVIDERS[connection.provider]
    try:
        credential = entry.credential(**credential_fields(connection, secrets))
    except ValueError as error:
        raise MalformedSecret(str(error)) from None
    return entry.factory(credential, outbound(), ConnectionGate(connection))


def granted(connection: Connection, grant: Grant, authorization: Authorization) -> Provider:
    """The provider as the person who signed in there sees it."""
    service, app = service_of(connection.provider)
    credential = service.credential(connection.address, grant, authorization, app)
    return PROVIDERS[connection.provider].factory(
        credential, outbound(), ConnectionGate(connection)
    )


def credential_fields(connection: Connection, secrets: dict[str, str]) -> dict[str, Any]:
    if not connection.address:
        return dict(secrets)
    return {**secrets, PROVIDERS[connection.provider].address: connection.address}
