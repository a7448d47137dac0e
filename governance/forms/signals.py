"""Forms about signals from outside."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.access import Access
from governance.choices import Assessment, SignalKind
from governance.forms.records import AboutForm, RecordsField
from governance.models import Signal
from governance.queries.records import STEERED
from governance.queries.signals import UNASSESSED, SignalFilters, named_links
from okrs.forms.fields import GoalForm, chooser
from portfolio.forms.fields import DayInput
from portfolio.models import Portfolio, Product
from portfolio.queries import live


class SignalForm(AboutForm):
    """What happened outside, and whom of us it is about."""

    model = Signal
    records = "touches"
    kinds = STEERED
    columns = ("title", "kind", "happened_on", "description", "source", "source_url")
    order = ("title", "kind", "happened_on", "description", "source", "source_url", "touches")
    beside = (("kind", "happened_on"), ("source", "source_url"))

    touches = RecordsField(
        required=False,
        label="Concerns",
        help_text="Portfolios and products that it is about, objectives that it affects.",
    )

    def __init__(
        self, *args: Any, access: Access, row: Any = None, words: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, access=access, row=row, **kwargs)
        if row is None:
            self.initial.setdefault("happened_on", timezone.localdate())
        else:
            self.initial.setdefault("touches", [e.value for e in named_links(access, row)])
        self.offer_records(words)


class AssessmentForm(GoalForm):
    """What a signal means for the strategy."""

    assessment = forms.ChoiceField(
        label="What it means for us", choices=Assessment, widget=forms.RadioSelect
    )
    note = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where the strategy is affected.",
    )


class SignalFilterForm(forms.Form):
    """Filters from the address; what is not valid counts as not given."""

    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search signals"}),
    )
    kind = forms.ChoiceField(
        choices=[("", "About anything"), *SignalKind.choices], required=False, label="About"
    )
    assessment = forms.ChoiceField(
        choices=[("", "Assessed or not"), (UNASSESSED, "Not assessed"), *Assessment.choices],
        required=False,
    )
    portfolio = chooser(required=False, to_field_name="slug", empty_label="All portfolios")
    product = chooser(required=False, to_field_name="slug", empty_label="All products")
    first = forms.DateField(required=False, label="From", widget=DayInput)
    last = forms.DateField(required=False, label="Until", widget=DayInput)

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["portfolio"].queryset = live(Portfolio, access)  # type: ignore[attr-defined]
        self.fields["product"].queryset = live(Product, access)  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def chosen(self) -> SignalFilters:
        found = self.cleaned_data
        return SignalFilters(
            text=found.get("q") or "",
            kind=found.get("kind") or "",
            assessment=found.get("assessment") or "",
            portfolio=found.get("portfolio"),
            product=found.get("product"),
            first=found.get("first"),
            last=found.get("last"),
        )
