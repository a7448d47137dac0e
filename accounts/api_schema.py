"""How the API describes itself: bodies, headers, errors and paging that operations share."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, as RFC 9457 describes it; `errors` holds messages by field."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(required=False)  # type: ignore[assignment]  # the name of RFC 9457

    class Meta:
        ref_name = "Problem"


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Send the same key with a retry: the effect happens once.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag that you read; 412 when the record changed since.",
)
PAGING = [
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": 200}, description="Records a page."
    ),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="`next` of the page before."),
]
ARCHIVED = OpenApiParameter(
    "archived", OpenApiTypes.STR, description="Give it, with any value, to see archived ones too."
)
EVERYWHERE = {
    400: "Bad request.",
    401: "Not signed in.",
    403: "Not allowed.",
    404: "Not found.",
    422: "Not valid.",
    429: "Too many requests: go on after Retry-After.",
}
ON_WRITES = {409: "Conflict.", 415: "Unsupported media type."}
ON_EDITS = {412: "Changed meanwhile.", 428: "If-Match is missing."}
SUCCESS = {
    "create": 201,
    "destroy": 204,
    "sync": 202,
    "pull": 202,
    "webhook": 201,
    "close_webhook": 204,
}


SUMMARIES = {
    "list": "List",
    "create": "Create one",
    "retrieve": "Read one",
    "partial_update": "Edit one",
    "destroy": "Archive one",
}


class BearerToken(OpenApiAuthenticationExtension):
    """Scripts send a token; pages of the product use their session."""

    target_class = "accounts.api_access.PrincipalAuthentication"
    name = "bearerToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "flo_…"}


class TenantSchema(AutoSchema):
    """Describes a `Resource` from what it declares.

    `serializer_class` shapes records; `bodies` maps other actions to (request, response)
    serializers, either of which may be None; `examples` maps actions to a request body.
    """

    def get_operation_id(self) -> str:
        parts = [part for part in self.path.split("/") if part and not part.startswith("{")]
        return "_".join([*parts[3:], self._action()]).replace("-", "_")

    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.split("/") if part and not part.startswith("{")]
        return [parts[3] if len(parts) > 3 else "meta"]

    def get_summary(self) -> str:
        action = self._action()
        return SUMMARIES.get(action, action.replace("_", " ").capitalize())

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        handler = getattr(self.view, self._action(), None)
        own = (getattr(handler, "__doc__", "") or "").strip()
        return own or (self.view.__doc__ or "").strip()

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        if self.method == "POST":
            parameters.append(IDEMPOTENCY_KEY)
        if self._takes_version():
            parameters.append(IF_MATCH)
        names = getattr(self.view, "query_parameters", {}).get(self._action(), ())
        parameters += [OpenApiParameter(name, OpenApiTypes.STR) for name in names]
        if self._action() == "list":
            filters = getattr(self.view, "filters", {})
            parameters += PAGING
            parameters += [OpenApiParameter(name, OpenApiTypes.STR) for name in filters]
            if getattr(self.view, "can_be_archived", False):
                parameters.append(ARCHIVED)
        return parameters

    def get_request_serializer(self) -> Any:
        action = self._action()
        if action in self._bodies():
            return self._bodies()[action][0]
        if action in {"create", "partial_update"}:
            return self._serializer()
        return None

    def get_response_serializers(self) -> Any:
        action = self._action()
        status = SUCCESS.get(action, 200)
        return {status: self._success_body(action), **self._problems()}

    def get_examples(self) -> list[OpenApiExample]:
        body = getattr(self.view, "examples", {}).get(self._action())
        return [OpenApiExample("Example", value=body, request_only=True)] if body else []

    def _action(self) -> str:
        return str(getattr(self.view, "action", None) or self.method.lower())

    def _serializer(self) -> Any:
        return self.view.serializer_class  # type: ignore[attr-defined]  # every resource has one

    def _bodies(self) -> dict[str, Any]:
        bodies: dict[str, Any] = getattr(self.view, "bodies", {})
        return bodies

    def _success_body(self, action: str) -> Any:
        if action == "destroy":
            return OpenApiResponse(description="Archived.")
        if action in self._bodies():
            return self._bodies()[action][1] or OpenApiResponse(description="Done.")
        serializer = self._serializer()
        return page_of(serializer) if action == "list" else serializer

    def _takes_version(self) -> bool:
        """Whether the operation changes a record that counts its versions."""
        action = self._action()
        if self.method == "GET" or action == "create" or action in self.view.unguarded:  # type: ignore[attr-defined]
            return False
        return bool(getattr(self.view, "has_versions", False))

    def _problems(self) -> dict[Any, Any]:
        told = dict(EVERYWHERE)
        if self.method != "GET":
            told |= ON_WRITES
        if self._takes_version():
            told |= ON_EDITS
        media_type = "application/problem+json"
        return {
            (status, media_type): OpenApiResponse(ProblemSerializer, description)
            for status, description in told.items()
        }

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # pages are described by their own serializer


_pages: dict[type[Any], type[Any]] = {}


def page_of(serializer: type[Any]) -> type[Any]:
    """The serializer of one page of records: `results`, and `next`, the cursor of the one after."""
    if serializer not in _pages:
        name = serializer.__name__.removesuffix("Serializer")
        meta = type("Meta", (), {"ref_name": f"{name}Page"})
        fields = {
            "results": serializer(many=True),
            "next": serializers.CharField(allow_null=True),
            "Meta": meta,
        }
        _pages[serializer] = type(f"{name}PageSerializer", (serializers.Serializer,), fields)
    return _pages[serializer]
