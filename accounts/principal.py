"""Who sends a request, found before any organisation is bound.

The look-ups go through functions of the database that run as the owner and answer with ids
only (`accounts/migrations/0002_access.py`); they are the whole exemption from row security.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import tokens
from accounts.choices import TokenScope
from accounts.models import ApiToken
from accounts.tenancy import tenant


@dataclass(frozen=True)
class Principal:
    """A member of the organisation in the URL, by session or by token."""

    organization_id: UUID
    member_id: UUID
    slug: str
    scope: TokenScope | None = None
    token_id: UUID | None = None

    @property
    def by_token(self) -> bool:
        return self.token_id is not None


@dataclass(frozen=True)
class OrganizationChoice:
    id: UUID
    slug: str
    name: str


def principal_of_person(slug: str, person_id: UUID) -> Principal | None:
    """The person's active membership behind an organisation's present or former address."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM flotilla_principal(%s, %s)", [slug, person_id])
        row = cursor.fetchone()
    return Principal(*row) if row else None


def organizations_of(person_id: UUID) -> list[OrganizationChoice]:
    """The organisations a person may switch to, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM flotilla_organizations_of(%s)", [person_id])
        return [OrganizationChoice(*row) for row in cursor.fetchall()]


def principal_of_token(raw: str, *, address: str | None) -> Principal | None:
    """The member behind a live bearer token; None for any that is not."""
    prefix = tokens.prefix_of(raw)
    if prefix is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM flotilla_token(%s)", [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    organization_id, slug = row
    with tenant(organization_id), transaction.atomic():
        token = live_token(prefix, raw)
        if token is None:
            return None
        note_use(token, address)
        return Principal(organization_id, token.member_id, slug, TokenScope(token.scope), token.pk)


def live_token(prefix: str, raw: str) -> ApiToken | None:
    token = (
        ApiToken.objects.filter(prefix=prefix, revoked_at=None, expires_at__gt=timezone.now())
        .filter(member__left_at=None)
        .first()
    )
    return token if token and hmac.compare_digest(token.token_hash, tokens.digest(raw)) else None


def note_use(token: ApiToken, address: str | None) -> None:
    """Remember the use, to the minute."""
    now = timezone.now().replace(second=0, microsecond=0)
    if token.last_used_at != now or token.last_used_from != address:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now, last_used_from=address)


def bearer_of(request: HttpRequest) -> str | None:
    """The bearer token of the request, `""` for a malformed header, None without one."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def administers_any(person_id: UUID) -> bool:
    """Whether the person is an administrator of some organisation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT flotilla_administers_any(%s)", [person_id])
        return bool(cursor.fetchone()[0])
