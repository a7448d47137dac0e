"""Values that scripts deliver: believed by the address, counted once, answered in words."""

import hashlib
import secrets
from http import HTTPStatus
from math import ceil
from time import time
from typing import NamedTuple
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from accounts.queries import organization_clock
from accounts.tenancy import current_organization_id, tenant
from accounts.tokens import digest
from integrations.actions.figures import arrival, settle
from integrations.actions.writers import refuse_linked
from integrations.figures import Unreadable
from integrations.models import PushAddress, PushDelivery
from integrations.registry import READERS
from portfolio.choices import ValueSource
from portfolio.models import Metric

TOKEN_BYTES = 32
PUSHES_A_MINUTE = 60
MINUTE = 60
LONGEST_KEY = 200
LONGEST_BODY = 16 * 1024


class Answer(NamedTuple):
    """What the script is told. `retry_after` is in seconds."""

    status: HTTPStatus
    detail: str
    value_id: UUID | None = None
    retry_after: int | None = None


class Push(NamedTuple):
    """A delivery as it came in; `key` is its Idempotency-Key or empty."""

    body: bytes
    content_type: str
    key: str

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.content_type.encode() + b"\n" + self.body).hexdigest()


UNKNOWN = Answer(HTTPStatus.NOT_FOUND, "Nothing takes values at this address.")
OTHER_BODY = Answer(HTTPStatus.CONFLICT, "This Idempotency-Key came with another delivery.")


@transaction.atomic
def open_address(access: Access, metric: Metric, *, name: str) -> tuple[PushAddress, str]:
    """A new address for values of a metric, and the token in it, which is shown this once."""
    access.require(Permission.CHECK_IN_WRITE, [metric.product_id])
    if metric.archived_at:
        raise ValidationError("This metric is archived.")
    refuse_linked(metric)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    address = PushAddress(
        metric=metric,
        name=name,
        token_hash=digest(token),
        hint=token[-4:],
        made_by=access.member,
    )
    address.full_clean()
    address.save(force_insert=True)
    return address, token


@transaction.atomic
def close_address(access: Access, address: PushAddress) -> None:
    """Take nothing more at the address, for good; what it delivered stays."""
    access.require(Permission.CHECK_IN_WRITE, [address.metric.product_id])
    PushAddress.objects.filter(pk=address.pk, closed_at=None).update(closed_at=timezone.now())


def receive(token: str, push: Push) -> Answer:
    """Take a delivery. An unknown address and a closed one get the same answer."""
    token_hash = digest(token)
    organization_id = organization_of(token_hash)
    if organization_id is None:
        return UNKNOWN
    with tenant(organization_id):
        return take(token_hash, push)


@transaction.atomic
def organization_of(token_hash: str) -> UUID | None:
    with database.cursor() as cursor:
        cursor.execute("SELECT flotilla_push_address(%s)", [token_hash])
        found: UUID | None = cursor.fetchone()[0]
        return found


@transaction.atomic
def take(token_hash: str, push: Push) -> Answer:
    """The answer, with the address told how it went."""
    live = PushAddress.objects.filter(
        token_hash=token_hash, closed_at=None, metric__archived_at=None
    )
    address = live.select_related("metric").first()
    if address is None:
        return UNKNOWN
    wait = seconds_to_wait(address)
    if wait:
        detail = f"At most {PUSHES_A_MINUTE} values a minute are taken here."
        return Answer(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after=wait)
    answer = known_answer(address, push) or recorded(address, push)
    rows = PushAddress.objects.filter(pk=address.pk)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        rows.update(
            refused=F("refused") + 1,
            last_refused_at=timezone.now(),
            refused_because=answer.detail[:200],
        )
    else:
        rows.update(received=F("received") + 1, last_received_at=timezone.now())
    return answer


def seconds_to_wait(address: PushAddress) -> int:
    """0 while the address is within its rate, which is counted by the minute."""
    now = time()
    key = f"{current_organization_id()}/push/{address.pk}/{int(now // MINUTE)}"
    cache.add(key, 0, timeout=2 * MINUTE)
    return ceil(MINUTE - now % MINUTE) if cache.incr(key) > PUSHES_A_MINUTE else 0


def known_answer(address: PushAddress, push: Push) -> Answer | None:
    """Claim the delivery's key; the answer if it came before, None for what is new.

    A second delivery with the key waits for the first one's transaction.
    """
    if not push.key:
        return None
    if len(push.key) > LONGEST_KEY:
        detail = f"An Idempotency-Key has at most {LONGEST_KEY} characters."
        return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    claim = PushDelivery(address=address, key=push.key, fingerprint=push.fingerprint)
    PushDelivery.objects.bulk_create([claim], ignore_conflicts=True)
    stored = PushDelivery.objects.get(address=address, key=push.key)
    if stored.pk == claim.pk:
        return None
    if stored.fingerprint != claim.fingerprint:
        return OTHER_BODY
    return Answer(HTTPStatus.OK, "This delivery was taken before.", stored.value_id)


def recorded(address: PushAddress, push: Push) -> Answer:
    """Log the value; a refused delivery frees its key, so that it may come again corrected."""
    try:
        (figure,) = READERS["push"](push.body, push.content_type)
        note = f"Pushed by {address.name}" + (f": {figure.note}" if figure.note else ".")
        one = arrival(address.metric_id, figure, organization_clock(), note=note)
    except (Unreadable, ValidationError) as error:
        PushDelivery.objects.filter(address=address, key=push.key).delete()
        return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, words_of(error))
    settled = settle([one], source=ValueSource.PUSH)
    if not settled.made:
        return Answer(HTTPStatus.OK, "This value was known already.")
    (value,) = settled.made
    PushDelivery.objects.filter(address=address, key=push.key).update(value=value)
    corrected = "It takes the place of an earlier value of that moment."
    return Answer(HTTPStatus.CREATED, corrected if settled.corrected else "Recorded.", value.pk)


def words_of(error: Unreadable | ValidationError) -> str:
    return str(error) if isinstance(error, Unreadable) else " ".join(error.messages)
