"""Keys to the records of the apps below that governance speaks of: one of them is set."""

from django.db import models

from accounts.fields import TenantForeignKey
from accounts.tenant_models import TenantModel
from okrs.models import Commitment, Dependency, Initiative, KeyResult, Objective
from portfolio.models import Portfolio, Product

GOAL_KEYS = (
    "portfolio",
    "product",
    "objective",
    "key_result",
    "initiative",
    "dependency",
    "commitment",
)


class AboutGoals(TenantModel):
    """A row about one record of the map or of the goals."""

    portfolio = TenantForeignKey(
        Portfolio, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    product = TenantForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    objective = TenantForeignKey(
        Objective, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    key_result = TenantForeignKey(
        KeyResult, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    initiative = TenantForeignKey(
        Initiative, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    dependency = TenantForeignKey(
        Dependency, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    commitment = TenantForeignKey(
        Commitment, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta(TenantModel.Meta):
        abstract = True
