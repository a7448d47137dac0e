"""Background work on goals. Each task takes ids and calls one action."""

from uuid import UUID

from celery import shared_task

from accounts import rounds
from accounts.tasks import TenantTask
from okrs.actions.ancestors import recompute_ancestors as recompute_above
from okrs.actions.daily import refresh_pace as refresh
from okrs.actions.daily import verify_scores as verify
from okrs.actions.reminders import remind as remind_members


@shared_task(base=TenantTask)
def recompute_ancestors(key_results: list[str], objectives: list[str]) -> None:
    recompute_above({UUID(pk) for pk in key_results}, {UUID(pk) for pk in objectives})


@shared_task
def refresh_pace_everywhere() -> None:
    """Scores stay, expectations move with the day: judge every open cycle again."""
    rounds.begin("okrs.tasks.refresh_pace")


@shared_task(base=TenantTask)
def refresh_pace() -> None:
    refresh()


@shared_task
def verify_scores_everywhere() -> None:
    """Compute everything anew from the logs, and put right what differs."""
    rounds.begin("okrs.tasks.verify_scores")


@shared_task(base=TenantTask)
def verify_scores() -> None:
    verify()


@shared_task
def remind_everywhere() -> None:
    """Look whose turn it is to be reminded of check-ins."""
    rounds.begin("okrs.tasks.remind")


@shared_task(base=TenantTask)
def remind() -> None:
    remind_members()
