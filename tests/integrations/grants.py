"""Stand-ins at which people sign in, and connections made by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.conf import LazySettings
from django.test import Client

from integrations.actions.sign_ins import Asked, conclude
from integrations.models import Connection
from integrations.providers.oauth import App, Site
from integrations.registry import PROVIDERS
from lib.outbound import OutboundClient, OutboundPolicy
from standins.oauth import CLIENT_ID, CLIENT_SECRET
from standins.server import Server
from tests.personas import World

CALLBACK = "http://127.0.0.1:8000/connections/authorized/"


def set_up_apps(settings: LazySettings, **stand_ins: str) -> None:
    """Make this installation an app of the stand-ins at these addresses."""
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    settings.OAUTH_APPS = {
        provider.replace("_", "-"): {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "stand_in": url,
        }
        for provider, url in stand_ins.items()
    }


def decide(address: str, decision: str = "allow") -> str:
    """What a person does at the service; the path and query that the service sends them back to."""
    reply = requests.post(address, data={"decision": decision}, allow_redirects=False, timeout=10)
    back = urlsplit(reply.headers["Location"])
    return f"{back.path}?{back.query}"


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def come_back(client: Client, path: str) -> Any:
    """Follow the service's answer into the organisation."""
    return client.get(client.get(path)["Location"])


def signed_in(
    world: World,
    server: Server[Any],
    provider: str = "jira-cloud",
    *,
    persona: str = "admin",
    connection: Connection | None = None,
) -> Connection:
    """A connection to the stand-in by a grant, as if the person had been there, or been again."""
    service = PROVIDERS[provider].oauth
    assert service is not None
    app = App(CLIENT_ID, CLIENT_SECRET, server.url)
    code = server.app.oauth.issue_code(
        {"redirect_uri": CALLBACK, "scope": service.separator.join(service.scopes)}
    )
    with outbound() as client:
        grant = service.exchange(client, app, code=code, redirect_uri=CALLBACK, verifier="")
        sites = service.sites(client, app, grant) if service.sites else None
    site = sites[0] if sites else Site(id="", name="", url="")
    access = world.access(persona)
    asked = Asked(
        organization=access.organization.pk,
        member=access.member.pk,
        provider=provider,
        name=f"Signed in at {service.label}",
        connection=connection.pk if connection else None,
        verifier="",
        at=0,
    )
    return conclude(access, asked, grant, site)


@contextmanager
def outbound() -> Iterator[OutboundClient]:
    client = OutboundClient(OutboundPolicy(allow_loopback=True))
    yield client
    client.close()
