"""What has ended is neither read nor changed nor linked any more; its history stays."""

from django.core.exceptions import ValidationError

from integrations.models import Connection, Link, Source

DISCONNECTED = "This connection was disconnected."
NOT_FOLLOWED = "This source is not followed any more."
UNLINKED = "This link was removed."


def refuse(message: str, beside: str) -> None:
    raise ValidationError({beside: message} if beside else message)


def require_connected(connection: Connection, *, beside: str = "") -> None:
    """Raise `ValidationError`, at the field `beside` if it names one."""
    if connection.archived_at is not None:
        refuse(DISCONNECTED, beside)


def require_followed(source: Source, *, beside: str = "") -> None:
    """As `require_connected`."""
    require_connected(source.connection, beside=beside)
    if source.archived_at is not None:
        refuse(NOT_FOLLOWED, beside)


def require_standing(link: Link) -> None:
    """Refuse one that was taken away."""
    if link.archived_at is not None:
        refuse(UNLINKED, "")
