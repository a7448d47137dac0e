"""Fields of forms that understand what people type."""

from typing import Any

from django import forms


class CurrencyField(forms.CharField):
    """A currency by its code, in capitals however it is typed."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).upper()
