"""Comments, one answer deep, and whom they mention."""

from typing import ClassVar

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from governance.constraints import AnswersBeside
from governance.models.decisions import Decision
from governance.models.records import GOAL_KEYS, AboutGoals
from portfolio.models import exactly_one

COMMENT_KEYS = (*GOAL_KEYS, "decision")
LONGEST_COMMENT = 4000


class Comment(AboutGoals, EditableModel):
    """What a member says about a record. A deleted one stays as a mark without words."""

    decision = TenantForeignKey(
        Decision, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    parent = TenantForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    author = TenantForeignKey(Member, related_name="comments")
    text = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST_COMMENT)])
    edited_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints = [
            AnswersBeside(name="governance_comment_answers", keys=list(COMMENT_KEYS)),
            models.CheckConstraint(
                condition=exactly_one(*COMMENT_KEYS),
                name="comment_one_record",
                violation_error_message="Comment on one record.",
            ),
            models.CheckConstraint(
                condition=Q(archived_at=None) & ~Q(text="") | Q(archived_at__isnull=False, text=""),
                name="comment_has_words_or_is_deleted",
                violation_error_message="Write something.",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_deleted(self) -> bool:
        return self.archived_at is not None


class CommentMention(TenantModel):
    """A member whom a comment names; `words` is how it does, behind the @."""

    audit = None

    comment = TenantForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    words = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "comment", "member"], name="comment_mention_once"
            ),
        ]
