"""The authorisation-code flow with a service: where a person is sent, and what comes of it.

The libraries for this bring an HTTP client of their own; here every request goes through the one
guarded client, and what is left is two small forms and a typed reply.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from integrations.ports import (
    AuthenticationFailed,
    Authorization,
    Grant,
    ProviderError,
    RateLimited,
    RemoteUnavailable,
    UnexpectedReply,
)
from integrations.providers.credentials import require_plain
from integrations.providers.transport import reached
from lib.outbound import OutboundClient, Reply

SIGN_IN_AGAIN = "Sign in there again from the page of the connection."
ASK_THE_OPERATOR = "The operator of this installation checks the client id and secret of the app."
# Answers of an authorisation server that say that the app itself is not accepted.
OF_THE_APP = {"invalid_client", "unauthorized_client", "access_denied"}


@dataclass(frozen=True, slots=True)
class App:
    """This installation as the service knows it. stand_in is for the demo and tests."""

    client_id: str
    client_secret: str = field(repr=False)
    stand_in: str = ""

    def at(self, url: str) -> str:
        """The address, on the stand-in if there is one."""
        return self.stand_in + urlsplit(url).path if self.stand_in else url


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A site that a grant reaches."""

    id: str
    name: str
    url: str


class Tokens(msgspec.Struct):
    """What a token endpoint answers. scope is a text at one service and a list at another."""

    access_token: str
    expires_in: float
    refresh_token: str | None = None
    scope: str | list[str] = ""


class Refusal(msgspec.Struct):
    error: Any = None


@dataclass(frozen=True, kw_only=True)
class OAuthService:
    """How one provider grants access. Asked for nothing but reading.

    separator joins scopes, takes_json is the form of requests, has_pkce says that the service
    checks a code challenge. credential makes what the provider is opened by.
    """

    provider: str
    label: str
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    credential: Callable[[str, Grant, Authorization, App], Any]
    sites: Callable[[OutboundClient, App, Grant], list[Site]] | None = None
    revoke_url: str = ""
    separator: str = " "
    takes_json: bool = False
    has_pkce: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    withdrawn_at: str = ""

    def origin(self, app: App) -> str:
        """The scheme and host that the person is sent to."""
        parts = urlsplit(app.at(self.authorize_url))
        return f"{parts.scheme}://{parts.netloc}"

    def address(self, app: App, *, redirect_uri: str, state: str, verifier: str) -> str:
        """Where the person is sent to say yes or no."""
        asked = {
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": self.separator.join(self.scopes),
            "state": state,
            **self.extra,
        }
        if self.has_pkce:
            asked |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
        return f"{app.at(self.authorize_url)}?{urlencode(asked)}"

    def exchange(
        self, outbound: OutboundClient, app: App, *, code: str, redirect_uri: str, verifier: str
    ) -> Grant:
        """The grant for a code, which is good once. Any ProviderError."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if self.has_pkce:
            fields["code_verifier"] = verifier
        tokens, now = self._tokens(outbound, app, fields)
        if not tokens.refresh_token:
            detail = "the service granted no access that lasts"
            raise self._error(UnexpectedReply, detail, advice=ASK_THE_OPERATOR)
        return self._grant(tokens, tokens.refresh_token, now)

    def renew(self, outbound: OutboundClient, app: App, former: Grant) -> Grant:
        """The grant that follows on a former one. Any ProviderError; AuthenticationFailed for good.

        When no answer comes, the same is asked again later: Linear takes a repetition for half an
        hour, and Jira refuses it, which then is an answer.
        """
        fields = {"grant_type": "refresh_token", "refresh_token": former.refresh_token}
        tokens, now = self._tokens(outbound, app, fields)
        fresh = self._grant(tokens, tokens.refresh_token or former.refresh_token, now)
        return msgspec.structs.replace(fresh, site_id=former.site_id)

    def revoke(self, outbound: OutboundClient, app: App, grant: Grant) -> None:
        """Give the grant back, where the service takes it. Any ProviderError."""
        if not self.revoke_url:
            return
        for token, kind in (
            (grant.refresh_token, "refresh_token"),
            (grant.access_token, "access_token"),
        ):
            fields = {"token": token, "token_type_hint": kind}
            reply = self._posted(outbound, app, self.revoke_url, fields)
            # Unknown and already revoked are as good as revoked.
            if _is_limited(reply) or reply.status >= 500:
                self._refuse(reply)

    def missing(self, grant: Grant) -> list[str]:
        """Scopes that were asked for and not granted, where the service tells."""
        return [it for it in self.scopes if grant.scopes and it not in grant.scopes]

    def _tokens(
        self, outbound: OutboundClient, app: App, fields: Mapping[str, str]
    ) -> tuple[Tokens, datetime]:
        now = datetime.now(UTC)
        reply = self._posted(outbound, app, self.token_url, fields)
        if reply.status != 200:
            self._refuse(reply)
        try:
            tokens = msgspec.json.decode(reply.body, type=Tokens)
            require_plain(tokens.access_token, "The token")
        except (msgspec.DecodeError, ValueError):
            raise self._error(UnexpectedReply, "the service granted nothing readable") from None
        return tokens, now

    def _posted(
        self, outbound: OutboundClient, app: App, url: str, fields: Mapping[str, str]
    ) -> Reply:
        sent = {**fields, "client_id": app.client_id, "client_secret": app.client_secret}
        kind = "application/json" if self.takes_json else "application/x-www-form-urlencoded"
        body = msgspec.json.encode(sent) if self.takes_json else urlencode(sent).encode()
        with reached(self.provider, f"POST {urlsplit(url).path}"):
            return outbound.post(app.at(url), body=body, headers={"Content-Type": kind})

    def _grant(self, tokens: Tokens, refresh_token: str, now: datetime) -> Grant:
        told = tokens.scope
        scopes = told.replace(",", " ").split() if isinstance(told, str) else told
        return Grant(
            access_token=tokens.access_token,
            refresh_token=refresh_token,
            expires_at=now + timedelta(seconds=tokens.expires_in),
            scopes=tuple(scopes),
        )

    def _refuse(self, reply: Reply) -> None:
        told = reply.headers.get("Retry-After", "")
        wait = max(1, int(told)) if told.isdigit() else None
        status = reply.status
        if _is_limited(reply):
            raise self._error(RateLimited, "too many requests", status=status, retry_after=wait)
        if status >= 500:
            detail = f"{self.label} has a problem"
            raise self._error(RemoteUnavailable, detail, status=status, retry_after=wait)
        error = _error_of(reply)
        if error in OF_THE_APP:
            detail = f"{self.label} does not accept this installation as an app"
            raise self._error(AuthenticationFailed, detail, status=status, advice=ASK_THE_OPERATOR)
        if error == "invalid_grant" or status in {401, 403}:
            detail = f"the access that {self.label} granted was withdrawn or has ended"
            raise self._error(AuthenticationFailed, detail, status=status, advice=SIGN_IN_AGAIN)
        raise self._error(UnexpectedReply, "an answer without a meaning here", status=status)

    def _error(self, kind: type[ProviderError], detail: str, **more: Any) -> ProviderError:
        return kind(self.provider, f"POST {urlsplit(self.token_url).path}", detail, **more)


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of RFC 7636."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _is_limited(reply: Reply) -> bool:
    """Linear says it in the body, with the status of a wrong request."""
    return reply.status == 429 or (reply.status == 400 and b'"RATELIMITED"' in reply.body)


def _error_of(reply: Reply) -> str:
    try:
        told = msgspec.json.decode(reply.body, type=Refusal).error
    except msgspec.DecodeError:
        return ""
    return told if isinstance(told, str) else ""
