"""What the scheduler does with each way in which a broker fails it."""

import pytest
from kombu.exceptions import OperationalError
from redbeat import RedBeatScheduler
from redis.exceptions import ConnectionError as BrokerIsAway
from redis.exceptions import LockNotOwnedError
from redis.exceptions import TimeoutError as BrokerIsSilent

from config.celery import app
from config.scheduler import Scheduler


@pytest.fixture
def scheduler() -> Scheduler:
    """Without a look at the broker."""
    return Scheduler(app, lazy=True)


def failing(patch: pytest.MonkeyPatch, owner: type, name: str, error: Exception) -> None:
    def fail(*_: object, **__: object) -> float:
        raise error

    patch.setattr(owner, name, fail)


@pytest.mark.parametrize("error", [BrokerIsAway(), BrokerIsSilent(), OperationalError()])
def test_a_broker_that_does_not_answer_is_asked_again_later(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing(monkeypatch, RedBeatScheduler, "tick", error)
    assert scheduler.tick() == app.conf.beat_max_loop_interval


def test_a_broker_that_forgot_and_goes_away_again_is_asked_again_later(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, RedBeatScheduler, "tick", LockNotOwnedError("forgotten"))
    failing(monkeypatch, Scheduler, "begin_anew", BrokerIsAway())
    assert scheduler.tick() == app.conf.beat_max_loop_interval


def test_an_error_of_another_kind_ends_the_scheduler(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, RedBeatScheduler, "tick", KeyError("a defect"))
    with pytest.raises(KeyError):
        scheduler.tick()
