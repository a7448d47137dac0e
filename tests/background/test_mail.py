"""Mail by real processes: sent by the worker, once, also when a worker dies over it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from celery import current_app
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone

from accounts import health
from accounts.choices import LetterState
from accounts.models import Letter, Notification
from accounts.tenancy import tenant
from config.queues import queues_of
from tests.background.conftest import eventually, worker
from tests.background.following import follow, jira_with
from tests.background.post_office import PostOffice, post_office
from tests.background.world import check_in_at, small_portfolio, unit_score
from tests.factories.accounts import NotificationFactory
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
VIEWER, LEAD, ADMIN = "viewer@acme.example", "lead@acme.example", "admin@acme.example"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def tell(world: World, persona: str, *titles: str) -> None:
    with tenant(world.organization.pk), transaction.atomic():
        for title in titles:
            NotificationFactory.create(member=world[persona], title=title)


def look_for_mail() -> None:
    """What the scheduler sends every half minute."""
    current_app.send_task("accounts.tasks.gather_mail_everywhere", queue="outbox")


def letters(world: World) -> dict[str, str]:
    """The state of each member's letter."""
    with tenant(world.organization.pk), transaction.atomic():
        return dict(Letter.objects.values_list("member__name", "state"))


def hand_over_again(world: World) -> None:
    """What the queue does once it believes that a worker is gone; and letters are due again."""
    with tenant(world.organization.pk), transaction.atomic():
        Letter.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        for pk in Letter.objects.values_list("pk", flat=True):
            current_app.send_task(
                "accounts.tasks.deliver_letter",
                kwargs={"org_id": str(world.organization.pk), "letter_id": str(pk)},
            )


def test_a_worker_sends_one_letter_about_everything(world: World, office: PostOffice) -> None:
    tell(world, "viewer", "First", "Second")
    with worker(**office.settings):
        look_for_mail()
        assert eventually(lambda: letters(world) == {"Acme viewer": LetterState.SENT})
    assert office.titles_to(VIEWER) == ["2 notifications from Acme"]


def test_a_worker_that_dies_while_a_letter_is_taken_does_not_make_it_two(
    world: World, office: PostOffice
) -> None:
    tell(world, "viewer", "Only once")
    office.silent_at = "letter"
    with worker(**office.settings) as dying:
        look_for_mail()
        assert eventually(lambda: len(office.letters) == 1)
        dying.kill()
        dying.wait()
    office.silent_at = ""
    hand_over_again(world)
    tell(world, "lead", "Told afterwards")
    with worker(**office.settings):
        look_for_mail()
        # The worker takes one after the other: once this one is out, the first was looked at.
        assert eventually(lambda: office.titles_to(LEAD) == ["Told afterwards"])
    assert office.titles_to(VIEWER) == ["Only once"]
    assert letters(world)["Acme viewer"] == LetterState.SENDING


def test_a_worker_that_dies_before_the_letter_is_out_loses_nothing(
    world: World, office: PostOffice
) -> None:
    tell(world, "viewer", "Not lost")
    office.silent_at = "greeting"
    with worker(**office.settings) as dying:
        look_for_mail()
        assert eventually(lambda: office.callers == 1)
        dying.kill()
        dying.wait()
    office.silent_at = ""
    hand_over_again(world)
    with worker(**office.settings):
        look_for_mail()
        assert eventually(lambda: letters(world) == {"Acme viewer": LetterState.SENT})
    assert office.titles_to(VIEWER) == ["Not lost"]


@contextmanager
def the_workers_of_a_deployment(office: PostOffice) -> Iterator[None]:
    with ExitStack() as stack:
        for name, size in (("worker", "2"), ("chores", "1")):
            options = ("--concurrency", size)
            stack.enter_context(worker(queues=queues_of(name), options=options, **office.settings))
        yield


def test_a_mail_server_that_never_answers_holds_one_process(
    world: World, office: PostOffice
) -> None:
    office.silent_at = "greeting"
    personas = ("viewer", "lead", "admin")
    for persona in personas:
        tell(world, persona, "Not now")
    with the_workers_of_a_deployment(office):
        look_for_mail()
        assert eventually(lambda: len(put_off(world)) == len(personas))
    assert (office.callers, office.most_at_once) == (len(personas), 1)
    assert ["timed out" in error for error in put_off(world)] == [True] * len(personas)


def test_what_follows_from_a_check_in_is_done_while_a_mail_server_is_silent(
    office: PostOffice,
) -> None:
    office.silent_at = "greeting"
    world = small_portfolio()
    tell(world, "viewer", "Not now")
    with the_workers_of_a_deployment(office):
        look_for_mail()
        assert eventually(lambda: office.on_the_line == 1)
        check_in_at(world, 50)
        assert eventually(lambda: unit_score(world) == Decimal("0.5"))


def test_a_round_goes_on_beside_letters_that_nobody_takes(world: World, office: PostOffice) -> None:
    office.silent_at = "greeting"
    for persona in ("viewer", "lead", "admin"):
        tell(world, persona, "Not now")
    with the_workers_of_a_deployment(office):
        look_for_mail()
        assert eventually(lambda: office.on_the_line == 1)
        current_app.send_task(
            "accounts.tasks.beat_heartbeat", kwargs={"kind": health.CHORES}, queue="rounds"
        )
        assert eventually(lambda: health.CHORES in health.signs_of_life())
        assert len(put_off(world)) < len(letters(world))


def put_off(world: World) -> list[str]:
    """What went wrong with each letter that is to be sent later."""
    with tenant(world.organization.pk), transaction.atomic():
        waiting = Letter.objects.filter(state=LetterState.WAITING, attempts=1)
        return list(waiting.values_list("error", flat=True))


def test_the_owner_of_a_connection_that_broke_gets_a_letter(
    office: PostOffice, settings: LazySettings
) -> None:
    settings.OUTBOUND_ALLOW_LOOPBACK = True
    world = small_portfolio()
    with jira_with(3) as server, worker(**office.settings):
        following = follow(world, server)
        server.app.credential = "somebody-else@example.com:other"
        run = following.start()
        assert eventually(lambda: following.is_over(run))
        let_mail_be_due(world)
        look_for_mail()
        assert eventually(lambda: letters(world) == {"Acme admin": LetterState.SENT})
    assert office.titles_to(ADMIN) == [f"{server.url} cannot be read any more"]


def let_mail_be_due(world: World) -> None:
    with tenant(world.organization.pk), transaction.atomic():
        Notification.objects.update(mail_at=timezone.now() - timedelta(seconds=1))
