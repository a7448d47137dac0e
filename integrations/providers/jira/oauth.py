"""Signing in at Atlassian: one grant for all sites of a person, one of which is chosen."""

from uuid import UUID

import msgspec

from integrations.ports import (
    AuthenticationFailed,
    Authorization,
    Grant,
    RateLimited,
    RemoteUnavailable,
    UnexpectedReply,
)
from integrations.providers.jira.credentials import JiraCloudGrant
from integrations.providers.oauth import SIGN_IN_AGAIN, App, OAuthService, Site
from integrations.providers.transport import reached
from lib.outbound import OutboundClient

NAME = "jira-cloud"
GATEWAY = "https://api.atlassian.com/ex/jira"
RESOURCES = "https://api.atlassian.com/oauth/token/accessible-resources"
BROWSE = "read:jira-work"


class Resource(msgspec.Struct):
    """A site with the scopes that were granted for it; one of Confluence has none of Jira's."""

    id: str
    name: str
    url: str
    scopes: list[str]


def sites(outbound: OutboundClient, app: App, grant: Grant) -> list[Site]:
    """The Jira sites that the grant reaches, by name."""
    request = "GET /oauth/token/accessible-resources"
    with reached(NAME, request):
        reply = outbound.get(app.at(RESOURCES), headers={"Authorization": grant.header})
    if reply.status == 429:
        raise RateLimited(NAME, request, "too many requests", status=429)
    if reply.status >= 500:
        raise RemoteUnavailable(NAME, request, "Jira has a problem", status=reply.status)
    if reply.status in {401, 403}:
        detail = "Jira did not accept what it granted just now"
        raise AuthenticationFailed(NAME, request, detail, advice=SIGN_IN_AGAIN)
    try:
        found = msgspec.json.decode(reply.body, type=list[Resource])
    except msgspec.DecodeError:
        detail = "the list of sites has another form than Atlassian's"
        raise UnexpectedReply(NAME, request, detail) from None
    usable = [Site(id=it.id, name=it.name, url=it.url) for it in found if BROWSE in it.scopes]
    return sorted(usable, key=lambda site: site.name)


def credential(
    address: str, grant: Grant, authorization: Authorization, app: App
) -> JiraCloudGrant:
    """ValueError when the grant is for no site."""
    cloud_id = str(UUID(grant.site_id))
    return JiraCloudGrant(app.at(GATEWAY), cloud_id, address, authorization)


JIRA_OAUTH = OAuthService(
    provider=NAME,
    label="Jira",
    authorize_url="https://auth.atlassian.com/authorize",
    token_url="https://auth.atlassian.com/oauth/token",  # noqa: S106 (an address)
    scopes=(BROWSE, "read:jira-user", "offline_access"),
    takes_json=True,
    extra={"audience": "api.atlassian.com", "prompt": "consent"},
    sites=sites,
    credential=credential,
    withdrawn_at="https://id.atlassian.com/manage-profile/apps",
)
