"""Filters of lists: runs and records set aside of a connection, and what delivers figures."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from integrations.choices import RunState
from integrations.models import Connection, Source
from integrations.queries.connections import quarantine_of, told_runs
from portfolio.models import Metric


class RunFilterForm(forms.Form):
    """Runs of one state; what is not valid counts as not given."""

    state = forms.ChoiceField(choices=[("", "All states"), *RunState.choices], required=False)

    def __init__(self, data: QueryDict, *, connection: Connection) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.connection = connection
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return bool(self.cleaned_data.get("state"))

    @property
    def rows(self) -> Any:
        """The chosen runs."""
        found = told_runs(self.connection)
        return found.filter(state=self.cleaned_data["state"]) if self.narrows else found


class AsideFilterForm(forms.Form):
    """Records of one source; what is not valid counts as not given."""

    source: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="All sources")

    def __init__(self, data: QueryDict, *, connection: Connection) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.connection = connection
        followed = Source.objects.filter(connection=connection, archived_at=None)
        self.fields["source"].queryset = followed.order_by("name", "id")  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return bool(self.cleaned_data.get("source"))

    @property
    def rows(self) -> Any:
        """The chosen records."""
        found = quarantine_of(self.connection)
        return found.filter(source=self.cleaned_data["source"]) if self.narrows else found


class InflowFilterForm(forms.Form):
    """By words of a name, and of one metric; what is not valid counts as not given.

    `name` is the column that a row is called by.
    """

    q = forms.CharField(
        required=False,
        max_length=120,
        label="Words of a name",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Words of a name"}),
    )
    metric: Any = forms.ModelChoiceField(queryset=None, required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, *, metrics: QuerySet[Metric], name: str) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["metric"].queryset = metrics.select_related("organization")  # type: ignore[attr-defined]
        self.name = name
        self.is_valid()

    @property
    def of_metric(self) -> Metric | None:
        found: Metric | None = self.cleaned_data.get("metric")
        return found

    @property
    def narrows(self) -> bool:
        return bool(self.cleaned_data.get("q") or self.of_metric)

    def chosen_of(self, rows: Any) -> Any:
        """The rows that the filter leaves."""
        words, metric = self.cleaned_data.get("q"), self.of_metric
        if metric is not None:
            rows = rows.filter(metric=metric)
        if words:
            is_named = Q(**{f"{self.name}__icontains": words})
            rows = rows.filter(is_named | Q(metric__name__icontains=words))
        return rows
