"""Updates: what a unit tells those around it between reviews."""

from typing import ClassVar
from uuid import UUID

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel
from portfolio.models import Portfolio, Product, Team, exactly_one
from reviews.constraints import SentStays
from reviews.models.reviews import LONGEST_NOTE, UNIT_KEYS


class TeamUpdate(EditableModel):
    """What moved, what is stuck and what was decided in some days, both inclusive.

    It is drafted by itself, edited by a person, and stays as it was sent.
    """

    portfolio = TenantForeignKey(Portfolio, null=True, blank=True, related_name="updates")
    product = TenantForeignKey(Product, null=True, blank=True, related_name="updates")
    team = TenantForeignKey(Team, null=True, blank=True, related_name="updates")
    first = models.DateField("from")
    last = models.DateField("until")
    text = models.TextField(validators=[MaxLengthValidator(LONGEST_NOTE)])
    author = TenantForeignKey(Member, related_name="updates_written", editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    sent_to = models.PositiveIntegerField("people told", default=0, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [
            SentStays(name="reviews_teamupdate_stays"),
            models.CheckConstraint(
                condition=exactly_one(*UNIT_KEYS),
                name="team_update_one_unit",
                violation_error_message="Choose one portfolio, product or team.",
            ),
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="team_update_days_in_order",
                violation_error_message="The last day must not come before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"Update of {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("reviews:update", args=[self.organization.slug, self.pk])

    @property
    def unit(self) -> Portfolio | Product | Team:
        unit: Portfolio | Product | Team = self.portfolio or self.product or self.team
        return unit

    @property
    def unit_id(self) -> UUID:
        pk = self.portfolio_id or self.product_id or self.team_id
        assert pk is not None  # noqa: S101 (the database holds one of the three)
        return pk

    @property
    def is_sent(self) -> bool:
        return self.sent_at is not None
