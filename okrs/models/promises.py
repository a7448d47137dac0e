"""What units promise each other: dependencies, and what a goal is backed by."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.choices import CommitmentState, DependencyState
from okrs.fields import PeopleWeeksField
from okrs.models.key_results import KeyResult
from okrs.models.objectives import Objective
from okrs.models.work import Initiative
from portfolio.models import Product, Team, exactly_one


class Dependency(EditableModel):
    """A promise: the needer waits for the provider.

    Of a team people-weeks may be asked; they are worked from the first day of the needer to the
    day of the promise.
    """

    title = models.CharField("what is needed", max_length=240)
    description = models.TextField(blank=True, default="")
    needer_key_result = TenantForeignKey(
        KeyResult, null=True, blank=True, on_delete=models.CASCADE, related_name="needs"
    )
    needer_initiative = TenantForeignKey(
        Initiative, null=True, blank=True, on_delete=models.CASCADE, related_name="needs"
    )
    provider_product = TenantForeignKey(
        Product, null=True, blank=True, related_name="asked_to_provide"
    )
    provider_team = TenantForeignKey(Team, null=True, blank=True, related_name="asked_to_provide")
    provider_key_result = TenantForeignKey(
        KeyResult, null=True, blank=True, on_delete=models.SET_NULL, related_name="provides"
    )
    provider_initiative = TenantForeignKey(
        Initiative, null=True, blank=True, on_delete=models.SET_NULL, related_name="provides"
    )
    needer_owner = TenantForeignKey(Member, related_name="dependencies_needed")
    provider_owner = TenantForeignKey(
        Member, null=True, blank=True, related_name="dependencies_provided"
    )
    needed_by = models.DateField()
    promised_by = models.DateField(null=True, blank=True)
    people_weeks = PeopleWeeksField(null=True, blank=True)
    promised_weeks = PeopleWeeksField("people-weeks promised", null=True, blank=True)
    criticality = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.5"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text="How much of the needer's result hangs on it: 0 little, 1 all.",
    )
    state = models.CharField(
        max_length=12, choices=DependencyState, default=DependencyState.ASKED, editable=False
    )

    class Meta:
        ordering: ClassVar = ["needed_by", "id"]
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("needer_key_result", "needer_initiative"),
                name="dependency_one_needer",
                violation_error_message="Choose the key result or the initiative that waits.",
            ),
            models.CheckConstraint(
                condition=exactly_one("provider_product", "provider_team"),
                name="dependency_one_provider",
                violation_error_message="Choose the product or the team that is asked.",
            ),
            models.CheckConstraint(
                condition=Q(provider_key_result=None) | Q(provider_initiative=None),
                name="dependency_one_promise",
                violation_error_message="Promise one key result or one initiative.",
            ),
            models.CheckConstraint(
                condition=Q(criticality__gte=0, criticality__lte=1),
                name="dependency_criticality_range",
            ),
            models.CheckConstraint(
                condition=(Q(people_weeks=None) | Q(people_weeks__gt=0))
                & (Q(promised_weeks=None) | Q(promised_weeks__gt=0)),
                name="dependency_weeks_positive",
            ),
            models.CheckConstraint(
                condition=Q(people_weeks=None, promised_weeks=None)
                | Q(provider_team__isnull=False),
                name="dependency_weeks_of_a_team",
                violation_error_message="People-weeks are asked of a team.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[DependencyState.ACCEPTED, DependencyState.COUNTERED])
                | Q(promised_by__isnull=False),
                name="dependency_promise_has_a_day",
                violation_error_message="Say by when.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("okrs:dependency", args=[self.organization.slug, self.pk])


class DependencyMove(TenantModel):
    """A step of a dependency, with what was then needed and promised. Append-only."""

    audit = None

    dependency = TenantForeignKey(Dependency, on_delete=models.CASCADE, related_name="moves")
    from_state = models.CharField(max_length=12, choices=DependencyState)
    to_state = models.CharField(max_length=12, choices=DependencyState)
    needed_by = models.DateField(null=True)
    promised_by = models.DateField(null=True)
    people_weeks = PeopleWeeksField(null=True, blank=True)
    promised_weeks = PeopleWeeksField("people-weeks promised", null=True, blank=True)
    note = models.TextField(blank=True, default="")
    actor = TenantForeignKey(Member, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [AppendOnly(name="okrs_dependencymove_append_only")]


class Commitment(EditableModel):
    """What an objective is backed by. An objective without one is an aspiration.

    `condition` says in words what a conditional one hangs on, since `conditional_at`.
    """

    objective = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="commitments")
    state = models.CharField(
        max_length=12, choices=CommitmentState, default=CommitmentState.DRAFT, editable=False
    )
    condition = models.CharField(
        max_length=500, blank=True, default="", db_default="", editable=False
    )
    conditional_at = models.DateTimeField(null=True, editable=False)
    trade_off = models.TextField(
        "trade-off made", blank=True, default="", help_text="What is not done because of this."
    )
    amount = models.DecimalField(
        "money",
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(max_length=3, blank=True, default="")
    made_by = TenantForeignKey(Member, editable=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "objective"],
                condition=~Q(state=CommitmentState.RELEASED),
                name="commitment_one_standing",
                violation_error_message="The objective already has a commitment.",
            ),
            models.CheckConstraint(
                condition=Q(amount=None, currency="")
                | Q(amount__gte=0, currency__regex="^[A-Z]{3}$"),
                name="commitment_money_with_currency",
                violation_error_code="currency",
                violation_error_message="Money needs a currency.",
            ),
            models.CheckConstraint(
                condition=Q(state=CommitmentState.CONDITIONAL, conditional_at__isnull=False)
                | ~Q(state=CommitmentState.CONDITIONAL) & Q(conditional_at=None, condition=""),
                name="commitment_conditional_since",
                violation_error_message="A conditional commitment says since when.",
            ),
        ]


class CommitmentMove(TenantModel):
    """A step of a commitment; without an actor it followed from a dependency. Append-only."""

    audit = None

    commitment = TenantForeignKey(Commitment, on_delete=models.CASCADE, related_name="moves")
    from_state = models.CharField(max_length=12, choices=CommitmentState)
    to_state = models.CharField(max_length=12, choices=CommitmentState)
    reason = models.CharField(max_length=500, blank=True, default="")
    dependency = TenantForeignKey(Dependency, null=True, related_name="+")
    actor = TenantForeignKey(Member, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [AppendOnly(name="okrs_commitmentmove_append_only")]


class CommittedTeam(EditableModel):
    """People-weeks of one team in a commitment."""

    commitment = TenantForeignKey(Commitment, on_delete=models.CASCADE, related_name="teams")
    team = TenantForeignKey(Team, related_name="commitments")
    people_weeks = PeopleWeeksField()
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "commitment", "team"],
                name="committed_team_once",
                violation_error_message="This team is already part of the commitment.",
            ),
            models.CheckConstraint(
                condition=Q(people_weeks__gt=0), name="committed_team_weeks_positive"
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="committed_team_dates_in_order",
            ),
        ]
