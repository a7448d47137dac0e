"""Requests that arrive twice, and edits that cross."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import OrgRole
from accounts.models import ApiToken, IdempotencyKey, Member
from accounts.tenancy import tenant
from accounts.tenant_models import StaleVersion, save_edit
from tests.personas import World, make_world

BODY = {"name": "Nightly export", "role": "member"}


def post(client: Client, world: World, body: Any, key: str, name: str = "service-accounts") -> Any:
    return client.post(
        reverse(f"api:{name}", args=[world.organization.slug]),
        orjson.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


def scripts(world: World) -> int:
    with tenant(world.organization.pk), transaction.atomic():
        return Member.objects.filter(person=None).count()


def test_a_repeated_post_has_one_effect(acme: World) -> None:
    client = acme.client("admin")
    for _ in range(2):
        post(client, acme, BODY, "once")
    assert scripts(acme) == 1


def test_a_repeated_post_gets_the_first_answer(acme: World) -> None:
    client = acme.client("admin")
    first, second = (post(client, acme, BODY, "once") for _ in range(2))
    assert (second.status_code, second.content) == (201, first.content)
    assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
    assert second["Idempotent-Replay"] == "true"


def test_a_key_cannot_be_used_for_another_body(acme: World) -> None:
    client = acme.client("admin")
    post(client, acme, BODY, "once")
    answer = post(client, acme, BODY | {"name": "Another"}, "once")
    assert (answer.status_code, scripts(acme)) == (422, 1)


def test_a_refused_post_is_answered_the_same_again(acme: World) -> None:
    client = acme.client("admin")
    first, second = (post(client, acme, {"name": ""}, "once") for _ in range(2))
    assert (first.status_code, second.status_code) == (422, 422)
    assert second.content == first.content


def test_a_refused_post_leaves_its_key_free(acme: World) -> None:
    client = acme.client("admin")
    post(client, acme, {"name": ""}, "once")
    assert post(client, acme, BODY, "once").status_code == 201


def test_two_members_may_use_the_same_key(acme: World) -> None:
    with tenant(acme.organization.pk):
        Member.objects.filter(pk=acme["lead"].pk).update(role=OrgRole.ADMIN)
    for persona in ("admin", "lead"):
        post(acme.client(persona), acme, BODY, "once")
    assert scripts(acme) == 2


def test_a_repeated_request_for_a_token_does_not_show_it_again(acme: World) -> None:
    client = acme.client("lead")
    expires_at = (timezone.now() + timedelta(days=90)).isoformat()
    body = {"name": "Export", "scope": "read", "expires_at": expires_at}
    first, second = (post(client, acme, body, "once", "tokens") for _ in range(2))
    assert first.json()["token"].startswith("flo_")
    assert second.json() == {k: v for k, v in first.json().items() if k != "token"}
    with tenant(acme.organization.pk):
        assert ApiToken.objects.count() == 1
        assert first.json()["token"].encode() not in bytes(IdempotencyKey.objects.get().body or b"")


def in_threads(count: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_posts_at_once_have_one_effect_and_one_answer() -> None:
    with transaction.atomic():
        world = make_world("Acme")
    client = world.client("admin")
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        own = Client()
        own.cookies = client.cookies
        answer = post(own, world, BODY, "at once")
        answers.append((answer.status_code, answer.content))
        connection.close()

    in_threads(20, send)
    assert (scripts(world), len(answers), len(set(answers))) == (1, 20, 1)
    assert answers[0][0] == 201


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_a_hundred_edits_each_lose_none() -> None:
    with transaction.atomic():
        world = make_world("Acme")
    pk = world["lead"].pk

    def add_one() -> bool:
        with tenant(world.organization.pk), transaction.atomic():
            row = Member.objects.get(pk=pk)
            row.name = str(int(row.name) + 1)
            try:
                save_edit(row, fields=["name"], expected_version=row.version)
            except StaleVersion:
                return False
        return True

    def write() -> None:
        done = 0
        while done < 100:
            done += add_one()
        connection.close()

    with tenant(world.organization.pk), transaction.atomic():
        Member.objects.filter(pk=pk).update(name="0")
    in_threads(2, write)
    with tenant(world.organization.pk), transaction.atomic():
        assert Member.objects.get(pk=pk).name == "200"
