"""How the product behaves when it is served to the world."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.personas import World

ROOT = Path(__file__).resolve().parent.parent
SERVED = {
    "PUBLIC_URL": "https://flotilla.example",
    "SECRET_KEY": "for this check only, and long enough to be one: 0123456789abcdefghij",
    "CREDENTIAL_KEYS": "check:bG9jYWwtb25seS1sb2NhbC1vbmx5LWxvY2FsLW9ubHk=",
    "DEBUG": "",
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def outside_tests() -> dict[str, str]:
    """The environment without what the browser tests add to it."""
    return {k: v for k, v in os.environ.items() if k != "DJANGO_ALLOW_ASYNC_UNSAFE"}


def run_manage(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        cwd=ROOT,
        env=outside_tests() | SERVED | changes,
        capture_output=True,
        text=True,
    )


def test_the_deployment_check_finds_nothing() -> None:
    result = run_manage("check", "--deploy", "--fail-level", "WARNING")
    assert "System check identified no issues" in result.stdout, result.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIAL_KEYS"])
def test_the_product_does_not_start_without_a_secret(name: str) -> None:
    result = run_manage("check", **{name: ""})
    assert (result.returncode != 0, f"{name} is not set" in result.stderr) == (True, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 302),
        ("/healthz", 200),
        ("/accounts/login/", 200),
        ("/nothing/here/", 404),
        ("/o/acme/settings/", 302),
        ("/api/v1/orgs/acme/members/", 401),
        ("/api/v1/docs/", 200),
        ("/api/v1/schema/", 200),
    ],
)
def test_every_answer_to_strangers_has_the_protecting_headers(path: str, status: int) -> None:
    answer = Client().get(path)
    assert (answer.status_code, protected(answer)) == (status, HEADERS)
    assert_strict(answer["Content-Security-Policy"])


@pytest.mark.parametrize(
    ("name", "persona", "status"),
    [("organization", "admin", 200), ("audit-log", "viewer", 403), ("people", "lead", 200)],
)
def test_every_page_of_an_organisation_has_the_protecting_headers(
    name: str, persona: str, status: int, acme: World
) -> None:
    answer = acme.client(persona).get(reverse(f"accounts:{name}", args=["acme"]))
    assert (answer.status_code, protected(answer)) == (status, HEADERS)
    assert answer["Cache-Control"] == "private, no-store"
    assert_strict(answer["Content-Security-Policy"])


def test_an_error_of_ours_is_told_without_details(acme: World, monkeypatch: Any) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("accounts.queries.members", broken)
    client = acme.client("lead")
    client.raise_request_exception = False
    answer = client.get(reverse("accounts:people", args=["acme"]))
    assert (answer.status_code, b"secret reason" in answer.content) == (500, False)
    assert protected(answer) == HEADERS


def test_an_error_of_what_frames_every_page_is_told_too(acme: World, monkeypatch: Any) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("config.navigation.reachable", broken)
    client = acme.client("lead")
    client.raise_request_exception = False
    answer = client.get(reverse("accounts:people", args=["acme"]))
    assert (answer.status_code, b"broke on our side" in answer.content) == (500, True)


def protected(answer: Any) -> dict[str, str]:
    return {name: answer.headers.get(name) for name in HEADERS}


def assert_strict(policy: str) -> None:
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


def test_a_request_keeps_its_name_through_the_answer() -> None:
    answer = Client().get("/healthz", headers={"X-Request-Id": "abcdefgh-1234"})
    assert answer["X-Request-Id"] == "abcdefgh-1234"


def test_a_request_cannot_name_itself_with_anything() -> None:
    answer = Client().get("/healthz", headers={"X-Request-Id": "<script>"})
    assert len(answer["X-Request-Id"]) == 32


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("account_login"), {}).status_code == 403


def test_the_api_refuses_a_session_without_the_pages_token(acme: World) -> None:
    client = acme.client("admin")
    client.handler.enforce_csrf_checks = True
    answer = client.post(
        reverse("api:service-accounts", args=["acme"]), {}, content_type="application/json"
    )
    assert (answer.status_code, "CSRF" in answer.json()["detail"]) == (403, True)
