"""Sealing the secrets of an organisation under its data key, and opening them again."""

from django.conf import settings

from accounts.tenancy import current_organization_id
from integrations.models import Credential, FormerGrant, OrganizationKey
from lib.envelope import (
    Place,
    deployment_keys,
    new_data_key,
    seal,
    unseal,
    unwrap,
    wrap,
)


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


def place_of(row: Credential | FormerGrant) -> Place:
    table = "credential" if isinstance(row, Credential) else "former-grant"
    return Place(current_organization_id(), table, row.pk, "sealed")


def seal_into(row: Credential | FormerGrant, secret: bytes) -> None:
    """Put the secret into an unsaved or locked row."""
    row.sealed = seal(secret.decode(), data_key(), place_of(row))


def opened(row: Credential | FormerGrant) -> str:
    """The secret of a row; raises `SecretUnreadable`."""
    return unseal(bytes(row.sealed), data_key(), place_of(row))
