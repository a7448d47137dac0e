"""Filters of the lists of a connection: its runs, and the records that were set aside."""

from typing import Any

from django import forms
from django.http import QueryDict

from integrations.choices import RunState
from integrations.models import Connection, Source
from integrations.queries.connections import quarantine_of, told_runs


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
