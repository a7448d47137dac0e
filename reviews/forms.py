"""Forms of planning; what is allowed is for the actions to say."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.access import Access
from accounts.permissions import Permission
from okrs.choices import CycleState
from okrs.forms.fields import GoalForm, chooser
from okrs.models import Cycle
from portfolio.models import Portfolio, Product
from portfolio.queries import live, units_where
from reviews.choices import RoundStep
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
