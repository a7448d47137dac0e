"""What lists are narrowed to, and values that are typed by hand."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from accounts.access import Access
from portfolio.choices import LifecycleStage, Posture
from portfolio.forms.fields import MomentField
from portfolio.models import Portfolio, Product
from portfolio.queries import ProductFilters, live


class FilterForm(forms.Form):
    """Filters from the address; what is not valid counts as not given."""

    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search"}),
    )
    archived = forms.ChoiceField(
        choices=[("", "Current"), ("yes", "Archived")], required=False, label="Current or archived"
    )

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        for name, model in (("portfolio", Portfolio), ("product", Product)):
            if name in self.fields:
                self.fields[name].queryset = live(model, access)  # type: ignore[attr-defined]
        self.is_valid()

    def chosen(self, name: str) -> Any:
        return self.cleaned_data.get(name)

    @property
    def narrows(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "archived")


class ProductFilterForm(FilterForm):
    portfolio: "forms.ModelChoiceField[Portfolio]" = forms.ModelChoiceField(
        queryset=None, required=False, to_field_name="slug", empty_label="All portfolios"
    )
    stage = forms.ChoiceField(choices=[("", "All stages"), *LifecycleStage.choices], required=False)
    posture = forms.ChoiceField(choices=[("", "All postures"), *Posture.choices], required=False)

    def filters(self) -> ProductFilters:
        portfolio = self.chosen("portfolio")
        return ProductFilters(
            text=self.chosen("q") or "",
            portfolio=portfolio.pk if portfolio else None,
            lifecycle_stage=self.chosen("stage") or "",
            posture=self.chosen("posture") or "",
            archived=bool(self.chosen("archived")),
        )


class OfProductFilterForm(FilterForm):
    product: "forms.ModelChoiceField[Product]" = forms.ModelChoiceField(
        queryset=None, required=False, to_field_name="slug", empty_label="All products"
    )


class ValueForm(forms.Form):
    value = forms.DecimalField(max_digits=30, decimal_places=10)
    effective_at = MomentField(
        required=False, label="True since", help_text="Left empty, it is true from now on."
    )
    note = forms.CharField(max_length=500, required=False)

    def rows(self) -> list[list[BoundField]]:
        return [[self["value"], self["effective_at"]], [self["note"]]]


class CorrectionForm(ValueForm):
    effective_at = MomentField(
        required=False, label="True since", help_text="Left empty, it stays as it was."
    )
    note = forms.CharField(max_length=500, required=False, label="Why it was wrong")
