"""What account pages and every page's head show: `{% load accounts %}`."""

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.browsers import browser_name

register = template.Library()
register.filter(browser_name)


@register.simple_tag
@cache
def assets() -> SafeString:
    """The style sheets and scripts of every page, whose addresses are looked up once."""
    return render_to_string("_shared/assets.html")
