"""Forms that propose links to one or more goals above at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField
from django.forms.models import fields_for_model
from django.http import QueryDict

from okrs.choices import ContributionMode
from okrs.forms.fields import GoalForm, goal_field
from okrs.models import Contribution, KeyResult, ObjectiveAlignment, ObjectiveSupport
from okrs.queries.objectives import is_id


class ProposalForm(GoalForm):
    """A proposal to each goal that is ticked: its own terms, and one note for all.

    Fields of a goal end in its id, as in `amount-<id>`. What is ticked stays on offer whatever is
    searched for, with what was typed: `query` carries both while the form is not sent.
    """

    terms: ClassVar[Sequence[str]] = ()
    note = forms.CharField(
        required=False, max_length=500, help_text="For everybody you propose to."
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        pool: QuerySet[Any],
        found: Iterable[Any],
        query: QueryDict,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, initial=query.dict(), **kwargs)
        given = (query if data is None else data).getlist("chosen")
        wanted = [pk for pk in given if is_id(pk)]
        self.chosen = {row.pk: row for row in pool.filter(pk__in=wanted)} if wanted else {}
        self.is_complete = len(self.chosen) == len(set(given))
        self.offered = self.chosen | {row.pk: row for row in found}
        for row in self.offered.values():
            self._add_terms(row)
        self.order_fields([name for name in self.fields if name != "note"])

    def _add_terms(self, row: Any) -> None:
        made = fields_for_model(self.model, self.terms_of(row), formfield_callback=goal_field)
        for name, field in made.items():
            # What stands beside a goal that is not ticked is kept, and not judged.
            unjudged = forms.CharField(required=False, widget=field.widget, initial=field.initial)
            kept = field if row.pk in self.chosen else unjudged
            kept.label = f"{field.label} for “{row.title}”"
            self.fields[f"{name}-{row.pk}"] = kept

    def terms_of(self, row: Any) -> Sequence[str]:
        return self.terms

    def lines(self) -> Iterator[tuple[Any, bool, list[BoundField]]]:
        """Each goal on offer, whether it is ticked, and its terms."""
        for pk, row in self.offered.items():
            bound = [self[f"{name}-{pk}"] for name in self.terms_of(row)]
            yield row, pk in self.chosen, bound

    def clean(self) -> None:
        if not self.chosen:
            raise forms.ValidationError("Tick at least one goal.")
        if not self.is_complete:
            raise forms.ValidationError("Some of what you ticked may not be chosen.")

    @property
    def proposals(self) -> list[tuple[Any, dict[str, Any]]]:
        """The goals that are ticked, with the terms and the note for each."""
        note = self.cleaned_data["note"]
        return [
            (
                row,
                {"note": note}
                | {name: self.cleaned_data[f"{name}-{pk}"] for name in self.terms_of(row)},
            )
            for pk, row in self.chosen.items()
        ]


class AlignForm(ProposalForm):
    model = ObjectiveAlignment
    terms = ("kind", "weight")


class SupportForm(ProposalForm):
    model = ObjectiveSupport


class ContributeForm(ProposalForm):
    model = Contribution
    terms = ("amount",)

    def terms_of(self, row: KeyResult) -> Sequence[str]:
        """A weight counts where the key result above takes a mean, an amount where it adds up."""
        is_mean = row.contribution_mode == ContributionMode.MEAN
        return ("weight",) if is_mean else ("amount",)
