"""Connecting other systems. The proof of a credential waits for the network, so it is apart.

`prove` is called outside any transaction; what it finds is then stored by `connect` or
`change_credential` in one.
"""

from dataclasses import dataclass, fields
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from integrations.actions.credentials import open_provider, store_credential
from integrations.actions.rules import default_rules, merged
from integrations.actions.runs import OPEN, start_run
from integrations.choices import ConnectionState, RunState, RunTrigger
from integrations.models import Connection, Credential, Link, Source, SyncRun
from integrations.ports import (
    AuthenticationFailed,
    Identity,
    NumberField,
    ProviderError,
    RemoteSource,
    Selection,
    SelectionRefused,
    SourceKind,
)
from integrations.registry import PROVIDERS


@dataclass(frozen=True)
class Proof:
    """What a credential opened: who we are there, and what there is to choose from."""

    identity: Identity
    sources: list[RemoteSource]
    number_fields: list[NumberField]


def prove(connection: Connection, secrets: dict[str, str] | None = None) -> Proof:
    """Ask the service who we are. Raises `ValidationError` by field; stores nothing.

    `secrets` are those of the form, or None for the stored ones. Waits for the network: call it
    outside a transaction.
    """
    try:
        with transaction.atomic():
            provider = open_provider(connection, secrets)
        identity = provider.identify()
        return Proof(identity, provider.sources(), provider.number_fields())
    except Credential.DoesNotExist:
        raise ValidationError("Its credential was never set. Enter one first.") from None
    except ValueError as error:
        raise ValidationError({"address": str(error)}) from None
    except AuthenticationFailed as error:
        raise ValidationError({"secret": f"{sentence(error.detail)} {error.what_to_do}"}) from None
    except ProviderError as error:
        raise ValidationError({"address": f"{sentence(error.detail)} {error.what_to_do}"}) from None


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


@transaction.atomic
def connect(
    access: Access, connection: Connection, secrets: dict[str, str], proof: Proof
) -> Connection:
    """Store a proved connection with its sealed credential."""
    access.require(Permission.CONNECTION_MANAGE)
    connection.owner = access.member
    take_identity(connection, proof)
    connection.points_fields = [f.remote_id for f in proof.number_fields if f.is_points]
    connection.full_clean()
    connection.save(force_insert=True)
    store_credential(connection, access.member, secrets)
    return connection


def take_identity(connection: Connection, proof: Proof) -> None:
    identity = proof.identity
    connection.account = identity.name[:160]
    connection.site_id = identity.site_id[:120]
    connection.time_zone = identity.time_zone or ""
    connection.state = ConnectionState.WORKING
    connection.problem = connection.remedy = ""


@transaction.atomic
def change_credential(
    access: Access, connection: Connection, secrets: dict[str, str], proof: Proof
) -> Connection:
    """Replace the credential by a proved one of the same site, and read again at once."""
    access.require(Permission.CONNECTION_MANAGE)
    if connection.site_id and connection.site_id != proof.identity.site_id:
        message = f"This credential belongs to {proof.identity.site_name}, another site."
        raise ValidationError({"secret": message})
    take_identity(connection, proof)
    connection.save()
    store_credential(connection, access.member, secrets)
    if connection.sources.filter(archived_at=None).exists():
        start_run(connection, RunTrigger.SETUP, requested_by=access.member)
    return connection


@transaction.atomic
def edit_connection(
    access: Access, connection: Connection, *, expected_version: int | None, **changes: Any
) -> Connection:
    """Change the name, the interval, or what counts as done."""
    access.require(Permission.CONNECTION_MANAGE)
    if "rules" in changes:
        check_rules(connection.provider, changes["rules"])
    for field, value in changes.items():
        setattr(connection, field, value)
    return save_edit(connection, fields=list(changes), expected_version=expected_version)


def check_rules(provider: str, rules: dict[str, Any]) -> None:
    try:
        merged(default_rules(provider), rules)
    except (msgspec.ValidationError, TypeError) as error:
        raise ValidationError({"rules": f"These are no rules: {error}."}) from None


@transaction.atomic
def pause_connection(access: Access, connection: Connection, *, paused: bool) -> Connection:
    """Stop the schedule, or take it up again."""
    access.require(Permission.CONNECTION_MANAGE)
    state = ConnectionState.PAUSED if paused else ConnectionState.WORKING
    connection.state = state
    connection.save(update_fields=["state"])
    if not paused:
        start_run(connection, RunTrigger.PERSON, requested_by=access.member)
    return connection


@transaction.atomic
def archive_connection(
    access: Access, connection: Connection, *, expected_version: int | None
) -> Connection:
    """Stop reading for good; values stay, the credential is forgotten."""
    access.require(Permission.CONNECTION_MANAGE)
    connection.credentials.all().delete()
    connection.archived_at = timezone.now()
    return save_edit(connection, fields=["archived_at"], expected_version=expected_version)


def prove_selection(connection: Connection, selection: Selection) -> None:
    """Refuse, at `query`, what the service cannot follow. Waits for the network."""
    try:
        with transaction.atomic():
            provider = open_provider(connection)
        provider.check_selection(selection)
    except SelectionRefused as error:
        raise ValidationError({"query": sentence(error.detail)}) from None
    except ProviderError as error:
        raise ValidationError(f"{sentence(error.detail)} {error.what_to_do}") from None


@transaction.atomic
def add_source(
    access: Access,
    connection: Connection,
    *,
    kind: str,
    name: str,
    remote_id: str = "",
    query: str = "",
) -> Source:
    """Follow a project, team, initiative, filter or query, and start to read it."""
    access.require(Permission.CONNECTION_MANAGE)
    kind = SourceKind(kind).value
    if kind == SourceKind.JQL and not query.strip():
        raise ValidationError({"query": "Write the query."})
    if kind != SourceKind.JQL and not remote_id:
        raise ValidationError({"remote_id": "Choose what to follow."})
    source = Source(connection=connection, kind=kind, name=name, remote_id=remote_id, query=query)
    source.full_clean()
    source.save(force_insert=True)
    start_run(connection, RunTrigger.SETUP, requested_by=access.member)
    return source


@transaction.atomic
def remove_source(access: Access, source: Source, *, expected_version: int | None) -> Source:
    """Stop following it. Refused while links read it."""
    access.require(Permission.CONNECTION_MANAGE)
    if Link.objects.filter(source=source, archived_at=None).exists():
        raise ValidationError("Key results or initiatives still read this source.")
    source.archived_at = timezone.now()
    return save_edit(source, fields=["archived_at"], expected_version=expected_version)


@transaction.atomic
def cancel_run(access: Access, run: SyncRun) -> None:
    """End a run after the page it is at; what it stored stays."""
    access.require_anywhere(Permission.CONNECTION_SYNC)
    SyncRun.objects.filter(pk=run.pk, state__in=OPEN).update(
        state=RunState.CANCELLED, finished_at=timezone.now()
    )


def secret_fields(provider: str) -> list[str]:
    """What a provider's credential consists of, beside the address."""
    entry = PROVIDERS[provider]
    names = [field.name for field in fields(entry.credential)]
    return [name for name in names if name != entry.address]
