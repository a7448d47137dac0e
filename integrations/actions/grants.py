"""Grants of services at which somebody signed in: renewed by one process at a time.

A refresh token may be good for one use. So the row of the credential is locked while the service
is asked, whoever comes second waits and finds the new grant there, and what came back is stored
before it is used. A grant that is replaced or disconnected is given back where that is taken.
"""

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from accounts import outbox
from integrations.actions.outward import outbound
from integrations.actions.sealing import opened, seal_into
from integrations.choices import CredentialKind
from integrations.models import Connection, Credential, FormerGrant
from integrations.ports import AuthenticationFailed, Grant, ProviderError, RemoteUnavailable
from integrations.providers.oauth import App, OAuthService
from integrations.registry import PROVIDERS
from lib.envelope import SecretUnreadable
from lib.outbound import Limits

logger = logging.getLogger(__name__)
WITHDRAW_JOB = "integrations.tasks.withdraw_grant"
# Longer than all tries of a withdrawal take together.
LOST_AFTER = timedelta(days=1)
# A grant is renewed so long before its end: it shall not run out on the way.
EARLY = timedelta(seconds=60)
# Shorter than the time that a request may hold a transaction open.
LIMITS = Limits(connect=3, read=6, total=7)
LOCK_TIMEOUT = "8s"


def app_of(provider: str) -> App | None:
    """This installation as an app of the provider; None where the operator has set up none."""
    known = settings.OAUTH_APPS.get(provider)
    if known is None or not (known["client_id"] and known["client_secret"]):
        return None
    stand_in = known["stand_in"] if settings.OUTBOUND_ALLOW_LOOPBACK else ""
    return App(known["client_id"], known["client_secret"], stand_in)


def service_of(provider: str) -> tuple[OAuthService, App]:
    """The service and our app there; AuthenticationFailed when one of them is missing."""
    service, app = PROVIDERS[provider].oauth, app_of(provider)
    if service is None or app is None:
        raise AuthenticationFailed(
            provider,
            "sign in",
            "this installation is no app of the service any more",
            advice="The operator sets the client id and secret, or you enter a token instead.",
        )
    return service, app


class StoredGrant:
    """The grant of a connection as requests use it, renewed when it ends or is refused."""

    def __init__(self, connection: Connection, grant: Grant) -> None:
        self._connection_id = connection.pk
        self._provider = connection.provider
        self._grant = grant

    def header(self) -> str:
        if ends_soon(self._grant):
            self._grant = renewed(self._connection_id, self._provider, self._grant)
        return self._grant.header

    def renew(self, refused: str) -> bool:
        if self._grant.header == refused:
            self._grant = renewed(self._connection_id, self._provider, self._grant)
        return True


def ends_soon(grant: Grant) -> bool:
    return grant.expires_at <= datetime.now(UTC) + EARLY


@transaction.atomic
def renewed(connection_id: UUID, provider: str, former: Grant) -> Grant:
    """A grant after the former one: another process' work, or our own. Any ProviderError.

    Waits for the network with the credential locked, and for nothing else.
    """
    service, app = service_of(provider)
    credential = locked(connection_id, provider)
    present = read_grant(credential, provider)
    if present.access_token != former.access_token and not ends_soon(present):
        return present
    fresh = service.renew(outbound(LIMITS), app, present)
    seal_into(credential, msgspec.json.encode(fresh))
    credential.save(update_fields=["sealed"])
    return fresh


def locked(connection_id: UUID, provider: str) -> Credential:
    """The credential, once nobody else is renewing it."""
    try:
        with transaction.atomic():
            with database.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
            rows = Credential.objects.select_for_update().filter(connection_id=connection_id)
            credential = rows.first()
    except OperationalError:
        detail = "another request has been renewing the access for long"
        raise RemoteUnavailable(provider, "sign in", detail, retry_after=5) from None
    if credential is None:
        raise AuthenticationFailed(provider, "sign in", "there is no credential any more")
    return credential


def read_grant(credential: Credential, provider: str) -> Grant:
    if credential.kind != CredentialKind.OAUTH:
        detail = "the credential was replaced a moment ago"
        raise RemoteUnavailable(provider, "sign in", detail, retry_after=1)
    try:
        return msgspec.json.decode(opened(credential), type=Grant)
    except SecretUnreadable:
        detail = "there is no credential that can be used"
        raise AuthenticationFailed(provider, "sign in", detail) from None


def retire(credential: Credential) -> None:
    """Put the grant of a locked credential aside, to be given back in the background.

    Nothing is kept of a token, nor where the service takes no grant back.
    """
    of_connection = FormerGrant(connection=credential.connection)
    if credential.kind != CredentialKind.OAUTH or not is_taken_back(of_connection.service):
        return
    try:
        secret = opened(credential)
    except SecretUnreadable:
        return
    put_aside(of_connection, secret.encode())


@transaction.atomic
def turn_down(provider: str, grant: Grant) -> None:
    """As `retire`, a grant that comes to no connection."""
    if is_taken_back(provider):
        put_aside(FormerGrant(provider=provider), msgspec.json.encode(grant))


def is_taken_back(provider: str) -> bool:
    service = PROVIDERS[provider].oauth
    return service is not None and bool(service.revoke_url)


def put_aside(former: FormerGrant, secret: bytes) -> None:
    seal_into(former, secret)
    former.save(force_insert=True)
    outbox.enqueue(WITHDRAW_JOB, grant_id=str(former.pk))


def withdraw(grant_id: UUID) -> None:
    """Give a former grant back to its service; nothing when that was done.

    Waits for the network. Raises the ProviderError of a service that did not take it; call
    `give_up` in the end.
    """
    found = former_grant(grant_id)
    if found is None:
        return
    provider, grant = found
    service, app = service_of(provider)
    service.revoke(outbound(LIMITS), app, grant)
    forget(grant_id)


@transaction.atomic
def former_grant(grant_id: UUID) -> tuple[str, Grant] | None:
    former = FormerGrant.objects.filter(pk=grant_id).select_related("connection").first()
    if former is None:
        return None
    provider = former.service
    try:
        return provider, msgspec.json.decode(opened(former), type=Grant)
    except SecretUnreadable:
        detail = "there is no grant that can be read"
        raise AuthenticationFailed(provider, "sign in", detail) from None


def give_up(grant_id: UUID, error: ProviderError) -> None:
    """Delete our copy of a grant that its service does not take back: it ends there by itself."""
    logger.warning("grant %s was forgotten without having been taken back: %s", grant_id, error)
    forget(grant_id)


@transaction.atomic
def forget(grant_id: UUID) -> None:
    FormerGrant.objects.filter(pk=grant_id).delete()


@transaction.atomic
def withdraw_left_over() -> None:
    """Ask again for grants whose withdrawal got lost on the way."""
    lost = FormerGrant.objects.filter(created_at__lt=timezone.now() - LOST_AFTER)
    for grant_id in lost.values_list("pk", flat=True):
        outbox.enqueue(WITHDRAW_JOB, grant_id=str(grant_id))
