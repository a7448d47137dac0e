"""Background work of accounts, and the task class that binds an organisation."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import Task, current_app, shared_task
from django.db import connections, transaction
from django.utils import timezone

from accounts import health, mailing, outbox, rounds
from accounts.queries import organization_clock
from accounts.tenancy import tenant


class TenantTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A task for one organisation: `org_id` is demanded, and bound while it runs.

    Days are those of the organisation's clock, as they are on its pages.
    """

    abstract = True

    def __call__(self, *args: Any, org_id: str, **kwargs: Any) -> Any:
        with (
            tenant(UUID(org_id), request_id=self.request.id or ""),
            timezone.override(clock_of_organization()),
        ):
            # Not by the inherited call, whose request knows neither the organisation nor how often
            # this was tried: nothing could be tried again.
            return self.run(*args, **kwargs)


@transaction.atomic
def clock_of_organization() -> ZoneInfo:
    return organization_clock()


@shared_task
def beat_heartbeat(kind: str = health.BACKGROUND) -> None:
    """Sent by the scheduler and run by a worker of a kind: both are alive."""
    health.note_sign_of_life(kind)


@shared_task
def dispatch_outbox(*, as_planned: bool = False) -> None:
    outbox.dispatch_in_turns(as_planned=as_planned)


@shared_task
def go_on_with_rounds() -> None:
    rounds.go_on_in_turns()


@shared_task
def forget_expired() -> None:
    """Delete what has served its time: sent outbox rows, answers to repeated requests."""
    now = timezone.now()
    with connections["dispatch"].cursor() as cursor:
        cursor.execute("SELECT flotilla_forget_expired(%s)", [now])


@shared_task
def gather_mail_everywhere() -> None:
    """One task for each organisation that has something to write to somebody."""
    job = "accounts.tasks.gather_mail"
    with connections["dispatch"].cursor() as cursor:
        cursor.execute("SELECT organization_id FROM flotilla_organizations_due_to_mail()")
        due = [row[0] for row in cursor.fetchall()]
    for organization_id in outbox.that_fit(job, due):
        current_app.send_task(job, kwargs={"org_id": str(organization_id)})


@shared_task(base=TenantTask)
def gather_mail() -> None:
    mailing.gather()


@shared_task(base=TenantTask)
def deliver_letter(letter_id: str) -> None:
    mailing.deliver(UUID(letter_id))


def organization_ids() -> list[UUID]:
    """Every organisation, for commands that go through all of them."""
    with connections["dispatch"].cursor() as cursor:
        cursor.execute("SELECT organization_id FROM flotilla_organization_ids()")
        return [row[0] for row in cursor.fetchall()]
