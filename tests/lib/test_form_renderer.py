"""Controls are what Django's own templates make of them, to the letter."""

from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.functional import lazystr
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from lib.form_renderer import FormRenderer

OURS, THEIRS = FormRenderer(), DjangoTemplates()
texts = st.text(max_size=12) | st.sampled_from(["", "<b>&'\"", "1 < 2"])
values = (
    st.none()
    | texts
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.builds(lazystr, texts)
    | st.builds(SafeString, texts)
    | st.tuples(st.integers())
)
attributes = st.dictionaries(
    st.sampled_from(["id", "class", "required", "min", "data-it", "placeholder"]),
    values | st.booleans(),
)
labels = texts | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
options = st.lists(st.tuples(values.filter(lambda it: not isinstance(it, tuple)), labels))
PLAIN = (
    forms.CheckboxInput, forms.ColorInput, forms.DateInput, forms.EmailInput, forms.FileInput,
    forms.HiddenInput, forms.NumberInput, forms.PasswordInput, forms.SearchInput, forms.TelInput,
    forms.Textarea, forms.TextInput, forms.TimeInput, forms.URLInput, forms.DateTimeInput,
)  # fmt: skip


def assert_same(widget: forms.Widget, value: Any, attrs: dict[str, Any]) -> None:
    ours, theirs = (widget.render("na<me", value, attrs, it) for it in (OURS, THEIRS))
    assert ours == theirs


@pytest.mark.parametrize("kind", PLAIN)
@given(value=values, attrs=attributes)
def test_a_control_of_one_tag(kind: type[forms.Widget], value: Any, attrs: dict[str, Any]) -> None:
    assert_same(kind(), value, attrs)


@given(options, st.lists(st.tuples(texts, options), max_size=3), values, attributes)
def test_a_list_of_choices_with_and_without_groups(
    plain: list[Any], grouped: list[Any], value: Any, attrs: dict[str, Any]
) -> None:
    assert_same(forms.Select(choices=[*plain, *grouped]), value, attrs)
    assert_same(forms.SelectMultiple(choices=[*grouped, *plain]), [value], attrs)


def test_choices_that_are_numbers_are_shown_in_digits_of_the_language() -> None:
    widget = forms.Select(choices=[(Decimal("0.5"), Decimal("1234.5"))])
    assert_same(widget, Decimal("0.5"), {})
    assert "0.5" in widget.render("share", None, renderer=OURS)


def test_what_has_a_template_of_its_own_is_left_to_it() -> None:
    class Marked(forms.Select):
        option_template_name = "django/forms/widgets/radio_option.html"

    assert_same(Marked(choices=[("a", "A")]), "a", {})
    assert_same(forms.RadioSelect(choices=[("a", "A")]), "a", {})
    assert_same(forms.CheckboxSelectMultiple(choices=[("a", "A")]), ["a"], {})
    assert_same(forms.SplitDateTimeWidget(), None, {})
