"""Forms about money. They check what was typed; what is allowed is for the actions to say."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.access import Access
from funding.actions import ABOVE_ZERO
from funding.choices import EntryKind
from funding.models import Budget
from funding.queries import choices
from funding.queries.budgets import BudgetFilters
from lib.form_fields import CurrencyField
from okrs.models import Cycle, Initiative, Objective
from portfolio.forms.fields import DayInput
from portfolio.forms.records import RecordForm
from portfolio.models import Product, ValueStream

OBJECTIVE, INITIATIVE = "objective", "initiative"


class BudgetForm(RecordForm):
    choices = {
        "product": choices.products_to_fund,
        "value_stream": choices.streams_to_fund,
    }
    beside = (("product", "value_stream"), ("starts_on", "ends_on"), ("amount", "currency"))

    class Meta(RecordForm.Meta):
        model = Budget
        fields = (
            "name",
            "product",
            "value_stream",
            "starts_on",
            "ends_on",
            "amount",
            "currency",
            "note",
        )
        field_classes: ClassVar = {"currency": CurrencyField}
        labels: ClassVar = {"starts_on": "First day", "ends_on": "Last day"}
        help_texts: ClassVar = {"currency": "Sums are kept apart by currency."}

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.initial["currency"] = self.initial.get("currency") or access.organization.currency
        self.fields["value_stream"].help_text = "A product or a value stream, not both."


class BudgetFilterForm(forms.Form):
    """What to show of the budgets; everything is optional."""

    product: "forms.ModelChoiceField[Product]" = forms.ModelChoiceField(
        queryset=None, required=False, to_field_name="slug", empty_label="All products"
    )
    stream: "forms.ModelChoiceField[ValueStream]" = forms.ModelChoiceField(
        queryset=None, required=False, to_field_name="slug", empty_label="All value streams"
    )
    cycle: "forms.ModelChoiceField[Cycle]" = forms.ModelChoiceField(
        queryset=None, required=False, empty_label="Any time"
    )
    archived = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["product"].queryset = choices.products_to_fund(access)  # type: ignore[attr-defined]
        self.fields["stream"].queryset = choices.streams_to_fund(access)  # type: ignore[attr-defined]
        self.fields["cycle"].queryset = choices.cycles_to_choose()  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen(self) -> BudgetFilters:
        """The filters that can be read; a broken one counts as not given."""
        found = self.cleaned_data
        return BudgetFilters(
            product=found.get("product"),
            value_stream=found.get("stream"),
            cycle=found.get("cycle"),
            archived=bool(found.get("archived")),
        )


class EntryForm(forms.Form):
    """A movement of money in one budget."""

    kind = forms.ChoiceField(
        choices=EntryKind,
        initial=EntryKind.SPEND,
        help_text="Allocate to set money aside, release to clear it, spend for what was paid.",
    )
    amount = forms.DecimalField(
        max_digits=16,
        decimal_places=2,
        min_value=Decimal("0.01"),
        error_messages={"min_value": ABOVE_ZERO},
    )
    on_date = forms.DateField(label="Date", widget=DayInput, initial=timezone.localdate)
    purpose = forms.ChoiceField(label="Serves", required=False)
    note = forms.CharField(max_length=240, required=False)

    def __init__(self, *args: Any, access: Access, budget: Budget, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.objectives = {each.pk: each for each in choices.objectives_to_serve(access, budget)}
        self.initiatives = {each.pk: each for each in choices.initiatives_to_serve(access, budget)}
        self.fields["purpose"].choices = self._purposes()  # type: ignore[attr-defined]

    def _purposes(self) -> list[tuple[str, Any]]:
        objectives = [
            (f"{OBJECTIVE}:{pk}", f"{each.title} ({each.cycle.name})")
            for pk, each in self.objectives.items()
        ]
        initiatives = [(f"{INITIATIVE}:{pk}", each.title) for pk, each in self.initiatives.items()]
        groups = [("Objectives", objectives), ("Initiatives", initiatives)]
        return [("", "Nothing by name"), *(group for group in groups if group[1])]

    @property
    def entry(self) -> dict[str, Any]:
        """The arguments of `add_entry`."""
        fields = dict(self.cleaned_data)
        purpose = fields.pop("purpose")
        return fields | self._named(purpose)

    def _named(self, purpose: str) -> dict[str, Objective | Initiative]:
        kind, _, key = purpose.partition(":")
        if kind == OBJECTIVE:
            return {OBJECTIVE: self.objectives[UUID(key)]}
        return {INITIATIVE: self.initiatives[UUID(key)]} if kind else {}


class ReversalForm(forms.Form):
    reason = forms.CharField(
        max_length=240, help_text="It stays in the ledger beside the reversal."
    )
