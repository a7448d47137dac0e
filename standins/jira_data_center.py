"""Jira Data Center, REST version 2, as a personal access token sees it."""

from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from standins import jira_shapes as shapes
from standins.jira import BadRequestError, Jira, read_body, whole_number
from standins.jira_fields import Choice, show_issue
from standins.records import Edition
from standins.web import Route, reply

DEFAULT_PAGE = 50
LARGEST_PAGE = 1000
SEARCH_BODY = {
    "jql": str,
    "startAt": int,
    "maxResults": int,
    "fields": list,
    "expand": list,
    "validateQuery": bool,
}


class JiraDataCenter(Jira):
    """``credential`` is a personal access token. Limits are off unless a bucket is given."""

    title = "Jira Data Center stand-in"
    edition = Edition.DATA_CENTER

    def routes(self) -> list[Route]:
        api = "/rest/api/2"
        search = self.answering(self._search)
        return [
            ("GET", f"{api}/search", search),
            ("POST", f"{api}/search", search),
            ("GET", f"{api}/project", self.listing(self._projects)),
            ("GET", f"{api}/serverInfo", self._server_info),
            *self.shared_routes(api),
        ]

    # Credentials, limits, headers

    def authorization(self) -> str:
        return f"Bearer {self.credential}"

    def sign(self, response: Response, request: Request) -> None:
        signed_in = self.signed_in(request)
        name = self.tracker.site.account.email if signed_in else "anonymous"
        response.headers["X-AUSERNAME"] = name
        if signed_in:
            response.headers["X-Seraph-LoginReason"] = "OK"
        if self.bucket is not None:
            self._count_down(response)

    def rate_limited(self, retry_after: int | None) -> Response:
        """Says 0 seconds when it says nothing better, although it means a whole interval."""
        title = "HTTP Status 429 - Too Many Requests"
        page = f"<!doctype html><html lang='en'><head><title>{title}</title></head></html>"
        response = Response(page, HTTPStatus.TOO_MANY_REQUESTS, content_type="text/html")
        response.headers["Retry-After"] = str(retry_after or 0)
        self._count_down(response)
        return response

    def guard(self, request: Request) -> Response | None:
        if self.bucket is not None and not self.bucket.take():
            return self.rate_limited(None)
        return self.refuse_other_content(request)

    def _count_down(self, response: Response) -> None:
        limit = self.bucket.capacity if self.bucket else 5
        left = self.bucket.remaining if self.bucket else 0
        rate = self.bucket.per_second if self.bucket else 5
        response.headers["X-RateLimit-Limit"] = f"{limit:.0f}"
        response.headers["X-RateLimit-Remaining"] = f"{left:.0f}"
        response.headers["X-RateLimit-FillRate"] = f"{rate:.0f}"
        response.headers["X-RateLimit-Interval-Seconds"] = "1"

    # Search, projects and site

    def _search(self, request: Request) -> Response:
        jql, fields, start, size = _asked(request)
        found = self.search(request, jql).issues()
        size = min(size, LARGEST_PAGE)
        choice, view = Choice.of(fields, default="*navigable"), self.view(request)
        shown = [show_issue(view, issue, choice) for issue in found[start : start + size]]
        page = {"startAt": start, "maxResults": size, "total": len(found), "issues": shown}
        return reply({"expand": "schema,names", **page})

    def _projects(self, view: shapes.View) -> list[Any]:
        return [shapes.listed_project(view, space) for space in self.tracker.visible_spaces()]

    def _server_info(self, request: Request) -> Response:
        view = self.view(request)
        return reply(
            {
                "baseUrl": view.base,
                "version": "10.3.6",
                "versionNumbers": [10, 3, 6],
                "deploymentType": "Server",
                "buildNumber": 10030006,
                "buildDate": "2026-04-10T00:00:00.000+0000",
                "serverTime": view.time(self.tracker.now()),
                "scmInfo": "b1f0d2c97a34e6f58a0c4d1e9b7f3a2c6d8e5f04",
                "serverTitle": self.tracker.site.name,
            }
        )


def _asked(request: Request) -> tuple[str, list[str], int, int]:
    """The query, the fields, the offset and the page size."""
    if request.method == "GET":
        start = whole_number(request, "startAt", 0)
        size = whole_number(request, "maxResults", DEFAULT_PAGE)
        return request.args.get("jql", ""), request.args.getlist("fields"), start, size
    body = read_body(request, SEARCH_BODY)
    start, size = body.get("startAt", 0), body.get("maxResults", DEFAULT_PAGE)
    if start < 0 or size < 0:
        raise BadRequestError("'startAt' and 'maxResults' must not be negative.")
    return body.get("jql", ""), body.get("fields", []), start, size
