"""Forms about templates of objectives."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from accounts.access import Access
from okrs.forms.fields import GoalForm, chooser
from okrs.models import Cycle, KeyResultPattern, ObjectiveTemplate
from okrs.queries.starting import DeferredFilters
from portfolio.models import MeasureUnit, Portfolio
from portfolio.queries import live


class TemplateForm(GoalForm):
    model = ObjectiveTemplate
    columns = ("name", "title", "description", "tier_kind")
    beside = (("name", "tier_kind"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = "What people look for in the list."
        self.fields["title"].help_text = "In words that whoever starts from it makes their own."
        self.fields["description"].label = "When to use it"


class PatternForm(GoalForm):
    """A key result of a template; numbers only where they are the same for everybody."""

    model = KeyResultPattern
    columns = (
        "title", "unit", "shape", "baseline", "target", "lower", "upper", "condition", "weight",
        "advice",
    )  # fmt: skip
    choices: ClassVar = {"unit": lambda _: MeasureUnit.objects.filter(archived_at=None)}
    beside = (("unit", "shape"), ("baseline", "target"), ("lower", "upper"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].label = "Key result"
        self.fields["baseline"].help_text = "Empty: whoever starts from it gives theirs."


class DeferredFilterForm(forms.Form):
    """Filters from the address; what is not valid counts as not given."""

    portfolio = chooser(required=False, empty_label="All portfolios")
    cycle = chooser(required=False, empty_label="All cycles")
    show = forms.ChoiceField(
        required=False, choices=[("", "Not taken up yet"), ("all", "All")], label="Show"
    )

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["portfolio"].queryset = live(Portfolio, access)  # type: ignore[attr-defined]
        cycles = Cycle.objects.filter(archived_at=None)
        self.fields["cycle"].queryset = cycles  # type: ignore[attr-defined]
        self.is_valid()

    def filters(self) -> DeferredFilters:
        chosen = self.cleaned_data
        return DeferredFilters(
            portfolio=getattr(chosen.get("portfolio"), "pk", None),
            cycle=getattr(chosen.get("cycle"), "pk", None),
            all_of_them=chosen.get("show") == "all",
        )

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("portfolio", "cycle"))
