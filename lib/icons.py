"""Inline icons, drawn once and kept: the icon package walks an XML tree on each call."""

from functools import cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline

_DRAW = {16: heroicon_micro, 20: heroicon_mini, 24: heroicon_outline}
_ATTRIBUTES: dict[str, Any] = {"class": "icon", "aria_hidden": "true", "focusable": "false"}

# 8 x 8: a band is told by shape, number and word as well as by colour.
_BAND_SHAPES = {
    "significant-miss": "M.5 1.5h7L4 7.2z",
    "fell-short": "M4 .2 7.8 4 4 7.8.2 4z",
    "strong": "M4 .8 7.5 6.5h-7z",
    "full": "M4 .4a3.6 3.6 0 1 1 0 7.2A3.6 3.6 0 0 1 4 .4z",
}
_PACE_SHAPES = {
    "on-track": "M1 4.3 3.2 6.4 7 1.9",
    "behind": "M1.2 4h5.6",
    "at-risk": "M4 .9v3.7M4 6.9v.2",
    "outdated": "M4 1.2V4l2 1.3",
    "none": "M3.9 4h.2",
}


@cache
def icon(name: str, size: int = 16) -> SafeString:
    """An icon as inline SVG, hidden from assistive tools: the words beside it say it.

    Drawn at 16, 20 or 24 px, each in its own style. Raises IconDoesNotExist for an unknown name.
    """
    return mark_safe(_DRAW[size](name, **_ATTRIBUTES))  # noqa: S308 (the package's own file, no data in it)


@cache
def band_glyph(band: str) -> SafeString:
    """The filled shape of a score band."""
    return format_html(
        '<svg class="glyph" viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">'
        '<path d="{}"/></svg>',
        _BAND_SHAPES[band],
    )


@cache
def pace_glyph(pace: str) -> SafeString:
    """The line drawing of a pace, in a circle that the style sheet adds."""
    return format_html(
        '<svg class="glyph" viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">'
        '<path class="glyph-line" d="{}"/></svg>',
        _PACE_SHAPES[pace],
    )
