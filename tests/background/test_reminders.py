"""Reminders by real processes: beat looks at the clock, workers tell, once, whoever dies."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from pathlib import Path
from uuid import UUID

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.tenancy import tenant
from okrs.models import CheckInSettings, KeyResult, ReminderTurn
from tests.background.conftest import beat, eventually, worker
from tests.background.post_office import PostOffice, post_office
from tests.background.world import small_portfolio
from tests.lock_queue import somebody_waits_for_us
from tests.personas import World

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ADMIN = "admin@acme.example"
TITLE = "Check-in due: Sellers' score"


@pytest.fixture
def world() -> World:
    """Acme, where the hour of the reminder has come and the only check-in is overdue."""
    world, now = small_portfolio(), timezone.now()
    with tenant(world.organization.pk), transaction.atomic():
        CheckInSettings.objects.create(remind_on=now.weekday(), remind_at=now.hour)
        KeyResult.objects.update(outdated_from=now - timedelta(days=2))
    return world


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def told(world: World) -> list[str]:
    with tenant(world.organization.pk), transaction.atomic():
        return list(Notification.objects.values_list("title", flat=True))


def turns(world: World) -> int:
    with tenant(world.organization.pk), transaction.atomic():
        return ReminderTurn.objects.count()


def key_result(world: World) -> UUID:
    with tenant(world.organization.pk), transaction.atomic():
        pk: UUID = KeyResult.objects.get().pk
        return pk


def let_mail_out(world: World) -> None:
    """As if the minute in which things are gathered were over."""
    with tenant(world.organization.pk), transaction.atomic():
        Notification.objects.update(mail_at=timezone.now())


def look_at_the_clock() -> None:
    current_app.send_task("okrs.tasks.remind_everywhere")


def forms_of(letter: Message) -> dict[str, str]:
    """The text of each form of a letter, by its type."""
    return {
        part.get_content_type(): bytes(part.get_payload(decode=True) or b"").decode()
        for part in letter.walk()
        if not part.is_multipart()
    }


def test_beat_and_two_workers_remind_once_by_a_letter_that_leads_to_the_form(
    world: World, office: PostOffice, tmp_path: Path
) -> None:
    with worker(**office.settings), worker(**office.settings), beat(tmp_path):
        assert eventually(lambda: told(world) == [TITLE])
        let_mail_out(world)
        assert eventually(lambda: office.titles_to(ADMIN) == [TITLE])
    forms = forms_of(office.letters[0])
    form = f"{settings.PUBLIC_URL}/o/acme/check-ins/?open={key_result(world)}"
    assert set(forms) == {"text/plain", "text/html"}
    assert [form in words for words in forms.values()] == [True, True]
    assert (told(world), len(office.letters)) == ([TITLE], 1)


def test_a_worker_that_dies_while_it_tells_leaves_the_turn_to_the_next(world: World) -> None:
    with worker() as dying, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE okrs_reminderturn IN EXCLUSIVE MODE")
        look_at_the_clock()
        assert eventually(somebody_waits_for_us)
        dying.kill()
        dying.wait()
    assert told(world) == []
    with worker():
        look_at_the_clock()
        assert eventually(lambda: told(world) == [TITLE])


def test_whoever_owes_nothing_is_not_written_to(world: World, office: PostOffice) -> None:
    with tenant(world.organization.pk), transaction.atomic():
        KeyResult.objects.update(
            evidence_at=timezone.now(), outdated_from=timezone.now() + timedelta(days=20)
        )
    with worker(**office.settings):
        look_at_the_clock()
        assert eventually(lambda: turns(world) > 0)
    assert (told(world), office.letters) == ([], [])
