"""Connecting other systems. The proof of a credential waits for the network, so it is apart.

`prove` is called outside any transaction; what it finds is then stored by `connect` or
`change_credential` in one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from integrations.actions import sites
from integrations.actions.credentials import (
    MalformedSecret,
    Secrets,
    delete_credential,
    open_provider,
    store_credential,
)
from integrations.actions.ended import require_connected, require_followed
from integrations.actions.gate import pass_gate
from integrations.actions.held import hold_connection
from integrations.actions.links import close_links
from integrations.actions.number_fields import require_fields_there, told_fields
from integrations.actions.owners import check_owner
from integrations.actions.recounts import owe_judging, owe_past, send
from integrations.actions.runs import UNASKED, end_open_runs, start_run
from integrations.choices import ConnectionState, RunTrigger, SourceState
from integrations.models import Connection, Credential, Link, Recount, Source
from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    Identity,
    NumberField,
    Provider,
    ProviderError,
    RateLimited,
    RemoteSource,
    RemoteUnavailable,
    Selection,
    SelectionRefused,
    SourceKind,
)
from integrations.queries.connections import NAME_TAKEN, is_name_taken
from integrations.registry import PROVIDERS
from integrations.rules import check_rules
from lib.envelope import SecretUnreadable

# Kinds of sources that a service lists; filters and queries are known to those who made them.
LISTED = (SourceKind.PROJECT, SourceKind.TEAM, SourceKind.INITIATIVE)
NAMED = 8


@dataclass(frozen=True)
class Proof:
    """What a credential opened: who we are there, and the number fields that items have."""

    identity: Identity
    number_fields: list[NumberField]


def require_free_name(name: str) -> None:
    """Refuse, at `name`, one that a connection has already; before the service is asked."""
    if is_name_taken(name):
        raise ValidationError({"name": NAME_TAKEN})


def prove(connection: Connection, secrets: Secrets) -> Proof:
    """Ask the service who we are. Raises `ValidationError` by field; stores nothing.

    Waits for the network: call it outside a transaction.
    """
    if isinstance(secrets, dict):
        check_names(connection.provider, secrets)
        check_address(connection)
    with refusals_by_field():
        provider = open_provider(connection, secrets)
        return Proof(provider.identify(), provider.number_fields())


@dataclass(frozen=True)
class Group:
    """Things of one kind, the first of them by name."""

    count: int
    word: str
    first: list[str]

    @property
    def more(self) -> int:
        return self.count - len(self.first)


@dataclass(frozen=True)
class Seen:
    """What a credential sees: whose it is, what can be followed, and what is missing.

    offered has what can be followed, in order; missing the followed sources that are out of sight;
    lacking says what cannot be done with this credential, each in a sentence or two.
    """

    identity: Identity
    offered: list[RemoteSource]
    number_fields: list[NumberField]
    missing: list[str]
    lacking: list[str]

    @property
    def names(self) -> dict[SourceKind, list[str]]:
        """What can be followed, by kind."""
        names: dict[SourceKind, list[str]] = {}
        for source in self.offered:
            names.setdefault(source.kind, []).append(source.name)
        return names

    @property
    def groups(self) -> list[Group]:
        """What can be followed, as a page tells it."""
        return [
            Group(
                count=len(names),
                word=kind.value if len(names) == 1 else f"{kind.value}s",
                first=names[:NAMED],
            )
            for kind, names in self.names.items()
        ]


NOTHING_SEEN = (
    "Nothing can be followed: the account sees nothing there. Give it access, then test again."
)
NO_ESTIMATES = (
    "No field holds estimates, so work can be counted by items and not by points. If there is"
    " such a field, the account may not see it, or its id is to be entered in the settings."
)


def try_out(connection: Connection) -> Seen:
    """Ask whether the stored credential still opens the service. Waits for the network."""
    with refusals_by_field():
        provider = stored_provider(connection)
        found = provider.identify()
        require_same_site(connection, found)
        offered = [source for source in provider.sources() if not source.archived]
        number_fields = provider.number_fields()
    has_estimates = any(field.is_points for field in number_fields)
    visible = {(it.kind.value, it.remote_id) for it in offered}
    lacking = [] if offered else [NOTHING_SEEN]
    lacking += [] if has_estimates or connection.points_fields else [NO_ESTIMATES]
    return Seen(found, offered, number_fields, unseen_sources(connection, visible), lacking)


def require_same_site(connection: Connection, found: Identity) -> None:
    """Refuse another site; the known one is remembered by what it tells of itself."""
    if not sites.is_same_site(connection, found):
        raise ValidationError(sentence(sites.another_site(connection, found)))
    sites.remember_identity(connection, found)


@transaction.atomic
def unseen_sources(connection: Connection, visible: set[tuple[str, str]]) -> list[str]:
    """Names of followed projects and the like that are not among the visible ones."""
    followed = Source.objects.filter(connection=connection, archived_at=None, kind__in=LISTED)
    return [
        source.name
        for source in followed.order_by("name")
        if (source.kind, source.remote_id) not in visible
    ]


def prove_selection(connection: Connection, selection: Selection) -> None:
    """Refuse what the service cannot follow, at `query` or at `remote_id`.

    Waits for the network, as `prove`.
    """
    with refusals_by_field(selected_by(selection.kind)):
        stored_provider(connection).check_selection(selection)


def selected_by(kind: str) -> str:
    """The field that says what a source of a kind reads."""
    return "query" if kind == SourceKind.JQL else "remote_id"


@transaction.atomic
def stored_provider(connection: Connection) -> Provider:
    pass_gate(connection)
    return open_provider(connection)


def check_names(provider: str, secrets: dict[str, str]) -> None:
    """A credential has all of its provider's parts and nothing else."""
    names = secret_fields(provider)
    if set(secrets) != set(names):
        raise ValidationError({"secrets": f"Give {' and '.join(names)}, and nothing else."})


def check_address(connection: Connection) -> None:
    """Only a service that is the same for everybody goes without an address."""
    entry = PROVIDERS[connection.provider]
    if entry.needs_address and not connection.address:
        raise ValidationError({"address": "Say where it is."})


@contextmanager
def refusals_by_field(selection: str = "query") -> Iterator[None]:
    """What the service or our side of it refuses, as `ValidationError` by field.

    What cannot be followed is told at the field `selection`.
    """
    try:
        yield
    except (Credential.DoesNotExist, SecretUnreadable):
        raise ValidationError("It has no credential that can be read. Enter a new one.") from None
    except MalformedSecret as error:
        raise ValidationError({"secrets": str(error)}) from None
    except ValueError as error:
        raise ValidationError({"address": str(error)}) from None
    except AuthenticationFailed as error:
        raise ValidationError({"secrets": told(error)}) from None
    except SelectionRefused as error:
        raise ValidationError({selection: sentence(error.detail)}) from None
    except AccessLost as error:
        raise ValidationError({selection: told(error)}) from None
    except ProviderError as error:
        raise ValidationError({"address": told(error)}) from None


# Before a person who waits for an answer no sync goes on by itself.
TO_WHO_WAITS: dict[str, str] = {
    AuthenticationFailed.advice: "Enter another credential.",
    RateLimited.advice: "Try again in a few minutes.",
    RemoteUnavailable.advice: "Check the address, or try again later.",
}


def told(error: ProviderError) -> str:
    return f"{sentence(error.detail)} {TO_WHO_WAITS.get(error.what_to_do, error.what_to_do)}"


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


@transaction.atomic
def connect(
    access: Access,
    connection: Connection,
    secrets: Secrets,
    proof: Proof,
    *,
    owner: Member | None = None,
) -> Connection:
    """Store a proved connection with its sealed credential; the member's, unless `owner` is."""
    access.require(Permission.CONNECTION_MANAGE)
    if owner is not None:
        check_owner(owner)
    connection.owner = owner or access.member
    sites.take_proof(connection, proof.identity)
    connection.points_fields = [f.remote_id for f in proof.number_fields if f.is_points]
    connection.number_fields = told_fields(proof.number_fields)
    connection.full_clean()
    connection.save(force_insert=True)
    store_credential(connection, access.member, secrets)
    return connection


@transaction.atomic
def change_credential(
    access: Access, connection: Connection, secrets: Secrets, proof: Proof, *, address: str = ""
) -> Connection:
    """Replace the credential by a proved one of the same site, and read again at once.

    address is where the service said, with the credential, that the site is now.
    """
    access.require(Permission.CONNECTION_MANAGE)
    require_connected(connection)
    sites.require_address(connection)
    if not sites.is_same_site(connection, proof.identity):
        reason = sentence(sites.another_site(connection, proof.identity))
        raise ValidationError({"secrets": reason})
    sites.take_address(connection, address or connection.address)
    sites.take_proof(connection, proof.identity)
    connection.save(update_fields=sites.PROVED)
    store_credential(connection, access.member, secrets)
    # A run that goes on with the one before would find it dead, and say so of this one.
    end_open_runs(connection)
    read_again(access, connection)
    return connection


def read_again(access: Access, connection: Connection) -> None:
    """At once, if there is anything to read."""
    if connection.sources.filter(archived_at=None).exists():
        start_run(connection, RunTrigger.SETUP, requested_by=access.member)


@transaction.atomic
def edit_connection(
    access: Access, connection: Connection, *, expected_version: int | None, **changes: Any
) -> Connection:
    """Change the name, the owner, the interval, what counts as done, or where estimates are found.

    New rules are applied to every stored item in the background, and scores follow. With other
    fields for estimates everything is read again, and points stand as they are until then.
    """
    access.require(Permission.CONNECTION_MANAGE)
    require_connected(connection)
    if changes.get("owner", connection.owner) != connection.owner:
        check_owner(changes["owner"])
    rules = changes.get("rules", connection.rules)
    check_rules(connection.provider, rules)
    has_new_rules = rules != connection.rules
    points_fields = changes.get("points_fields", connection.points_fields)
    asks_otherwise = points_fields != connection.points_fields
    added = [name for name in points_fields if name not in connection.points_fields]
    require_fields_there(connection, added, beside="points_fields")
    for field, value in changes.items():
        setattr(connection, field, value)
    save_edit(connection, fields=list(changes), expected_version=expected_version)
    if has_new_rules:
        owe_new_rules(connection)
    if asks_otherwise:
        read_again(access, connection)
    return connection


def owe_new_rules(connection: Connection) -> None:
    """Other rules draw another line of each link, now and in the past."""
    links = Link.objects.filter(source__connection=connection, archived_at=None)
    links.update(line=F("line") + 1)
    owe_past(links.select_related("source").order_by("id"))
    send(owe_judging(connection))


@transaction.atomic
def pause_connection(access: Access, connection: Connection, *, paused: bool) -> Connection:
    """Read only when asked: what reads by itself is ended. Or take it up again."""
    access.require(Permission.CONNECTION_MANAGE)
    require_connected(connection)
    connection.state = ConnectionState.PAUSED if paused else ConnectionState.WORKING
    connection.save(update_fields=["state"])
    if paused:
        end_open_runs(connection, UNASKED)
    else:
        start_run(connection, RunTrigger.SETUP, requested_by=access.member)
    return connection


@transaction.atomic
def archive_connection(
    access: Access, connection: Connection, *, expected_version: int | None
) -> Connection:
    """Stop reading for good: values stay, goals are checked in by hand, the credential is gone."""
    access.require(Permission.CONNECTION_MANAGE)
    now = timezone.now()
    connection.archived_at = now
    save_edit(connection, fields=["archived_at"], expected_version=expected_version)
    delete_credential(connection)
    end_open_runs(connection)
    Recount.objects.filter(connection=connection).delete()
    close_links(access, Link.objects.filter(source__connection=connection, archived_at=None))
    connection.sources.filter(archived_at=None).update(archived_at=now)
    return connection


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
    require_connected(connection, beside="connection")
    kind = SourceKind(kind).value
    check_choice(kind, remote_id=remote_id, query=query)
    source = Source(connection=connection, kind=kind, name=name, remote_id=remote_id, query=query)
    source.full_clean()
    source.save(force_insert=True)
    start_run(connection, RunTrigger.SETUP, requested_by=access.member)
    return source


def check_choice(kind: str, *, remote_id: str, query: str) -> None:
    """A source is followed by its query or by its id, as its kind has it."""
    if kind == SourceKind.JQL and not query.strip():
        raise ValidationError({"query": "Write the query."})
    if kind != SourceKind.JQL and not remote_id:
        raise ValidationError({"remote_id": "Choose what to follow."})
    if kind != SourceKind.JQL and query:
        raise ValidationError({"query": "Only a source of the kind jql has a query."})


@transaction.atomic
def remove_source(access: Access, source: Source, *, expected_version: int | None) -> Source:
    """Stop following it. Refused while links read it."""
    access.require(Permission.CONNECTION_MANAGE)
    if Link.objects.filter(source=source, archived_at=None).exists():
        raise ValidationError("Key results or initiatives still read this source.")
    source.archived_at = timezone.now()
    return save_edit(source, fields=["archived_at"], expected_version=expected_version)


@transaction.atomic
def accept_shrink(access: Access, source: Source) -> Source:
    """Say that what a source misses is really gone: the next census, now, believes it."""
    access.require(Permission.CONNECTION_MANAGE)
    hold_connection(source.connection_id)
    require_followed(source)
    if source.state != SourceState.UNOBSERVED or not source.missing_count:
        raise ValidationError("Nothing of this source is missing.")
    source.shrink_accepted = True
    source.save(update_fields=["shrink_accepted"])
    start_run(source.connection, RunTrigger.SETUP, requested_by=access.member)
    return source


@transaction.atomic
def cancel_run(access: Access, connection: Connection) -> None:
    """End the run that is on after the page it is at; what it stored stays."""
    access.require_anywhere(Permission.CONNECTION_SYNC)
    end_open_runs(connection)


def secret_fields(provider: str) -> list[str]:
    """What a provider's credential consists of, beside the address."""
    entry = PROVIDERS[provider]
    names = [field.name for field in fields(entry.credential)]
    return [name for name in names if name != entry.address]
