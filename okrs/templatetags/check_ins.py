"""Small parts of the pages about checking in: `{% load check_ins %}`."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lib.display import show_percent
from okrs.queries.turns import Turns
from portfolio.choices import Cadence

register = template.Library()


@register.filter
def cadence_label(cadence: str) -> str:
    """A cadence as people say it: "Every two weeks"."""
    return Cadence(cadence).label


@register.simple_tag
def on_time(turns: Turns) -> SafeString | str:
    """The share of turns that were kept, with the counts behind it."""
    if turns.share is None:
        return "–"
    return format_html(
        '<span class="number">{}</span><span class="cell-note">{} of {}</span>',
        show_percent(turns.share, places=0),
        turns.kept,
        turns.kept + turns.missed,
    )


@register.filter
def percent(share: Decimal | None) -> str:
    """A share in whole percent; a dash where there is none."""
    return show_percent(share, places=0)
