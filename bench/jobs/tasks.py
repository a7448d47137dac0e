"""What a thousand changed values owe the queue, against a message for each of them."""

import base64
from typing import Any

import orjson
import redis
from django.conf import settings

from accounts import outbox
from bench.harness import Contest, Run
from bench.world import KEY_RESULT, OBJECTIVE, World
from okrs.actions.recompute import owe_ancestors

UNITS = 1000
QUEUES = ("default", "outbox")
RAW = "bench-units"


def fan_out(world: World) -> Contest:
    """From the outbox row to the message in the broker's hands, and out of them again."""
    place, broker = world.largest, redis.Redis.from_url(settings.REDIS_URL)
    key_results = [place.row(KEY_RESULT, number) for number in range(UNITS)]
    objectives = sorted({place.row(OBJECTIVE, number // 5) for number in range(UNITS)})

    def hand_over() -> int:
        with place.bound():
            owe_ancestors(key_results, objectives)
        outbox.dispatch()
        return sum(units_of(message) for message in waiting(broker))

    def job() -> Run:
        hand_over_what_waits(broker)
        return hand_over

    def one_by_one() -> int:
        taken = 0
        for number in range(UNITS):
            broker.lpush(RAW, number)
            taken += broker.brpop([RAW]) is not None
        return taken

    return Contest(
        name="P20",
        title=f"hand over what {UNITS} values owe",
        job=job,
        floor=lambda: one_by_one,
        once=True,
    )


def hand_over_what_waits(broker: Any) -> None:
    """What other jobs owed is not counted here."""
    broker.delete(*QUEUES)
    while outbox.dispatch():
        broker.delete(*QUEUES)


def waiting(broker: Any) -> list[bytes]:
    """Messages that wait, taken off their queues."""
    found = []
    for queue in QUEUES:
        while (message := broker.rpop(queue)) is not None:
            found.append(message)
    return found


def units_of(message: bytes) -> int:
    """Key results that a message is about; 0 for a call of the dispatcher."""
    _, named, _ = orjson.loads(base64.b64decode(orjson.loads(message)["body"]))
    return len(named.get("key_results", ()))
