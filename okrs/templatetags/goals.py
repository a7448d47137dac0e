"""Small parts of the pages of goals: `{% load goals %}`."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lib.display import show_gap, show_percent, show_value
from okrs.choices import Shape
from okrs.queries.key_results import KeyResultRow

register = template.Library()


@register.simple_tag
def goal_value(value: Decimal | None, row: KeyResultRow) -> SafeString:
    """A value as the shape of its key result is read: 50% of milestones done, yes, 42 days."""
    if value is None:
        text = "no value yet"
    elif row.shape == Shape.MILESTONES:
        text = f"{show_percent(value, places=0)} done"
    elif row.shape == Shape.YES_NO:
        text = "yes" if value else "not yet"
    else:
        text = show_value(value, row.unit)
    return format_html('<span class="number">{}</span>', text)


@register.simple_tag
def gap(points: Decimal | None) -> str:
    """How far a score lies from where it should be today; nothing where none is expected."""
    return "" if points is None else show_gap(points)
