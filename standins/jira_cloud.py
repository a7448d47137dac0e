"""Jira Cloud, REST version 3, as a personal API token sees it."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from io import BytesIO
from secrets import token_urlsafe
from typing import Any

from werkzeug.wrappers import Request, Response

from standins import jira_shapes as shapes
from standins.blank import uuid_of
from standins.jira import (
    BadRequestError,
    Jira,
    next_link,
    offset_page,
    read_body,
    whole_number,
)
from standins.jira_fields import Choice, show_issue
from standins.jql_order import Place
from standins.limits import Bucket
from standins.oauth import OAuthServer
from standins.records import Edition
from standins.state import Tracker, UnknownRecordError
from standins.web import Route, reply

DEFAULT_PAGE = 50
LARGEST_PAGE = 100
LARGEST_BARE_PAGE = 5000
LARGEST_FETCH = 100
LARGEST_RECONCILIATION = 50
TOKEN_LIFE = timedelta(days=7)
BURST_PER_SECOND = 100
RESOURCES = "/oauth/token/accessible-resources"
TENANT = "/_edge/tenant_info"
GATEWAY = "standin.gateway"
REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046"
)
SEARCH_BODY = {
    "jql": str,
    "fields": list,
    "maxResults": int,
    "nextPageToken": str,
    "expand": str,
    "properties": list,
    "fieldsByKeys": bool,
    "reconcileIssues": list,
}
FETCH_BODY = {
    "issueIdsOrKeys": list,
    "fields": list,
    "fieldsByKeys": bool,
    "expand": list,
    "properties": list,
}


@dataclass(frozen=True)
class Asked:
    """A search as asked, whether in a query string or in a body."""

    jql: str
    choice: Choice
    size: int
    token: str | None

    @property
    def limit(self) -> int:
        return min(self.size, LARGEST_BARE_PAGE if self.choice.bare else LARGEST_PAGE)


@dataclass(frozen=True)
class Cursor:
    """What a page token stands for: a place in the answer to one query, for a week."""

    jql: str
    choice: Choice
    place: Place
    expires: datetime


class JiraCloud(Jira):
    """``credential`` is ``email:token``. OAuth tokens are let in through the gateway only.

    ``elsewhere`` are other sites that a grant reaches, as id and address; nothing answers there.
    """

    title = "Jira Cloud stand-in"
    edition = Edition.CLOUD

    def __init__(self, tracker: Tracker, *, credential: str, bucket: Bucket | None = None) -> None:
        burst = Bucket(BURST_PER_SECOND, per_second=BURST_PER_SECOND)
        self.cloud_id = uuid_of("cloud", tracker.site.id)
        self.elsewhere: dict[str, str] = {}
        self.oauth = OAuthServer(
            title="Atlassian stand-in",
            who=lambda: (self.tracker.site.account.name, self.tracker.site.name),
            authorize_path="/authorize",
            lifetime=timedelta(hours=1),
            refusal=HTTPStatus.FORBIDDEN,
            takes_json=True,
        )
        super().__init__(tracker, credential=credential, bucket=bucket or burst)
        self._cursors: dict[str, Cursor] = {}

    def signed_in(self, request: Request) -> bool:
        return GATEWAY in request.environ or super().signed_in(request)

    def guard(self, request: Request) -> Response | None:
        if self.oauth.serves(request.path) or request.path in {RESOURCES, TENANT}:
            return None
        return super().guard(request)

    def _answer(self, request: Request) -> Response:
        """Through the gateway, a site is known by its cloud id and the caller by a token."""
        if not request.path.startswith("/ex/jira/"):
            return super()._answer(request)
        _, _, _, cloud_id, path = request.path.split("/", 4)
        with self.tracker.lock:
            known = self.oauth.lets_in(request.headers.get("Authorization", ""))
        if not known or cloud_id != self.cloud_id:
            return reply({"code": 401, "message": "Unauthorized"}, HTTPStatus.UNAUTHORIZED)
        environ = {
            **request.environ,
            "PATH_INFO": f"/{path}",
            "wsgi.input": BytesIO(request.get_data()),
            GATEWAY: True,
        }
        environ.pop("werkzeug.request", None)
        return super()._answer(Request(environ))

    def _resources(self, request: Request) -> Response:
        if not self.oauth.lets_in(request.headers.get("Authorization", "")):
            return reply({"code": 401, "message": "Unauthorized"}, HTTPStatus.UNAUTHORIZED)
        here = (self.cloud_id, request.host_url.rstrip("/"), self.tracker.site.name)
        others = [(id_, url, url.partition("://")[2]) for id_, url in self.elsewhere.items()]
        return reply([_resource(*site) for site in (here, *others)])

    def _tenant(self, _: Request) -> Response:
        """Told to everybody: the id that stays when the site is renamed."""
        return reply({"cloudId": self.cloud_id})

    def routes(self) -> list[Route]:
        api = "/rest/api/3"
        search, removed = self.answering(self._search), self._removed
        return [
            ("GET", f"{api}/search/jql", search),
            ("POST", f"{api}/search/jql", search),
            ("POST", f"{api}/search/approximate-count", self.answering(self._count)),
            ("POST", f"{api}/issue/bulkfetch", self.answering(self._fetch)),
            ("GET", f"{api}/project/search", self.answering(self._projects)),
            ("GET", f"{api}/serverInfo", self._server_info),
            ("GET", f"{api}/search", removed),
            ("POST", f"{api}/search", removed),
            ("GET", "/rest/api/2/search", removed),
            ("POST", "/rest/api/2/search", removed),
            *self.shared_routes(api),
            ("GET", RESOURCES, self._resources),
            ("GET", TENANT, self._tenant),
            *self.oauth.routes(),
        ]

    # Credentials, limits, headers

    def authorization(self) -> str:
        return "Basic " + base64.b64encode(self.credential.encode()).decode()

    def sign(self, response: Response, request: Request) -> None:
        if self.signed_in(request):
            response.headers["X-Seraph-Loginreason"] = "OK"
        elif "Authorization" in request.headers:
            response.headers["X-Seraph-Loginreason"] = "AUTHENTICATED_FAILED"
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = f'OAuth realm="{request.host_url}"'

    def rate_limited(self, retry_after: int | None) -> Response:
        """With a wait and a reason; without a wait it is the gateway that speaks."""
        reset = self.tracker.now() + timedelta(seconds=retry_after or 60)
        limits = {"X_RateLimit_Limit": str(BURST_PER_SECOND), "X_RateLimit_Remaining": "0"}
        if retry_after is None:
            headers = {**limits, "X_RateLimit_Reset": f"{reset:%Y-%m-%dT%H:%MZ}"}
            response = reply(None, HTTPStatus.TOO_MANY_REQUESTS, **headers)
            response.set_data(b"")
            return response
        message = "The request has been rate-limited. Please try again later."
        response = self.error(HTTPStatus.TOO_MANY_REQUESTS, message)
        response.headers["Retry-After"] = str(retry_after)
        response.headers["RateLimit-Reason"] = "jira-burst-based"
        response.headers["X-RateLimit-Reset"] = f"{reset:%Y-%m-%dT%H:%M:%SZ}"
        for name, value in limits.items():
            response.headers[name.replace("_", "-")] = value
        return response

    # Search

    def _removed(self, _: Request) -> Response:
        return self.error(HTTPStatus.GONE, REMOVED)

    def _search(self, request: Request) -> Response:
        asked = _asked_in_body(request) if request.method == "POST" else _asked_in_query(request)
        if asked.size < 1:
            raise BadRequestError("The value for 'maxResults' must be greater than 0.")
        search = self.search(request, asked.jql)
        found = search.issues(after=self._place(asked))
        shown, rest = found[: asked.limit], found[asked.limit :]
        view = self.view(request)
        page: dict[str, Any] = {
            "issues": [show_issue(view, issue, asked.choice) for issue in shown],
            "isLast": not rest,
        }
        if rest:
            page["nextPageToken"] = self._remember(asked, search.place(shown[-1]))
        return reply(page)

    def _place(self, asked: Asked) -> Place | None:
        if asked.token is None:
            return None
        cursor = self._cursors.get(asked.token)
        if cursor is None or cursor.expires <= self.tracker.now():
            raise BadRequestError("The provided next page token is invalid or has expired.")
        if (cursor.jql, cursor.choice) != (asked.jql, asked.choice):
            raise BadRequestError("The provided next page token belongs to another query.")
        return cursor.place

    def _remember(self, asked: Asked, place: Place) -> str:
        now = self.tracker.now()
        self._cursors = {it: cursor for it, cursor in self._cursors.items() if cursor.expires > now}
        token = token_urlsafe(24)
        self._cursors[token] = Cursor(asked.jql, asked.choice, place, now + TOKEN_LIFE)
        return token

    def _count(self, request: Request) -> Response:
        body = read_body(request, {"jql": str})
        return reply({"count": len(self.search(request, body.get("jql", "")).issues())})

    def _fetch(self, request: Request) -> Response:
        body = read_body(request, FETCH_BODY)
        references = _texts(body.get("issueIdsOrKeys", []))
        if not 1 <= len(references) <= LARGEST_FETCH:
            raise BadRequestError(f"Between 1 and {LARGEST_FETCH} issues can be fetched at once.")
        choice = Choice.of(_texts(body.get("fields", [])), default="*navigable")
        found = {issue.id: issue for it in references for issue in self._seen_by(request, it)}
        view = self.view(request)
        issues = sorted(found.values(), key=lambda issue: int(issue.id))
        shown = [show_issue(view, issue, choice) for issue in issues]
        return reply({"issues": shown, "issueErrors": []})

    def _seen_by(self, request: Request, reference: str) -> list[Any]:
        """The one issue, or none: what is not there is left out of a bulk answer in silence."""
        try:
            return [self.tracker.find(reference.upper())] if self.signed_in(request) else []
        except UnknownRecordError:
            return []

    # Projects and site

    def _projects(self, request: Request) -> Response:
        wanted = set(request.args.getlist("status")) or {"live"}
        if not wanted <= {"live", "archived", "deleted"}:
            raise BadRequestError("The value for 'status' is not one of live, archived, deleted.")
        view = self.view(request)
        live = self.tracker.visible_spaces() if "live" in wanted else []
        kept = self.tracker.visible_spaces(archived=True) if "archived" in wanted else []
        spaces = sorted([*live, *kept], key=lambda space: space.key)
        rows = [shapes.listed_project(view, it) for it in spaces if _asked_for(request, it.key)]
        page = offset_page(
            request,
            rows if self.signed_in(request) else [],
            limit=LARGEST_PAGE,
            default=DEFAULT_PAGE,
        )
        page["self"] = request.url
        if not page["isLast"]:
            after = page["startAt"] + len(page["values"])
            page["nextPage"] = next_link(request, after, page["maxResults"])
        return reply(page)

    def _server_info(self, request: Request) -> Response:
        view = self.view(request)
        return reply(
            {
                "baseUrl": view.base,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100290,
                "buildDate": "2026-10-01T08:00:00.000+0000",
                "serverTime": view.time(self.tracker.now()),
                "scmInfo": "5f0c2a9be1d84f7390b6f1c0a4e2d3b7c8a91e60",
                "serverTitle": self.tracker.site.name,
                "defaultLocale": {"locale": "en_US"},
            }
        )


def _asked_in_query(request: Request) -> Asked:
    """Unknown parameters are ignored here, ``startAt`` among them."""
    asked = request.args
    return Asked(
        jql=asked.get("jql", ""),
        choice=Choice.of(asked.getlist("fields"), default="id"),
        size=whole_number(request, "maxResults", DEFAULT_PAGE),
        token=asked.get("nextPageToken"),
    )


def _asked_in_body(request: Request) -> Asked:
    """Unknown keys are refused here, ``startAt`` among them."""
    body = read_body(request, SEARCH_BODY)
    if len(body.get("reconcileIssues", [])) > LARGEST_RECONCILIATION:
        raise BadRequestError(f"At most {LARGEST_RECONCILIATION} issues can be reconciled.")
    return Asked(
        jql=body.get("jql", ""),
        choice=Choice.of(_texts(body.get("fields", [])), default="id"),
        size=body.get("maxResults", DEFAULT_PAGE),
        token=body.get("nextPageToken"),
    )


def _texts(values: list[Any]) -> list[str]:
    if not all(isinstance(value, str) for value in values):
        raise BadRequestError("Every value in the list must be a text.")
    return values


def _asked_for(request: Request, key: str) -> bool:
    keys = request.args.getlist("keys")
    return not keys or key in keys


def _resource(cloud_id: str, url: str, name: str) -> dict[str, Any]:
    return {
        "id": cloud_id,
        "url": url,
        "name": name,
        "scopes": ["read:jira-work", "read:jira-user"],
        "avatarUrl": f"{url}/avatar.png",
    }
