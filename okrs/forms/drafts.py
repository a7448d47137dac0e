"""Half-written goals, read as far as they can be read: what is wrong or missing counts as empty."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.access import Access
from accounts.permissions import Permission
from okrs import scoring
from okrs.choices import Shape, TierKind
from okrs.forms.fields import PlainDecimalField, chooser
from okrs.forms.objectives import open_cycles, visible_themes
from okrs.models import Cycle, KeyResult
from okrs.queries.limits import Place
from okrs.queries.objectives import is_id
from okrs.writing import KeyResultDraft
from portfolio.models import MeasureUnit, Metric
from portfolio.queries import units_where

# As the columns of key results: a longer number is read as none.
SIZE: dict[str, Any] = {"max_digits": 30, "decimal_places": 10}


class ObjectiveDraftForm(forms.Form):
    """The fields of a new or edited objective that its checks look at."""

    title = forms.CharField(required=False, max_length=240)
    unit = forms.CharField(required=False)
    cycle = chooser(required=False)
    theme = chooser(required=False)

    def __init__(self, data: QueryDict | Mapping[str, Any], *, access: Access) -> None:
        super().__init__(data)
        self.access = access
        self.fields["cycle"].queryset = open_cycles(access)  # type: ignore[attr-defined]
        self.fields["theme"].queryset = visible_themes(access)  # type: ignore[attr-defined]
        self.is_valid()

        given = self.cleaned_data
        self.words: str = given.get("title") or ""
        self.chosen_cycle: Cycle | None = given.get("cycle")
        self.theme_id: UUID | None = getattr(given.get("theme"), "pk", None)

    def place(self) -> Place | None:
        """Where it would stand, once owner and cycle are chosen; three statements at most."""
        cycle, chosen = self.chosen_cycle, self.cleaned_data.get("unit") or ""
        if cycle is None or not chosen:
            return None
        if chosen == "organization":
            name = str(self.access.organization)
            return Place(cycle.pk, TierKind.ORGANIZATION, None, name, cycle.name)
        units = units_where(self.access, Permission.OKR_WRITE)
        kinds: dict[TierKind, QuerySet[Any]] = {
            TierKind.PORTFOLIO: units.portfolios,
            TierKind.PRODUCT: units.products,
            TierKind.TEAM: units.teams,
        }
        for kind, rows in kinds.items():
            row = rows.filter(pk=chosen).first() if is_id(chosen) else None
            if row is not None:
                return Place(cycle.pk, kind, row.pk, row.name, cycle.name)
        return None


class KeyResultDraftForm(forms.Form):
    """The fields of a key result that its checks look at."""

    title = forms.CharField(required=False, max_length=240)
    shape = forms.ChoiceField(required=False, choices=Shape.choices)
    unit = chooser(required=False)
    metric = chooser(required=False)
    baseline = PlainDecimalField(required=False, **SIZE)
    target = PlainDecimalField(required=False, **SIZE)
    change = PlainDecimalField(required=False, **SIZE)
    lower = PlainDecimalField(required=False, **SIZE)
    upper = PlainDecimalField(required=False, **SIZE)
    condition = forms.CharField(required=False, max_length=240)
    starts_on = forms.DateField(required=False)
    ends_on = forms.DateField(required=False)

    def __init__(
        self, data: QueryDict | Mapping[str, Any], *, row: KeyResult | None = None
    ) -> None:
        super().__init__(data)
        self.row = row
        self.fields["unit"].queryset = MeasureUnit.objects.all()  # type: ignore[attr-defined]
        metrics = Metric.objects.select_related("unit")
        self.fields["metric"].queryset = metrics  # type: ignore[attr-defined]
        self.is_valid()

    def draft(self) -> KeyResultDraft:
        """What is written so far; of a stored key result the unit stays."""
        given = self.cleaned_data
        same = ("baseline", "lower", "upper", "starts_on", "ends_on")
        return KeyResultDraft(
            title=given.get("title") or "",
            shape=scoring.Shape(given["shape"]) if given.get("shape") else None,
            unit=self._unit(),
            target=self._target(),
            condition=given.get("condition") or "",
            **{name: given.get(name) for name in same},
        )

    def _unit(self) -> str:
        metric = self.row.metric if self.row else self.cleaned_data.get("metric")
        unit = metric.unit if metric else self.cleaned_data.get("unit")
        return unit.name if unit else ""

    def _target(self) -> Decimal | None:
        baseline, change = (self.cleaned_data.get(name) for name in ("baseline", "change"))
        if baseline is None or change is None:
            target: Decimal | None = self.cleaned_data.get("target")
            return target
        return scoring.target_after_change(baseline, change)
