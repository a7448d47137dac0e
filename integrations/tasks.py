"""Background work of the sync. Each task takes ids and calls one action."""

from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from django.db import connections

from accounts import outbox, rounds
from accounts.tasks import TenantTask
from integrations.actions.addresses import readdress_items as lead_to_new_address
from integrations.actions.grants import give_up, withdraw, withdraw_left_over
from integrations.actions.pulls import carry_out as fetch_figure
from integrations.actions.pulls import start_due_pulls
from integrations.actions.reclassify import apply_rules as judge_anew
from integrations.actions.recounts import send_forgotten
from integrations.actions.replay import replay
from integrations.actions.retention import forget
from integrations.actions.runs import start_due_runs
from integrations.actions.sync import run_sync as carry_out
from integrations.ports import ProviderError, RateLimited, RemoteUnavailable


@shared_task(base=TenantTask)
def run_sync(run_id: str) -> None:
    """A turn of a run that the schedule asked for."""
    carry_out(UUID(run_id))


@shared_task(base=TenantTask)
def run_sync_soon(run_id: str) -> None:
    """A turn of a run that somebody waits for; it has a queue of its own."""
    carry_out(UUID(run_id))


@shared_task(base=TenantTask)
def pull_figure(pull_id: str) -> None:
    """Fetch one number, and log it where it is news."""
    fetch_figure(UUID(pull_id))


@shared_task(base=TenantTask)
def replay_link(link_id: str) -> None:
    """Count the past by a link's present rules."""
    replay(UUID(link_id))


@shared_task(base=TenantTask, bind=True, max_retries=4)
def withdraw_grant(self: Any, grant_id: str) -> None:
    """Give a grant back that nothing uses any more; after some tries it is forgotten without."""
    try:
        withdraw(UUID(grant_id))
    except (RateLimited, RemoteUnavailable) as error:
        if self.request.retries < self.max_retries:
            raise self.retry(exc=error, countdown=30 * 2**self.request.retries) from None
        give_up(UUID(grant_id), error)
    except ProviderError as error:
        give_up(UUID(grant_id), error)


@shared_task(base=TenantTask)
def readdress_items(connection_id: str, former: str) -> None:
    """Let stored items lead to where their site is now."""
    lead_to_new_address(UUID(connection_id), former)


@shared_task(base=TenantTask)
def apply_rules(connection_id: str) -> None:
    judge_anew(UUID(connection_id))


@shared_task
def start_due_syncs() -> None:
    """One task for each organisation that has something to start or to take up."""
    job = "integrations.tasks.start_due"
    with connections["dispatch"].cursor() as cursor:
        cursor.execute("SELECT organization_id FROM flotilla_organizations_due_to_sync()")
        due = [row[0] for row in cursor.fetchall()]
    for organization_id in outbox.that_fit(job, due):
        current_app.send_task(job, kwargs={"org_id": str(organization_id)})


@shared_task
def forget_old_everywhere() -> None:
    """Let go of what has served its time."""
    rounds.begin("integrations.tasks.forget_old")


@shared_task(base=TenantTask)
def forget_old() -> None:
    forget()
    withdraw_left_over()


@shared_task(base=TenantTask)
def start_due() -> None:
    start_due_runs()
    start_due_pulls()
    send_forgotten()
