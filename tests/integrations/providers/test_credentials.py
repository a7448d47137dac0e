"""Credentials: where they lead, and that they are never shown."""

import pytest

from integrations.ports import OpenGate
from integrations.providers.jira.credentials import JiraCloudToken, JiraDataCenterToken
from integrations.providers.linear.credentials import LinearKey
from integrations.registry import PROVIDERS
from lib.outbound import OutboundClient, OutboundPolicy

SECRET = "tok-9d1c-never-shown"


@pytest.mark.parametrize(
    "site", ["acme", "Acme", "acme.atlassian.net", "https://acme.atlassian.net/"]
)
def test_a_cloud_site_may_be_written_in_several_ways(site: str) -> None:
    credential = JiraCloudToken(site, "ada@example.com", SECRET)
    assert credential.base(allow_loopback=False) == "https://acme.atlassian.net"


@pytest.mark.parametrize(
    "site",
    [
        "https://evil.example.com",
        "https://acme.atlassian.net.evil.example.com",
        "https://acme.atlassian.net@evil.example.com",
        "https://acme.atlassian.net:8443",
        "https://acme.atlassian.net/wiki",
        "http://acme.atlassian.net",
        "https://a.b.atlassian.net",
        "http://127.0.0.1:9000",
        "",
    ],
)
def test_a_cloud_site_elsewhere_is_refused(site: str) -> None:
    with pytest.raises(ValueError, match=r"atlassian\.net"):
        JiraCloudToken(site, "ada@example.com", SECRET).base(allow_loopback=False)


def test_a_cloud_site_on_loopback_needs_the_setting() -> None:
    credential = JiraCloudToken("http://127.0.0.1:9000", "ada@example.com", SECRET)
    assert credential.base(allow_loopback=True) == "http://127.0.0.1:9000"


def test_a_data_center_keeps_its_path() -> None:
    credential = JiraDataCenterToken("https://jira.corp.example:8443/jira/", SECRET)
    assert credential.base(allow_loopback=False) == "https://jira.corp.example:8443/jira"


@pytest.mark.parametrize(
    "address",
    [
        "http://jira.corp.example",
        "https://user:pw@jira.corp.example",
        "https://jira.corp.example/?a=b",
        "jira.corp.example",
        "https://acme.atlassian.net",
        "http://127.0.0.1:9000",
    ],
)
def test_a_data_center_address_of_a_wrong_form_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"https://|Jira Cloud"):
        JiraDataCenterToken(address, SECRET).base(allow_loopback=False)


def test_linear_is_nowhere_else() -> None:
    with pytest.raises(ValueError, match=r"api\.linear\.app"):
        LinearKey(SECRET, "https://evil.example.com/graphql").address(allow_loopback=True)


def test_linear_on_loopback_needs_the_setting() -> None:
    with pytest.raises(ValueError, match=r"api\.linear\.app"):
        LinearKey(SECRET, "http://127.0.0.1:9000/graphql").address(allow_loopback=False)


@pytest.mark.parametrize("secret", ["", "with space", "line\r\nX-Other: 1", "schlüssel"])
def test_a_secret_that_no_header_can_carry_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValueError, match="unusual characters") as caught:
        LinearKey(secret)
    assert not secret or secret not in str(caught.value)


@pytest.mark.parametrize(
    "credential",
    [
        JiraCloudToken("acme", "ada@example.com", SECRET),
        JiraDataCenterToken("https://jira.corp.example", SECRET),
        LinearKey(SECRET),
    ],
)
def test_a_credential_does_not_show_its_secret(credential: object) -> None:
    assert SECRET not in f"{credential!r} {credential}"


@pytest.mark.parametrize(
    ("name", "credential"),
    [
        ("jira-cloud", JiraCloudToken("acme", "ada@example.com", SECRET)),
        ("jira-data-center", JiraDataCenterToken("https://jira.corp.example", SECRET)),
        ("linear", LinearKey(SECRET)),
    ],
)
def test_every_provider_is_made_from_its_credential(name: str, credential: object) -> None:
    entry = PROVIDERS[name]
    assert type(credential) is entry.credential
    assert entry.factory(credential, OutboundClient(OutboundPolicy()), OpenGate()).name == name


def test_three_providers_are_known() -> None:
    assert list(PROVIDERS) == ["jira-cloud", "jira-data-center", "linear"]
