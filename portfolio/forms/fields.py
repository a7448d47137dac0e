"""How the map's values are typed into forms."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst

from accounts.fields import TenantForeignKey
from lib.display import show_number


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MonthField(forms.DateField):
    """A month, as its first day."""

    widget = forms.DateInput(attrs={"type": "month", "placeholder": "2026-11"}, format="%Y-%m")
    input_formats = ("%Y-%m", "%Y-%m-%d")

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        return day.replace(day=1) if day else None


class MomentField(forms.DateTimeField):
    """A moment to the minute, in the reader's time zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ShareField(forms.DecimalField):
    """A share of 0.01 to 1, typed and shown as a percentage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=100, decimal_places=0, **options)

    def clean(self, value: Any) -> Decimal | None:
        percent: Decimal | None = super().clean(value)
        return None if percent is None else percent / 100

    def prepare_value(self, value: Any) -> Any:
        return show_number(value * 100) if isinstance(value, Decimal) else value


def form_field(column: "models.Field[Any, Any]", **options: Any) -> forms.Field | None:
    """The form field of a column. Rows to choose from are set for each request."""
    if isinstance(column, TenantForeignKey):
        return forms.ModelChoiceField(
            queryset=None,
            required=not column.blank,
            label=options.get("label") or capfirst(column.verbose_name),
            help_text=column.help_text,
            empty_label="None" if column.blank else "Choose one",
        )
    if column.name == "share":
        return ShareField(label="Share (%)", initial=Decimal(1))
    if column.choices:
        nothing = [("", "Automatic" if column.blank else "Choose one")]
        asks = column.blank or not column.has_default()
        choices = column.get_choices(include_blank=asks, blank_choice=nothing)
        return column.formfield(choices=choices, **options)
    if isinstance(column, models.DateField):
        return column.formfield(widget=DayInput, **options)
    if isinstance(column, models.TextField):
        return column.formfield(widget=forms.Textarea(attrs={"rows": 3}), **options)
    return column.formfield(**options)
