"""Forms about closed cycles: corrections and what was learned."""

from typing import Any

from django import forms

from okrs.choices import Outcome
from okrs.forms.fields import GoalForm, PlainDecimalField
from okrs.models import ObjectiveRetrospective, PortfolioRetrospective


class CorrectionForm(GoalForm):
    """A late correction says why; everybody reads it beside the score."""

    reason = forms.CharField(
        label="Why it is corrected",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands beside the score for everyone to read.",
    )


class CorrectKeyResultForm(CorrectionForm):
    final_score = PlainDecimalField(
        min_value=0,
        max_value=1,
        decimal_places=2,
        required=False,
        label="Final score (0 to 1)",
        help_text="Leave it empty to let the computed score count.",
    )
    order = ("final_score", "reason")


class CorrectObjectiveForm(CorrectionForm):
    assessed_score = PlainDecimalField(
        min_value=0,
        max_value=1,
        decimal_places=2,
        required=False,
        label="Assessed score (0 to 1)",
        help_text="Leave it empty to take the judgement back.",
    )
    order = ("assessed_score", "reason")


class LearnedForm(GoalForm):
    """What the cycle taught; one of the three answers is enough."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("drivers", "keep", "change"):
            self.fields[name].widget.attrs["rows"] = 4

    def clean(self) -> dict[str, Any]:
        if not any(self.cleaned_data.get(name) for name in ("drivers", "keep", "change")):
            self.add_error("drivers", "Write at least one of the three.")
        return self.cleaned_data


class ObjectiveRetrospectiveForm(LearnedForm):
    model = ObjectiveRetrospective
    columns = ("drivers", "keep", "change", "outcome", "reason")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("outcome") == Outcome.DROP and not given.get("reason"):
            self.add_error("reason", "Say why it is dropped.")
        return given


class PortfolioRetrospectiveForm(LearnedForm):
    model = PortfolioRetrospective
    columns = ("drivers", "keep", "change")
