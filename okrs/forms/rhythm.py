"""Forms about the rhythm of check-ins: the organisation's, a member's own, and putting one off."""

from typing import Any

from django import forms

from accounts.choices import Weekday
from okrs.forms.fields import GoalForm
from okrs.models import CheckInSettings, Postponement, ReminderChoice
from portfolio.forms.fields import DayInput

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class CheckInSettingsForm(GoalForm):
    model = CheckInSettings
    columns = (
        "exploration", "introduction", "growth", "maturity", "decline", "portfolios", "teams",
        "rule", "remind_on", "escalate_after",
    )  # fmt: skip
    remind_at = forms.TypedChoiceField(choices=HOURS, coerce=int, label="Hour of the reminder")
    order = (
        "exploration", "introduction", "growth", "maturity", "decline", "portfolios", "teams",
        "rule", "remind_on", "remind_at", "escalate_after",
    )  # fmt: skip
    beside = (
        ("exploration", "introduction", "growth"),
        ("maturity", "decline"),
        ("portfolios", "teams"),
        ("remind_on", "remind_at", "escalate_after"),
    )
    reminding = beside[-1]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].help_text = "Suggested, each may choose another. Set, nobody may."
        self.fields["remind_at"].help_text = "On each person's own clock."

    def sections(self) -> dict[str, list[list[forms.BoundField]]]:
        """The rows of fields by what they are about."""
        cadences = [name for name in self.order if name not in self.reminding]
        return {
            "How often": list(self.arranged(cadences)),
            "Reminders": list(self.arranged(self.reminding)),
        }


class ReminderForm(GoalForm):
    """When the member is reminded; `default` is what the organisation has."""

    model = ReminderChoice
    columns = ("is_wanted",)
    remind_on = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Day")
    remind_at = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Hour")
    beside = (("remind_on", "remind_at"),)

    def __init__(self, *args: Any, default: CheckInSettings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        weekday, hour = Weekday(default.remind_on).label, f"{default.remind_at:02}:00"
        choices: dict[str, list[Any]] = {
            "remind_on": [("", f"As the organisation: {weekday}"), *Weekday.choices],
            "remind_at": [("", f"As the organisation: {hour}"), *HOURS],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]


class PostponeForm(GoalForm):
    model = Postponement
    columns = ("reason",)
    until = forms.DateField(
        label="Until", widget=DayInput, help_text="Nobody asks for it up to and on this day."
    )
    order = ("until", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.required = True
        reason.label = "Why it has to wait"
        reason.help_text = "Shown beside the number, which grows no fresher meanwhile."
