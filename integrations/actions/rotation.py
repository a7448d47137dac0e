"""Changing the keys under the secrets, while the secrets stay what they are."""

from django.conf import settings
from django.db import transaction

from accounts.tenancy import current_organization_id
from integrations.actions import sealing, webhooks
from integrations.envelope import Place, deployment_keys, new_data_key, seal, unseal, unwrap, wrap
from integrations.models import Credential, FormerGrant, OrganizationKey, Webhook


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
    """A new data key, and every secret of the organisation under it; how many there were."""
    row = OrganizationKey.objects.select_for_update().first()
    if row is None:
        return 0
    organization_id = current_organization_id()
    keys = deployment_keys(settings.CREDENTIAL_KEYS)
    newest = next(iter(keys))
    former = unwrap(bytes(row.wrapped), keys[row.key_id], organization_id)
    fresh = new_data_key()
    # Held, so that no new secret is sealed by the former key meanwhile.
    kept = Credential.objects.select_for_update().order_by("id")
    former_grants = FormerGrant.objects.select_for_update().order_by("id")
    hooks = Webhook.objects.select_for_update().order_by("id")
    sealed: list[tuple[Credential | FormerGrant | Webhook, Place]] = [
        *((secret, sealing.place_of(secret)) for secret in kept),
        *((secret, sealing.place_of(secret)) for secret in former_grants),
        *((secret, webhooks.place_of(secret)) for secret in hooks),
    ]
    for secret, place in sealed:
        secret.sealed = seal(unseal(bytes(secret.sealed), former, place), fresh, place)
        secret.save(update_fields=["sealed"])
    row.wrapped, row.key_id = wrap(fresh, keys[newest], organization_id), newest
    row.save(update_fields=["wrapped", "key_id"])
    return len(sealed)
