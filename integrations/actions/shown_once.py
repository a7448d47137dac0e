"""Secrets that are shown once, by the page that follows the one they were made on.

Until then one waits in the session of the member who made it: sealed, and for ten minutes. So
neither loading that page again nor going back makes another.
"""

import time
from base64 import b64decode, b64encode
from uuid import UUID

import msgspec

from accounts.access import Access
from accounts.tenancy import current_organization_id
from integrations.actions.sealing import data_key
from integrations.actions.sign_ins import Session, remember
from integrations.envelope import Place, SecretUnreadable, seal, unseal
from integrations.models import PushAddress, Webhook

SHOWN = "secrets_to_show"
LIFETIME = 600


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed secret, and whose it is to see."""

    organization: UUID
    member: UUID
    sealed: str
    at: float


def keep(access: Access, session: Session, row: PushAddress | Webhook, secret: str) -> None:
    """Let the member see the secret of `row` on the next page, in place of one that waits."""
    sealed = seal(secret, data_key(), place_of(row))
    waiting = Waiting(
        organization=access.organization.pk,
        member=access.member.pk,
        sealed=b64encode(sealed).decode(),
        at=time.time(),
    )
    remember(session, SHOWN, str(row.pk), waiting)


def take(access: Access, session: Session, row: PushAddress | Webhook) -> str:
    """The secret that waits for the member, once; empty when there is none, or it came too late."""
    kept = dict(session.get(SHOWN, {}))
    found = kept.pop(str(row.pk), None)
    if found is None:
        return ""
    session[SHOWN] = kept
    waiting = msgspec.convert(found, Waiting, strict=False)
    whose = (access.organization.pk, access.member.pk)
    is_late = time.time() - waiting.at > LIFETIME
    if is_late or (waiting.organization, waiting.member) != whose:
        return ""
    try:
        return unseal(b64decode(waiting.sealed), data_key(), place_of(row))
    except SecretUnreadable:
        return ""


def place_of(row: PushAddress | Webhook) -> Place:
    return Place(current_organization_id(), "session", row.pk, "shown")
