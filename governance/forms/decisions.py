"""Forms about decisions."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.access import Access
from governance.choices import DecisionKind, DecisionState
from governance.forms.records import AboutForm, RecordsField
from governance.models import Decision
from governance.queries.decisions import (
    DUE,
    DecisionFilters,
    standing_decisions,
    touched_links,
)
from governance.queries.records import GOALS
from okrs.forms.fields import GoalForm, chooser, people
from portfolio.models import Portfolio, Product
from portfolio.queries import live


class DecisionForm(AboutForm):
    """A decision with what it touches; one that was made says by whom and when."""

    model = Decision
    records = "touches"
    kinds = GOALS
    columns = (
        "title", "kind", "context", "options", "outcome", "consequences", "decided_on",
        "decided_by", "review_on", "follow_up", "supersedes",
    )  # fmt: skip
    choices: ClassVar = {"decided_by": people, "supersedes": standing_decisions}
    order = ("title", "kind", "touches")
    beside = (("decided_on", "decided_by"), ("review_on", "follow_up"))

    touches = RecordsField(
        required=False,
        help_text="Without any, it is about the whole organisation and everybody sees it.",
    )

    def __init__(
        self, *args: Any, access: Access, row: Any = None, words: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, access=access, row=row, **kwargs)
        self.fields["supersedes"].label = "Takes the place of"
        if row is None:
            self.initial.setdefault("decided_on", timezone.localdate())
            self.initial.setdefault("decided_by", access.member.pk)
        else:
            self.initial.setdefault("touches", [e.value for e in touched_links(access, row)])
            del self.fields["decided_on"], self.fields["decided_by"]
        self.offer_records(words)


class DecideForm(GoalForm):
    """Making a decision that was proposed."""

    model = Decision
    columns = ("outcome", "decided_on", "decided_by")
    choices: ClassVar = {"decided_by": people}
    beside = (("decided_on", "decided_by"),)

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        initial = {"decided_on": timezone.localdate(), "decided_by": access.member.pk}
        super().__init__(*args, access=access, **kwargs)
        for name, value in initial.items():
            self.initial[name] = self.initial.get(name) or value
        for name in self.columns:
            self.fields[name].required = True


class DecisionFilterForm(forms.Form):
    """Filters from the address; what is not valid counts as not given."""

    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search decisions"}),
    )
    kind = forms.ChoiceField(choices=[("", "All kinds"), *DecisionKind.choices], required=False)
    state = forms.ChoiceField(
        choices=[("", "All states"), *DecisionState.choices, (DUE, "Due to be looked at")],
        required=False,
    )
    portfolio = chooser(required=False, to_field_name="slug", empty_label="All portfolios")
    product = chooser(required=False, to_field_name="slug", empty_label="All products")

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["portfolio"].queryset = live(Portfolio, access)  # type: ignore[attr-defined]
        self.fields["product"].queryset = live(Product, access)  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def chosen(self) -> DecisionFilters:
        found = self.cleaned_data
        return DecisionFilters(
            text=found.get("q") or "",
            kind=found.get("kind") or "",
            state=found.get("state") or "",
            portfolio=found.get("portfolio"),
            product=found.get("product"),
        )
