"""Errors of the API as RFC 9457 problem details."""

from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.utils.encoding import force_str
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.tenant_models import StaleVersion

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed meanwhile",
    415: "Unsupported media type",
    422: "Not valid",
    428: "Precondition required",
    429: "Too many requests",
}


class Conflict(exceptions.APIException):
    status_code = 409
    default_detail = "The record is in a state that does not allow this."


class PreconditionRequired(exceptions.APIException):
    status_code = 428
    default_detail = "Send If-Match with the ETag that you read."


class PreconditionFailed(exceptions.APIException):
    status_code = 412
    default_detail = "Somebody changed this since you read it."


class KeyReused(exceptions.APIException):
    status_code = 422
    default_detail = "This Idempotency-Key was used for another request."


class Replay(Exception):
    """The request was answered before under its idempotency key; this is that answer."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        super().__init__(status)


def problem_body(status: int, detail: str, errors: Any = None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = with_text_keys(errors)
    return body


def with_text_keys(errors: Any) -> Any:
    """The errors of a list's items come under their numbers, which JSON has as text only."""
    if isinstance(errors, dict):
        return {str(key): with_text_keys(value) for key, value in errors.items()}
    return errors


def problem(status: int, detail: str) -> HttpResponse:
    """A problem document for code outside the API's views (middleware, error handlers)."""
    headers = {"WWW-Authenticate": 'Bearer realm="flotilla"'} if status == 401 else {}
    body = orjson.dumps(problem_body(status, detail))
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def as_api_exception(error: Exception) -> exceptions.APIException | None:
    """The API's form of an error from an action, or None for a defect of ours."""
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, StaleVersion):
        return PreconditionFailed()
    if isinstance(error, ValidationError):
        return exceptions.ValidationError(detail=field_errors(error))
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return None


def field_errors(error: ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return {
            ("detail" if name == "__all__" else name): list(messages)
            for name, messages in error.message_dict.items()
        }
    return {"detail": list(error.messages)}


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's exception handler."""
    if isinstance(error, Replay):
        data = orjson.loads(error.body) if error.body else None
        return Response(data, error.status, headers={**error.headers, "Idempotent-Replay": "true"})
    known = as_api_exception(error)
    if known is None:
        return None
    set_rollback()
    status = 422 if isinstance(known, exceptions.ValidationError) else known.status_code
    if isinstance(known, exceptions.ValidationError):
        body = problem_body(status, "Some values are not valid.", known.detail)
    else:
        body = problem_body(status, force_str(known.detail))
    headers = {}
    if getattr(known, "wait", None):
        headers["Retry-After"] = str(int(known.wait))  # type: ignore[attr-defined]
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="flotilla"'
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)
