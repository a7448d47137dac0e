"""Forms that define key results and set what only people set."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone

from okrs import scoring
from okrs.actions.feeds import is_delivered, own_feed
from okrs.choices import ContributionMode, KeyResultSource, ObjectiveState, ReportedStatus, Shape
from okrs.forms.fields import (
    CurvePointsField,
    GoalForm,
    MilestonesField,
    PlainDecimalField,
    TenthsField,
    chooser,
    people,
)
from okrs.models import CountedItem, KeyResult, Milestone, Objective, Override
from okrs.queries.key_results import KeyResultRow
from portfolio.forms.fields import MomentField
from portfolio.models import MeasureUnit, Metric

NEEDED: dict[str, tuple[str, ...]] = {
    Shape.FROM_TO: ("baseline", "target", "change"),
    Shape.AT_LEAST: ("target", "baseline"),
    Shape.AT_MOST: ("target", "baseline"),
    Shape.WITHIN: ("lower", "upper"),
    Shape.MILESTONES: ("milestones",),
    Shape.YES_NO: (),
    Shape.BASELINE: (),
    Shape.COUNT: ("target", "baseline", "condition"),
}
# What a shape cannot be scored without; a target may follow from a change instead.
REQUIRED: dict[str, tuple[str, ...]] = {
    Shape.FROM_TO: ("baseline",),
    Shape.AT_LEAST: ("target",),
    Shape.AT_MOST: ("target",),
    Shape.WITHIN: ("lower", "upper"),
    Shape.COUNT: ("target",),
}
SHAPED = ("baseline", "target", "change", "lower", "upper", "condition", "milestones")
# A change of these is news for the pace only, so they stand apart.
PACING = ("starts_on", "ends_on", "curve", "curve_points")
HELP = {
    Shape.FROM_TO: "Scores by the way travelled from the baseline to the target.",
    Shape.AT_LEAST: "With a baseline it scores by the way travelled, without one 1 or 0.",
    Shape.AT_MOST: "With a baseline it scores by the way travelled, without one 1 or 0.",
    Shape.WITHIN: "Scores 1 while the value lies inside the band, else 0.",
    Shape.MILESTONES: "Scores by the weighted share of steps done.",
    Shape.YES_NO: "Scores 1 once the answer is yes.",
    Shape.BASELINE: "Scores 1 once a first value is set: this is how you learn where you stand.",
    Shape.COUNT: "Scores by the number of things that met the condition; you list them.",
}
NOT_LINKED = "No work is linked to it: link some, or choose how its value arrives."
UNUSED = {"condition": "", "milestones": ()}
# Another shape needs other fields: htmx fetches them with what was typed so far.
FETCH_SHAPE = {
    "hx-get": "",
    "hx-include": "closest form",
    "hx-params": "not csrfmiddlewaretoken",
    "hx-target": "#shape-fields",
    "hx-swap": "outerHTML",
}


class KeyResultForm(GoalForm):
    """The definition of a key result; only the fields that its shape needs are used."""

    model = KeyResult
    columns = (
        "title", "description", "owner", "shape", "source", "contribution_mode", "baseline",
        "target", "lower", "upper", "condition", "weight", "starts_on", "ends_on", "curve",
    )  # fmt: skip
    choices: ClassVar = {
        "owner": people,
        "unit": lambda _: MeasureUnit.objects.filter(archived_at=None),
        "metric": lambda _: Metric.objects.filter(archived_at=None, is_silent=False),
    }
    beside = (
        ("unit", "metric"), ("shape", "source"), ("baseline", "target", "change"),
        ("lower", "upper"), ("starts_on", "ends_on"), ("owner", "weight"),
    )  # fmt: skip

    unit = chooser(required=False, label="Measured in", empty_label="Choose one")
    metric = chooser(
        required=False,
        label="Metric",
        empty_label="Its own, new series",
        help_text="Choose one to go on with a series that exists.",
    )
    change = PlainDecimalField(
        required=False,
        max_digits=12,
        decimal_places=4,
        label="or change by (%)",
        help_text="−30 makes the target 70% of the baseline.",
    )
    milestones = MilestonesField(
        required=False,
        label="Milestones",
        help_text="One a line; weight and day may follow: Pilot live; 2; 2026-02-01",
    )
    curve_points = CurvePointsField(
        required=False,
        label="Points of the curve",
        help_text="For steps and curves, one a line: 2026-02-01; 20%",
    )
    reason = forms.CharField(
        max_length=500,
        required=False,
        label="Why does the definition change?",
        help_text="Its objective is committed, so the reason is kept with the new version.",
    )

    def __init__(self, *args: Any, objective: Objective, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            for name in ("unit", "metric", "milestones"):
                del self.fields[name]
        if self.row is None or objective.state != ObjectiveState.COMMITTED:
            del self.fields["reason"]
        self._limit_source()
        for name in REQUIRED.get(self.shape, ()):
            self.fields[name].required = True
        self.fields["contribution_mode"].choices = [  # type: ignore[attr-defined]
            ("", "Not made of contributions"),
            *ContributionMode.choices,
        ]
        self.fields["shape"].widget.attrs.update(FETCH_SHAPE)
        self.fields["contribution_mode"].label = "Contributions are"
        self.fields["contribution_mode"].help_text = "For key results that others feed."
        self.fields["starts_on"].help_text = "Empty: from the first day of the cycle."
        self.fields["ends_on"].help_text = "Empty: to the last day of the cycle."
        self.fields["condition"].help_text = "What a thing must meet to be counted."

    def _limit_source(self) -> None:
        """Linking makes a key result synced, and unlinking ends it: neither is done here."""
        field: Any = self.fields["source"]
        row: Any = self.row
        feed = own_feed(row) if row else None
        if feed is not None:
            field.disabled, self.initial["source"] = True, row.source
            field.help_text = f"Work of {feed.name} moves it. To choose here, unlink that first."
        elif row and row.source == KeyResultSource.SYNCED:
            field.help_text = "" if is_delivered(row.metric_id) else NOT_LINKED
        elif not row or not is_delivered(row.metric_id):
            field.choices = [pair for pair in field.choices if pair[0] != KeyResultSource.SYNCED]
            field.help_text = "Linked work makes it synced by itself."

    @property
    def shape(self) -> str:
        """The shape chosen so far."""
        chosen = self.data.get("shape") or self.initial.get("shape") or Shape.FROM_TO
        return chosen if chosen in NEEDED else Shape.FROM_TO

    @property
    def shape_help(self) -> str:
        return HELP[Shape(self.shape)]

    def first_rows(self) -> Iterator[list[BoundField]]:
        return self.arranged(
            ("title", "description", "unit", "metric", "shape", "source", "contribution_mode")
        )

    def shape_rows(self) -> Iterator[list[BoundField]]:
        return self.arranged(NEEDED[self.shape])

    def other_rows(self) -> Iterator[list[BoundField]]:
        """Fields of other shapes, for browsers that cannot fetch them when the shape changes."""
        return self.arranged(name for name in SHAPED if name not in NEEDED[self.shape])

    def pace_rows(self) -> Iterator[list[BoundField]]:
        return self.arranged(PACING)

    def last_rows(self) -> Iterator[list[BoundField]]:
        return self.arranged(("owner", "weight", "reason"))

    @property
    def opens_pace(self) -> bool:
        """Whether the folded part has something to show."""
        return any(self[name].errors or self[name].value() for name in PACING if name != "curve")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        shape = data.get("shape")
        for name in SHAPED:
            if shape in NEEDED and name not in NEEDED[shape] and name in data:
                data[name] = UNUSED.get(name)
        if data.get("change") is not None:
            self._apply_change(data)
        elif shape == Shape.FROM_TO and "target" in data and data["target"] is None:
            self.add_error("target", "Give a target, or by how much it is to change.")
        if data.get("source") != KeyResultSource.CONTRIBUTIONS:
            data["contribution_mode"] = ""
        elif not data.get("contribution_mode"):
            self.add_error("contribution_mode", "Choose how the contributions come together.")
        return data

    def _apply_change(self, data: dict[str, Any]) -> None:
        """Turn "change by −30%" into a target."""
        baseline, target = data.get("baseline"), data.get("target")
        if baseline is None:
            self.add_error("baseline", "A change needs a baseline to start from.")
            return
        meant = scoring.target_after_change(baseline, data["change"])
        if target is not None and target != meant and "target" in self.changed_data:
            self.add_error("change", f"This would be {meant:f}. Give the target or the change.")
            return
        data["target"] = meant

    @property
    def changes(self) -> dict[str, Any]:
        changes = super().changes
        changes.pop("change", None)
        return changes


class CheckInForm(forms.Form):
    """Value, probability, status, one line; ids are those of the key result's row.

    What was sent needs no more than the key result itself.
    """

    value = PlainDecimalField(label="Value now", max_digits=30, decimal_places=10)
    confidence = TenthsField(
        required=False,
        label="Confidence",
        help_text="Your probability of ending at 0.7 or more.",
    )
    status = forms.ChoiceField(
        choices=[("", "As computed"), *ReportedStatus.choices],
        required=False,
        label="How you see it",
    )
    note = forms.CharField(
        max_length=500,
        required=False,
        label="One line",
        widget=forms.TextInput(attrs={"placeholder": "What happened?", "autocomplete": "off"}),
    )

    def __init__(self, data: QueryDict | None = None, *, row: KeyResultRow | KeyResult) -> None:
        super().__init__(
            data,
            auto_id=f"check-in-{row.id}-%s",
            initial={"value": row.offered_value, "confidence": row.confidence},
            use_required_attribute=False,
        )
        self.row = row
        if not row.takes_value:
            del self.fields["value"]
            self.fields["confidence"].required = True
        elif row.shape == Shape.YES_NO:
            self.fields["value"].widget = forms.Select(choices=[("0", "No"), ("1", "Yes")])
        else:
            self.fields["value"].widget.attrs.update(step="any", inputmode="decimal")
        # One form element stands in the row's last cell; the controls name it.
        for field in self.fields.values():
            field.widget.attrs["form"] = f"check-in-{row.id}"


class OverrideForm(GoalForm):
    model = Override
    columns = ("value", "reason")

    until = MomentField(
        required=False, label="Until", help_text="Empty: until somebody releases it."
    )

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until is not None and until <= timezone.now():
            raise forms.ValidationError("Choose a moment to come.")
        return until


class MilestoneForm(GoalForm):
    model = Milestone
    columns = ("title", "weight", "due_on", "done_on")
    beside = (("weight", "due_on", "done_on"),)


class CountedItemForm(GoalForm):
    model = CountedItem
    columns = ("name", "met_on", "note")
    beside = (("name", "met_on"),)
