"""Signing in at Linear: a grant for the one workspace that the person chooses there."""

from integrations.ports import Authorization, Grant
from integrations.providers.linear.client import NAME
from integrations.providers.linear.credentials import ENDPOINT, LinearGrant
from integrations.providers.oauth import App, OAuthService


def credential(address: str, _: Grant, authorization: Authorization, app: App) -> LinearGrant:
    return LinearGrant(authorization, app.at(ENDPOINT))


LINEAR_OAUTH = OAuthService(
    provider=NAME,
    label="Linear",
    authorize_url="https://linear.app/oauth/authorize",
    token_url="https://api.linear.app/oauth/token",  # noqa: S106 (an address)
    revoke_url="https://api.linear.app/oauth/revoke",
    scopes=("read",),
    separator=",",
    has_pkce=True,
    # Shown every time, so that another workspace can be chosen.
    extra={"prompt": "consent"},
    credential=credential,
)
