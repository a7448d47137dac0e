"""Forms of planning rounds and counter-proposals."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.forms import BoundField
from django.forms.models import fields_for_model
from django.http import QueryDict

from accounts.access import Access
from accounts.permissions import Permission
from okrs.choices import CycleState
from okrs.forms.fields import GoalForm, chooser, goal_field
from okrs.models import Cycle, KeyResult, Objective
from portfolio.models import Portfolio, Product
from portfolio.queries import live, units_where
from reviews.actions.counters import Term
from reviews.choices import RoundStep, TermField
from reviews.models import PlanningRound, RoundConstraint

DAYS = ("themes_by", "goals_by", "proposals_by", "negotiation_by", "commitment_by")


def portfolios_to_plan(access: Access) -> QuerySet[Portfolio]:
    return units_where(access, Permission.OKR_DECIDE).portfolios


def cycles_to_plan(_: Access) -> QuerySet[Cycle]:
    open_ones = Cycle.objects.filter(archived_at=None).exclude(state=CycleState.CLOSED)
    return open_ones.order_by("starts_on", "ends_on")


def products_to_bind(access: Access) -> QuerySet[Product]:
    return live(Product, access).order_by("name")


class NewRoundForm(GoalForm):
    model = PlanningRound
    columns = ("portfolio", "cycle", "note", *DAYS)
    choices: ClassVar = {"portfolio": portfolios_to_plan, "cycle": cycles_to_plan}
    beside = (("portfolio", "cycle"), ("themes_by", "goals_by"), ("proposals_by", "negotiation_by"))


class RoundForm(GoalForm):
    """A round that runs; its portfolio and cycle stay."""

    model = PlanningRound
    columns = ("note", *DAYS)
    beside = (("themes_by", "goals_by"), ("proposals_by", "negotiation_by"))


class RoundMoveForm(GoalForm):
    """On to the next step, or back with a reason."""

    to = forms.ChoiceField(choices=RoundStep, widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="Everybody sees it."
    )


class ConstraintForm(GoalForm):
    model = RoundConstraint
    columns = ("kind", "text", "product", "people_weeks", "amount", "currency")
    choices: ClassVar = {"product": products_to_bind}
    beside = (("kind", "product"), ("amount", "currency"))

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.fields["product"].empty_label = "Every product"  # type: ignore[attr-defined]
        if not access.allows(Permission.MONEY_WRITE):
            del self.fields["amount"], self.fields["currency"]


def optional_field(column: "models.Field[Any, Any]", **options: Any) -> forms.Field | None:
    return goal_field(column, **{**options, "required": False})


class CounterForm(GoalForm):
    """The terms of a proposal, to be changed into what one would agree to."""

    note = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the proposal would have to be, and why.",
    )
    title = forms.CharField(max_length=240)
    PER_KEY_RESULT = (TermField.TARGET, TermField.ENDS_ON, TermField.WEIGHT)

    def __init__(
        self, *args: Any, key_results: Sequence[KeyResult], row: Objective, **kwargs: Any
    ) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.key_results = key_results
        for key_result in key_results:
            columns = fields_for_model(
                KeyResult, self.PER_KEY_RESULT, formfield_callback=optional_field
            )
            for term in self.terms_of(key_result):
                name = self.name_of(key_result, term)
                self.fields[name] = columns[term.value]
                self.initial.setdefault(name, getattr(key_result, term))

    def terms_of(self, key_result: KeyResult) -> list[TermField]:
        """A target only where there is one."""
        return [t for t in self.PER_KEY_RESULT if t != TermField.TARGET or key_result.target]

    @staticmethod
    def name_of(key_result: KeyResult, term: TermField) -> str:
        return f"{term.value}-{key_result.pk}"

    def groups(self) -> Iterator[tuple[KeyResult, list[BoundField]]]:
        """The fields of each key result."""
        for key_result in self.key_results:
            names = [self.name_of(key_result, term) for term in self.terms_of(key_result)]
            yield key_result, [self[name] for name in names]

    @property
    def terms(self) -> list[Term]:
        """What was asked for; an emptied field leaves its term as it is."""
        wanted = [Term(TermField.TITLE, self.cleaned_data["title"])]
        for key_result in self.key_results:
            for term in self.terms_of(key_result):
                value = self.cleaned_data[self.name_of(key_result, term)]
                if value is not None:
                    wanted.append(Term(term, value, key_result))
        return wanted


class CounterAnswerForm(GoalForm):
    answer = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RoundFilterForm(forms.Form):
    """What to show of the rounds; everything is optional."""

    portfolio = chooser(required=False, to_field_name="slug", empty_label="All portfolios")
    cycle = chooser(required=False, empty_label="All cycles")
    archived = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["portfolio"].queryset = live(Portfolio, access).order_by("name")  # type: ignore[attr-defined]
        self.fields["cycle"].queryset = Cycle.objects.filter(archived_at=None)  # type: ignore[attr-defined]
        self.is_valid()

    def chosen(self, name: str) -> Any:
        """What was asked for; a filter that cannot be read counts as not given."""
        return self.cleaned_data.get(name)
