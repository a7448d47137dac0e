"""Forms about cycles and tiers."""

from typing import Any, ClassVar

from django import forms

from okrs.choices import CycleState
from okrs.forms.fields import GoalForm, PlainDecimalField
from okrs.models import Cycle, Tier


class CycleForm(GoalForm):
    model = Cycle
    columns = ("name", "starts_on", "ends_on", "parent")
    choices: ClassVar = {"parent": lambda _: Cycle.objects.filter(archived_at=None)}
    beside = (("starts_on", "ends_on"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].label = "Inside"
        self.fields["parent"].help_text = "The longer cycle that encloses it, as a year a quarter."


class CycleMoveForm(GoalForm):
    to = forms.ChoiceField(choices=CycleState.choices)


class TierForm(GoalForm):
    model = Tier
    columns = ("name",)


class JudgeForm(GoalForm):
    """What a key result finally counts; empty takes the computed score."""

    final_score = PlainDecimalField(
        min_value=0, max_value=1, decimal_places=2, required=False, label="Final score"
    )
    judgement = forms.CharField(required=False, max_length=500, label="Why it counts so")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            self.auto_id = f"final-{self.row.pk}-%s"

    def clean(self) -> dict[str, Any]:
        if "final_score" not in self.data:
            self.add_error("final_score", "Give a score, or leave the field empty.")
        return self.cleaned_data
