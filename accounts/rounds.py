"""Rounds: a job that every organisation has, handed to the queue a few organisations at a time.

A round that is under way is a row with the organisation that was handed over last. So it goes on
where it was, whatever the broker forgot; and next to nothing of it lies in a queue, however many
organisations there are.
"""

from uuid import UUID

from celery import current_app
from django.db import connections, transaction

from accounts.models import Round
from accounts.outbox import broker, depth_of, is_half_full, queue_lengths, queue_of

GO_ON_JOB = "accounts.tasks.go_on_with_rounds"
# Seconds after which what is left is looked at again: nobody waits for a round.
LOOK_AGAIN = 1.0
LOOK_IS_PLANNED = "rounds-look-is-planned"
NEXT = """
SELECT organization_id FROM flotilla_organization_ids()
WHERE organization_id > %s ORDER BY organization_id LIMIT %s
"""


def begin(job: str) -> None:
    """Begin a round of `job` (the name of a Celery task); one that is under way goes on instead.

    So rounds never heap up, even if one takes longer than until the next is due.
    """
    Round.objects.bulk_create([Round(job=job)], ignore_conflicts=True)
    current_app.send_task(GO_ON_JOB)


def go_on_in_turns() -> None:
    """Go on, and plan to look again while something is left; one look is planned at a time."""
    with transaction.atomic():
        go_on()
        is_left = Round.objects.exists()
    if is_left and broker().set(LOOK_IS_PLANNED, 1, nx=True, px=int(LOOK_AGAIN * 1000)):
        current_app.send_task(GO_ON_JOB, countdown=LOOK_AGAIN)


@transaction.atomic
def go_on() -> int:
    """Hand over the next organisations of each round, who waits longest first; how many.

    A queue is filled when half of it is worked off; what lies there is counted once the rounds are
    held, so that two who look at once do not both fill it. A round is moved on after its jobs were
    sent, so a crash in between sends a few twice: jobs are idempotent.
    """
    held = list(Round.objects.select_for_update(skip_locked=True).order_by("moved_at"))
    lying, sent = queue_lengths(), 0
    for round_ in held:
        queue = queue_of(round_.job)
        if is_half_full(queue, lying):
            continue
        room = depth_of(queue) - lying[queue]
        organizations = organizations_after(round_.after, room)
        for pk in organizations:
            current_app.send_task(round_.job, kwargs={"org_id": str(pk)})
        lying[queue] += len(organizations)
        sent += len(organizations)
        move_on(round_, organizations, is_over=len(organizations) < room)
    return sent


def organizations_after(pk: UUID, limit: int) -> list[UUID]:
    with connections["dispatch"].cursor() as cursor:
        cursor.execute(NEXT, [pk, limit])
        return [row[0] for row in cursor.fetchall()]


def move_on(round_: Round, handed_over: list[UUID], *, is_over: bool) -> None:
    if is_over:
        round_.delete()
    else:
        round_.after = handed_over[-1]
        round_.save(update_fields=["after", "moved_at"])
