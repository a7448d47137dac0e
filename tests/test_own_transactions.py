"""The guard over jobs that ask outside their transactions catches them."""

from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.models import Member
from accounts.queries import organization_clock
from okrs import tasks
from tests.own_transactions import OutsideTransaction
from tests.personas import World

Job = Callable[[Callable[[], object]], None]


@pytest.fixture
def job(in_acme: World, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job that does what it is given, as a worker calls it."""

    def carry_out(work: Callable[[], object]) -> None:
        monkeypatch.setattr(tasks, "remind_members", work)
        tasks.remind.run()

    return carry_out


def test_a_job_that_asks_outside_every_transaction_fails(
    job: Job, outside_transactions: list[str]
) -> None:
    with pytest.raises(OutsideTransaction):
        job(organization_clock)
    assert "accounts_organization" in outside_transactions.pop()


def test_a_transaction_of_the_test_hides_nothing(job: Job, outside_transactions: list[str]) -> None:
    with transaction.atomic(), pytest.raises(OutsideTransaction):
        job(organization_clock)
    assert outside_transactions.pop()


def test_what_a_job_swallows_is_known_all_the_same(
    job: Job, outside_transactions: list[str]
) -> None:
    def swallow() -> None:
        with pytest.raises(OutsideTransaction):
            organization_clock()

    job(swallow)
    assert outside_transactions.pop()


def test_a_job_may_ask_in_a_transaction_of_its_own(job: Job) -> None:
    job(transaction.atomic(organization_clock))


def test_a_test_may_ask_what_it_likes_in_the_middle_of_a_job(job: Job) -> None:
    def look() -> None:
        assert Member.objects.exists()

    job(look)
