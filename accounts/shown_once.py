"""Secrets that are shown once, by the page that follows the one they were made on.

Until then one waits in the session of the member who made it: sealed under a key of the
deployment, and for ten minutes. So neither loading that page again nor going back makes another.
"""

import time
from base64 import b64decode, b64encode
from typing import Protocol
from uuid import UUID

import msgspec
from django.conf import settings

from accounts.access import Access
from accounts.sessions import Session, remember
from lib.envelope import Place, SecretUnreadable, deployment_keys, seal, unseal

SHOWN = "shown_once"
LIFETIME = 600


class Row(Protocol):
    """What a secret was made for."""

    @property
    def pk(self) -> UUID: ...


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed secret, under which key, and whose it is to see."""

    organization: UUID
    member: UUID
    key_id: str
    sealed: str
    at: float


def keep(access: Access, session: Session, row: Row, secret: str) -> None:
    """Let the member see the secret of `row` on the next page, in place of one that waits."""
    key_id, key = next(iter(deployment_keys(settings.CREDENTIAL_KEYS).items()))
    waiting = Waiting(
        organization=access.organization.pk,
        member=access.member.pk,
        key_id=key_id,
        sealed=b64encode(seal(secret, key, place_of(access, row))).decode(),
        at=time.time(),
    )
    remember(session, SHOWN, str(row.pk), waiting)


def take(access: Access, session: Session, row: Row) -> str:
    """The secret that waits for the member, once; empty when there is none, or it came too late."""
    kept = dict(session.get(SHOWN, {}))
    found = kept.pop(str(row.pk), None)
    if found is None:
        return ""
    session[SHOWN] = kept
    waiting = msgspec.convert(found, Waiting, strict=False)
    key = deployment_keys(settings.CREDENTIAL_KEYS).get(waiting.key_id)
    whose = (access.organization.pk, access.member.pk)
    is_late = time.time() - waiting.at > LIFETIME
    if key is None or is_late or (waiting.organization, waiting.member) != whose:
        return ""
    try:
        return unseal(b64decode(waiting.sealed), key, place_of(access, row))
    except SecretUnreadable:
        return ""


def place_of(access: Access, row: Row) -> Place:
    return Place(access.organization.pk, "session", row.pk, "shown")
