"""The authorisation servers beside the stand-ins, held against what the services document."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from standins.jira_cloud import JiraCloud
from standins.linear import Linear
from standins.oauth import CLIENT_ID, CLIENT_SECRET
from standins.server import Server
from tests.standins.conftest import Client, TurnableClock

BACK = "https://flotilla.example/connections/authorized/"
APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def code_of(server: Server[Any], **asked: str) -> str:
    code: str = server.app.oauth.issue_code(
        {"redirect_uri": BACK, "scope": "read:jira-work offline_access", **asked}
    )
    return code


def jira_token(server: Server[JiraCloud], **fields: str) -> requests.Response:
    return Client(server.url, "").post("/oauth/token", {**APP, **fields})


def linear_token(server: Server[Linear], **fields: str) -> requests.Response:
    return requests.post(f"{server.url}/oauth/token", data={**APP, **fields}, timeout=10)


def jira_grant(server: Server[JiraCloud]) -> dict[str, Any]:
    code = code_of(server)
    reply = jira_token(server, grant_type="authorization_code", code=code, redirect_uri=BACK)
    granted: dict[str, Any] = reply.json()
    return granted


def renewed(server: Server[JiraCloud], token: str) -> requests.Response:
    return jira_token(server, grant_type="refresh_token", refresh_token=token)


@pytest.fixture
def sample(contracts: Path) -> Any:
    def read(name: str) -> Any:
        return json.loads((contracts / "jira" / "samples" / f"{name}.json").read_text())

    return read


@pytest.mark.contract
def test_a_renewed_grant_has_the_recorded_form(
    cloud_server: Server[JiraCloud], sample: Any
) -> None:
    reply = renewed(cloud_server, jira_grant(cloud_server)["refresh_token"])
    body, recorded = reply.json(), sample("http_oauth_refresh")
    assert reply.status_code == recorded["status"]
    assert {name: type(value) for name, value in body.items()} == {
        name: type(value) for name, value in recorded["body"].items()
    }
    assert body["expires_in"] == recorded["body"]["expires_in"]


@pytest.mark.contract
def test_a_used_refresh_token_of_jira_is_refused_as_recorded(
    cloud_server: Server[JiraCloud], sample: Any
) -> None:
    token = jira_grant(cloud_server)["refresh_token"]
    renewed(cloud_server, token)
    again, recorded = renewed(cloud_server, token), sample("http_oauth_refresh_failed")
    assert (again.status_code, again.json()) == (recorded["status"], recorded["body"])


def test_jira_lets_a_grant_in_through_the_gateway_and_not_at_the_site(
    cloud_server: Server[JiraCloud],
) -> None:
    client = Client(cloud_server.url, f"Bearer {jira_grant(cloud_server)['access_token']}")
    through = client.get(f"/ex/jira/{cloud_server.app.cloud_id}/rest/api/3/myself")
    assert (through.status_code, client.get("/rest/api/3/myself").status_code) == (200, 401)


def test_the_gateway_knows_no_other_site(cloud_server: Server[JiraCloud]) -> None:
    client = Client(cloud_server.url, f"Bearer {jira_grant(cloud_server)['access_token']}")
    assert client.get("/ex/jira/another/rest/api/3/myself").status_code == 401


def test_an_access_token_ends(cloud_server: Server[JiraCloud], clock: TurnableClock) -> None:
    cloud_server.app.oauth.now = clock
    client = Client(cloud_server.url, f"Bearer {jira_grant(cloud_server)['access_token']}")
    clock.forward(hours=1)
    assert client.get("/oauth/token/accessible-resources").status_code == 401


def test_a_grant_reaches_the_site_with_its_scopes(cloud_server: Server[JiraCloud]) -> None:
    client = Client(cloud_server.url, f"Bearer {jira_grant(cloud_server)['access_token']}")
    (site,) = client.get("/oauth/token/accessible-resources").json()
    assert site["id"] == cloud_server.app.cloud_id
    assert site["url"] == cloud_server.url
    assert "read:jira-work" in site["scopes"]


def test_a_code_is_good_once(cloud_server: Server[JiraCloud]) -> None:
    fields = {"grant_type": "authorization_code", "code": code_of(cloud_server)}
    first = jira_token(cloud_server, **fields, redirect_uri=BACK)
    second = jira_token(cloud_server, **fields, redirect_uri=BACK)
    assert (first.status_code, second.json()["error"]) == (200, "invalid_grant")


def test_another_app_gets_nothing(cloud_server: Server[JiraCloud]) -> None:
    fields = {"grant_type": "authorization_code", "code": code_of(cloud_server)}
    reply = jira_token(cloud_server, **fields, redirect_uri=BACK, client_secret="wrong")
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


def test_linear_takes_a_repeated_renewal_for_half_an_hour(
    linear_server: Server[Linear], clock: TurnableClock
) -> None:
    linear_server.app.oauth.now = clock
    code = code_of(linear_server, scope="read")
    token = linear_token(
        linear_server, grant_type="authorization_code", code=code, redirect_uri=BACK
    ).json()["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    first = linear_token(linear_server, **fields).json()
    assert linear_token(linear_server, **fields).json()["refresh_token"] == first["refresh_token"]
    clock.forward(minutes=31)
    late = linear_token(linear_server, **fields)
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")


def test_linear_wants_the_verifier_of_the_challenge(linear_server: Server[Linear]) -> None:
    code = code_of(linear_server, scope="read", code_challenge="of-something-else")
    reply = linear_token(
        linear_server,
        grant_type="authorization_code",
        code=code,
        redirect_uri=BACK,
        code_verifier="mine",
    )
    assert reply.json()["error"] == "invalid_grant"


def test_linear_takes_a_grant_back(linear_server: Server[Linear]) -> None:
    code = code_of(linear_server, scope="read")
    granted = linear_token(
        linear_server, grant_type="authorization_code", code=code, redirect_uri=BACK
    ).json()
    requests.post(
        f"{linear_server.url}/oauth/revoke", data={"token": granted["refresh_token"]}, timeout=10
    )
    client = Client(linear_server.url, f"Bearer {granted['access_token']}")
    assert client.ask("{ viewer { id } }").status_code == 401


@pytest.mark.parametrize(("decision", "answer"), [("allow", "code"), ("deny", "error")])
def test_the_person_says_yes_or_no_on_a_page(
    cloud_server: Server[JiraCloud], decision: str, answer: str
) -> None:
    asked = {"client_id": CLIENT_ID, "redirect_uri": BACK, "state": "acme.x", "scope": "read"}
    page = requests.get(f"{cloud_server.url}/authorize", params=asked, timeout=10)
    assert "Flotilla asks for access" in page.text
    reply = requests.post(
        f"{cloud_server.url}/authorize",
        params=asked,
        data={"decision": decision},
        allow_redirects=False,
        timeout=10,
    )
    assert reply.headers["Location"].startswith(f"{BACK}?state=acme.x&{answer}=")


def test_an_unknown_app_is_shown_no_page(cloud_server: Server[JiraCloud]) -> None:
    reply = requests.get(f"{cloud_server.url}/authorize?client_id=other", timeout=10)
    assert reply.status_code == 400


def test_a_code_is_not_good_for_long(cloud_server: Server[JiraCloud], clock: TurnableClock) -> None:
    cloud_server.app.oauth.now = clock
    code = code_of(cloud_server)
    clock.moment += timedelta(minutes=6)
    reply = jira_token(cloud_server, grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert reply.json()["error"] == "invalid_grant"
