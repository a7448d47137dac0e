"""What each recorded refusal of Jira means, and how long it asks to wait."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    ProviderError,
    RateLimited,
    SelectionRefused,
    UnexpectedReply,
)
from integrations.providers.credentials import FixedHeader
from integrations.providers.jira.client import JiraClient, retry_after
from integrations.providers.jira.cloud import JiraCloud
from integrations.providers.jira.credentials import JiraCloudToken
from integrations.providers.jira.mapping import Field, Myself, Status
from integrations.providers.linear.client import retry_after as linear_retry_after
from tests.integrations.providers.conftest import TOKEN, Scripted, project

NOW = datetime(2026, 10, 4, 21, 5, tzinfo=UTC)


@pytest.fixture
def client(scripted: Scripted) -> JiraClient:
    return JiraClient(
        scripted,
        provider="jira-cloud",
        base="https://acme.atlassian.net",
        authorization=FixedHeader("Basic x"),
    )


def recorded(contracts: Path, name: str) -> dict[str, Any]:
    exchange: dict[str, Any] = json.loads((contracts / f"jira/samples/{name}.json").read_text())
    return exchange


def refusal(client: JiraClient) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        client.get("/rest/api/3/thing", dict[str, Any])
    return caught.value


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("http_200_silent_auth_failure", AuthenticationFailed),
        ("http_401_myself", AuthenticationFailed),
        ("http_400_unbounded_jql", SelectionRefused),
        ("http_400_unknown_project", AccessLost),
        ("http_404_issue", AccessLost),
        ("http_410_search_removed", UnexpectedReply),
        ("http_429_burst", RateLimited),
        ("http_429_hourly_quota", RateLimited),
        ("http_429_gateway_no_retry_after", RateLimited),
        ("http_429_data_center", RateLimited),
    ],
)
def test_a_recorded_refusal_is_understood(
    contracts: Path, client: JiraClient, scripted: Scripted, name: str, kind: type[ProviderError]
) -> None:
    scripted.answers_exchange(recorded(contracts, name))
    assert type(refusal(client)) is kind


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("http_429_burst", 1),
        ("http_429_hourly_quota", 3600),
        ("http_429_data_center", 1),
    ],
)
def test_a_recorded_wait_is_understood(contracts: Path, name: str, seconds: int) -> None:
    assert retry_after(recorded(contracts, name)["headers"], NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "0", "X-RateLimit-Interval-Seconds": "60"}, 60),
        ({"X-RateLimit-Reset": "2026-10-04T22:00Z"}, 3300),
        ({"X-RateLimit-Reset": "2026-10-04T21:05:30Z"}, 30),
        ({"X-RateLimit-Reset": "2026-10-04T20:00Z"}, 1),
        ({"Retry-After": "5", "X-RateLimit-Reset": "2026-10-04T22:00Z"}, 5),
        ({"Retry-After": "Sun, 04 Oct 2026 21:06:30 GMT"}, 90),
        ({"Retry-After": "Sun, 04 Oct 2026 20:00:00 GMT"}, 1),
        ({"Retry-After": "99999999999999999999"}, 86_400),
        ({"Retry-After": "²"}, None),
        ({"X-RateLimit-Reset": "2099-10-04T22:00Z"}, 86_400),
    ],
)
def test_the_wait_is_the_best_that_jira_told(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after(headers, NOW) == seconds


def milliseconds(seconds_from_now: int) -> str:
    return str(int(NOW.timestamp() + seconds_from_now) * 1000)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "60"}, 60),
        ({"Retry-After": "Sun, 04 Oct 2026 21:06:30 GMT"}, 90),
        ({"Retry-After": "9999999"}, 86_400),
        (
            {
                "X-RateLimit-Requests-Remaining": "0",
                "X-RateLimit-Requests-Reset": milliseconds(90),
                "X-RateLimit-Complexity-Remaining": "2999000",
                "X-RateLimit-Complexity-Reset": milliseconds(900),
            },
            90,
        ),
        (
            {
                "X-RateLimit-Requests-Remaining": "12",
                "X-RateLimit-Requests-Reset": milliseconds(90),
                "X-RateLimit-Complexity-Remaining": "0",
                "X-RateLimit-Complexity-Reset": milliseconds(900),
            },
            900,
        ),
    ],
)
def test_linear_is_waited_for_until_the_emptied_budget_is_full(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert linear_retry_after(headers, NOW) == seconds


def test_a_captcha_asks_for_a_person(client: JiraClient, scripted: Scripted) -> None:
    scripted.answers("", 403, X_Authentication_Denied_Reason="CAPTCHA_CHALLENGE; login-url=x")
    told = refusal(client)
    assert isinstance(told, AuthenticationFailed)
    assert "captcha" in told.what_to_do


def test_an_anonymous_user_name_is_an_authentication_failure(
    client: JiraClient, scripted: Scripted
) -> None:
    scripted.answers({"issues": []}, X_AUSERNAME="anonymous")
    assert isinstance(refusal(client), AuthenticationFailed)


def test_an_overloaded_server_may_say_when_to_come_back(
    client: JiraClient, scripted: Scripted
) -> None:
    scripted.answers("", 503, Retry_After="120")
    assert refusal(client).retry_after == 120


def test_an_overloaded_server_is_not_waited_for_by_what_it_says_of_its_limits(
    client: JiraClient, scripted: Scripted
) -> None:
    scripted.answers("", 503, X_RateLimit_Interval_Seconds="1", X_RateLimit_Remaining="5")
    assert refusal(client).retry_after is None


def test_an_error_carries_what_a_person_needs(client: JiraClient, scripted: Scripted) -> None:
    scripted.answers({"errorMessages": ["Field 'x' does not exist."]}, 400)
    told = refusal(client)
    assert (told.provider, told.request, told.status) == (
        "jira-cloud",
        "GET /rest/api/3/thing",
        400,
    )
    assert str(told) == (
        "jira-cloud, GET /rest/api/3/thing: Field 'x' does not exist."
        " Change what the source selects."
    )


def test_what_jira_said_of_its_limit_is_kept(client: JiraClient, scripted: Scripted) -> None:
    scripted.answers(
        {},
        X_RateLimit_Remaining="41",
        X_RateLimit_Reset="2026-10-04T22:00Z",
        X_RateLimit_NearLimit="true",
    )
    client.get("/rest/api/3/thing", dict[str, Any])
    assert (client.budget.remaining, client.budget.near_limit) == (41, True)
    assert client.budget.resets_at == datetime(2026, 10, 4, 22, tzinfo=UTC)


def test_a_promised_page_without_a_token_is_an_error(scripted: Scripted) -> None:
    cloud = JiraCloud.connect(JiraCloudToken("acme", "ada@example.com", TOKEN), scripted)
    scripted.answers({"cloudId": "0e4f3f7a-5d0e-4f8e-9f43-000000000001"})
    scripted.answers({"accountId": "1", "displayName": "Ada"})
    scripted.answers({"issues": [], "isLast": False})
    with pytest.raises(UnexpectedReply, match="did not say where"):
        list(cloud.changes(project("10000"), since=None))


def test_a_reply_without_issues_is_no_empty_page(scripted: Scripted) -> None:
    cloud = JiraCloud.connect(JiraCloudToken("acme", "ada@example.com", TOKEN), scripted)
    scripted.answers({"cloudId": "0e4f3f7a-5d0e-4f8e-9f43-000000000001"})
    scripted.answers({"accountId": "1", "displayName": "Ada"})
    scripted.answers({"isLast": True})
    with pytest.raises(UnexpectedReply):
        list(cloud.changes(project("10000"), since=None))


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "into", "first"),
    [
        ("cloud_status", list[Status], "In Progress"),
        ("spec_status", list[Status], "In Progress"),
        ("cloud_field", list[Field], "Fix Version/s"),
        ("spec_field", list[Field], "Description"),
    ],
)
def test_a_recorded_list_is_read(
    contracts: Path, client: JiraClient, scripted: Scripted, *, name: str, into: Any, first: str
) -> None:
    scripted.answers(json.loads((contracts / f"jira/samples/{name}.json").read_text()))
    assert client.get("/rest/api/3/thing", into)[0].name == first


@pytest.mark.contract
def test_the_account_of_the_documentation_is_read(
    contracts: Path, client: JiraClient, scripted: Scripted
) -> None:
    scripted.answers(recorded(contracts, "spec_myself"))
    assert client.get("/rest/api/3/myself", Myself).time_zone == "Australia/Sydney"
