"""Which site a connection reads, and who we are there."""

from integrations.choices import ConnectionState
from integrations.models import Connection
from integrations.ports import Identity

FIELDS = ("account", "site_id", "time_zone")


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
