"""The form of the limits."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField

from okrs.forms.fields import GoalForm
from okrs.limits import HIGHEST
from okrs.models import GoalLimits
from okrs.models.limits import RANGES

WORDS = {
    "themes": ("Active themes of a portfolio", "Directions that people remember."),
    "theme_objectives": ("Portfolio objectives of a theme", "A theme without one is a slogan."),
    "portfolio_objectives": ("Objectives of a portfolio in all", "More than that dilutes focus."),
    "level_objectives": (
        "Objectives of a product, team or the organisation",
        "For each owner and cycle.",
    ),
    "key_results": ("Key results of an objective", "Together they say what success looks like."),
}


class LimitsForm(GoalForm):
    """Every lower and upper limit, and from where on nothing is a priority."""

    model = GoalLimits
    columns = (
        *(f"{name}_at_{end}" for name in RANGES for end in ("least", "most")),
        "overload_from",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, _) in WORDS.items():
            self.fields[f"{name}_at_least"].label = f"{label}, at least"
            self.fields[f"{name}_at_most"].label = f"{label}, at most"
        self.fields["overload_from"].label = "No priority at all from"
        self.fields["overload_from"].help_text = "So many objectives of one owner are no priority."
        for name in self.columns:
            self.fields[name].widget = forms.NumberInput(attrs={"min": 1, "max": HIGHEST})

    def lines(self) -> Iterator[tuple[str, str, BoundField, BoundField]]:
        """Each rule: its name, what it is for, and its two fields."""
        for name, (label, why) in WORDS.items():
            yield label, why, self[f"{name}_at_least"], self[f"{name}_at_most"]
