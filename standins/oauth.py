"""The authorisation server beside a stand-in: a page to say yes or no on, and rotating tokens."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from standins.page import from_elsewhere
from standins.web import Route, reply

CLIENT_ID = "standin-app"
CLIENT_SECRET = "standin-app-secret"  # noqa: S105 (lets into a stand-in)
CODE_LIFE = timedelta(minutes=5)
UNKNOWN_TOKEN = "Unknown or invalid refresh token."  # noqa: S105 (what is answered)
# Redirects after a form are held against form-action too, and lead to the asking application.
POLICY = "default-src 'none'; style-src 'self'"

CONSENT = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}: grant access</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<header><h1>{title}</h1><p>A stand-in for demonstrations.</p></header>
<main>
<h2>Flotilla asks for access</h2>
<p>As <strong>{account}</strong>, to <strong>{site}</strong>: <code>{scope}</code></p>
<form method="post" class="filter"><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form>
</main>
</body>
</html>
""")


@dataclass
class Granted:
    """What one person granted: live access tokens, the refresh token, and those before it."""

    scope: str
    refresh: str
    access: dict[str, datetime] = field(default_factory=dict)
    former: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    redirect_uri: str
    scope: str
    challenge: str
    expires: datetime


@dataclass(kw_only=True)
class OAuthServer:
    """How one service does it. reuse is how long a refresh token may be sent a second time.

    refusal is the status of a grant that is not accepted. renewals counts refresh tokens that
    were exchanged for others; repetitions of one are not counted.
    """

    title: str
    who: Callable[[], tuple[str, str]]
    authorize_path: str
    lifetime: timedelta
    reuse: timedelta = timedelta(0)
    refusal: int = HTTPStatus.BAD_REQUEST
    takes_json: bool = False
    revoke_path: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    renewals: int = 0
    codes: dict[str, Code] = field(default_factory=dict)
    grants: list[Granted] = field(default_factory=list)

    def routes(self) -> list[Route]:
        routes: list[Route] = [
            ("GET", self.authorize_path, self._consent),
            ("POST", self.authorize_path, self._decide),
            ("POST", "/oauth/token", self._token),
        ]
        return [*routes, ("POST", self.revoke_path, self._revoke)] if self.revoke_path else routes

    def serves(self, path: str) -> bool:
        return path in {self.authorize_path, "/oauth/token", self.revoke_path}

    def lets_in(self, authorization: str) -> bool:
        token = authorization.removeprefix("Bearer ")
        return any(grant.access.get(token, self.now()) > self.now() for grant in self.grants)

    # What happens to grants behind a client's back

    def expire(self) -> None:
        """Let every access token end now."""
        for grant in self.grants:
            grant.access.clear()

    def withdraw(self) -> None:
        """The person takes everything back."""
        self.grants.clear()

    # The page

    def _consent(self, request: Request) -> Response:
        if request.args.get("client_id") != CLIENT_ID or "redirect_uri" not in request.args:
            return Response("This application is not known.", status=HTTPStatus.BAD_REQUEST)
        account, site = self.who()
        page = CONSENT.format(
            title=self.title, account=account, site=site, scope=request.args.get("scope", "")
        )
        headers = {"Content-Security-Policy": POLICY}
        return Response(page, content_type="text/html;charset=utf-8", headers=headers)

    def _decide(self, request: Request) -> Response:
        if from_elsewhere(request) or "redirect_uri" not in request.args:
            return Response("This form is not for other sites.", status=HTTPStatus.FORBIDDEN)
        back = {"state": request.args.get("state", "")}
        if request.form.get("decision") == "allow":
            back["code"] = self.issue_code(request.args)
        else:
            back |= {"error": "access_denied", "error_description": "User denied the request."}
        return redirect(f"{request.args['redirect_uri']}?{urlencode(back)}")

    def issue_code(self, asked: Any) -> str:
        """A code for what was asked in an authorisation address, as if the person had agreed."""
        code = token_urlsafe(16)
        self.codes[code] = Code(
            redirect_uri=asked["redirect_uri"],
            scope=asked.get("scope", ""),
            challenge=asked.get("code_challenge", ""),
            expires=self.now() + CODE_LIFE,
        )
        return code

    # Tokens

    def _token(self, request: Request) -> Response:
        asked = self._asked(request)
        if asked is None:
            return self._refused("invalid_request", "The body has another form.", 400)
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return self._refused("invalid_client", "Client authentication failed.", 401)
        if asked.get("grant_type") == "authorization_code":
            return self._exchanged(asked)
        if asked.get("grant_type") == "refresh_token":
            return self._renewed(asked.get("refresh_token", ""))
        return self._refused("unsupported_grant_type", "Unknown grant type.", 400)

    def _asked(self, request: Request) -> dict[str, str] | None:
        if not self.takes_json:
            return request.form.to_dict() or None
        try:
            return msgspec.json.decode(request.get_data(), type=dict[str, str])
        except msgspec.DecodeError:
            return None

    def _exchanged(self, asked: dict[str, str]) -> Response:
        code = self.codes.pop(asked.get("code", ""), None)
        if code is None or code.expires <= self.now():
            return self._refused("invalid_grant", "Invalid authorization code.")
        if code.redirect_uri != asked.get("redirect_uri"):
            return self._refused("invalid_grant", "The redirect URI is another.")
        if code.challenge and code.challenge != _challenge(asked.get("code_verifier", "")):
            return self._refused("invalid_grant", "The code verifier does not fit.")
        grant = Granted(scope=code.scope, refresh=token_urlsafe(32))
        self.grants.append(grant)
        return self._tokens(grant)

    def _renewed(self, token: str) -> Response:
        for grant in self.grants:
            if grant.refresh == token:
                grant.former[token], grant.refresh = self.now(), token_urlsafe(32)
                self.renewals += 1
                return self._tokens(grant)
            if grant.former.get(token, datetime.min.replace(tzinfo=UTC)) > self.now() - self.reuse:
                return self._tokens(grant)
        return self._refused("invalid_grant", UNKNOWN_TOKEN)

    def _tokens(self, grant: Granted) -> Response:
        access = token_urlsafe(32)
        grant.access[access] = self.now() + self.lifetime
        return reply(
            {
                "access_token": access,
                "refresh_token": grant.refresh,
                "expires_in": int(self.lifetime.total_seconds()),
                "scope": grant.scope.replace(",", " "),
                "token_type": "Bearer",
            }
        )

    def _revoke(self, request: Request) -> Response:
        token = request.form.get("token", "")
        held = [grant for grant in self.grants if token in {grant.refresh, *grant.access}]
        for grant in held:
            self.grants.remove(grant)
        return reply({}, HTTPStatus.OK if held else HTTPStatus.BAD_REQUEST)

    def _refused(self, error: str, description: str, status: int | None = None) -> Response:
        body = {"error": error, "error_description": description}
        return reply(body, status or self.refusal)


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
