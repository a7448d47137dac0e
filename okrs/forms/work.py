"""Forms about initiatives, promises between units, and what backs a goal."""

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from accounts.access import Access
from accounts.permissions import Permission
from okrs.actions.commitments import MOVES as COMMITMENT_MOVES
from okrs.choices import (
    CommitmentState,
    CycleState,
    DependencyState,
    InitiativeState,
)
from okrs.forms.fields import GoalForm, UnitField, chooser, people
from okrs.models import Commitment, CommittedTeam, Dependency, Initiative, KeyResult
from portfolio.models import Product, Team
from portfolio.queries import live, units_where

D = DependencyState
ANSWERS = {
    D.ACCEPTED: "Accept",
    D.COUNTERED: "Counter with another day or other people-weeks",
    D.DECLINED: "Decline",
    D.DELIVERED: "Delivered",
    D.BROKEN: "Broken: it will not come",
    D.WITHDRAWN: "Withdraw: no longer needed",
    D.ASKED: "Ask again",
}


class InitiativeForm(GoalForm):
    model = Initiative
    columns = (
        "title", "description", "product", "team", "owner", "state", "starts_on", "ends_on",
    )  # fmt: skip
    choices: ClassVar = {
        "product": lambda access: units_where(access, Permission.OKR_WRITE).products,
        "team": lambda access: live(Team, access),
        "owner": people,
    }
    beside = (("product", "team"), ("owner", "state"), ("starts_on", "ends_on"))


class InitiativeFilterForm(forms.Form):
    """Filters from the address; what is not valid counts as not given."""

    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search titles"}),
    )
    product = chooser(required=False, empty_label="All products")
    team = chooser(required=False, empty_label="All teams")
    state = forms.ChoiceField(
        choices=[("", "All states"), *InitiativeState.choices], required=False
    )

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["product"].queryset = live(Product, access)  # type: ignore[attr-defined]
        self.fields["team"].queryset = live(Team, access)  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())


class DependencyFilterForm(forms.Form):
    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search needs"}),
    )
    state = forms.ChoiceField(
        choices=[
            ("", "All that stand"),
            ("late", "Late or broken"),
            ("waiting", "Waiting for an answer"),
            *DependencyState.choices,
        ],
        required=False,
    )
    product = chooser(required=False, empty_label="All providers", label="Provider")

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["product"].queryset = live(Product, access)  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())


class DependencyForm(GoalForm):
    """What is needed, from whom and by when; who needs it is in the address."""

    model = Dependency
    columns = (
        "title", "description", "needed_by", "people_weeks", "criticality", "needer_owner",
    )  # fmt: skip
    choices: ClassVar = {"needer_owner": people}
    order = (
        "title", "description", "provider", "needed_by", "people_weeks", "criticality",
        "needer_owner",
    )  # fmt: skip
    beside = (("needed_by", "people_weeks"), ("criticality", "needer_owner"))

    provider = UnitField(label="Asked of")

    def __init__(self, *args: Any, access: Access, row: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, access=access, row=row, **kwargs)
        self.fields["needer_owner"].label = "Your contact"
        self.fields["people_weeks"].help_text = "What it takes of the team that is asked, if known."
        if row is not None:
            del self.fields["provider"]
            if row.provider_team_id is None:
                del self.fields["people_weeks"]
            return
        field = self.fields["provider"]
        assert isinstance(field, UnitField)  # noqa: S101 (declared above)
        field.offer({"Products": live(Product, access), "Teams": live(Team, access)})

    @property
    def changes(self) -> dict[str, Any]:
        changes = super().changes
        unit = changes.pop("provider", None)
        if unit is not None:
            key = "provider_product" if isinstance(unit, Product) else "provider_team"
            changes[key] = unit
        return changes


class DependencyAnswerForm(GoalForm):
    model = Dependency
    columns = (
        "promised_by", "promised_weeks", "provider_owner", "provider_key_result",
        "provider_initiative",
    )  # fmt: skip
    choices: ClassVar = {"provider_owner": people}
    order = ("to", "promised_by", "promised_weeks")
    beside = (("promised_by", "promised_weeks"),)

    to = forms.ChoiceField(label="Answer", widget=forms.RadioSelect)
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, row: Dependency, steps: Collection[DependencyState], **kwargs: Any
    ) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (step.value, words) for step, words in ANSWERS.items() if step in steps
        ]
        if not {D.ACCEPTED, D.COUNTERED} & set(steps):
            for name in self.columns:
                del self.fields[name]
            return
        self._offer_promises(row)

    def _offer_promises(self, row: Dependency) -> None:
        """What the provider may promise: people of a team, its own key results and initiatives."""
        if row.provider_team_id is None:
            del self.fields["promised_weeks"]
        else:
            self.fields["promised_weeks"].label = "People-weeks that you promise"
        kind = "product" if row.provider_product_id else "team"
        unit: dict[str, Any] = {kind: row.provider_product_id or row.provider_team_id}
        self.fields["provider_key_result"].queryset = KeyResult.objects.filter(  # type: ignore[attr-defined]
            archived_at=None, **{f"objective__{key}": pk for key, pk in unit.items()}
        ).exclude(objective__cycle__state=CycleState.CLOSED)
        self.fields["provider_initiative"].queryset = Initiative.objects.filter(  # type: ignore[attr-defined]
            archived_at=None, **unit
        )
        self.fields["provider_owner"].label = "Contact of the provider"
        self.fields["provider_key_result"].label = "Promised with the key result"
        self.fields["provider_initiative"].label = "or with the initiative"

    @property
    def changes(self) -> dict[str, Any]:
        """Only what was sent: a bare "Delivered" leaves the promise as it is."""
        return {name: value for name, value in super().changes.items() if name in self.data}


class CommitmentForm(GoalForm):
    model = Commitment
    columns = ("trade_off", "amount", "currency")
    beside = (("amount", "currency"),)

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.fields["trade_off"].required = True
        if access.allows(Permission.MONEY_WRITE):
            self.fields["currency"].help_text = f"Empty: {access.organization.currency}."
        else:
            del self.fields["amount"], self.fields["currency"]


class CommitmentMoveForm(GoalForm):
    to = forms.ChoiceField(label="New state", widget=forms.RadioSelect)
    condition = forms.CharField(
        required=False,
        max_length=500,
        label="What it hangs on",
        help_text="For a conditional one, as in: if Platform gives two engineers by week 3.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, row: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        steps = [s for s in CommitmentState if s in COMMITMENT_MOVES[row.state]]
        self.fields["to"].choices = [(s.value, s.label) for s in steps]  # type: ignore[attr-defined]


class CommittedTeamForm(GoalForm):
    model = CommittedTeam
    columns = ("team", "people_weeks", "starts_on", "ends_on")
    choices: ClassVar = {"team": lambda access: live(Team, access)}
    beside = (("team", "people_weeks"), ("starts_on", "ends_on"))

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        if row is not None:
            del self.fields["team"]
