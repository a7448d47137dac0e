"""Positions of budgets in templates: `{% load funding %}`."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from funding.ledger import Position
from lib.charts import PlannedSpent, planned_spent_bar
from lib.display import show_percent

register = template.Library()


@register.simple_tag
def spent_bar(position: Position, *, name: str = "Budget") -> SafeString:
    """Spent and promised over planned."""
    money = PlannedSpent(position.planned, position.totals.spent, position.promised)
    return planned_spent_bar(money, unit=position.currency, name=name)


@register.filter
def percent(share: Decimal | None) -> str:
    """A share of 1 in whole per cent, a dash for none."""
    return show_percent(share, places=0)
