"""Forms of planning and reviewing; what is allowed is for the actions to say."""

from reviews.forms.reviews import (
    CloseReviewForm,
    FollowUpFilterForm,
    FollowUpForm,
    ItemForm,
    NewReviewForm,
    NewUpdateForm,
    NoteForm,
    ReviewDecisionForm,
    ReviewFilterForm,
    ReviewForm,
    UpdateForm,
)
from reviews.forms.rounds import (
    ConstraintForm,
    CounterAnswerForm,
    CounterForm,
    NewRoundForm,
    RoundFilterForm,
    RoundForm,
    RoundMoveForm,
    cycles_to_plan,
)

__all__ = [
    "CloseReviewForm",
    "ConstraintForm",
    "CounterAnswerForm",
    "CounterForm",
    "FollowUpFilterForm",
    "FollowUpForm",
    "ItemForm",
    "NewReviewForm",
    "NewRoundForm",
    "NewUpdateForm",
    "NoteForm",
    "ReviewDecisionForm",
    "ReviewFilterForm",
    "ReviewForm",
    "RoundFilterForm",
    "RoundForm",
    "RoundMoveForm",
    "UpdateForm",
    "cycles_to_plan",
]
