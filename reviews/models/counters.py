"""Counter-proposals: what the side above would agree to instead."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.constraints import AppendOnly
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.models import KeyResult, Objective
from reviews.choices import CounterState, TermField


class CounterProposal(EditableModel):
    """Other terms for a proposed objective, open until the side below answers."""

    objective = TenantForeignKey(Objective, on_delete=models.CASCADE, related_name="counters")
    note = models.TextField("why", help_text="What the proposal would have to be, and why.")
    made_by = TenantForeignKey(Member, editable=False, related_name="+")
    state = models.CharField(
        max_length=12, choices=CounterState, default=CounterState.OPEN, editable=False
    )
    answer = models.TextField(blank=True, default="", editable=False)
    answered_by = TenantForeignKey(Member, null=True, editable=False, related_name="+")
    answered_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "objective"],
                condition=Q(state=CounterState.OPEN),
                name="counter_proposal_one_open",
                violation_error_message="A counter-proposal already waits for an answer.",
            ),
            models.CheckConstraint(
                condition=Q(state=CounterState.OPEN, answered_at=None)
                | ~Q(state=CounterState.OPEN) & Q(answered_at__isnull=False),
                name="counter_proposal_answered_once",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == CounterState.OPEN


class CounteredTerm(TenantModel):
    """One changed term, as text in the form of the API: what is proposed, and what instead."""

    audit = None

    counter = TenantForeignKey(CounterProposal, on_delete=models.CASCADE, related_name="terms")
    key_result = TenantForeignKey(
        KeyResult, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    field = models.CharField(max_length=12, choices=TermField)
    old = models.CharField(max_length=240, blank=True, default="")
    new = models.CharField(max_length=240)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints = [
            AppendOnly(name="reviews_counteredterm_append_only"),
            models.CheckConstraint(
                condition=~Q(old=models.F("new")),
                name="countered_term_changes_something",
                violation_error_message="The counter-proposal changes nothing here.",
            ),
            models.CheckConstraint(
                condition=Q(key_result__isnull=False) | Q(field=TermField.TITLE),
                name="countered_term_of_an_objective_is_its_title",
            ),
            models.UniqueConstraint(
                fields=["organization", "counter", "key_result", "field"],
                nulls_distinct=False,
                name="countered_term_once",
            ),
        ]
