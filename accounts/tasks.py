"""Background work of accounts, and the task class that binds an organisation."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import Task, shared_task
from django.db import connections, transaction
from django.utils import timezone

from accounts import health, outbox
from accounts.models import Organization
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
            return super().__call__(*args, **kwargs)


@transaction.atomic
def clock_of_organization() -> ZoneInfo:
    """The time zone of the bound organisation."""
    return ZoneInfo(Organization.objects.values_list("time_zone", flat=True).get())


@shared_task
def beat_heartbeat() -> None:
    """Sent by the scheduler and run by a worker: both are alive."""
    health.note_sign_of_life()


@shared_task
def dispatch_outbox() -> int:
    return outbox.dispatch()


@shared_task
def forget_expired() -> None:
    """Delete what has served its time: sent outbox rows, answers to repeated requests."""
    now = timezone.now()
    with connections["dispatch"].cursor() as cursor:
        cursor.execute("SELECT flotilla_forget_expired(%s)", [now])


def organization_ids() -> list[UUID]:
    """Every active organisation, for jobs that enqueue one task each."""
    with connections["dispatch"].cursor() as cursor:
        cursor.execute("SELECT organization_id FROM flotilla_organization_ids()")
        return [row[0] for row in cursor.fetchall()]
