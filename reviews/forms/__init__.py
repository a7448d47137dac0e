"""Forms of planning and reviewing; what is allowed is for the actions to say."""

from reviews.forms.reviews import (
    CloseReviewForm,
    FollowUpFilterForm,
    FollowUpForm,
    ItemForm,
    NewReviewForm,
    NoteForm,
    ReviewDecisionForm,
    ReviewFilterForm,
    ReviewForm,
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
    "NoteForm",
    "ReviewDecisionForm",
    "ReviewFilterForm",
    "ReviewForm",
    "RoundFilterForm",
    "RoundForm",
    "RoundMoveForm",
    "cycles_to_plan",
]
