"""Reviews: the meeting in which a unit answers the four questions, and what it leaves behind."""

from typing import ClassVar
from uuid import UUID

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.constraints import AppendOnly, RecordedNow
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from governance.models import Decision
from okrs.models import Cycle
from portfolio.models import Portfolio, Product, Team, exactly_one
from reviews.choices import Question, ReviewAgenda, ReviewState, SnapshotSection
from reviews.constraints import ReviewStays, StaysWithReview

UNIT_KEYS = ("portfolio", "product", "team")
LONGEST_NOTE = 8000
CLOSED = "This review is closed; what it shows stays as it was."


class Review(EditableModel):
    """One meeting about one portfolio, product or team, in one cycle."""

    portfolio = TenantForeignKey(Portfolio, null=True, blank=True, related_name="reviews")
    product = TenantForeignKey(Product, null=True, blank=True, related_name="reviews")
    team = TenantForeignKey(Team, null=True, blank=True, related_name="reviews")
    cycle = TenantForeignKey(Cycle, related_name="reviews")
    agenda = models.CharField("meeting", max_length=12, choices=ReviewAgenda)
    held_on = models.DateField("held on")
    facilitator = TenantForeignKey(Member, related_name="reviews_facilitated")
    summary = models.TextField(
        blank=True,
        default="",
        validators=[MaxLengthValidator(LONGEST_NOTE)],
        help_text="What the meeting came to, in a few sentences. It opens the board pack.",
    )
    state = models.CharField(
        max_length=12, choices=ReviewState, default=ReviewState.PLANNED, editable=False
    )
    started_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = TenantForeignKey(Member, null=True, editable=False, related_name="+")

    class Meta:
        ordering: ClassVar = ["-held_on", "-id"]
        constraints = [
            ReviewStays(name="reviews_review_stays"),
            models.CheckConstraint(
                condition=exactly_one(*UNIT_KEYS),
                name="review_one_unit",
                violation_error_message="Choose one portfolio, product or team.",
            ),
            models.CheckConstraint(
                condition=Q(agenda=ReviewAgenda.WEEKLY, portfolio=None)
                | Q(agenda=ReviewAgenda.PORTFOLIO, portfolio__isnull=False)
                | Q(agenda=ReviewAgenda.QUARTERLY),
                name="review_meeting_of_its_unit",
                violation_error_message="Products and teams meet weekly or once a quarter,"
                " portfolios for a portfolio review or once a quarter.",
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.PLANNED, started_at=None, closed_at=None)
                | Q(state=ReviewState.RUNNING, started_at__isnull=False, closed_at=None)
                | Q(state=ReviewState.CLOSED, started_at__isnull=False, closed_at__isnull=False),
                name="review_state_has_its_moments",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="review_says_who_closed_it",
            ),
        ]
        indexes = [models.Index(fields=["organization", "held_on", "id"], name="review_by_day")]

    def __str__(self) -> str:
        return f"{self.get_agenda_display()}, {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("reviews:review", args=[self.organization.slug, self.pk])

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
    def unit_key(self) -> str:
        """The name of the column that is set."""
        return next(key for key in UNIT_KEYS if getattr(self, f"{key}_id"))

    @property
    def is_planned(self) -> bool:
        return self.state == ReviewState.PLANNED

    @property
    def is_running(self) -> bool:
        return self.state == ReviewState.RUNNING

    @property
    def is_closed(self) -> bool:
        return self.state == ReviewState.CLOSED


class AgendaItem(EditableModel):
    """A point of a meeting with what was said about it."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(default=1, editable=False)
    title = models.CharField("point", max_length=240)
    question = models.CharField(
        max_length=16,
        choices=Question,
        blank=True,
        default="",
        help_text="The part of the page that it looks at.",
    )
    note = models.TextField(blank=True, default="", validators=[MaxLengthValidator(LONGEST_NOTE)])
    is_done = models.BooleanField("done", default=False, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints = [StaysWithReview(name="reviews_agendaitem_stays")]

    def __str__(self) -> str:
        return self.title


class FollowUp(EditableModel):
    """What somebody does after a meeting, and by when. It goes on after the review is closed."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="follow_ups")
    text = models.CharField("what is to be done", max_length=500)
    owner = TenantForeignKey(Member, related_name="follow_ups")
    due_on = models.DateField("by")
    done_at = models.DateTimeField(null=True, editable=False)
    done_by = TenantForeignKey(Member, null=True, editable=False, related_name="+")

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        constraints = [
            StaysWithReview(name="reviews_followup_stays", go_on=True),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="follow_up_says_who_did_it",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "owner", "due_on"],
                condition=Q(done_at=None, archived_at=None),
                name="follow_up_open_by_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def is_late(self) -> bool:
        return not self.is_done and self.due_on < timezone.localdate()


class ReviewDecision(TenantModel):
    """A decision that was made in a review."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="decided")
    decision = TenantForeignKey(Decision, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints = [
            StaysWithReview(name="reviews_reviewdecision_stays"),
            models.UniqueConstraint(
                fields=["organization", "review", "decision"],
                name="review_decision_once",
                violation_error_message="The review lists this decision already.",
            ),
        ]


class ReviewSnapshot(TenantModel):
    """A section of a review as it stood when it was closed. Append-only.

    `content` is what `reviews.freezing` writes. Each line names the units whose privacy it shares.
    """

    audit = None

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="snapshots")
    section = models.CharField(max_length=16, choices=SnapshotSection)
    content = models.JSONField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints = [
            AppendOnly(name="reviews_reviewsnapshot_append_only"),
            RecordedNow(name="reviews_reviewsnapshot_recorded_now"),
            models.UniqueConstraint(
                fields=["organization", "review", "section"], name="review_snapshot_once"
            ),
        ]
