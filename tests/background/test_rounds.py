"""Every organisation has its turn at a job, and no more than a few of them lie in a queue."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from celery import current_app
from django.db import connections, transaction
from kombu.exceptions import OperationalError

from accounts import outbox, rounds
from accounts.models import Round
from accounts.tenancy import tenant
from config.queues import queues_of
from okrs.models import UnitScore
from tests.background.conftest import eventually, worker
from tests.background.dispatching import arguments_in
from tests.background.together import run_together
from tests.background.world import check_in_at, small_portfolio, unit_score
from tests.factories.accounts import make_organization
from tests.personas import World

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "dispatch"]),
]
PACE, AUDIT = "okrs.tasks.refresh_pace", "okrs.tasks.verify_scores"
DEPTH = 20


@pytest.fixture(autouse=True)
def known_tasks() -> None:
    current_app.loader.import_default_modules()


def make(count: int) -> list[UUID]:
    with transaction.atomic():
        return [make_organization(f"Organisation {number}").pk for number in range(count)]


@pytest.fixture
def organizations() -> list[UUID]:
    return make(50)


@pytest.fixture
def acme() -> World:
    return small_portfolio()


def lying(queue: str = "rounds") -> list[bytes]:
    found: Any = outbox.broker().lrange(queue, 0, -1)
    return list(found)


def take() -> list[tuple[str, UUID]]:
    """Job and organisation of every message that lies there, as workers would take them."""
    found: Any = outbox.broker().rpop("rounds", 1000) or []
    return [(job_in(raw), UUID(arguments_in(raw)["org_id"])) for raw in found]


def job_in(raw: bytes) -> str:
    return str(orjson.loads(raw)["headers"]["task"])


def until_it_is_over() -> Iterator[tuple[str, UUID]]:
    while Round.objects.exists():
        rounds.go_on()
        yield from take()


def test_a_few_of_all_organisations_lie_in_a_queue_of_their_own(organizations: list[UUID]) -> None:
    rounds.begin(PACE)
    assert [rounds.go_on() for _ in range(3)] == [DEPTH, 0, 0]
    assert (len(lying()), len(lying("default"))) == (DEPTH, 0)


def test_everybody_has_one_turn_in_a_round(organizations: list[UUID]) -> None:
    rounds.begin(PACE)
    assert Counter(until_it_is_over()) == Counter((PACE, pk) for pk in organizations)


@pytest.mark.parametrize("count", [0, 1, DEPTH, 2 * DEPTH])
def test_a_round_has_an_end_however_many_there_are(count: int) -> None:
    make(count)
    rounds.begin(PACE)
    assert len(list(until_it_is_over())) == count


def test_a_broker_that_forgot_everything_does_not_end_a_round(organizations: list[UUID]) -> None:
    rounds.begin(PACE)
    rounds.go_on()
    outbox.broker().flushdb()
    after = [pk for _, pk in until_it_is_over()]
    assert after == sorted(organizations)[DEPTH:]


def test_a_round_that_is_under_way_goes_on_instead_of_a_second_one(
    organizations: list[UUID],
) -> None:
    rounds.begin(PACE)
    rounds.go_on()
    first = take()
    rounds.begin(PACE)
    assert len({*first, *until_it_is_over()}) == len(organizations)
    assert len(first) == DEPTH


def test_a_round_begins_anew_when_the_last_one_is_over(organizations: list[UUID]) -> None:
    for _ in range(2):
        rounds.begin(PACE)
        assert len(list(until_it_is_over())) == len(organizations)


def test_two_rounds_take_turns(organizations: list[UUID]) -> None:
    for job in (PACE, AUDIT):
        rounds.begin(job)
    slices = []
    for _ in range(4):
        rounds.go_on()
        slices.append({job for job, _ in take()})
    assert slices == [{PACE}, {AUDIT}, {PACE}, {AUDIT}]


def test_when_the_queue_fails_in_the_middle_nobody_is_passed_over(
    organizations: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def send_some(*arguments: Any, **options: Any) -> None:
        if len(lying()) == 3:
            raise OperationalError("connection reset")
        send(*arguments, **options)

    rounds.begin(PACE)
    send = current_app.send_task
    with monkeypatch.context() as patch:
        patch.setattr(current_app, "send_task", send_some)
        with pytest.raises(OperationalError):
            rounds.go_on()
    twice = take()
    told = Counter([*twice, *until_it_is_over()])
    assert told == Counter([*((PACE, pk) for pk in organizations), *twice])


def test_two_processes_together_come_to_everybody_once(organizations: list[UUID]) -> None:
    rounds.begin(PACE)
    taken = run_together("tests.background.dispatching.hand_over_a_round", 2)
    told = Counter(UUID(pk) for each in taken for pk in each.split())
    told.update(pk for _, pk in take())
    assert told == Counter(organizations)


def test_two_who_look_at_once_do_not_both_fill_the_queue(
    organizations: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_another_looks() -> Counter[str]:
        found = outbox.queue_lengths()
        with monkeypatch.context() as patch, ThreadPoolExecutor(1) as another:
            patch.setattr(rounds, "queue_lengths", outbox.queue_lengths)
            another.submit(look_and_leave).result()
        return found

    for job in (PACE, AUDIT):
        rounds.begin(job)
    monkeypatch.setattr(rounds, "queue_lengths", and_another_looks)
    rounds.go_on()
    assert len(lying()) == DEPTH


def look_and_leave() -> None:
    """In a thread, as another process: with connections of its own."""
    rounds.go_on()
    connections.close_all()


def test_one_look_is_planned_while_something_is_left(
    organizations: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "LOOK_AGAIN", 600.0)
    Round.objects.create(job=PACE)
    for _ in range(3):
        rounds.go_on_in_turns()
    assert len(lying("outbox")) == 1


def test_no_look_is_planned_when_a_round_is_over() -> None:
    make(1)
    Round.objects.create(job=PACE)
    rounds.go_on_in_turns()
    assert lying("outbox") == []


def test_a_job_for_those_whom_it_concerns_now_fills_its_queue_and_no_more(
    organizations: list[UUID],
) -> None:
    assert len(outbox.that_fit(PACE, organizations)) == DEPTH
    rounds.begin(PACE)
    rounds.go_on()
    assert outbox.that_fit(PACE, organizations) == []


def test_workers_go_on_until_everybody_had_a_turn(organizations: list[UUID], acme: World) -> None:
    with tenant(acme.organization.pk), transaction.atomic():
        UnitScore.objects.all().delete()
    with worker(queues=queues_of("worker")), worker(queues=queues_of("chores")):
        current_app.send_task("okrs.tasks.verify_scores_everywhere")
        assert eventually(lambda: not Round.objects.exists() and unit_scores(acme) > 0)


def test_what_follows_from_a_check_in_does_not_wait_for_a_round(
    organizations: list[UUID], acme: World
) -> None:
    rounds.begin(AUDIT)
    with worker(queues=queues_of("worker")):
        assert eventually(lambda: len(lying()) == DEPTH)
        check_in_at(acme, 50)
        assert eventually(lambda: unit_score(acme) == Decimal("0.5"))
        assert len(lying()) == DEPTH


def unit_scores(world: World) -> int:
    with tenant(world.organization.pk), transaction.atomic():
        return UnitScore.objects.count()
