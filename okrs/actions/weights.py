"""Weights of what a key result is made of."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from okrs import scoring
from okrs.actions.closed import refuse_closed
from okrs.actions.recompute import recompute
from okrs.actions.rights import require_on_objective
from okrs.choices import ContributionMode, LinkState
from okrs.models import Contribution, KeyResult


@transaction.atomic
def weigh_by_share(access: Access, parent: KeyResult) -> list[Contribution]:
    """Weigh each agreed contribution by its share of all agreed amounts, in percent.

    Of 100,000, 20,000 and 1,000 the weights are 82.645, 16.529 and 0.826. Raises
    `ValidationError` where weights count for nothing or an amount is missing.
    """
    require_on_objective(access, Permission.OKR_DECIDE, parent.objective)
    refuse_closed(parent.objective.cycle_id, stands="its links stand")
    if parent.contribution_mode != ContributionMode.MEAN:
        raise ValidationError("Its contributions are added up: weights count for nothing here.")
    links = list(agreed_contributions(parent))
    check_amounts(links)
    weights = scoring.weights_by_target({link.pk: abs(link.amount or 0) for link in links})
    for link in links:
        link.weight = weights[link.pk]
        save_edit(link, fields=["weight"], expected_version=None)
    recompute([parent.pk], cause="contribution")
    return links


def check_amounts(links: list[Contribution]) -> None:
    if not links:
        raise ValidationError("Nothing is agreed yet that could be weighed.")
    for link in links:
        if link.amount is None:
            raise ValidationError(f"“{link.child.title}” has no amount to weigh it by.")


def agreed_contributions(parent: KeyResult) -> QuerySet[Contribution]:
    rows = Contribution.objects.filter(parent=parent, state=LinkState.AGREED, archived_at=None)
    return rows.select_related("child").order_by("id")
