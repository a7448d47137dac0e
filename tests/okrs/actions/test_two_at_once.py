"""Two people at the same moment: one wins, the other is told, and nothing impossible is stored."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, Event, Thread
from time import sleep
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.tenancy import tenant
from accounts.tenant_models import StaleVersion
from okrs.actions import alignments, commitments, dependencies, reminders
from okrs.actions.check_ins import check_in
from okrs.actions.closing import correct_key_result
from okrs.actions.cycles import move_cycle
from okrs.actions.reminders import remind
from okrs.choices import CommitmentState, CycleState, DependencyState, LinkState
from okrs.models import (
    CheckIn,
    CheckInSettings,
    ClosingRevision,
    Commitment,
    CommittedTeam,
    Contribution,
    Cycle,
    Dependency,
    KeyResult,
)
from portfolio.models import Team
from tests.factories.promises import CommittedTeamFactory
from tests.lock_queue import somebody_waits_for_us
from tests.okrs.goals import a_contribution, a_cycle, a_dependency, a_key_result, an_objective
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)
C, D, L = CommitmentState, DependencyState, LinkState


@contextmanager
def bound(world: World) -> Iterator[None]:
    with transaction.atomic(), tenant(world.organization.pk, actor_id=world["admin"].pk):
        yield


def at_once(world: World, *acts: Callable[[], object]) -> list[type[Exception] | None]:
    """What each act ran into, every one in a transaction of its own on a connection of its own."""
    start = Barrier(len(acts))
    found: list[type[Exception] | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            start.wait()
            with bound(world):
                act()
        except ValidationError as error:
            found[place] = type(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_edges_that_close_a_circle_one_is_refused(world: World) -> None:
    with bound(world):
        one, two = a_key_result(world, title="One"), a_key_result(world, title="Two")
        asks = [a_dependency(world, needer_key_result=row).pk for row in (one, two)]

    def promise(ask: UUID, key_result: KeyResult) -> Callable[[], object]:
        return lambda: dependencies.move_dependency(
            world.access("admin"),
            Dependency.objects.get(pk=ask),
            to=D.ACCEPTED,
            promised_by=timezone.localdate() + timedelta(days=5),
            provider_key_result=key_result,
        )

    found = at_once(world, promise(asks[0], two), promise(asks[1], one))
    assert sorted(map(str, found)) == sorted(map(str, [None, ValidationError]))
    with bound(world):
        assert Dependency.objects.filter(state=D.ACCEPTED).count() == 1


def test_of_two_answers_at_once_one_wins(world: World) -> None:
    with bound(world):
        link = a_contribution(world).pk

    def answer(to: str) -> Callable[[], object]:
        return lambda: alignments.answer_link(
            world.access("admin"),
            Contribution.objects.get(pk=link),
            to=to,
            note="n",
            expected_version=1,
        )

    found = at_once(world, answer(L.AGREED), answer(L.DECLINED))
    assert sorted(map(str, found)) == sorted(map(str, [None, StaleVersion]))


def test_of_two_promises_of_one_team_the_one_beyond_its_capacity_is_refused(world: World) -> None:
    with bound(world):
        team = Team.objects.get(slug="team")
        Team.objects.filter(pk=team.pk).update(capacity=Decimal(1))
        cycle = a_cycle()
        made = []
        for _ in range(2):
            line = CommittedTeamFactory.create(
                commitment__objective=an_objective(world, cycle=cycle), team=team, people_weeks=2
            )
            made.append(line.commitment_id)

    def back(commitment: UUID) -> Callable[[], object]:
        return lambda: commitments.move_commitment(
            world.access("admin"), Commitment.objects.get(pk=commitment), to=C.STANDING
        )

    found = at_once(world, *(back(commitment) for commitment in made))
    assert sorted(map(str, found)) == sorted(map(str, [None, ValidationError]))
    with bound(world):
        assert Commitment.objects.filter(state=C.STANDING).count() == 1


def test_a_promise_that_breaks_while_a_commitment_comes_to_stand_is_not_missed(
    world: World,
) -> None:
    with bound(world):
        row = a_dependency(world, state=D.ACCEPTED)
        assert row.needer_key_result is not None
        made = Commitment.objects.create(
            objective=row.needer_key_result.objective, made_by=world["admin"]
        )
        team = Team.objects.get(slug="team")
        CommittedTeam.objects.create(commitment=made, team=team, people_weeks=Decimal(2))

    at_once(
        world,
        lambda: dependencies.move_dependency(
            world.access("admin"), Dependency.objects.get(pk=row.pk), to=D.BROKEN, note="Lost"
        ),
        lambda: commitments.move_commitment(
            world.access("admin"), Commitment.objects.get(pk=made.pk), to=C.STANDING
        ),
    )
    with bound(world):
        assert Dependency.objects.get().state == D.BROKEN
        assert Commitment.objects.get().state != C.STANDING


def test_two_looks_at_the_clock_at_once_remind_once(world: World) -> None:
    now = timezone.now()
    with bound(world):
        CheckInSettings.objects.create(remind_on=now.weekday(), remind_at=now.hour)
        a_key_result(world, outdated_from=now, evidence_at=now - timedelta(days=20))
    assert at_once(world, partial(remind, now), partial(remind, now)) == [None, None]
    with bound(world):
        assert Notification.objects.filter(kind=reminders.KIND).count() == 1


def test_two_corrections_at_once_get_numbers_of_their_own(world: World) -> None:
    with bound(world):
        one = a_key_result(world, title="One")
        rows = [one, a_key_result(world, title="Two", objective=one.objective)]
        Cycle.objects.update(state=CycleState.CLOSING)
        cycle = Cycle.objects.get(pk=one.objective.cycle_id)
        move_cycle(world.access("admin"), cycle, to=CycleState.CLOSED, expected_version=None)

    def correct(pk: UUID) -> Callable[[], object]:
        return lambda: correct_key_result(
            world.access("admin"),
            KeyResult.objects.select_related("objective").get(pk=pk),
            final_score=Decimal("0.5"),
            reason="Late.",
        )

    assert at_once(world, *(correct(row.pk) for row in rows)) == [None, None]
    with bound(world):
        numbers = ClosingRevision.objects.filter(cycle=cycle).values_list("number", flat=True)
        assert list(numbers) == [0, 1, 2]


def test_a_check_in_that_waits_while_its_cycle_closes_is_refused_in_a_sentence(
    world: World,
) -> None:
    with bound(world):
        row = a_key_result(world)
        Cycle.objects.update(state=CycleState.CLOSING)
    closing, said = Event(), []

    def close() -> None:
        cycle = Cycle.objects.get(pk=row.objective.cycle_id)
        move_cycle(world.access("admin"), cycle, to=CycleState.CLOSED, expected_version=None)
        closing.set()
        while not somebody_waits_for_us():
            sleep(0.02)

    def say() -> None:
        closing.wait()
        read = KeyResult.objects.select_related("objective__cycle").get(pk=row.pk)
        assert not read.objective.cycle.is_closed
        try:
            check_in(world.access("admin"), read, value=Decimal(5))
        except ValidationError as error:
            said.extend(error.messages)
            raise

    assert at_once(world, close, say) == [None, ValidationError]
    assert said == ["The cycle is closed: its scores stand."]
    with bound(world):
        assert Cycle.objects.get(pk=row.objective.cycle_id).is_closed
        assert not CheckIn.objects.exists()


def test_of_two_who_close_a_cycle_at_once_one_does(world: World) -> None:
    with bound(world):
        pk = a_key_result(world).objective.cycle_id
        Cycle.objects.update(state=CycleState.CLOSING)

    def close() -> None:
        cycle = Cycle.objects.get(pk=pk)
        move_cycle(world.access("admin"), cycle, to=CycleState.CLOSED, expected_version=None)

    found = at_once(world, close, close)
    assert sorted(map(str, found)) == sorted(map(str, [None, ValidationError]))
    with bound(world):
        assert ClosingRevision.objects.filter(cycle=pk).count() == 1
