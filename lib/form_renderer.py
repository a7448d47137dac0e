"""The controls of forms as Django's own templates write them, without running a template for each.

A page with twenty forms spent two fifths of its time in these templates, which are a line of HTML
each. A test holds every control against the template that it stands for.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.html import conditional_escape

WIDGETS = "django/forms/widgets/{}.html"
OPTION = WIDGETS.format("select_option")
INPUTS = (
    "checkbox", "color", "date", "datetime", "email", "file", "hidden", "input", "number",
    "password", "search", "tel", "text", "time", "url",
)  # fmt: skip
Widget = Mapping[str, Any]


class FormRenderer(DjangoTemplates):
    """Writes the plain controls itself, and leaves everything else to their templates."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        write = WRITERS.get(template_name)
        written = write(context["widget"]) if write else None
        return super().render(template_name, context, request) if written is None else written


def attributes(widget: Widget) -> str:
    """A name alone for what is true, nothing for what is false."""
    return "".join(
        f" {conditional_escape(name)}" + ("" if value is True else f'="{said(value)}"')
        for name, value in widget["attrs"].items()
        if value is not False
    )


def said(value: Any) -> str:
    """A value of an attribute, in digits that machines read."""
    return conditional_escape(str(value))


def shown(value: Any) -> str:
    """Words between tags, numbers as people write them."""
    return conditional_escape(str(localize(value)))


def input_tag(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{said(widget["value"])}"'
    name = conditional_escape(widget["name"])
    return f'<input type="{widget["type"]}" name="{name}"{value}{attributes(widget)}>'


def text_area(widget: Widget) -> str:
    name, value = conditional_escape(widget["name"]), shown(widget["value"] or "")
    return f'<textarea name="{name}"{attributes(widget)}>\n{value}</textarea>'


def selection(widget: Widget) -> str | None:
    """None where an option has a template of its own."""
    options = [option for _, group, _ in widget["optgroups"] for option in group]
    if any(option["template_name"] != OPTION for option in options):
        return None
    groups = "".join(option_group(name, group) for name, group, _ in widget["optgroups"])
    name = conditional_escape(widget["name"])
    return f'<select name="{name}"{attributes(widget)}>{groups}\n</select>'


def option_group(name: str | None, options: list[Widget]) -> str:
    lines = "".join(
        f'\n  <option value="{said(it["value"])}"{attributes(it)}>{shown(it["label"])}</option>\n'
        for it in options
    )
    return f'\n  <optgroup label="{shown(name)}">{lines}\n  </optgroup>' if name else lines


WRITERS: Mapping[str, Callable[[Widget], str | None]] = {
    **{WIDGETS.format(kind): input_tag for kind in INPUTS},
    WIDGETS.format("textarea"): text_area,
    WIDGETS.format("select"): selection,
}
