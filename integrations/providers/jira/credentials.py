"""How a connection to Jira is opened. The secrets never appear in a repr or an error."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import ClassVar

from urllib3.util import parse_url

from integrations.ports import Authorization
from integrations.providers.credentials import LOOPBACK, FixedHeader, require_plain

CLOUD_SITE = re.compile(r"(?:https://)?([a-z0-9][a-z0-9-]*)(?:\.atlassian\.net)?/?")


@dataclass(frozen=True, slots=True)
class JiraCloudToken:
    """A personal API token. site is "acme" or "https://acme.atlassian.net"."""

    site: str
    email: str
    token: str = field(repr=False)
    api: ClassVar[str] = ""
    cloud_id: ClassVar[str] = ""

    def __post_init__(self) -> None:
        require_plain(self.email, "The e-mail address")
        require_plain(self.token, "The token")

    def base(self, *, allow_loopback: bool) -> str:
        """The address of the site; ValueError unless it is one of Atlassian's."""
        return cloud_site(self.site, allow_loopback=allow_loopback)

    @property
    def authorization(self) -> FixedHeader:
        return FixedHeader("Basic " + b64encode(f"{self.email}:{self.token}".encode()).decode())


@dataclass(frozen=True, slots=True)
class JiraCloudGrant:
    """What Atlassian granted for one site, which is asked through a gateway by its cloud id."""

    gateway: str
    cloud_id: str
    site: str
    authorization: Authorization = field(repr=False)

    @property
    def api(self) -> str:
        return f"{self.gateway}/{self.cloud_id}"

    def base(self, *, allow_loopback: bool) -> str:
        """The address of the site; ValueError unless it is one of Atlassian's."""
        return cloud_site(self.site, allow_loopback=allow_loopback)


def cloud_site(site: str, *, allow_loopback: bool) -> str:
    if allow_loopback and LOOPBACK.fullmatch(site):
        return site
    match = CLOUD_SITE.fullmatch(site.lower())
    if match is None:
        raise ValueError("A Jira Cloud site looks like https://your-site.atlassian.net.")
    return f"https://{match[1]}.atlassian.net"


@dataclass(frozen=True, slots=True)
class JiraDataCenterToken:
    """A personal access token for a Jira of the customer's own."""

    base_url: str
    token: str = field(repr=False)
    api: ClassVar[str] = ""
    cloud_id: ClassVar[str] = ""

    def __post_init__(self) -> None:
        require_plain(self.token, "The token")

    def base(self, *, allow_loopback: bool) -> str:
        """The address without a slash at its end; ValueError when it cannot be a Data Center."""
        return data_center(self.base_url, allow_loopback=allow_loopback)

    @property
    def authorization(self) -> FixedHeader:
        return FixedHeader(f"Bearer {self.token}")


def data_center(address: str, *, allow_loopback: bool) -> str:
    base = address.rstrip("/")
    if allow_loopback and LOOPBACK.fullmatch(base):
        return base
    parsed = parse_url(base)
    if parsed.scheme != "https" or not parsed.host or parsed.query or parsed.auth:
        raise ValueError("The address of a Jira Data Center begins with https://.")
    if parsed.host.endswith(".atlassian.net"):
        raise ValueError("This is a Jira Cloud site: connect it as Jira Cloud.")
    return base
