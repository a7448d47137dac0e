"""Linear's GraphQL endpoint, as one key or token sees a workspace."""

import json
import math
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution import get_variable_values
from werkzeug.wrappers import Request, Response

from standins.limits import Bucket
from standins.linear_errors import extensions
from standins.linear_price import LARGEST_QUERY, Price
from standins.linear_schema import SCHEMA, resolve
from standins.linear_workspace import Workspace
from standins.oauth import OAuthServer
from standins.state import Tracker
from standins.web import Route, StandIn, reply

HOUR = 3600
REQUESTS_AN_HOUR = 2500
POINTS_AN_HOUR = 3_000_000
DEFAULT_WAIT = 60
KEY_AS_BEARER = (
    "It looks like you're trying to use an API key as a Bearer token. "
    "Remove the Bearer prefix from the Authorization header."
)


class RefusedError(Exception):
    """A request that is answered with an error before anything is executed."""

    def __init__(self, status: int, *errors: dict[str, Any]) -> None:
        super().__init__(errors)
        self.status = status
        self.errors = list(errors)


class Linear(StandIn):
    """``credential`` is a personal key, which starts with ``lin_api_``, or else an OAuth token.

    Tokens that its own authorisation server granted are let in beside it.
    """

    title = "Linear stand-in"

    def __init__(
        self,
        tracker: Tracker,
        *,
        credential: str,
        requests: Bucket | None = None,
        points: Bucket | None = None,
    ) -> None:
        self.oauth = OAuthServer(
            title=self.title,
            who=lambda: (self.tracker.site.account.name, self.tracker.site.name),
            authorize_path="/oauth/authorize",
            revoke_path="/oauth/revoke",
            lifetime=timedelta(seconds=86399),
            reuse=timedelta(minutes=30),
        )
        super().__init__(tracker)
        self.credential = credential
        self.requests = requests or Bucket(REQUESTS_AN_HOUR, per_second=REQUESTS_AN_HOUR / HOUR)
        self.points = points or Bucket(POINTS_AN_HOUR, per_second=POINTS_AN_HOUR / HOUR)

    def routes(self) -> list[Route]:
        return [("POST", "/graphql", self._graphql), *self.oauth.routes()]

    def authorization(self) -> str:
        """The Authorization header that is let in: a key bare, a token as Bearer."""
        key = self.credential.startswith("lin_api_")
        return self.credential if key else f"Bearer {self.credential}"

    # Credentials, limits, headers

    def guard(self, request: Request) -> Response | None:
        if self.oauth.serves(request.path):
            return None
        given = request.headers.get("Authorization", "")
        if given.startswith("Bearer lin_api_"):
            told = extensions("invalid input", "INPUT_ERROR", status=400, told=KEY_AS_BEARER)
            return _refused(HTTPStatus.BAD_REQUEST, KEY_AS_BEARER, told)
        if given != self.authorization() and not self.oauth.lets_in(given):
            return self.error(HTTPStatus.UNAUTHORIZED, "Authentication required, not authenticated")
        if not self.requests.take():
            return self.rate_limited(DEFAULT_WAIT)
        return None

    def error(self, status: int, message: str) -> Response:
        kind, code, told = _meaning(status)
        more = extensions(kind, code, status=status, told=told, http={"status": status})
        return _refused(status, message, more)

    def rate_limited(self, retry_after: int | None) -> Response:
        """HTTP 400, whatever the status in the body says."""
        limit = f"{self.requests.capacity:.0f}"
        message = f"Rate limit exceeded. Only {limit} requests are allowed per 1 hour."
        more = extensions("ratelimited", "RATELIMITED", status=429, told=message)
        response = _refused(HTTPStatus.BAD_REQUEST, message, {**more, "http": {"status": 400}})
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def sign(self, response: Response, request: Request) -> None:
        response.headers.setdefault("X-Complexity", "0")
        for name, bucket in (("Requests", self.requests), ("Complexity", self.points)):
            reset = self.tracker.now().timestamp() + bucket.seconds_to_full
            response.headers[f"X-RateLimit-{name}-Limit"] = f"{bucket.capacity:.0f}"
            response.headers[f"X-RateLimit-{name}-Remaining"] = f"{math.floor(bucket.remaining)}"
            response.headers[f"X-RateLimit-{name}-Reset"] = f"{reset * 1000:.0f}"

    # Queries

    def _graphql(self, request: Request) -> Response:
        try:
            return self._answered(request)
        except RefusedError as refusal:
            return reply({"errors": refusal.errors}, refusal.status)

    def _answered(self, request: Request) -> Response:
        asked = _read(request)
        document = _parsed(asked["query"])
        operation = get_operation_ast(document, asked.get("operationName"))
        if operation is None:
            raise _invalid("GRAPHQL_VALIDATION_FAILED", "Must provide a known operation.")
        variables = _coerced(operation, asked.get("variables") or {})
        price = math.ceil(Price(document, operation, variables).total)
        if price > LARGEST_QUERY:
            raise _too_complex(price)
        if not self.points.take(price):
            return self.rate_limited(DEFAULT_WAIT)
        response = self._executed(request, document, asked)
        response.headers["X-Complexity"] = str(price)
        return response

    def _executed(
        self, request: Request, document: DocumentNode, asked: dict[str, Any]
    ) -> Response:
        result = execute_sync(
            SCHEMA,
            document,
            Workspace(self.tracker, request.host_url.rstrip("/")),
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            field_resolver=resolve,
        )
        for error in result.errors or []:
            if error.original_error is not None and not error.extensions:
                # A fault of the stand-in must not pass for an answer of Linear's.
                raise error.original_error
        return reply(result.formatted)


def _meaning(status: int) -> tuple[str, str, str]:
    """Type, code and words for people of a refusal by status."""
    if status == HTTPStatus.UNAUTHORIZED:
        told = "You need to authenticate to access this operation."
        return "authentication error", "AUTHENTICATION_ERROR", told
    if status == HTTPStatus.FORBIDDEN:
        return "forbidden", "FORBIDDEN", "You do not have access to this."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "internal error", "INTERNAL_SERVER_ERROR", "Something went wrong."
    return "invalid input", "INPUT_ERROR", "The request could not be understood."


def _refused(status: int, message: str, more: dict[str, Any]) -> Response:
    return reply({"errors": [{"message": message, "extensions": more}]}, status)


def _invalid(code: str, *messages: str) -> RefusedError:
    errors = [{"message": message, "extensions": {"code": code}} for message in messages]
    return RefusedError(HTTPStatus.BAD_REQUEST, *errors)


def _too_complex(price: int) -> RefusedError:
    told = f"Query is too complex. Complexity: {price}. Maximum allowed: {LARGEST_QUERY}."
    more = extensions("invalid input", "INPUT_ERROR", status=400, told=told)
    error = {"message": "Query too complex", "extensions": more}
    return RefusedError(HTTPStatus.BAD_REQUEST, error)


def _read(request: Request) -> dict[str, Any]:
    """The body of a GraphQL request: a query, and perhaps variables and an operation's name."""
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if request.mimetype != "application/json" or not isinstance(body, dict):
        raise _invalid("BAD_REQUEST", "The body of a request is JSON, and says so.")
    if not isinstance(body.get("query"), str):
        raise _invalid("BAD_REQUEST", "GraphQL operations must contain a non-empty `query`.")
    if not isinstance(body.get("variables") or {}, dict):
        raise _invalid("BAD_REQUEST", "`variables` in a POST body should be an object.")
    return body


def _parsed(text: str) -> DocumentNode:
    try:
        document = parse(text)
    except GraphQLSyntaxError as problem:
        raise _invalid("GRAPHQL_PARSE_FAILED", problem.message) from problem
    errors = validate(SCHEMA, document)
    if errors:
        raise _invalid("GRAPHQL_VALIDATION_FAILED", *(error.message for error in errors))
    return document


def _coerced(operation: OperationDefinitionNode, given: dict[str, Any]) -> dict[str, Any]:
    """The variables with their defaults, each of its type."""
    result = get_variable_values(SCHEMA, operation.variable_definitions or (), given)
    if isinstance(result, list):
        raise _invalid("BAD_USER_INPUT", *(error.message for error in result))
    return result.coerced
