"""A form field and its words as one piece of HTML, with every tie that assistive tools need."""

from django.forms import BaseForm, BoundField, CheckboxInput
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lib import icons


def labelled_field(
    bound: BoundField, *, prefix: str = "", suffix: str = "", hide_label: bool = False
) -> SafeString:
    """Label, control, help and errors; `prefix` and `suffix` stand inside the control's frame.

    Several choices become a fieldset, one checkbox stands before its label.
    """
    if bound.is_hidden:
        return bound.as_widget()
    notes = _notes(bound)
    state = " field-wrong" if bound.errors else ""
    if isinstance(bound.field.widget, CheckboxInput):
        return format_html(
            '<div class="field field-check{}"><div class="check">{}{}</div>{}</div>',
            state,
            bound.as_widget(),
            _label(bound, hidden=False, may_be_left_out=False),
            notes,
        )
    if bound.use_fieldset:
        return _fieldset(bound, notes, state)
    return format_html(
        '<div class="field{}">{}{}{}</div>',
        state,
        _label(bound, hidden=hide_label),
        _control(bound, prefix, suffix),
        notes,
    )


def form_errors(form: BaseForm) -> SafeString:
    """A summary that takes the focus after a refused form; empty for a form without errors."""
    if not form.errors:
        return SafeString("")
    own = [(format_html("{}", error),) for error in form.non_field_errors()]
    linked = [
        (format_html('<a href="#{}">{}: {}</a>', _first_control(bound), bound.label, error),)
        for bound in form
        for error in bound.errors
    ]
    count = len(own) + len(linked)
    title = (
        "One thing needs your attention" if count == 1 else f"{count} things need your attention"
    )
    return format_html(
        '<div class="error-summary" role="alert" tabindex="-1" data-focus>{}<div>'
        "<h2>{}</h2><ul>{}</ul></div></div>",
        icons.icon("exclamation-circle", 20),
        title,
        format_html_join("", "<li>{}</li>", own + linked),
    )


def _first_control(bound: BoundField) -> str:
    """The id of the control itself; a group of choices has none, its first button has."""
    return bound.id_for_label or f"{bound.auto_id}_0"


def _label(bound: BoundField, *, hidden: bool, may_be_left_out: bool = True) -> SafeString:
    kind = "visually-hidden" if hidden else "field-label"
    return format_html(
        '<label class="{}" for="{}">{}{}</label>',
        kind,
        bound.id_for_label,
        bound.label,
        _leave(bound) if may_be_left_out else "",
    )


def _leave(bound: BoundField) -> SafeString:
    """Whether the field may be left out; of those that the form names in `one_of`, all but one."""
    if bound.field.required:
        return SafeString("")
    words = "one of the two" if bound.name in getattr(bound.form, "one_of", ()) else "optional"
    return format_html(' <span class="field-optional">{}</span>', words)


def _fieldset(bound: BoundField, notes: SafeString, state: str) -> SafeString:
    described = bound.aria_describedby
    return format_html(
        '<fieldset class="field field-choices{}"{}><legend class="field-label">{}{}</legend>'
        "{}{}</fieldset>",
        state,
        format_html(' aria-describedby="{}"', described) if described else "",
        bound.label,
        _leave(bound),
        bound.as_widget(),
        notes,
    )


def _control(bound: BoundField, prefix: str, suffix: str) -> SafeString:
    widget = bound.as_widget()
    if not (prefix or suffix):
        return widget
    return format_html('<div class="affixed">{}{}{}</div>', _affix(prefix), widget, _affix(suffix))


def _affix(words: str) -> SafeString | str:
    return format_html('<span class="affix">{}</span>', words) if words else ""


def _notes(bound: BoundField) -> SafeString:
    """Help and errors, under the ids that the control already names in aria-describedby."""
    help_text = (
        format_html('<p class="field-help" id="{}_helptext">{}</p>', bound.auto_id, bound.help_text)
        if bound.help_text
        else ""
    )
    errors = (
        format_html(
            '<p class="field-error" id="{}_error">{}{}</p>',
            bound.auto_id,
            icons.icon("exclamation-circle"),
            " ".join(map(str, bound.errors)),
        )
        if bound.errors
        else ""
    )
    return format_html("{}{}", help_text, errors)
