"""Forms about risks."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from accounts.access import Access
from governance.choices import RISK_MOVES, RiskState
from governance.forms.records import AboutForm, RecordField
from governance.models import Risk
from governance.queries.records import STEERED
from governance.queries.risks import LIVE, RiskFilters
from okrs.forms.fields import GoalForm, chooser, people
from portfolio.models import Portfolio, Product
from portfolio.queries import live


class RiskForm(AboutForm):
    """A risk; what it hangs on is chosen once."""

    model = Risk
    records = "about"
    kinds = STEERED
    columns = (
        "title", "description", "likelihood", "impact", "owner", "response", "response_text",
        "due_on",
    )  # fmt: skip
    choices: ClassVar = {"owner": people}
    order = ("about", "title")
    beside = (("likelihood", "impact"), ("owner", "response", "due_on"))

    about = RecordField(label="Risk of", error_messages={"required": "Find and choose one."})
    reason = forms.CharField(
        required=False,
        label="Why it is judged differently now",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the history when likelihood or impact change.",
    )

    def __init__(
        self, *args: Any, access: Access, row: Any = None, words: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, access=access, row=row, **kwargs)
        if row is None:
            self.initial.setdefault("owner", access.member.pk)
            del self.fields["reason"]
            self.offer_records(words)
        else:
            del self.fields["about"]


class RiskMoveForm(GoalForm):
    to = forms.ChoiceField(label="What became of it", widget=forms.RadioSelect)
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, row: Risk, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        steps = [state for state in RiskState if state in RISK_MOVES[row.state]]
        self.fields["to"].choices = [(s.value, s.label) for s in steps]  # type: ignore[attr-defined]


class RiskFilterForm(forms.Form):
    """Filters from the address; what is not valid counts as not given."""

    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search risks"}),
    )
    state = forms.ChoiceField(
        choices=[("", "To be looked at"), ("all", "All states"), *RiskState.choices],
        required=False,
    )
    level = forms.ChoiceField(
        choices=[("", "Any exposure"), ("high", "High"), ("medium", "Medium"), ("low", "Low")],
        required=False,
        label="Exposure",
    )
    portfolio = chooser(required=False, to_field_name="slug", empty_label="All portfolios")
    product = chooser(required=False, to_field_name="slug", empty_label="All products")
    owner = chooser(required=False, empty_label="All owners")
    view = forms.ChoiceField(
        choices=[("", "List"), ("matrix", "Matrix")], required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["portfolio"].queryset = live(Portfolio, access)  # type: ignore[attr-defined]
        self.fields["product"].queryset = live(Product, access)  # type: ignore[attr-defined]
        self.fields["owner"].queryset = people(access)  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "view")

    @property
    def as_matrix(self) -> bool:
        return self.cleaned_data.get("view") == "matrix"

    @property
    def chosen(self) -> RiskFilters:
        found = self.cleaned_data
        state = found.get("state") or LIVE
        return RiskFilters(
            text=found.get("q") or "",
            state="" if state == "all" else state,
            level=found.get("level") or "",
            portfolio=found.get("portfolio"),
            product=found.get("product"),
            owner=found.get("owner"),
        )
