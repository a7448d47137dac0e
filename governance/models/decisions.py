"""Decisions, and the records that they touch."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel
from governance.choices import DecisionKind, DecisionState
from governance.constraints import StaysAsDecided, TouchesAsDecided
from governance.models.records import GOAL_KEYS, AboutGoals
from portfolio.models import exactly_one


class Decision(EditableModel):
    """What was decided, why, and what else was possible. Once decided it is only superseded."""

    title = models.CharField(max_length=240)
    kind = models.CharField(max_length=16, choices=DecisionKind)
    state = models.CharField(
        max_length=12, choices=DecisionState, default=DecisionState.PROPOSED, editable=False
    )
    context = models.TextField(
        blank=True, default="", help_text="What made a decision necessary, and what was known."
    )
    options = models.TextField(
        "options considered",
        blank=True,
        default="",
        help_text="One a line, with what spoke for it.",
    )
    outcome = models.TextField("decision", blank=True, default="")
    consequences = models.TextField(
        blank=True, default="", help_text="What follows from it, and what is given up."
    )
    proposed_by = TenantForeignKey(Member, related_name="decisions_proposed", editable=False)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = TenantForeignKey(Member, null=True, blank=True, related_name="decisions_made")
    supersedes = TenantForeignKey("self", null=True, blank=True, related_name="superseded_by")
    review_on = models.DateField(
        "look at it again on", null=True, blank=True, help_text="When its effect should be seen."
    )
    follow_up = models.CharField(max_length=240, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [
            StaysAsDecided(name="governance_decision_stays"),
            models.CheckConstraint(
                condition=Q(state=DecisionState.PROPOSED)
                | Q(decided_on__isnull=False, decided_by__isnull=False) & ~Q(outcome=""),
                name="decision_says_who_when_what",
                violation_error_message="Say what was decided, by whom and when.",
            ),
            models.CheckConstraint(
                condition=Q(state=DecisionState.PROPOSED) | Q(archived_at=None),
                name="decision_made_is_not_withdrawn",
                violation_error_message="What was decided is superseded, not withdrawn.",
            ),
            models.CheckConstraint(
                condition=Q(supersedes=None) | ~Q(supersedes=F("id")),
                name="decision_supersedes_another",
            ),
            models.UniqueConstraint(
                fields=["organization", "supersedes"],
                condition=Q(supersedes__isnull=False, archived_at=None),
                name="decision_superseded_once",
                violation_error_message="Another decision takes its place already.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("governance:decision", args=[self.organization.slug, self.pk])

    @property
    def is_proposed(self) -> bool:
        return self.state == DecisionState.PROPOSED


class DecisionTouch(AboutGoals):
    """A record that a decision touches."""

    decision = TenantForeignKey(Decision, on_delete=models.CASCADE, related_name="touches")

    class Meta:
        constraints = [
            TouchesAsDecided(name="governance_decisiontouch_stays"),
            models.CheckConstraint(
                condition=exactly_one(*GOAL_KEYS),
                name="decision_touch_one_record",
                violation_error_message="Choose one record.",
            ),
            models.UniqueConstraint(
                fields=["organization", "decision", *GOAL_KEYS],
                nulls_distinct=False,
                name="decision_touch_once",
                violation_error_message="The decision touches this already.",
            ),
        ]
