"""Provider name → how to connect it. The one list of providers."""

from collections.abc import Callable
from typing import Any, NamedTuple

from integrations.ports import Provider
from integrations.providers.jira.cloud import JiraCloud
from integrations.providers.jira.credentials import JiraCloudToken, JiraDataCenterToken
from integrations.providers.jira.data_center import JiraDataCenter
from integrations.providers.linear.adapter import Linear
from integrations.providers.linear.credentials import LinearKey
from lib.outbound import OutboundClient


class ProviderEntry(NamedTuple):
    """factory takes a value of the credential type; ValueError when it names no right address."""

    label: str
    credential: type
    factory: Callable[[Any, OutboundClient], Provider]


PROVIDERS: dict[str, ProviderEntry] = {
    JiraCloud.name: ProviderEntry("Jira Cloud", JiraCloudToken, JiraCloud.connect),
    JiraDataCenter.name: ProviderEntry(
        "Jira Data Center", JiraDataCenterToken, JiraDataCenter.connect
    ),
    Linear.name: ProviderEntry("Linear", LinearKey, Linear.connect),
}
