"""The sync over the API: connect, follow, link, read now."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, WaitsOutside, expected_version
from accounts.permissions import Permission
from integrations.actions import connections as actions
from integrations.actions import links, retries
from integrations.actions.addresses import change_address, prove_address
from integrations.actions.measures import measure
from integrations.actions.runs import sync_now
from integrations.actions.tastes import taste
from integrations.actions.webhooks import close_webhook, former_until, open_webhook
from integrations.choices import Measure
from integrations.models import (
    Connection,
    Link,
    Observation,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
)
from integrations.ports import Selection, SourceKind
from integrations.queries.links import explained_link, visible_links
from integrations.queries.overlaps import shared_items
from integrations.queries.recounts import owes_recount
from integrations.queries.work import served_by
from integrations.rules import check_rules
from integrations.serializers import (
    ConnectionSerializer,
    ConnectSerializer,
    DraftLinkSerializer,
    LevelSerializer,
    LinkExplanationSerializer,
    LinkSerializer,
    ObservationSerializer,
    OpenQuerySerializer,
    QuarantinedRecordSerializer,
    SecretsSerializer,
    SeenSerializer,
    SelectedSerializer,
    ServedSerializer,
    SourceSerializer,
    SyncedItemSerializer,
    SyncRunSerializer,
    TasteSerializer,
    WebhookSerializer,
    WouldCountSerializer,
)
from integrations.work_api import HeldItems, told_level, told_service

READ = {"list": Permission.ORG_READ, "retrieve": Permission.ORG_READ}
MANAGE = Permission.CONNECTION_MANAGE
ID = "0197a000-0000-7000-8000-00000000000{}"


class Connections(WaitsOutside, Resource):
    """Accounts in other systems. Secrets are taken and never given."""

    model = Connection
    serializer_class = ConnectionSerializer
    permissions = {
        **READ,
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "credential": MANAGE,
        "test": Permission.CONNECTION_SYNC,
        "preview": MANAGE,
        "webhook": MANAGE,
        "close_webhook": MANAGE,
        "pause": MANAGE,
        "resume": MANAGE,
        "cancel": Permission.CONNECTION_SYNC,
        "sync": Permission.CONNECTION_SYNC,
    }
    filters = {"provider": "provider", "state": "state"}
    unguarded = (
        "sync", "cancel", "pause", "resume", "test", "preview", "webhook", "close_webhook",
    )  # fmt: skip
    waits = ("create", "credential", "test", "preview", "partial_update")
    secrets = ("secret",)
    bodies = {
        "create": (ConnectSerializer, ConnectionSerializer),
        "credential": (SecretsSerializer, ConnectionSerializer),
        "sync": (None, SyncRunSerializer),
        "test": (None, SeenSerializer),
        "preview": (SelectedSerializer, TasteSerializer),
        "webhook": (None, WebhookSerializer),
        "close_webhook": (None, None),
        "cancel": (None, ConnectionSerializer),
        "pause": (None, ConnectionSerializer),
        "resume": (None, ConnectionSerializer),
    }
    examples = {
        "create": {
            "provider": "jira-cloud",
            "name": "Delivery Jira",
            "address": "https://your-site.atlassian.net",
            "secrets": {"email": "bot@example.com", "token": "…"},
        },
        "partial_update": {"interval_minutes": 15},
        "credential": {"secrets": {"email": "bot@example.com", "token": "…"}},
        "preview": {"kind": "jql", "query": "project = SHOP", "measure": "share-of-points"},
    }

    def visible(self) -> QuerySet[Connection]:
        return Connection.objects.annotate(rules_pending=owes_recount())

    def create(self, request: Request) -> Response:
        """Try the credential against the service, then store it sealed."""
        with transaction.atomic():
            body = self.checked(ConnectSerializer, request)
        secrets, owner = body.pop("secrets"), body.pop("owner", None)
        connection = Connection(**body)
        with transaction.atomic():
            actions.require_free_name(connection.name)
        proof = actions.prove(connection, secrets)

        def store() -> Response:
            made = actions.connect(self.access, connection, secrets, proof, owner=owner)
            response = self.answer(made.pk, status=201)
            response["Location"] = f"{request.path}{made.pk}/"
            return response

        return self.in_transaction(request, store)

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Edit it. Another address of the same site is tried first, and needs `secrets` where the
        site cannot prove without them that it is the known one.
        """
        with transaction.atomic():
            row = self.get_row(pk)
            version = expected_version(request, row)
            given = ConnectionSerializer(row, data=request.data, partial=True)
            given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        address, secrets = data.pop("address", row.address), data.pop("secrets", None)
        if secrets is not None and address == row.address:
            raise ValidationError({"secrets": "They belong to an address; see `credential`."})
        move = None if address == row.address else prove_address(row, address, secrets)

        def store() -> Response:
            edited = row
            if move is not None:
                edited = change_address(self.access, row, move, expected_version=version)
            if data or move is None:
                actions.edit_connection(
                    self.access, edited, expected_version=edited.version, **data
                )
            return self.answer(pk)

        return self.in_transaction(request, store)

    def perform_archive(self, row: Connection, version: int | None) -> None:
        actions.archive_connection(self.access, row, expected_version=version)

    def credential(self, request: Request, pk: UUID) -> Response:
        """Replace the credential by another of the same site."""
        with transaction.atomic():
            row = self.get_row(pk)
            expected_version(request, row)
        secrets = self.checked(SecretsSerializer, request)["secrets"]
        proof = actions.prove(row, secrets)

        def store() -> Response:
            actions.change_credential(self.access, row, secrets, proof)
            return self.answer(pk)

        return self.in_transaction(request, store)

    def test(self, request: Request, pk: UUID) -> Response:
        """Ask the service whether the stored credential still opens it, and what can be seen.

        What could be followed is listed for those who may follow it, and for nobody else.
        """
        with transaction.atomic():
            row = self.get_row(pk)
        seen = actions.try_out(row)
        may_follow = MANAGE in self.access.everywhere
        body = {
            "account": seen.identity.name,
            "site": seen.identity.site_name,
            "sources": len(seen.offered),
            "offered": seen.offered if may_follow else [],
            "number_fields": seen.number_fields if may_follow else [],
            "missing": seen.missing,
            "lacking": seen.lacking,
        }
        told = SeenSerializer(body).data
        return self.in_transaction(request, lambda: Response(told))

    def preview(self, request: Request, pk: UUID) -> Response:
        """What a project, team or query holds and would amount to, before it is followed.

        Told from a page of the items that changed last, by the rules of the connection.
        """
        with transaction.atomic():
            row = self.get_row(pk)
        asked = self.checked(SelectedSerializer, request)
        selection = selection_from(row, asked)
        found = taste(row, selection, measure=asked["measure"], field=asked["field"])
        told = TasteSerializer(found).data
        return self.in_transaction(request, lambda: Response(told))

    def webhook(self, request: Request, pk: UUID) -> Response:
        """Open an address for the service's webhooks, or exchange its secret, shown this once."""
        webhook, secret = open_webhook(self.access, self.get_row(pk))
        url = f"{settings.PUBLIC_URL}{webhook.get_absolute_url()}"
        told = {"url": url, "secret": secret, "former_until": former_until(webhook)}
        return Response(told, status=201)

    def close_webhook(self, request: Request, pk: UUID) -> Response:
        """Take no more webhooks; the schedule goes on."""
        close_webhook(self.access, self.get_row(pk))
        return Response(status=204)

    def sync(self, request: Request, pk: UUID) -> Response:
        """Read it now, or join the run that is on; follow the run at `sync-runs`."""
        run = sync_now(self.access, self.get_row(pk))
        shaped = SyncRuns(access=self.access)
        return shaped.answer(run.pk, status=202)

    def cancel(self, request: Request, pk: UUID) -> Response:
        """End the run that is on, if any; what it read so far stays."""
        actions.cancel_run(self.access, self.get_row(pk))
        return self.answer(pk)

    def pause(self, request: Request, pk: UUID) -> Response:
        """Read only when asked."""
        actions.pause_connection(self.access, self.get_row(pk), paused=True)
        return self.answer(pk)

    def resume(self, request: Request, pk: UUID) -> Response:
        """Read on schedule again, beginning now."""
        actions.pause_connection(self.access, self.get_row(pk), paused=False)
        return self.answer(pk)


def selection_from(connection: Connection, asked: dict[str, Any]) -> Selection:
    """What is named by kind and by id or query. Raises `ValidationError` by field."""
    kind, remote_id, query = asked["kind"], asked.get("remote_id", ""), asked.get("query", "")
    actions.check_choice(kind, remote_id=remote_id, query=query)
    field = asked.get("field", "") if asked.get("measure") == Measure.SUM else ""
    return Selection(
        kind=SourceKind(kind),
        value=query or remote_id,
        points_fields=tuple(connection.points_fields),
        number_fields=(field,) if field else (),
    )


class Sources(WaitsOutside, Resource):
    """What is followed in a connected system."""

    model = Source
    serializer_class = SourceSerializer
    permissions = {
        **READ,
        "create": MANAGE,
        "destroy": MANAGE,
        "accept": MANAGE,
        "preview": Permission.OKR_WRITE,
    }
    bodies = {
        "accept": (None, SourceSerializer),
        "preview": (DraftLinkSerializer, WouldCountSerializer),
    }
    unguarded = ("accept", "preview")
    waits = ("create",)
    filters = {"connection": "connection_id", "state": "state"}
    examples = {
        "create": {
            "connection": ID.format(1), "kind": "project", "remote_id": "10001", "name": "Web shop",
        },
        "preview": {"measure": "share-of-items", "label": "checkout"},
    }  # fmt: skip

    def create(self, request: Request) -> Response:
        """Follow it, once the service says that it can be followed: a query with an order of its
        own or without a restriction, or an id that is not to be seen there, is refused.
        """
        with transaction.atomic():
            data = self.checked(SourceSerializer, request)
        connection = data.pop("connection")
        actions.prove_selection(connection, selection_from(connection, data))

        def store() -> Response:
            made = actions.add_source(self.access, connection, **data)
            response = self.answer(made.pk, status=201)
            response["Location"] = f"{request.path}{made.pk}/"
            return response

        return self.in_transaction(request, store)

    def preview(self, request: Request, pk: UUID) -> Response:
        """What a link would amount to among the items that were read; nothing is stored.

        The amounts are null while it would wait for its field to be read.
        """
        row = Source.objects.select_related("connection").get(pk=self.get_row(pk).pk)
        link = Link(source=row, **self.checked(DraftLinkSerializer, request))
        links.require_on_reader(self.access, link)
        check_rules(row.connection.provider, link.rules)
        links.check_field(link)
        amounts = {} if link.waits else measure(link)
        shared = shared_items(link, besides=link)
        told = WouldCountSerializer({"is_waiting": link.waits, "shared_items": shared, **amounts})
        return Response(told.data)

    def perform_archive(self, row: Source, version: int | None) -> None:
        actions.remove_source(self.access, row, expected_version=version)

    def accept(self, request: Request, pk: UUID) -> Response:
        """Say that the items which cannot be found are gone; a census, now, believes it."""
        actions.accept_shrink(self.access, self.get_row(pk))
        return self.answer(pk)


class Links(Resource):
    """What a source's items mean for a key result or an initiative."""

    model = Link
    serializer_class = LinkSerializer
    permissions = {
        **READ,
        "create": Permission.OKR_WRITE,
        "partial_update": Permission.OKR_WRITE,
        "destroy": Permission.OKR_WRITE,
        "work": Permission.ORG_READ,
        "explain": Permission.ORG_READ,
    }
    bodies = {"work": (None, LevelSerializer), "explain": (None, LinkExplanationSerializer)}
    query_parameters = {"work": ("below", "project", "after")}
    filters = {
        "source": "source_id",
        "key_result": "key_result_id",
        "initiative": "initiative_id",
    }
    examples = {
        "create": {
            "source": ID.format(2), "key_result": ID.format(3), "measure": "share-of-items",
        },
        "partial_update": {"label": "checkout"},
    }  # fmt: skip

    def visible(self) -> Any:
        return visible_links(self.access)

    def perform_create(self, data: dict[str, Any]) -> Link:
        return links.create_link(self.access, data.pop("source"), **data)

    def perform_edit(self, row: Link, data: dict[str, Any], version: int) -> Link:
        for fixed in ("source", "key_result", "initiative"):
            data.pop(fixed, None)
        return links.edit_link(self.access, row, expected_version=version, **data)

    def perform_archive(self, row: Link, version: int | None) -> None:
        links.archive_link(self.access, row, expected_version=version)

    def work(self, request: Request, pk: UUID) -> Response:
        """Its work as a tree, a level a call: the top, a project of it, or what an item holds."""
        return told_level(request, self.get_row(pk))

    def explain(self, request: Request, pk: UUID) -> Response:
        """What it last amounted to, and the newest items behind that."""
        found = explained_link(self.access, self.get_row(pk))
        told = LinkExplanationSerializer(
            {
                "observation": found.observation,
                "is_latest": found.is_latest,
                "is_frozen": found.is_frozen,
                "is_waiting": found.is_waiting,
                "synced_at": found.synced_at,
                "done": found.items.done,
                "open": found.items.open,
                "left_out": found.items.left_out,
            }
        )
        return Response(told.data)


class SyncRuns(Resource):
    """Readings of connections: what each saw, what it changed, how it ended."""

    model = SyncRun
    serializer_class = SyncRunSerializer
    permissions = READ
    filters = {"connection": "connection_id", "state": "state"}


class QuarantinedRecords(WaitsOutside, Resource):
    """Records that could not be read, with the reason and the start of what was sent.

    `open=true` asks for those that still cannot.
    """

    model = QuarantinedRecord
    serializer_class = QuarantinedRecordSerializer
    permissions = {**READ, "retry": Permission.CONNECTION_SYNC}
    filters = {"run": "run_id", "source": "source_id", "connection": "source__connection_id"}
    query_parameters = {"list": ("open",)}
    waits = ("retry",)
    bodies = {"retry": (None, QuarantinedRecordSerializer)}

    def visible(self) -> Any:
        rows = super().visible()
        given = OpenQuerySerializer(data=self.request.query_params.dict())
        given.is_valid(raise_exception=True)
        is_open = given.validated_data.get("open")
        return rows if is_open is None else rows.filter(resolved_at__isnull=is_open)

    def retry(self, request: Request, pk: UUID) -> Response:
        """Ask the service for it now. `resolved_at` is set if it could be read, or is gone there;
        otherwise `reason` says what is wrong with it still.
        """
        with transaction.atomic():
            row = self.get_row(pk)
        pages = retries.ask_again(self.access, row)

        def store() -> Response:
            retries.keep_answer(self.access, row, pages)
            return self.answer(pk)

        return self.in_transaction(request, store)


class SyncedItems(HeldItems):
    """Issues as they were read; `source` asks for those that it holds now."""

    model = SyncedItem
    serializer_class = SyncedItemSerializer
    permissions = {**READ, "serves": Permission.ORG_READ}
    bodies = {"serves": (None, ServedSerializer)}
    filters = {
        "connection": "connection_id",
        "source": "sources__source_id",
        "category": "category",
        "key": "key",
    }

    def serves(self, request: Request, pk: UUID) -> Response:
        """The initiatives, key results and objectives above it, up to the highest."""
        return told_service(served_by(self.access, self.get_row(pk)))


class Observations(Resource):
    """What links amounted to, through time."""

    model = Observation
    serializer_class = ObservationSerializer
    permissions = READ
    filters = {"link": "link_id", "key_result": "link__key_result_id", "line": "line"}

    def visible(self) -> Any:
        rows = Observation.objects.all()
        if self.access.units.hidden:
            rows = rows.filter(link__in=visible_links(self.access))
        return rows
