"""What Jira Cloud and Jira Data Center have in common as web servers."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from msgspec import DecodeError, json
from werkzeug.wrappers import Request, Response

from standins import jira_shapes as shapes
from standins.jira_fields import Choice, fields_of, points_field, show_issue
from standins.jira_shapes import View
from standins.jql import JqlError
from standins.jql_fields import Search
from standins.limits import Bucket
from standins.records import Edition, Space
from standins.state import Tracker, UnknownRecordError
from standins.web import Route, StandIn, reply

NO_ISSUE = "Issue does not exist or you do not have permission to see it."
NOT_SIGNED_IN = "Client must be authenticated to access this resource."
INVALID_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."


class BadRequestError(Exception):
    """A request that Jira answers with 400; the text is what it says."""


class Jira(StandIn):
    """The operations that both editions answer alike, for one account with one credential.

    A credential that is not this one makes the caller anonymous: most operations then answer 200
    with nothing in it.
    """

    edition: Edition

    def __init__(self, tracker: Tracker, *, credential: str, bucket: Bucket | None = None) -> None:
        super().__init__(tracker)
        self.credential = credential
        self.bucket = bucket

    def signed_in(self, request: Request) -> bool:
        return request.headers.get("Authorization") == self.authorization()

    def view(self, request: Request) -> View:
        return View(self.tracker.site, self.edition, request.host_url.rstrip("/"))

    def search(self, request: Request, jql: str) -> Search:
        """BadRequestError in Jira's words when the query is not to be answered."""
        try:
            signed_in = self.signed_in(request)
            return Search(self.tracker, jql, signed_in=signed_in, edition=self.edition)
        except JqlError as refusal:
            raise BadRequestError(str(refusal)) from refusal

    # Refusals and limits

    def error(self, status: int, message: str) -> Response:
        return reply({"errorMessages": [message], "errors": {}}, status)

    def guard(self, request: Request) -> Response | None:
        if self.bucket is not None and not self.bucket.take():
            return self.rate_limited(1)
        return self.refuse_other_content(request)

    def refuse_other_content(self, request: Request) -> Response | None:
        if request.mimetype != "application/json" and request.method == "POST":
            return self.error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type is not JSON.")
        return None

    def answering(self, handler: Callable[..., Response]) -> Callable[..., Response]:
        """The handler, with a request that cannot be answered turned into 400."""

        def answer(request: Request, **values: Any) -> Response:
            try:
                return handler(request, **values)
            except BadRequestError as refusal:
                return self.error(HTTPStatus.BAD_REQUEST, str(refusal))

        return answer

    # Operations

    def shared_routes(self, api: str) -> list[Route]:
        return [
            ("GET", f"{api}/myself", self._myself),
            ("GET", f"{api}/field", self.listing(self._fields)),
            ("GET", f"{api}/status", self.listing(self._statuses)),
            ("GET", f"{api}/statuscategory", self.listing(self._categories)),
            ("GET", f"{api}/issuetype", self.listing(self._types)),
            ("GET", f"{api}/issue/<reference>", self._issue),
            ("GET", "/rest/agile/1.0/board", self.answering(self._boards)),
            ("GET", "/rest/agile/1.0/board/<int:board>/configuration", self._configuration),
        ]

    def listing(self, rows: Callable[[View], list[Any]]) -> Callable[[Request], Response]:
        """A plain list, which is empty for an anonymous caller."""
        return lambda request: reply(rows(self.view(request)) if self.signed_in(request) else [])

    def _myself(self, request: Request) -> Response:
        if not self.signed_in(request):
            return self.error(HTTPStatus.UNAUTHORIZED, NOT_SIGNED_IN)
        return reply(shapes.account(self.view(request)))

    def _fields(self, view: View) -> list[Any]:
        return [field.listed() for field in fields_of(view.edition)]

    def _statuses(self, view: View) -> list[Any]:
        return [shapes.status(view, status_id) for status_id in view.site.statuses]

    def _categories(self, view: View) -> list[Any]:
        return [shapes.category(view, key) for key in shapes.CATEGORIES]

    def _types(self, view: View) -> list[Any]:
        return [shapes.issue_type(view, type_id) for type_id in view.site.types]

    def _issue(self, request: Request, reference: str) -> Response:
        try:
            issue = self.tracker.find(reference if self.signed_in(request) else "")
        except UnknownRecordError:
            return self.error(HTTPStatus.NOT_FOUND, NO_ISSUE)
        choice = Choice.of(request.args.getlist("fields"), default="*all")
        return reply(show_issue(self.view(request), issue, choice))

    def _boards(self, request: Request) -> Response:
        if not self.signed_in(request):
            return self.error(HTTPStatus.UNAUTHORIZED, NOT_SIGNED_IN)
        wanted = request.args.get("projectKeyOrId")
        spaces = self.tracker.visible_spaces()
        shown = [space for space in spaces if wanted in {None, space.key, space.id}]
        rows = [self._board(self.view(request), space) for space in shown]
        return reply(offset_page(request, rows, limit=50, default=50))

    def _board(self, view: View, space: Space) -> dict[str, Any]:
        number = shapes.board_id(view.site, space.id)
        link = f"{view.base}/rest/agile/1.0/board/{number}"
        location = {"projectId": int(space.id), "projectKey": space.key, "displayName": space.name}
        name = f"{space.key} board"
        return {"id": number, "self": link, "name": name, "type": "scrum", "location": location}

    def _configuration(self, request: Request, board: int) -> Response:
        spaces = self.tracker.visible_spaces() if self.signed_in(request) else []
        found = [it for it in spaces if shapes.board_id(self.tracker.site, it.id) == board]
        if not found:
            return self.error(HTTPStatus.NOT_FOUND, "Requested board cannot be viewed.")
        return reply(self._configured(self.view(request), found[0], board))

    def _configured(self, view: View, space: Space, board: int) -> dict[str, Any]:
        link = f"{view.base}/rest/agile/1.0/board/{board}/configuration"
        field = points_field(view.edition, space.style)
        estimation = {"fieldId": field.id, "displayName": field.name}
        columns = [
            {"name": status.name, "statuses": [{"id": status.id, "self": view.link("status")}]}
            for status in view.site.statuses.values()
        ]
        return {
            "id": board,
            "name": f"{space.key} board",
            "type": "scrum",
            "self": link,
            "location": {"type": "project", "projectKeyOrId": space.key},
            "filter": {"id": str(1000 + board), "self": view.link("filter", str(1000 + board))},
            "columnConfig": {"columns": columns, "constraintType": "issueCount"},
            "estimation": {"type": "field", "field": estimation},
        }


def whole_number(request: Request, name: str, default: int) -> int:
    """A number in the query string, 0 or more; BadRequestError otherwise."""
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise BadRequestError(f"The value '{text}' for '{name}' is not a whole number.")
    return int(text)


def offset_page(request: Request, rows: list[Any], *, limit: int, default: int) -> dict[str, Any]:
    """Jira's old kind of page: by offset, with a total, cut to the limit without a word."""
    start = whole_number(request, "startAt", 0)
    size = min(whole_number(request, "maxResults", default), limit)
    shown = rows[start : start + size]
    is_last = start + len(shown) >= len(rows)
    page = {"maxResults": size, "startAt": start, "total": len(rows), "isLast": is_last}
    return {**page, "values": shown}


def next_link(request: Request, start: int, size: int) -> str:
    asked = {**request.args.to_dict(), "startAt": start, "maxResults": size}
    return f"{request.base_url}?{urlencode(asked)}"


def read_body(request: Request, kinds: dict[str, type]) -> dict[str, Any]:
    """A JSON object with none but these keys, each of its type; BadRequestError otherwise."""
    try:
        body = json.decode(request.get_data())
    except DecodeError as problem:
        raise BadRequestError(INVALID_PAYLOAD) from problem
    if not isinstance(body, dict) or not all(
        name in kinds and isinstance(value, kinds[name]) for name, value in body.items()
    ):
        raise BadRequestError(INVALID_PAYLOAD)
    return body
