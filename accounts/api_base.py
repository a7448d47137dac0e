"""What every resource of the API shares: who asks, what they may, pages, versions, retries.

A resource names its model, its serializer and the actions that write it (`Resource`). Rows
come from `.values_list()`, named by the serializer's field list; serializers check what comes in.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access import Access, load_access
from accounts.models import IdempotencyKey
from accounts.permissions import Permission
from accounts.problems import (
    KeyReused,
    PreconditionFailed,
    PreconditionRequired,
    Replay,
)
from accounts.rendering import OrjsonRenderer
from accounts.tenant_models import EditableModel, TenantModel

KEEP_ANSWERS = timedelta(hours=24)
# Too soon, or our fault: the client shall try again with the same key.
NOT_KEPT = frozenset({409, 429, *range(500, 600)})
MAX_PAGE = 200


class TenantView(ViewSet):
    """A view of the API inside an organisation; `permissions` maps actions to permissions.

    `bodies` gives the (request, response) serializers of actions that are not a resource's usual
    ones, `query_parameters` the names of theirs, `examples` a request body for each action that
    takes one: all for the documentation.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    # Fields of an answer that are shown once, and not kept for a repeated request.
    secrets: ClassVar[tuple[str, ...]] = ()
    bodies: ClassVar[Mapping[str, tuple[Any, Any]]] = {}
    query_parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    examples: ClassVar[Mapping[str, Any]] = {}
    # Actions on a versioned record that ask for no If-Match: a lost race does no harm.
    unguarded: ClassVar[tuple[str, ...]] = ()
    access: Access

    @property
    def required_permission(self) -> Permission:
        """Of the action at hand. Raises `MethodNotAllowed` for a method that has none."""
        if self.action is None:
            raise exceptions.MethodNotAllowed(self.request.method or "")
        return self.permissions[self.action]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.stored_answer = self._claim_key(request)

    def check_permissions(self, request: Request) -> None:
        """After the rate: who is over it causes no reading of what they may."""
        super().check_throttles(request)
        self.access = load_access(request._request)
        super().check_permissions(request)
        request._request.access = self.access  # type: ignore[attr-defined]

    def check_throttles(self, request: Request) -> None:
        """Done by then; a request counts once."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        kwargs.pop("org", None)
        response = super().dispatch(request, *args, **kwargs)
        record = getattr(self, "stored_answer", None)
        if record is not None and isinstance(response, Response):
            keep_answer(record, response, secrets=self.secrets)
        return response

    def _claim_key(self, request: Request) -> IdempotencyKey | None:
        """Take the request's idempotency key, or raise `Replay` with the answer it already has.

        The key is stored in the transaction of the effect: a second request with it waits for
        the first to end, then finds its answer, or the key free again if that one failed.
        """
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or not key:
            return None
        fingerprint = fingerprint_of(request)
        record = IdempotencyKey(
            member=self.access.member,
            key=key[:200],
            fingerprint=fingerprint,
            expires_at=timezone.now() + KEEP_ANSWERS,
        )
        IdempotencyKey.objects.bulk_create([record], ignore_conflicts=True)
        stored = IdempotencyKey.objects.get(member=self.access.member, key=record.key)
        if stored.pk == record.pk:
            return record
        if stored.fingerprint != fingerprint:
            raise KeyReused
        raise Replay(stored.status or 200, bytes(stored.body or b""), stored.headers)


class WaitsOutside(TenantView):
    """A view some of whose actions wait for another service, outside any transaction.

    Such an action does its waiting first, and stores what it found by `in_transaction`.
    """

    waits: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        return transaction.non_atomic_requests(super().as_view(*args, **kwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self._is_waiting(request):
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Kept for the fingerprint, which is taken after the body has been parsed.
        _ = request._request.body
        with transaction.atomic() if self._is_waiting(request) else nullcontext():
            super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal rolls back what surrounds it, which here is nothing but this."""
        if not self._is_waiting(self.request):
            return super().handle_exception(exc)
        with transaction.atomic():
            return super().handle_exception(exc)

    def _claim_key(self, request: Request) -> IdempotencyKey | None:
        return None if self._is_waiting(request) else super()._claim_key(request)

    def _is_waiting(self, request: HttpRequest | Request) -> bool:
        actions: Mapping[str, str] = self.action_map
        return actions.get((request.method or "").lower()) in self.waits

    def in_transaction(self, request: Request, store: Callable[[], Response]) -> Response:
        """The effect, its answer, and the answer's key for a repeated request, or nothing."""
        with transaction.atomic():
            record = super()._claim_key(request)
            response = store()
            if record is not None:
                keep_answer(record, response, secrets=self.secrets)
        return response


def fingerprint_of(request: Request) -> str:
    """Tells two requests apart by method, address and body as it was sent."""
    named = f"{request.method}\n{request.get_full_path()}\n"
    return hashlib.sha256(named.encode() + request._request.body).hexdigest()


def keep_answer(
    record: IdempotencyKey, response: Response, *, secrets: tuple[str, ...] = ()
) -> None:
    """Store the answer under its key, without its secrets; one worth a retry frees the key.

    A refused request had no effect: its key is rolled back with it and may be used again.
    """
    if transaction.get_connection().needs_rollback:
        return
    if response.status_code in NOT_KEPT:
        IdempotencyKey.objects.filter(pk=record.pk).delete()
        return
    kept = {
        name: response.headers[name] for name in ("ETag", "Location") if name in response.headers
    }
    data = response.data
    if secrets and isinstance(data, dict):
        data = {name: value for name, value in data.items() if name not in secrets}
    IdempotencyKey.objects.filter(pk=record.pk).update(
        status=response.status_code, body=OrjsonRenderer().render(data), headers=kept
    )


class TenantSerializer(serializers.ModelSerializer[Any]):
    """Fields of a resource. Keys to other rows find rows of this organisation only."""

    @classmethod
    @cache
    def columns(cls) -> Mapping[str, str]:
        """Output name → column; worked out once, since no row changes it."""
        return {
            name: column_of(field, name)
            for name, field in cls().fields.items()
            if not field.write_only
        }

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """As inherited, but read-only choices that may be blank are described as such."""
        fields = super().get_fields()
        for column in self.Meta.model._meta.concrete_fields:  # type: ignore[attr-defined]
            field = fields.get(column.name)
            if isinstance(field, serializers.ChoiceField) and field.read_only:
                field.allow_blank = column.blank
        return fields


def column_of(field: serializers.Field[Any, Any, Any, Any], name: str) -> str:
    source = field.source or name
    is_key = isinstance(field, serializers.PrimaryKeyRelatedField)
    return f"{source}_id" if is_key else source.replace(".", "__")


class Resource(TenantView):
    """List, read, create, edit and archive one kind of record.

    Subclasses narrow `visible`, and call actions in `perform_create`, `perform_edit` and
    `perform_archive`. Only actions with a permission are routed.
    """

    model: ClassVar[type[TenantModel]]
    serializer_class: ClassVar[type[TenantSerializer]]
    # Query parameter → look-up on the model.
    filters: ClassVar[Mapping[str, str]] = {}

    @property
    def can_be_archived(self) -> bool:
        return issubclass(self.model, EditableModel)

    @property
    def has_versions(self) -> bool:
        return hasattr(self.model, "version")

    def get_serializer_class(self) -> type[TenantSerializer]:
        """What shapes records for this principal; those with fewer rights may see fewer fields."""
        return self.serializer_class

    def checked(self, serializer: type[Any], request: Request) -> dict[str, Any]:
        """The body of a request that `serializer` accepts; 422 by field for any other."""
        given = serializer(data=request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def visible(self) -> models.QuerySet[Any]:
        """The rows that the principal may see."""
        return self.model.objects.all()

    def perform_create(self, data: dict[str, Any]) -> TenantModel:
        raise exceptions.MethodNotAllowed("POST")

    def perform_edit(self, row: Any, data: dict[str, Any], version: int) -> TenantModel:
        raise exceptions.MethodNotAllowed("PATCH")

    def perform_archive(self, row: Any, version: int | None) -> None:
        raise exceptions.MethodNotAllowed("DELETE")

    def list(self, request: Request) -> Response:
        rows = self.visible()
        if self.can_be_archived and "archived" not in request.query_params:
            rows = rows.filter(archived_at=None)
        rows = self._filtered(rows, request)
        return Response(self._page(rows, request))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.answer(pk)

    def create(self, request: Request) -> Response:
        row = self.perform_create(self.checked(self.get_serializer_class(), request))
        response = self.answer(row.pk, status=201)
        response["Location"] = f"{request.path}{row.pk}/"
        return response

    def partial_update(self, request: Request, pk: UUID) -> Response:
        row = self.get_row(pk)
        version = expected_version(request, row)
        serializer = self.get_serializer_class()(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self.perform_edit(row, dict(serializer.validated_data), version)
        return self.answer(pk)

    def destroy(self, request: Request, pk: UUID) -> Response:
        row = self.get_row(pk)
        version = expected_version(request, row) if self.has_versions else None
        self.perform_archive(row, version)
        return Response(status=204)

    def get_row(self, pk: UUID) -> Any:
        row = self.visible().filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def answer(self, pk: UUID, status: int = 200) -> Response:
        """One record as the serializer shapes it, with its version as ETag."""
        found = self._bodies(self.visible().filter(pk=pk))
        if not found:
            raise Http404
        [body] = found
        headers = {"ETag": f'"{body["version"]}"'} if "version" in body else {}
        return Response(body, status=status, headers=headers)

    def _columns(self) -> Mapping[str, str]:
        return self.get_serializer_class().columns()

    def _bodies(self, rows: models.QuerySet[Any]) -> Sequence[dict[str, Any]]:
        """The rows as the serializer names their columns."""
        columns = self._columns()
        found = rows.values_list(*columns.values())
        return [dict(zip(columns, row, strict=True)) for row in found]

    def _filtered(self, rows: models.QuerySet[Any], request: Request) -> models.QuerySet[Any]:
        own = self.query_parameters.get("list", ())
        known = {"limit", "cursor", "archived", *self.filters, *own}
        refuse_unknown(request, known)
        for name, lookup in self.filters.items():
            if name in request.query_params:
                rows = self.narrowed(rows, name, lookup, request.query_params[name])
        return rows

    def narrowed(
        self, rows: models.QuerySet[Any], name: str, lookup: str, value: str
    ) -> models.QuerySet[Any]:
        """The rows that the filter `name` leaves."""
        return filter_by(rows, name, lookup, value)

    def _page(self, rows: models.QuerySet[Any], request: Request) -> dict[str, Any]:
        """A page by key: ids are ordered by time, so the cursor is the last id seen."""
        limit = page_limit(request)
        cursor = request.query_params.get("cursor")
        if cursor:
            rows = rows.filter(id__gt=read_cursor(cursor, self.model))
        found = self._bodies(rows.order_by("id")[: limit + 1])
        page = found[:limit]
        next_cursor = make_cursor(page[-1]["id"]) if len(found) > limit else None
        return {"results": page, "next": next_cursor}


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """400 for a query parameter that is none: it may be a misspelt one."""
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        raise exceptions.ParseError(f"Unknown query parameter: {', '.join(unknown)}.")


def filter_by(
    rows: models.QuerySet[Any], name: str, lookup: str, value: str
) -> models.QuerySet[Any]:
    refusal = exceptions.ValidationError({name: ["This is not a valid value."]})
    if "\x00" in value:  # PostgreSQL has no text with it
        raise refusal
    try:
        return rows.filter(**{lookup: value})
    except (ValueError, ValidationError):
        raise refusal from None


def page_limit(request: Request) -> int:
    raw = request.query_params.get("limit", "50")
    if not raw.isascii() or not raw.isdigit() or len(raw) > 3 or not 1 <= int(raw) <= MAX_PAGE:
        raise exceptions.ValidationError({"limit": [f"Give a number from 1 to {MAX_PAGE}."]})
    return int(raw)


def make_cursor(last_id: UUID | int) -> str:
    return base64.urlsafe_b64encode(str(last_id).encode()).decode().rstrip("=")


def read_cursor(cursor: str, model: type[models.Model]) -> Any:
    """The id after which the page begins; 422 for a text that is no cursor of ours."""
    try:
        return model._meta.pk.to_python(base64.urlsafe_b64decode(cursor + "==").decode())
    except (ValueError, binascii.Error, ValidationError):
        raise exceptions.ValidationError({"cursor": ["This cursor is not one of ours."]}) from None


def expected_version(request: Request, row: Any) -> int:
    """The version in If-Match: 428 without one, 412 when it is no longer the row's."""
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionRequired
    value = header.removeprefix("W/").strip('"')
    if value != str(row.version):
        raise PreconditionFailed
    return int(value)
