"""Forms that ask for links between goals, and that answer them."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import QuerySet

from okrs.choices import AlignmentKind, LinkState
from okrs.forms.fields import GoalForm, chooser
from okrs.models import (
    Contribution,
    InitiativeKeyResult,
    ObjectiveAlignment,
    ObjectiveSupport,
    SharedPlacement,
)

ANSWERS = {
    LinkState.AGREED: "Agree",
    LinkState.COUNTERED: "Counter with other terms",
    LinkState.DECLINED: "Decline",
    LinkState.WITHDRAWN: "Withdraw",
    LinkState.PROPOSED: "Ask again",
}


class ChooseForm(GoalForm):
    """A form whose main field, `chosen`, is one of many records, found by typing words.

    Every record of `pool` is accepted; the page offers those that match the words.
    """

    chosen = chooser(widget=forms.HiddenInput)

    def __init__(self, *args: Any, pool: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = pool  # type: ignore[attr-defined]
        self.fields["chosen"].error_messages["required"] = "Choose one."

    def rows(self) -> Any:
        return self.arranged(name for name in self.fields if name not in {"chosen", "version"})

    @property
    def changes(self) -> dict[str, Any]:
        changes = super().changes
        del changes["chosen"]
        return changes

    @property
    def chosen_id(self) -> str:
        return str(self["chosen"].value() or "")


class ShareForm(ChooseForm):
    model = SharedPlacement
    columns = ("weight",)


class DriveForm(ChooseForm):
    model = InitiativeKeyResult
    columns = ("note",)


class AnswerForm(GoalForm):
    """An answer to a link. Terms count where new ones are put to the other side."""

    to = forms.ChoiceField(label="Answer", widget=forms.RadioSelect)

    def __init__(self, *args: Any, row: Any, steps: Collection[LinkState], **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (step.value, words) for step, words in ANSWERS.items() if step in steps
        ]
        for name in self.columns:
            self.fields[name].required = False
        self.initial["note"] = ""

    @property
    def changes(self) -> dict[str, Any]:
        """Terms that were sent; the buttons of a list send none, which leaves them as they are."""
        sent = {name: value for name, value in super().changes.items() if name in self.data}
        return {name: value for name, value in sent.items() if value not in {None, ""}}


class AlignmentAnswerForm(AnswerForm):
    model = ObjectiveAlignment
    columns = ("kind", "weight", "note")
    order = ("to",)
    beside = (("kind", "weight"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = AlignmentKind.choices  # type: ignore[attr-defined]


class ContributionAnswerForm(AnswerForm):
    model = Contribution
    columns = ("amount", "weight", "note")
    order = ("to",)
    beside = (("amount", "weight"),)

    def __init__(self, *args: Any, row: Contribution, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        unit = row.parent.metric.unit
        self.fields["amount"].label = "Change from the baseline"
        self.fields["amount"].help_text = f"In {unit.name}, the unit of the key result above."


class SupportAnswerForm(AnswerForm):
    model = ObjectiveSupport
    columns = ("note",)
    order = ("to",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["to"].choices  # type: ignore[attr-defined]
        self.fields["to"].choices = [c for c in choices if c[0] != LinkState.COUNTERED]  # type: ignore[attr-defined]
