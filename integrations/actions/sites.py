"""Which site a connection reads, where it is, and who we are there."""

from copy import copy

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import outbox
from integrations.choices import ConnectionState
from integrations.models import Connection
from integrations.ports import Identity
from integrations.registry import PROVIDERS

READDRESS_JOB = "integrations.tasks.readdress_items"
IDENTITY = ("account", "site_id", "time_zone")
PROVED = ("address", *IDENTITY, "state", "problem", "remedy")
DISCONNECTED = "The connection was disconnected."
MOVED_MEANWHILE = "The connection got another address meanwhile. Look at it, then try again."


def is_same_site(connection: Connection, identity: Identity) -> bool:
    """Whether this is the site that the connection has read, or its first one.

    One that is still known by its host is told by that, and takes over its id with the identity.
    """
    return connection.site_id in {"", identity.site_id, identity.former_site_id}


def another_site(connection: Connection, identity: Identity) -> str:
    """Why an identity is refused, as the end of a sentence."""
    return (
        f"{identity.site_name} is another site than before:"
        f" its id is {identity.site_id}, and was {connection.site_id}"
    )


def take_identity(connection: Connection, identity: Identity) -> None:
    connection.account = identity.name[:160]
    connection.site_id = identity.site_id[:120]
    connection.time_zone = identity.time_zone or ""


def take_proof(connection: Connection, identity: Identity) -> None:
    """What a person proved now also ends what was wrong before."""
    take_identity(connection, identity)
    connection.problem = connection.remedy = ""
    if connection.state != ConnectionState.PAUSED:
        connection.state = ConnectionState.WORKING


@transaction.atomic
def remember_identity(connection: Connection, identity: Identity) -> None:
    """Nothing, where the connection got another address while this one was asked."""
    take_identity(connection, identity)
    told = {name: getattr(connection, name) for name in IDENTITY}
    Connection.objects.filter(pk=connection.pk, address=connection.address).update(**told)


def can_move(connection: Connection) -> bool:
    """False for a service that is at one address for everybody."""
    return PROVIDERS[connection.provider].base is not None


def base_of(provider: str, address: str) -> str:
    """An address as it is asked; ValueError when the service cannot be there."""
    base = PROVIDERS[provider].base
    if base is None:
        return address
    return base(address.strip(), allow_loopback=settings.OUTBOUND_ALLOW_LOOPBACK)


def present_base(connection: Connection) -> str:
    """The address as it was asked until now, whatever is allowed by now."""
    try:
        return base_of(connection.provider, connection.address)
    except ValueError:
        return connection.address


def is_known_by_host(connection: Connection) -> bool:
    """Whether the site is told by its address alone, for want of an id of its own."""
    return connection.site_id in {"", present_base(connection).partition("://")[2]}


def at(connection: Connection, address: str) -> Connection:
    """The connection as it would be at another address; not to be saved."""
    moved = copy(connection)
    moved.address = address
    return moved


def require_address(connection: Connection) -> None:
    """Hold the connection; `ValidationError` when it is not where it was when it was proved."""
    held = Connection.objects.select_for_update().filter(pk=connection.pk, archived_at=None)
    present = held.values_list("address", flat=True).first()
    if present is None:
        raise ValidationError(DISCONNECTED)
    if present != connection.address:
        raise ValidationError(MOVED_MEANWHILE)


def take_address(connection: Connection, address: str) -> None:
    """Where the site is now; what is stored of its items follows in the background."""
    if address == connection.address:
        return
    former = present_base(connection)
    connection.address = address
    if former:
        outbox.enqueue(READDRESS_JOB, connection_id=str(connection.pk), former=former)
