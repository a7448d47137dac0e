"""Forms that set, narrow, judge and move objectives."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from okrs.choices import (
    NEEDS_REASON,
    OBJECTIVE_MOVES,
    CycleState,
    ObjectiveState,
    TierKind,
)
from okrs.forms.fields import GoalForm, PlainDecimalField, UnitField, chooser, people
from okrs.models import Cycle, Objective, Tier
from okrs.queries.objectives import SORTS, ObjectiveFilters, is_id
from portfolio.models import Portfolio, Product, Team, Theme
from portfolio.queries import live, units_where

UNIT_GROUPS = {
    TierKind.PORTFOLIO: "Portfolios",
    TierKind.PRODUCT: "Products",
    TierKind.TEAM: "Teams",
}
UNIT_KINDS = {
    Portfolio: TierKind.PORTFOLIO,
    Product: TierKind.PRODUCT,
    Team: TierKind.TEAM,
}
PACES = [
    ("at-risk", "At risk"),
    ("behind", "Behind"),
    ("outdated", "Outdated"),
    ("on-track", "On track"),
]


def visible_themes(access: Access) -> QuerySet[Theme]:
    hidden = access.units.hidden
    return Theme.objects.filter(archived_at=None).exclude(portfolio_id__in=hidden)


def open_cycles(_: Access) -> QuerySet[Cycle]:
    return Cycle.objects.filter(archived_at=None).exclude(state=CycleState.CLOSED)


class ObjectiveForm(GoalForm):
    """A new objective. Its tier follows from what it belongs to."""

    model = Objective
    columns = ("title", "description", "cycle", "owner", "theme", "roll_up")
    choices: ClassVar = {
        "cycle": open_cycles,
        "owner": people,
        "theme": visible_themes,
    }
    order = ("title", "description", "unit", "cycle", "owner", "theme", "roll_up")
    beside = (("unit", "cycle"), ("owner", "theme"))

    unit = UnitField(label="Belongs to")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.fields["title"].help_text = "Where you want to be, in words that people remember."
        self.tiers = {TierKind(tier.kind): tier for tier in Tier.objects.filter(archived_at=None)}
        self._offer_units(access)

    def _offer_units(self, access: Access) -> None:
        allowed = units_where(access, Permission.OKR_WRITE)
        groups: dict[TierKind, Iterable[Any]] = {
            TierKind.PORTFOLIO: allowed.portfolios,
            TierKind.PRODUCT: allowed.products,
            TierKind.TEAM: allowed.teams,
        }
        everywhere = Permission.OKR_WRITE in access.everywhere
        first = str(access.organization) if everywhere else ""
        field = self.fields["unit"]
        assert isinstance(field, UnitField)  # noqa: S101 (declared above)
        field.offer(
            {UNIT_GROUPS[kind]: list(rows) for kind, rows in groups.items() if kind in self.tiers},
            first=first if TierKind.ORGANIZATION in self.tiers else "",
        )

    @property
    def changes(self) -> dict[str, Any]:
        changes = super().changes
        unit = changes.pop("unit")
        kind = UNIT_KINDS[type(unit)] if unit else TierKind.ORGANIZATION
        place = {kind.value: unit} if unit else {}
        return {**changes, "tier": self.tiers[kind], **place}


class ObjectiveEditForm(GoalForm):
    """What may change about an objective; a committed one asks for the reason."""

    model = Objective
    columns = ("title", "description", "owner", "theme", "roll_up")
    choices: ClassVar = {"owner": people, "theme": visible_themes}
    beside = (("owner", "theme"),)

    reason = forms.CharField(
        label="Why does it change?",
        max_length=500,
        required=False,
        help_text="It is committed, so the reason is kept with the revision.",
    )

    def __init__(self, *args: Any, row: Objective, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        if row.state != ObjectiveState.COMMITTED:
            del self.fields["reason"]


class MoveForm(GoalForm):
    """A step to another state, with what the step needs."""

    to = forms.ChoiceField(label="New state", widget=forms.RadioSelect)
    condition = forms.CharField(
        max_length=500,
        required=False,
        label="On condition that",
        help_text="When it is accepted: what must hold first.",
    )
    reason = forms.CharField(
        required=False, label="Reason", widget=forms.Textarea(attrs={"rows": 3})
    )
    override_reason = forms.CharField(
        required=False,
        max_length=500,
        label="Why the limit does not hold here",
        help_text="Needed to commit above it, and kept with your name.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        row: Objective,
        allowed: Iterable[str],
        may_set_aside: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, row=row, **kwargs)
        if not may_set_aside:
            del self.fields["override_reason"]
        steps = [s for s in ObjectiveState if s in OBJECTIVE_MOVES[row.state] and s in allowed]
        self.fields["to"].choices = [(step.value, step.label) for step in steps]  # type: ignore[attr-defined]
        if ObjectiveState.ACCEPTED not in steps:
            del self.fields["condition"]
        needy = [step.label.lower() for step in steps if step in NEEDS_REASON]
        if needy:
            self.fields["reason"].help_text = f"Needed for: {', '.join(needy)}."


class AssessForm(GoalForm):
    """A judgement of the whole, beside the computed score."""

    score = PlainDecimalField(
        min_value=0,
        max_value=1,
        decimal_places=2,
        required=False,
        label="Assessed score (0 to 1)",
        help_text="Leave it empty to take your judgement back.",
    )
    assessment = forms.CharField(
        label="What you base this on", widget=forms.Textarea(attrs={"rows": 4}), required=False
    )

    def clean(self) -> dict[str, Any]:
        is_empty = not self.data.get("assessment") and not self.data.get("score")
        if is_empty and getattr(self.row, "assessed_score", None) is None:
            self.add_error("score", "Give a score.")
        return self.cleaned_data


class CoOwnerForm(GoalForm):
    unit = UnitField(label="Product or team")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, UnitField)  # noqa: S101 (declared above)
        field.offer({"Products": live(Product, access), "Teams": live(Team, access)})

    @property
    def changes(self) -> dict[str, Any]:
        unit = self.cleaned_data["unit"]
        return {UNIT_KINDS[type(unit)].value: unit}


class ObjectiveFilterForm(forms.Form):
    """Filters from the address; what is not valid counts as not given."""

    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search titles"}),
    )
    cycle = forms.ChoiceField(required=False)
    tier = chooser(required=False, empty_label="All tiers")
    unit = forms.ChoiceField(required=False)
    theme = chooser(required=False, empty_label="All themes")
    state = forms.ChoiceField(choices=[("", "All states"), *ObjectiveState.choices], required=False)
    pace = forms.ChoiceField(choices=[("", "Any pace"), *PACES], required=False)
    owner = chooser(required=False, empty_label="Anybody")
    sort = forms.ChoiceField(
        choices=[(name, name) for name in SORTS], required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        for name, rows in {
            "tier": Tier.objects.filter(archived_at=None),
            "theme": visible_themes(access),
            "owner": Member.objects.filter(left_at=None).order_by("name"),
        }.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        cycles = [(str(c.pk), c.name) for c in Cycle.objects.filter(archived_at=None)]
        self.fields["cycle"].choices = [  # type: ignore[attr-defined]
            ("", "Current cycles"),
            ("all", "All cycles"),
            *cycles,
        ]
        self.fields["unit"].choices = [("", "All units"), *self._unit_groups(access)]  # type: ignore[attr-defined]
        self.is_valid()

    def _unit_groups(self, access: Access) -> list[Any]:
        groups: dict[TierKind, QuerySet[Any]] = {
            TierKind.PORTFOLIO: live(Portfolio, access),
            TierKind.PRODUCT: live(Product, access),
            TierKind.TEAM: live(Team, access),
        }
        return [
            (UNIT_GROUPS[kind], list(rows.values_list("id", "name")))
            for kind, rows in groups.items()
        ]

    def filters(self) -> ObjectiveFilters:
        chosen = self.cleaned_data
        unit = chosen.get("unit") or ""
        return ObjectiveFilters(
            text=chosen.get("q") or "",
            cycle=chosen.get("cycle") or "",
            tier=getattr(chosen.get("tier"), "pk", None),
            unit=unit if is_id(unit) else None,  # type: ignore[arg-type]  # Django reads the text
            theme=getattr(chosen.get("theme"), "pk", None),
            owner=getattr(chosen.get("owner"), "pk", None),
            state=chosen.get("state") or "",
            pace=chosen.get("pace") or "",
            sort=chosen.get("sort") or "tier",
        )

    @property
    def narrows(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "sort")
