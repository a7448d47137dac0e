"""Forms of reviews."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from governance.models import Decision
from okrs.choices import CycleState
from okrs.forms.fields import GoalForm, UnitField, people
from okrs.models import Cycle
from portfolio.models import Portfolio, Product, Team
from portfolio.queries import units_where
from reviews.choices import ReviewAgenda, ReviewState
from reviews.models import AgendaItem, FollowUp, Review, TeamUpdate
from reviews.queries.reviews import DONE, LATE, OPEN, FollowUpFilters, ReviewFilters

KEYS: dict[type[Any], str] = {Portfolio: "portfolio", Product: "product", Team: "team"}


def cycles_to_review(_: Access) -> QuerySet[Cycle]:
    begun = Cycle.objects.filter(archived_at=None).exclude(state=CycleState.PLANNED)
    return begun.order_by("-starts_on", "ends_on")


def offer_units(form: GoalForm, permission: Permission) -> None:
    """Let people choose among the units on which they hold `permission`."""
    units = units_where(form.access, permission)
    form.fields["unit"].offer(  # type: ignore[attr-defined]
        {"Portfolios": units.portfolios, "Products": units.products, "Teams": units.teams}
    )


class NewReviewForm(GoalForm):
    """A review to be held; the unit is one of those that the member leads."""

    model = Review
    columns = ("agenda", "cycle", "held_on", "facilitator")
    choices: ClassVar = {"cycle": cycles_to_review, "facilitator": people}
    order = ("unit", "agenda", "cycle", "held_on", "facilitator")
    beside = (("unit", "agenda"), ("cycle", "held_on"))

    unit = UnitField(label="Of")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        offer_units(self, Permission.OKR_DECIDE)

    @property
    def changes(self) -> dict[str, Any]:
        found = super().changes
        unit = found.pop("unit")
        return {**found, KEYS[type(unit)]: unit}


class NewUpdateForm(GoalForm):
    """Whose update it is: one of the units to which the member contributes."""

    unit = UnitField(label="Of")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        offer_units(self, Permission.OKR_WRITE)

    @property
    def changes(self) -> dict[str, Any]:
        unit = self.cleaned_data["unit"]
        return {KEYS[type(unit)]: unit}


class UpdateForm(GoalForm):
    model = TeamUpdate
    columns = ("text",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 20


class ReviewForm(GoalForm):
    """The day, the person and the words of a review; its unit and its agenda stay."""

    model = Review
    columns = ("held_on", "facilitator", "summary")
    choices: ClassVar = {"facilitator": people}
    beside = (("held_on", "facilitator"),)


class CloseReviewForm(GoalForm):
    """The last words before a review is closed."""

    model = Review
    columns = ("summary",)


class ItemForm(GoalForm):
    model = AgendaItem
    columns = ("title", "question", "note")


class NoteForm(GoalForm):
    """What is said about a point."""

    model = AgendaItem
    columns = ("note",)


class ReviewDecisionForm(GoalForm):
    """A decision that is made in the meeting; it touches the unit of the review."""

    model = Decision
    columns = (
        "title", "kind", "context", "outcome", "consequences", "decided_on", "decided_by",
        "review_on", "follow_up",
    )  # fmt: skip
    choices: ClassVar = {"decided_by": people}
    beside = (("decided_on", "decided_by"), ("review_on", "follow_up"))

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.initial.setdefault("decided_on", timezone.localdate())
        self.initial.setdefault("decided_by", access.member.pk)
        for name in ("outcome", "decided_on", "decided_by"):
            self.fields[name].required = True


class FollowUpForm(GoalForm):
    model = FollowUp
    columns = ("text", "owner", "due_on")
    choices: ClassVar = {"owner": people}
    beside = (("owner", "due_on"),)

    def clean_due_on(self) -> Any:
        """A new day lies ahead; the day of a late follow-up may stay."""
        day = self.cleaned_data["due_on"]
        if "due_on" in self.changed_data and day and day < timezone.localdate():
            raise ValidationError("Choose today or a day after.")
        return day


class ReviewFilterForm(forms.Form):
    """What to show of the reviews; everything is optional."""

    agenda = forms.ChoiceField(
        choices=[("", "All meetings"), *ReviewAgenda.choices], required=False
    )
    state = forms.ChoiceField(choices=[("", "All states"), *ReviewState.choices], required=False)
    unit = forms.UUIDField(required=False, widget=forms.HiddenInput)
    archived = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def chosen(self) -> ReviewFilters:
        """What was asked for; a filter that cannot be read counts as not given."""
        found = self.cleaned_data
        return ReviewFilters(
            unit=found.get("unit"),
            agenda=found.get("agenda") or "",
            state=found.get("state") or "",
            archived=found.get("archived") or False,
        )


class FollowUpFilterForm(forms.Form):
    state = forms.ChoiceField(
        choices=[(OPEN, "Open"), (LATE, "Late"), (DONE, "Done"), ("all", "All")], required=False
    )
    mine = forms.BooleanField(required=False)
    review = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.is_valid()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def chosen(self) -> FollowUpFilters:
        found = self.cleaned_data
        state = found.get("state") or OPEN
        return FollowUpFilters(
            state="" if state == "all" else state,
            mine=found.get("mine") or False,
            review=found.get("review"),
        )
