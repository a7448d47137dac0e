"""Provider name → how to connect it. The one list of providers, of items and of numbers."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, NamedTuple

from integrations.figures import FigureSource, Reader
from integrations.ports import DoneRules, Gate, Provider
from integrations.providers.csv_file.reader import read_csv
from integrations.providers.hooks import HookReader
from integrations.providers.jira.cloud import JiraCloud
from integrations.providers.jira.credentials import (
    JiraCloudToken,
    JiraDataCenterToken,
    cloud_site,
    data_center,
)
from integrations.providers.jira.data_center import JiraDataCenter
from integrations.providers.jira.hooks import JiraHooks
from integrations.providers.jira.mapping import BROWSE
from integrations.providers.jira.oauth import JIRA_OAUTH
from integrations.providers.json_pull.adapter import JsonPull
from integrations.providers.linear.adapter import Linear
from integrations.providers.linear.credentials import LinearKey
from integrations.providers.linear.hooks import LinearHooks
from integrations.providers.linear.oauth import LINEAR_OAUTH
from integrations.providers.oauth import OAuthService
from integrations.providers.push.reader import read_push
from lib.outbound import OutboundClient


class ProviderEntry(NamedTuple):
    """factory takes a value of the credential type; ValueError when it names no right address.

    address is the field of the credential type that says where the service is, and base makes of it
    what is asked, or raises ValueError; None for a service at one address. browse is what stands
    between the base and an item's key in the address of its page. oauth is there for a
    service at which people can sign in instead of copying a token.
    """

    label: str
    credential: type
    address: str
    rules: DoneRules
    factory: Callable[[Any, OutboundClient, Gate], Provider]
    base: Callable[..., str] | None = None
    browse: str = ""
    hooks: HookReader | None = None
    oauth: OAuthService | None = None

    @property
    def needs_address(self) -> bool:
        """False for a service that is at one address for everybody."""
        (part,) = (part for part in fields(self.credential) if part.name == self.address)
        return part.default is MISSING


PROVIDERS: dict[str, ProviderEntry] = {
    JiraCloud.name: ProviderEntry(
        "Jira Cloud",
        JiraCloudToken,
        "site",
        JiraCloud.default_rules,
        JiraCloud.connect,
        cloud_site,
        BROWSE,
        JiraHooks(),
        JIRA_OAUTH,
    ),
    JiraDataCenter.name: ProviderEntry(
        "Jira Data Center",
        JiraDataCenterToken,
        "base_url",
        JiraDataCenter.default_rules,
        JiraDataCenter.connect,
        data_center,
        BROWSE,
        JiraHooks(),
    ),
    Linear.name: ProviderEntry(
        "Linear",
        LinearKey,
        "endpoint",
        Linear.default_rules,
        Linear.connect,
        hooks=LinearHooks(),
        oauth=LINEAR_OAUTH,
    ),
}


class PullEntry(NamedTuple):
    """factory takes an address, a path to the number and headers; ValueError for unfit ones."""

    label: str
    factory: Callable[[OutboundClient, str, str, dict[str, str]], FigureSource]


PULLS: dict[str, PullEntry] = {
    JsonPull.name: PullEntry("JSON at an address", JsonPull.connect),
}
# What is sent to us → how it is read.
READERS: dict[str, Reader] = {
    "push": read_push,
    "csv": read_csv,
}
