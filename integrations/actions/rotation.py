"""Changing the keys under the secrets, while the secrets stay what they are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.tenancy import current_organization_id, wait_to_be_alone
from integrations.actions import pulls, sealing, webhooks
from integrations.models import Credential, FormerGrant, OrganizationKey, Pull, Webhook
from lib.envelope import Place, deployment_keys, new_data_key, seal, unseal, unwrap, wrap

# Every table that keeps secrets in a column `sealed`, with where a row's secret belongs.
SEALED: Mapping[type[Any], Callable[[Any], Place]] = {
    Credential: sealing.place_of,
    FormerGrant: sealing.place_of,
    Webhook: webhooks.place_of,
    Pull: pulls.place_of,
}


@transaction.atomic
def rewrap() -> int:
    """Wrap the organisation's data key with the deployment's first key; how many keys changed."""
    row = OrganizationKey.objects.select_for_update().first()
    keys = deployment_keys(settings.CREDENTIAL_KEYS)
    newest = next(iter(keys))
    if row is None or row.key_id == newest:
        return 0
    organization_id = current_organization_id()
    data_key = unwrap(bytes(row.wrapped), keys[row.key_id], organization_id)
    row.wrapped, row.key_id = wrap(data_key, keys[newest], organization_id), newest
    row.save(update_fields=["wrapped", "key_id"])
    return 1


@transaction.atomic
def reencrypt() -> int:
    """A new data key, and every secret of the organisation under it; how many there were.

    Alone: what somebody seals meanwhile under the former key could never be opened again.
    """
    wait_to_be_alone()
    row = OrganizationKey.objects.select_for_update().first()
    if row is None:
        return 0
    organization_id = current_organization_id()
    keys = deployment_keys(settings.CREDENTIAL_KEYS)
    newest = next(iter(keys))
    former = unwrap(bytes(row.wrapped), keys[row.key_id], organization_id)
    fresh = new_data_key()
    count = 0
    for secret, place in held_secrets():
        secret.sealed = seal(unseal(bytes(secret.sealed), former, place), fresh, place)
        secret.save(update_fields=["sealed"])
        count += 1
    row.wrapped, row.key_id = wrap(fresh, keys[newest], organization_id), newest
    row.save(update_fields=["wrapped", "key_id"])
    return count


def held_secrets() -> Iterator[tuple[Any, Place]]:
    """Every row with a secret, and where that belongs."""
    for model, place_of in SEALED.items():
        for secret in model.objects.exclude(sealed=None).order_by("id"):
            yield secret, place_of(secret)
