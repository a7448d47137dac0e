"""Forms about comments."""

from typing import Any

from django import forms

from governance.models.comments import LONGEST_COMMENT
from okrs.forms.fields import GoalForm


class CommentForm(GoalForm):
    """Words about a record, or an answer to a comment on it."""

    text = forms.CharField(
        label="Comment",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write something."},
    )
    parent = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, role: str, mentions_url: str, **kwargs: Any) -> None:
        """`role` tells the forms of one page apart."""
        super().__init__(*args, auto_id=f"{role}_%s", **kwargs)
        self.fields["text"].widget.attrs |= {
            "data-mentions": mentions_url,
            "aria-autocomplete": "list",
            "placeholder": "Say something. @ and a name tells that person.",
        }
        if self.is_bound or not role.endswith("new"):
            self.fields["text"].widget.attrs["data-focus"] = True
