"""Connecting by signing in at the service: asked for, answered, and made a connection.

What waits for an answer lies in the session of the person who asked, under a state that is good
once and for ten minutes. A grant that waits until its site is chosen lies there sealed.
"""

import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from accounts.access import Access
from accounts.fields import new_id
from accounts.permissions import Permission
from accounts.sessions import Session, remember
from accounts.tenancy import current_organization_id
from integrations.actions.connections import change_credential, connect, prove, refusals_by_field
from integrations.actions.grants import LIMITS, app_of, service_of, turn_down
from integrations.actions.outward import outbound
from integrations.actions.sealing import data_key
from integrations.actions.sites import at
from integrations.models import Connection
from integrations.ports import Grant
from integrations.providers.oauth import Site
from integrations.registry import PROVIDERS
from lib.envelope import Place, SecretUnreadable, seal, unseal

ASKED, CHOOSING = "sign_ins_asked", "sign_ins_choosing"
LIFETIME = 600
# What a service says instead of a code → what it means to the person.
ERRORS = {
    "access_denied": "You did not allow it there, so nothing was connected.",
    "server_error": "The service had a problem. Try again in a while.",
    "temporarily_unavailable": "The service had a problem. Try again in a while.",
}
OTHER_ERROR = (
    "The service does not accept this installation as an app. Its operator checks the client id,"
    " the callback address and the scopes there."
)
GONE = "The connection was disconnected meanwhile."
NOT_OURS = "This answer belongs to no question of yours, or came too late. Begin again."


class SignInFailed(Exception):
    """The answer of the service leads to no connection; the text is for the person."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was sent to a service with a person. connection is empty for a new one."""

    organization: UUID
    member: UUID
    provider: str
    name: str
    connection: UUID | None
    verifier: str
    at: float

    @property
    def is_late(self) -> bool:
        return time.time() - self.at > LIFETIME


class Choosing(msgspec.Struct, frozen=True, kw_only=True):
    """A grant for several sites, sealed until one of them is chosen."""

    asked: Asked
    sites: list[Site]
    sealed: str


def is_offered(provider: str) -> bool:
    """Whether people can sign in at the service: it takes that, and the operator made us an app."""
    return PROVIDERS[provider].oauth is not None and app_of(provider) is not None


def origin_of(provider: str) -> str:
    """Where signing in takes place, as scheme and host; empty where it is not offered."""
    service, app = PROVIDERS[provider].oauth, app_of(provider)
    return service.origin(app) if service and app else ""


def callback_address() -> str:
    """Where services send people back to; it is entered at the app there."""
    return f"{settings.PUBLIC_URL}{reverse('sign-in-answer')}"


def ask(
    access: Access,
    session: Session,
    *,
    provider: str,
    name: str = "",
    connection: Connection | None = None,
) -> str:
    """Where to send the person. ValidationError when signing in is not set up."""
    access.require(Permission.CONNECTION_MANAGE)
    with refusals_by_field():
        service, app = service_of(provider)
    asked = Asked(
        organization=access.organization.pk,
        member=access.member.pk,
        provider=provider,
        name=name,
        connection=connection.pk if connection else None,
        verifier=secrets.token_urlsafe(48),
        at=time.time(),
    )
    state = f"{access.organization.slug}.{secrets.token_urlsafe(32)}"
    remember(session, ASKED, state, asked)
    return service.address(
        app, redirect_uri=callback_address(), state=state, verifier=asked.verifier
    )


def take(session: Session, place: str, key: str) -> Any:
    """What is kept there, once: None the second time, whichever process is asked."""
    kept = dict(session.get(place, {}))
    found = kept.pop(key, None)
    session[place] = kept
    mark = f"sign-in/{sha256(key.encode()).hexdigest()}"
    return found if found is not None and cache.add(mark, 1, timeout=2 * LIFETIME) else None


def take_answer(access: Access, session: Session, *, state: str) -> Asked:
    """The question that this answers, once. `SignInFailed` when there is none."""
    found = take(session, ASKED, state)
    asked = None if found is None else msgspec.convert(found, Asked, strict=False)
    whose = (access.organization.pk, access.member.pk)
    if asked is None or asked.is_late or (asked.organization, asked.member) != whose:
        raise SignInFailed(NOT_OURS)
    return asked


def require_yes(error: str) -> None:
    """`SignInFailed` with the meaning of what the service said instead of a code."""
    if error:
        raise SignInFailed(ERRORS.get(error, OTHER_ERROR))


def redeem(asked: Asked, code: str) -> tuple[Grant, list[Site]]:
    """What was granted, and the sites that come into question, at least one.

    Waits for the network. ValidationError, and `SignInFailed` when a connection is gone; what was
    granted is given back then.
    """
    with refusals_by_field():
        service, app = service_of(asked.provider)
        client = outbound(LIMITS)
        grant = service.exchange(
            client, app, code=code, redirect_uri=callback_address(), verifier=asked.verifier
        )
    with given_back_if_refused(asked, grant):
        with refusals_by_field():
            sites = service.sites(client, app, grant) if service.sites else [whole_service(asked)]
        if missing := service.missing(grant):
            raise ValidationError(f"Without {' and '.join(missing)} nothing can be read there.")
        if not sites:
            raise ValidationError(f"The account reaches no site of {service.label}.")
        return grant, fitting(asked, sites)


@contextmanager
def given_back_if_refused(asked: Asked, grant: Grant) -> Iterator[None]:
    """Whatever keeps a grant from being used, it is not left open at its service."""
    try:
        yield
    except Exception:
        turn_down(asked.provider, grant)
        raise


def whole_service(asked: Asked) -> Site:
    """Of a service whose grants are for one place, which was chosen there."""
    return Site(id="", name=PROVIDERS[asked.provider].label, url="")


@transaction.atomic
def fitting(asked: Asked, sites: list[Site]) -> list[Site]:
    """The sites that come into question: for a connection that exists, its own."""
    if asked.connection is None:
        return sites
    connection = renewing(asked.connection)
    known = connection.site_id or host_of(connection.address)
    found = [site for site in sites if not site.url or known in {site.id, host_of(site.url)}]
    if not found:
        reached = ", ".join(site.name for site in sites)
        raise ValidationError(
            f"You granted access to {reached}. {connection.name} reads another site."
        )
    return found


def renewing(pk: UUID) -> Connection:
    """The connection that asked for a new credential. `SignInFailed` when it is gone."""
    connection = Connection.objects.filter(pk=pk, archived_at=None).first()
    if connection is None:
        raise SignInFailed(GONE)
    return connection


def host_of(url: str) -> str:
    return urlsplit(url).netloc


@transaction.atomic
def put_off(session: Session, asked: Asked, grant: Grant, sites: list[Site]) -> UUID:
    """Keep the grant until the person chose a site; the key under which it waits."""
    key = new_id()
    written = msgspec.json.encode(grant).decode()
    sealed = b64encode(seal(written, data_key(), place_of(key))).decode()
    remember(session, CHOOSING, str(key), Choosing(asked=asked, sites=sites, sealed=sealed))
    return key


def place_of(key: UUID) -> Place:
    return Place(current_organization_id(), "session", key, "grant")


def waiting(access: Access, session: Session, key: UUID) -> Choosing:
    """A grant whose site is to be chosen. `SignInFailed` when it is not this member's, or gone."""
    found = session.get(CHOOSING, {}).get(str(key))
    choosing = None if found is None else msgspec.convert(found, Choosing, strict=False)
    whose = (access.organization.pk, access.member.pk)
    if (
        choosing is None
        or choosing.asked.is_late
        or (choosing.asked.organization, choosing.asked.member) != whose
    ):
        raise SignInFailed(NOT_OURS)
    return choosing


def take_choice(session: Session, key: UUID, choosing: Choosing) -> Grant:
    """The grant that waited, once."""
    if take(session, CHOOSING, str(key)) is None:
        raise SignInFailed(NOT_OURS)
    try:
        with transaction.atomic():
            opened = unseal(b64decode(choosing.sealed), data_key(), place_of(key))
    except SecretUnreadable:
        raise SignInFailed(NOT_OURS) from None
    return msgspec.json.decode(opened, type=Grant)


def conclude(access: Access, asked: Asked, grant: Grant, site: Site) -> Connection:
    """Make the connection, or give the existing one its new credential and present address.

    `ValidationError` as `prove`; `SignInFailed` when the existing one is gone. What was granted is
    given back then.

    Waits for the network: call it outside a transaction.
    """
    with given_back_if_refused(asked, grant):
        return connected(access, asked, msgspec.structs.replace(grant, site_id=site.id), site)


def connected(access: Access, asked: Asked, grant: Grant, site: Site) -> Connection:
    if asked.connection is None:
        made = Connection(provider=asked.provider, name=asked.name, address=site.url)
        return connect(access, made, grant, prove(made, grant))
    with transaction.atomic():
        connection = renewing(asked.connection)
    moved = at(connection, site.url or connection.address)
    proof = prove(moved, grant)
    return change_credential(access, connection, grant, proof, address=moved.address)
