"""How often one token or member may ask the API."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.api_access import PrincipalThrottle
from accounts.choices import TokenScope
from accounts.tenancy import tenant
from lib.cache import ForgivingRedisCache
from tests.personas import World

RATE = 3
KEY = "rate:test"


@pytest.fixture(autouse=True)
def low_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PrincipalThrottle, "THROTTLE_RATES", {"principal": f"{RATE}/min"})


def ask(client: Client, name: str = "members", **headers: str) -> Any:
    return client.get(reverse(f"api:{name}", args=["acme"]), headers=headers)


def use_up(client: Client) -> None:
    assert {ask(client).status_code for _ in range(RATE)} == {200}


def test_one_request_more_than_the_rate_is_refused_until_the_minute_ends(acme: World) -> None:
    client = acme.client("lead")
    use_up(client)
    refused = ask(client)
    assert (refused.status_code, 1 <= int(refused["Retry-After"]) <= 60) == (429, True)


def test_a_refused_request_does_not_prolong_the_wait(acme: World) -> None:
    client = acme.client("lead")
    use_up(client)
    name = next(iter(keys()))
    raw().expire(name, 20)
    assert int(ask(client)["Retry-After"]) <= 20


def test_another_minute_begins_anew(acme: World) -> None:
    client = acme.client("lead")
    use_up(client)
    for name in keys():
        raw().pexpire(name, 1)
    time.sleep(0.05)
    use_up(client)


def test_each_member_and_each_token_has_a_rate_of_its_own(acme: World) -> None:
    use_up(acme.client("lead"))
    use_up(acme.client("viewer"))
    with tenant(acme.organization.pk):
        tokens = [token_of(acme, "lead") for _ in range(2)]
    for token in tokens:
        bearer = f"Bearer {token}"
        answers = [ask(Client(), authorization=bearer).status_code for _ in range(RATE + 1)]
        assert answers == [200] * RATE + [429]


def token_of(world: World, persona: str) -> str:
    expires = timezone.now() + timedelta(days=1)
    access = world.access(persona)
    return actions.create_token(access, name="t", scope=TokenScope.READ, expires_at=expires)[1]


def test_what_is_not_allowed_counts_as_well(acme: World) -> None:
    client = acme.client("viewer")
    assert [ask(client, "audit-entries").status_code for _ in range(RATE + 1)] == [
        403, 403, 403, 429,
    ]  # fmt: skip


def test_a_refusal_reads_nothing_but_who_asks(acme: World) -> None:
    client = acme.client("lead")
    use_up(client)
    with CaptureQueriesContext(connection) as captured:
        ask(client)
    read = [q["sql"] for q in captured if q["sql"].startswith("SELECT")]
    assert [sql for sql in read if "accounts_member" in sql or "portfolio_roles_of" in sql] == []


# --- Counting -------------------------------------------------------------------------------
def raw() -> Any:
    return caches["default"]._cache.get_client(write=True)  # type: ignore[attr-defined]


def keys() -> Iterator[bytes]:
    return iter(raw().scan_iter("*rate:*"))


def test_counts_at_once_lose_none() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(counted())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 21))


def counted() -> int:
    return cache.count(KEY, 60)[0]  # type: ignore[attr-defined, no-any-return]


def test_a_window_ends_when_it_was_to_end_however_often_is_counted() -> None:
    counted()
    [name] = keys()
    raw().expire(name, 20)
    count, left = cache.count(KEY, 60)  # type: ignore[attr-defined]
    assert (count, 0 < left <= 20) == (2, True)


def test_nobody_is_refused_while_the_counts_are_away() -> None:
    away = ForgivingRedisCache("redis://127.0.0.1:1/0", {})
    assert away.count(KEY, 60) == (1, 0.0)
