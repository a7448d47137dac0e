"""What can be followed: asked of the service, and kept for as long as somebody fills in a form."""

from dataclasses import dataclass

from django.core.cache import cache

from accounts.tenancy import current_organization_id
from integrations.actions.connections import refusals_by_field, stored_provider
from integrations.models import Connection, Credential
from integrations.ports import NumberField, RemoteSource, SourceKind

KEPT_SECONDS = 15 * 60


@dataclass(frozen=True)
class Offer:
    """What can be followed, and the numeric fields that can be added up over it."""

    sources: list[RemoteSource]
    number_fields: list[NumberField]


def what_to_follow(connection: Connection) -> Offer:
    """Everything that the stored credential can see. Waits for the network, as `prove`."""
    with refusals_by_field():
        provider = stored_provider(connection)
        return Offer(provider.sources(), provider.number_fields())


def key_of(connection: Connection) -> str:
    """Another credential sees other things. To be called in a transaction."""
    credential = Credential.objects.filter(connection=connection).first()
    since = credential.set_at.timestamp() if credential else ""
    return f"{current_organization_id()}/offer/{connection.pk}/{since}"


def keep_offer(key: str, offer: Offer) -> None:
    cache.set(key, offer, timeout=KEPT_SECONDS)


def kept_offer(key: str) -> Offer | None:
    """What was offered lately, if it still is known."""
    found: Offer | None = cache.get(key)
    return found


def as_typed(choice: str, field: str) -> Offer:
    """What a form chose while nobody can say what there is: it keeps that, under its ids."""
    kind, _, remote_id = choice.partition(":")
    chosen = kind in set(SourceKind) and remote_id
    return Offer(
        sources=[RemoteSource(remote_id=remote_id, key="", name=remote_id, kind=SourceKind(kind))]
        if chosen
        else [],
        number_fields=[NumberField(field, field, is_points=False)] if field else [],
    )
