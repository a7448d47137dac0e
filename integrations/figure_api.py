"""What delivers figures to metrics, over the API: push addresses, pulls and files."""

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_base import Resource, WaitsOutside, expected_version, refuse_unknown
from accounts.permissions import Permission
from integrations import serializers
from integrations.actions import imports, pulls, pushes
from integrations.figures import Unreadable
from integrations.models import FileImport, Pull, PushAddress
from integrations.queries import figures as queries

READ = {"list": Permission.ORG_READ, "retrieve": Permission.ORG_READ}
WRITE, MANAGE = Permission.CHECK_IN_WRITE, Permission.CONNECTION_MANAGE
METRIC = "01990000-0000-7000-8000-000000000008"


class PushAddresses(Resource):
    """Addresses that take values of one metric each from whoever has the address."""

    model = PushAddress
    serializer_class = serializers.PushAddressSerializer
    permissions: ClassVar = {**READ, "create": WRITE, "destroy": WRITE}
    filters: ClassVar = {"metric": "metric_id"}
    secrets: ClassVar = ("url",)
    bodies: ClassVar = {
        "create": (serializers.NewPushAddressSerializer, serializers.OpenedAddressSerializer)
    }
    examples: ClassVar = {"create": {"metric": METRIC, "name": "Nightly export"}}

    def visible(self) -> QuerySet[PushAddress]:
        return queries.visible_addresses(self.access)

    def create(self, request: Request) -> Response:
        """Make an address; it is in this answer and never again."""
        data = self.checked(serializers.NewPushAddressSerializer, request)
        address, token = pushes.open_address(self.access, data["metric"], name=data["name"])
        response = self.answer(address.pk, status=201)
        url = f"{settings.PUBLIC_URL}{reverse('push', args=[token])}"
        response.data = {**(response.data or {}), "url": url}
        response["Location"] = f"{request.path}{address.pk}/"
        return response

    def perform_archive(self, row: PushAddress, version: int | None) -> None:
        pushes.close_address(self.access, row)


class Pulls(WaitsOutside, Resource):
    """Numbers that are fetched on schedule. Headers are taken and never given."""

    model = Pull
    serializer_class = serializers.PullSerializer
    permissions: ClassVar = {
        **READ,
        "create": MANAGE,
        "partial_update": MANAGE,
        "destroy": MANAGE,
        "pause": MANAGE,
        "resume": MANAGE,
        "pull": Permission.CONNECTION_SYNC,
    }
    filters: ClassVar = {"metric": "metric_id", "state": "state"}
    unguarded: ClassVar = ("pause", "resume", "pull")
    waits: ClassVar = ("create", "partial_update")
    secrets: ClassVar = ("headers",)
    bodies: ClassVar = {
        "pause": (None, serializers.PullSerializer),
        "resume": (None, serializers.PullSerializer),
        "pull": (None, serializers.PullSerializer),
    }
    examples: ClassVar = {
        "create": {
            "metric": METRIC,
            "name": "Finance",
            "address": "https://finance.example.com/api/revenue",
            "path": "$.data.revenue",
            "headers": {"Authorization": "Bearer …"},
            "delay_days": 5,
        },
        "partial_update": {"interval_minutes": 60},
    }

    def visible(self) -> QuerySet[Pull]:
        return queries.visible_pulls(self.access)

    def create(self, request: Request) -> Response:
        """Fetch the number, and if it is one, store it and go on fetching it."""
        with transaction.atomic():
            data = self.checked(serializers.PullSerializer, request)
        headers, owner = data.pop("headers", {}), data.pop("owner", None)
        draft = Pull(**data)
        found = pulls.try_pull(draft, headers)

        def store() -> Response:
            made = pulls.create_pull(self.access, draft, headers, found, owner=owner)
            response = self.answer(made.pk, status=201)
            response["Location"] = f"{request.path}{made.pk}/"
            return response

        return self.in_transaction(request, store)

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change it; what is asked anew is tried first."""
        with transaction.atomic():
            row = self.get_row(pk)
            version = expected_version(request, row)
            given = serializers.PullSerializer(row, data=request.data, partial=True)
            given.is_valid(raise_exception=True)
        changes = dict(given.validated_data)
        changes.pop("metric", None)
        changes.pop("provider", None)
        headers = changes.pop("headers", None)
        found = pulls.try_edit(row, changes, headers)

        def store() -> Response:
            pulls.edit_pull(
                self.access, row, expected_version=version, headers=headers, found=found, **changes
            )
            return self.answer(pk)

        return self.in_transaction(request, store)

    def perform_archive(self, row: Pull, version: int | None) -> None:
        pulls.archive_pull(self.access, row, expected_version=version)

    def pull(self, request: Request, pk: UUID) -> Response:
        """Have it fetched soon; `last_pulled_at` and `problem` say how it went."""
        pulls.pull_now(self.access, self.get_row(pk))
        return self.answer(pk, status=202)

    def pause(self, request: Request, pk: UUID) -> Response:
        """Fetch it only when asked."""
        pulls.pause_pull(self.access, self.get_row(pk), paused=True)
        return self.answer(pk)

    def resume(self, request: Request, pk: UUID) -> Response:
        """Fetch it on schedule again, beginning now."""
        pulls.pause_pull(self.access, self.get_row(pk), paused=False)
        return self.answer(pk)


class FileImports(Resource):
    """Files of values that were imported. With `?dry_run=true` a file is only looked at."""

    model = FileImport
    serializer_class = serializers.FileImportSerializer
    permissions: ClassVar = {**READ, "create": WRITE, "undo": WRITE}
    unguarded: ClassVar = ("undo",)
    filters: ClassVar = {"metric": "metric_id", "imported_by": "imported_by_id"}
    query_parameters: ClassVar = {"create": ("dry_run",)}
    bodies: ClassVar = {
        "create": (serializers.NewFileImportSerializer, serializers.FileImportSerializer),
        "undo": (None, serializers.FileImportSerializer),
    }
    examples: ClassVar = {
        "create": {
            "metric": METRIC,
            "file_name": "revenue.csv",
            "text": "date,value\n2026-03-01,1200.50\n2026-03-02,1180",
        }
    }

    def visible(self) -> QuerySet[FileImport]:
        return queries.visible_files(self.access)

    def create(self, request: Request) -> Response:
        """Record every row, or none and say by line what is wrong."""
        only_looks = self.only_looks(request)
        data = self.checked(serializers.NewFileImportSerializer, request)
        metric, body = data.get("metric"), data["text"].encode()
        try:
            if only_looks:
                rows = imports.read_file(self.access, body, metric=metric)
                return Response(self.draft(data["file_name"], metric, len(rows)), status=200)
            made = imports.import_file(
                self.access, body, file_name=data["file_name"], metric=metric
            )
        except Unreadable as error:
            flaws = [str(flaw) for flaw in error.flaws]
            raise exceptions.ValidationError({"text": flaws}) from None
        response = self.answer(made.pk, status=201)
        response["Location"] = f"{request.path}{made.pk}/"
        return response

    def only_looks(self, request: Request) -> bool:
        """What cannot be understood is refused: it would import what was only to be looked at."""
        refuse_unknown(request, self.query_parameters["create"])
        said = request.query_params.getlist("dry_run")
        if len(said) > 1:
            raise exceptions.ValidationError({"dry_run": ["Give it once."]})
        asked = serializers.DryRunSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return bool(asked.validated_data["dry_run"])

    def undo(self, request: Request, pk: UUID) -> Response:
        """Withdraw all its values at once; what they had replaced holds again."""
        imports.undo_import(self.access, self.get_row(pk))
        return self.answer(pk)

    def draft(self, file_name: str, metric: Any, rows: int) -> dict[str, Any]:
        """A file that was only looked at has no record."""
        blank = dict.fromkeys(self._columns())
        return {
            **blank,
            "metric": metric.pk if metric else None,
            "file_name": imports.printable(file_name),
            "rows": rows,
        }
