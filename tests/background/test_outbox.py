"""The outbox is emptied in turns: a long backlog of one organisation keeps nobody waiting."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from celery import current_app
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from kombu.exceptions import OperationalError

from accounts import outbox
from accounts.models import OutboxEntry
from accounts.tenancy import tenant
from integrations.actions.runs import RUN_JOB
from okrs.actions.recompute import ANCESTORS_JOB
from tests.background.conftest import eventually, worker
from tests.background.dispatching import Message, take
from tests.background.together import run_together
from tests.personas import World

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "dispatch"]),
]

MANY = 10_000


@pytest.fixture(autouse=True)
def known_tasks() -> None:
    current_app.loader.import_default_modules()


def owe(world: World, numbers: Iterable[int], job: str = ANCESTORS_JOB) -> None:
    with tenant(world.organization.pk), transaction.atomic():
        OutboxEntry.objects.bulk_create(
            [OutboxEntry(job=job, arguments={"number": number}) for number in numbers]
        )


def waiting(world: World) -> int:
    with tenant(world.organization.pk), transaction.atomic():
        return OutboxEntry.objects.filter(dispatched_at=None).count()


def lying(queue: str) -> list[bytes]:
    found: Any = outbox.broker().lrange(queue, 0, -1)
    return list(found)


def numbers(messages: Iterable[Message], world: World) -> list[int]:
    return [it.number for it in messages if it.organization == world.organization.pk]


def test_the_first_job_of_another_is_among_the_first_that_are_sent(
    acme: World, rival: World
) -> None:
    owe(acme, range(MANY))
    owe(rival, [1, 2])
    outbox.dispatch()
    first_two, next_two = take(most=2), take(most=2)
    assert (numbers(first_two, rival), numbers(next_two, rival)) == ([1], [2])


def test_jobs_of_one_organisation_are_sent_in_the_order_in_which_they_were_owed(
    acme: World, rival: World
) -> None:
    owe(acme, range(70))
    owe(rival, range(20))
    outbox.dispatch()
    sent = take()
    assert numbers(sent, acme) == list(range(70))
    assert numbers(sent, rival) == list(range(20))


def test_no_more_lies_in_a_queue_than_is_soon_worked_off(acme: World) -> None:
    owe(acme, range(MANY))
    assert outbox.dispatch() == outbox.QUEUE_DEPTH
    assert outbox.dispatch() == 0
    take(most=40)
    assert outbox.dispatch() == 0
    take(most=20)
    assert outbox.dispatch() == 60
    assert len(lying("default")) == outbox.QUEUE_DEPTH


def test_readings_are_sent_a_few_at_a_time_and_in_turns(acme: World, rival: World) -> None:
    owe(acme, range(50), RUN_JOB)
    assert outbox.dispatch() == outbox.depth_of("sync") == 4
    owe(rival, [1], RUN_JOB)
    take("sync", most=2)
    outbox.dispatch()
    assert numbers(take("sync"), rival) == [1]


def test_who_comes_when_the_queue_is_full_is_the_next_to_enter_it(
    acme: World, rival: World
) -> None:
    owe(acme, range(MANY))
    outbox.dispatch()
    owe(rival, [1])
    left = outbox.QUEUE_DEPTH - len(take(most=60))
    outbox.dispatch()
    take(most=left)
    assert numbers(take(most=2), rival) == [1]


def test_a_full_queue_holds_nothing_back_from_another(acme: World, rival: World) -> None:
    owe(acme, range(MANY))
    outbox.dispatch()
    for world in (acme, rival):
        owe(world, [1], RUN_JOB)
    assert outbox.dispatch() == 2
    assert len(take("sync")) == 2


def test_as_many_statements_for_ten_thousand_jobs_as_for_one(acme: World, rival: World) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connections["dispatch"]) as asked:
            outbox.dispatch()
        return len(asked)

    owe(acme, [1])
    for_one = statements()
    owe(acme, range(MANY))
    owe(rival, range(50))
    assert statements() == for_one


def test_two_processes_together_send_everything_once(acme: World, rival: World) -> None:
    owe(acme, range(600))
    owe(rival, range(600, 700))
    taken = run_together("tests.background.dispatching.hand_over_everything", 2)
    told = Counter(int(number) for it in taken for number in it.split())
    told.update(it.number for it in take())
    assert told == Counter(range(700))
    assert waiting(acme) == waiting(rival) == 0


def test_when_the_queue_fails_in_the_middle_everything_is_still_owed(
    acme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_some(*arguments: Any, **options: Any) -> None:
        if len(lying("default")) == 3:
            raise OperationalError("connection reset")
        send(*arguments, **options)

    owe(acme, range(5))
    send = current_app.send_task
    with monkeypatch.context() as patch:
        patch.setattr(current_app, "send_task", send_some)
        with pytest.raises(OperationalError):
            outbox.dispatch()
    assert waiting(acme) == 5
    outbox.dispatch()
    assert waiting(acme) == 0
    assert set(numbers(take(), acme)) == set(range(5))


@pytest.fixture
def _a_look_is_far_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, the planned look is still to come when the test is over."""
    monkeypatch.setattr(outbox, "LOOK_AGAIN", 600.0)


@pytest.mark.usefixtures("_a_look_is_far_off")
def test_one_look_is_planned_while_something_is_left(acme: World) -> None:
    owe(acme, range(MANY))
    for _ in range(3):
        outbox.dispatch_in_turns(as_planned=True)
    assert len(lying("outbox")) == 1


def test_no_look_is_planned_when_nothing_is_left(acme: World) -> None:
    owe(acme, range(3))
    outbox.dispatch_in_turns()
    assert lying("outbox") == []


@pytest.mark.usefixtures("_a_look_is_far_off")
def test_who_asks_before_the_planned_look_is_served_by_it(acme: World, rival: World) -> None:
    owe(acme, range(MANY))
    outbox.dispatch_in_turns()
    take()
    owe(rival, [1])
    outbox.dispatch_in_turns()
    assert waiting(rival) == 1
    outbox.dispatch_in_turns(as_planned=True)
    assert waiting(rival) == 0


def test_a_worker_goes_on_until_nothing_is_left(acme: World) -> None:
    with tenant(acme.organization.pk), transaction.atomic():
        nothing: dict[str, list[str]] = {"key_results": [], "objectives": []}
        jobs = [OutboxEntry(job=ANCESTORS_JOB, arguments=nothing) for _ in range(250)]
        OutboxEntry.objects.bulk_create(jobs)
    with worker():
        outbox.wake_dispatcher()
        assert eventually(lambda: waiting(acme) == 0)
