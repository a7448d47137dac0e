"""What processes beside a test do: hand over what is owed, and take it off the queues again."""

import base64
import sys
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from accounts import outbox, rounds
from accounts.models import Round
from tests.background.together import all_are_ready


@dataclass(frozen=True)
class Message:
    organization: UUID
    number: int


def take(queue: str = "default", most: int = outbox.QUEUE_DEPTH) -> list[Message]:
    """What a worker would take from a queue, the first message first."""
    found: Any = outbox.broker().rpop(queue, most) or []
    return [as_message(raw) for raw in found]


def as_message(raw: bytes) -> Message:
    named = arguments_in(raw)
    return Message(UUID(named["org_id"]), named["number"])


def arguments_in(raw: bytes) -> dict[str, Any]:
    _, named, _ = orjson.loads(base64.b64decode(orjson.loads(raw)["body"]))
    found: dict[str, Any] = named
    return found


def hand_over_everything() -> None:
    """The number of each message that this process took is written."""
    all_are_ready()
    while outbox.dispatch() or outbox.is_owed():
        for message in take():
            sys.stdout.write(f"{message.number}\n")


def hand_over_a_round() -> None:
    """The organisation of each message that this process took is written."""
    all_are_ready()
    while rounds.go_on() or Round.objects.exists():
        taken: Any = outbox.broker().rpop("rounds", outbox.QUEUE_DEPTH) or []
        for raw in taken:
            sys.stdout.write(f"{arguments_in(raw)['org_id']}\n")
