"""Another address of the same site: a name that was changed, a server that moved.

A stored credential goes to no host that a person has not entered it for. It stays only where the
service itself proves, to anybody who asks, that the new address is the known site's; anything else
takes the credential anew, and is held against the items that were read before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection as database
from django.db import transaction

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenancy import current_organization_id
from accounts.tenant_models import save_edit
from integrations.actions import sites
from integrations.actions.connections import check_names, read_again, refusals_by_field
from integrations.actions.credentials import open_provider, store_credential
from integrations.actions.ended import require_connected
from integrations.actions.gate import pass_gate
from integrations.actions.held import hold_connection
from integrations.actions.runs import end_open_runs
from integrations.models import Connection, SyncedItem
from integrations.ports import Identity, Provider, Selection, SourceKind
from integrations.registry import PROVIDERS

# Items of which each has to be the one that is known. Times of creation are told to the
# millisecond: no other site has them under the same ids.
COMPARED = 5
ENTER_AGAIN = "Enter the credential again: the stored one is for {host} and is sent nowhere else."
ANOTHER_SITE = "This is another site. Connect it beside this one."
NOTHING_KNOWN = (
    "None of the items that were read before can be found there: it is another site, or the"
    " account sees less there."
)
OTHER_ITEMS = "This is another site: it has other items under the ids that are known."

# What is stored of items leads to where they are now.
READDRESS = """
UPDATE integrations_synceditem
SET url = %(present)s || key, facts = jsonb_set(facts, '{url}', to_jsonb(%(present)s || key))
WHERE organization_id = %(org)s AND connection_id = %(connection)s AND url = %(former)s || key
"""


@dataclass(frozen=True)
class Move:
    """A proved address. secrets are those that were entered for it, if any."""

    address: str
    identity: Identity
    secrets: dict[str, str] | None


def prove_address(
    connection: Connection, address: str, secrets: dict[str, str] | None = None
) -> Move:
    """Find the known site at another address. Raises `ValidationError` by field; stores nothing.

    Waits for the network: call it outside a transaction.
    """
    if not sites.can_move(connection):
        label = PROVIDERS[connection.provider].label
        raise ValidationError({"address": f"{label} is at one address for everybody."})
    if secrets is not None:
        check_names(connection.provider, secrets)
    with refusals_by_field():
        moved = sites.at(connection, sites.base_of(connection.provider, address))
        provider = provider_at(moved, secrets)
        is_proven = tells_known_site(connection, provider)
        if secrets is None and not is_proven:
            require_same_host(connection, moved)
        identity = provider.identify()
        if not is_proven:
            require_known_items(connection, provider)
    return Move(moved.address, identity, secrets)


@transaction.atomic
def provider_at(moved: Connection, secrets: dict[str, str] | None) -> Provider:
    """The provider at the new address. Nothing is sent yet."""
    pass_gate(moved)
    return open_provider(moved, secrets)


def tells_known_site(connection: Connection, provider: Provider) -> bool:
    """Whether the address proves to be the known site's without the credential."""
    told = provider.told_site()
    if not told or sites.is_known_by_host(connection):
        return False
    if told != connection.site_id:
        raise ValidationError({"address": ANOTHER_SITE})
    return True


def require_same_host(connection: Connection, moved: Connection) -> None:
    """A stored credential may go to another path, and to no other host or port."""
    former, present = urlsplit(sites.present_base(connection)), urlsplit(moved.address)
    if (former.scheme, former.netloc) != (present.scheme, present.netloc):
        host = former.netloc or "another address"
        raise ValidationError({"secrets": ENTER_AGAIN.format(host=host)})


def require_known_items(connection: Connection, provider: Provider) -> None:
    """Where nobody tells which site it is, its items do."""
    known = newest_items(connection)
    if not known:
        return
    # Items are asked for by their ids: of the selection only its fields count, and it has none.
    nothing_more = Selection(kind=SourceKind.PROJECT, value="")
    pages = provider.items(nothing_more, list(known))
    found = {item.remote_id: item.created_at for page in pages for item in page.items}
    if not found:
        raise ValidationError({"address": NOTHING_KNOWN})
    if any(known.get(remote_id) != created_at for remote_id, created_at in found.items()):
        raise ValidationError({"address": OTHER_ITEMS})


@transaction.atomic
def newest_items(connection: Connection) -> Mapping[str, datetime]:
    """A few of the items that are there, with the times at which they were made."""
    there = SyncedItem.objects.filter(connection=connection, gone_at=None)
    rows = there.order_by("-remote_updated_at", "-id")
    return dict(rows.values_list("remote_id", "remote_created_at")[:COMPARED])


@transaction.atomic
def change_address(
    access: Access, connection: Connection, move: Move, *, expected_version: int | None
) -> Connection:
    """Store a proved address, with the credential that was entered for it, and read there.

    connection is as it was when the address was proved; `ValidationError` when it moved since.
    """
    access.require(Permission.CONNECTION_MANAGE)
    require_connected(connection)
    sites.require_address(connection)
    sites.take_address(connection, move.address)
    sites.take_proof(connection, move.identity)
    save_edit(connection, fields=list(sites.PROVED), expected_version=expected_version)
    if move.secrets is not None:
        store_credential(connection, access.member, move.secrets)
    end_open_runs(connection)
    read_again(access, connection)
    return connection


@transaction.atomic
def readdress_items(connection_id: UUID, former: str) -> None:
    """Let stored items lead to the present address instead of a former one.

    Holds the connection, so that no page of a run is stored meanwhile.
    """
    connection = hold_connection(connection_id)
    browse = PROVIDERS[connection.provider].browse
    with database.cursor() as cursor:
        cursor.execute(
            READDRESS,
            {
                "org": current_organization_id(),
                "connection": connection.pk,
                "former": f"{former}{browse}",
                "present": f"{sites.present_base(connection)}{browse}",
            },
        )
