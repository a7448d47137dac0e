"""How the API describes itself: headers, errors and paging that every operation shares."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False
        ),
    },
)
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
    OpenApiParameter("limit", OpenApiTypes.INT, description="Records a page, 1 to 200."),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="`next` of the page before."),
    OpenApiParameter("archived", OpenApiTypes.STR, description="Give it to see archived ones too."),
]
EVERYWHERE = {401: "Not signed in.", 403: "Not allowed.", 404: "Not found.", 429: "Too many requests."}
BY_METHOD = {
    "GET": {400: "Bad request.", 422: "Not valid."},
    "POST": {400: "Bad request.", 409: "Conflict.", 415: "Unsupported media type.", 422: "Not valid."},
    "PATCH": {
        400: "Bad request.",
        409: "Conflict.",
        412: "Changed meanwhile.",
        415: "Unsupported media type.",
        422: "Not valid.",
        428: "If-Match is missing.",
    },
    "DELETE": {409: "Conflict.", 412: "Changed meanwhile.", 422: "Not valid.", 428: "If-Match is missing."},
}


class TenantSchema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        if self.method == "POST":
            parameters.append(IDEMPOTENCY_KEY)
        if self.method in {"PATCH", "DELETE"}:
            parameters.append(IF_MATCH)
        if self._is_list_view():
            filters = getattr(self.view, "filters", {})
            parameters += [*PAGING, *(OpenApiParameter(name, OpenApiTypes.STR) for name in filters)]
        return parameters

    def _is_list_view(self, serializer: Any = None) -> bool:
        return getattr(self.view, "action", "") == "list"

    def _get_response_bodies(self, direction: str = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        problems = {**EVERYWHERE, **BY_METHOD.get(self.method, {})}
        for status, description in problems.items():
            response = OpenApiResponse(PROBLEM, description)
            bodies[str(status)] = self._get_response_for_code(
                response, str(status), ["application/problem+json"], direction
            )
        return bodies

    def get_tags(self) -> list[str]:
        parts = [p for p in self.path.split("/") if p and not p.startswith("{")]
        return [parts[3] if len(parts) > 3 else "meta"]
