"""Forms that make and change records of the map.

They check what was typed and no more: the action validates the row, so that pages and the API
refuse the same things in the same words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField

from accounts.access import Access
from accounts.models import Member
from accounts.permissions import Permission
from lib.form_fields import CurrencyField
from portfolio.forms.fields import DayInput, MonthField, form_field
from portfolio.models import (
    MeasureUnit,
    Metric,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    TeamProduct,
    Theme,
    ValueStream,
)
from portfolio.queries import live, units_where

Choices = Callable[[Access], Any]


def people(_: Access) -> QuerySet[Member]:
    return Member.objects.filter(left_at=None, person__isnull=False).order_by("name")


def everybody(_: Access) -> QuerySet[Member]:
    """People and service accounts."""
    return Member.objects.filter(left_at=None).order_by("name")


def portfolios_to_write(access: Access) -> QuerySet[Portfolio]:
    return units_where(access, Permission.MAP_WRITE).portfolios


def products_to_write(access: Access) -> QuerySet[Product]:
    return units_where(access, Permission.MAP_WRITE).products


def teams_to_write(access: Access) -> QuerySet[Team]:
    return units_where(access, Permission.MAP_WRITE).teams


def visible_products(access: Access) -> QuerySet[Product]:
    return live(Product, access)


def visible_teams(access: Access) -> QuerySet[Team]:
    return live(Team, access)


def live_streams(access: Access) -> QuerySet[ValueStream]:
    return live(ValueStream, access)


def live_measures(access: Access) -> QuerySet[MeasureUnit]:
    return live(MeasureUnit, access)


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A form of one kind of record; `version` is what the editor read, None for a new one."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # Rows to choose from, by field.
    choices: ClassVar[Mapping[str, Choices]] = {}
    # Fields that stand side by side; the others have a row each.
    beside: ClassVar[Sequence[tuple[str, ...]]] = ()

    class Meta:
        formfield_callback = form_field

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        for name, choices in self.choices.items():
            if name in self.fields:
                self.fields[name].queryset = self._with_present(name, choices(access))  # type: ignore[attr-defined]
        if self.is_edit:
            self.fields["version"].required = True
            self.initial["version"] = self.instance.version

    @property
    def is_edit(self) -> bool:
        return not self.instance._state.adding

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def rows(self) -> Iterator[list[BoundField]]:
        """Visible fields as the page arranges them."""
        groups = {name: group for group in self.beside for name in group}
        done: set[str] = set()
        for bound in self.visible_fields():
            if bound.name not in done:
                group = [n for n in groups.get(bound.name, (bound.name,)) if n in self.fields]
                done.update(group)
                yield [self[name] for name in group]

    def _with_present(self, name: str, rows: Any) -> Any:
        """What the record refers to now stays a choice, although it may be archived."""
        present = getattr(self.instance, f"{name}_id", None) if self.is_edit else None
        if present is None:
            return rows
        return rows | rows.model.objects.filter(pk=present)

    def _post_clean(self) -> None:
        """Leave the row as it was read: the action fills it in and validates it."""


class PortfolioForm(RecordForm):
    beside = (("cadence", "cadence_rule"),)

    class Meta(RecordForm.Meta):
        model = Portfolio
        fields = ("name", "description", "is_private", "cadence", "cadence_rule")


class ValueStreamForm(RecordForm):
    choices = {"lead": people}

    class Meta(RecordForm.Meta):
        model = ValueStream
        fields = ("name", "description", "lead")


class ProductForm(RecordForm):
    choices = {"value_stream": live_streams, "lead": people}
    beside = (
        ("lead", "value_stream"),
        ("market_position", "customer_segment"),
        ("cadence", "cadence_rule"),
    )

    class Meta(RecordForm.Meta):
        model = Product
        fields = (
            "name",
            "description",
            "lead",
            "value_stream",
            "market_position",
            "customer_segment",
            "funding_stage",
            "cadence",
            "cadence_rule",
        )


class NewProductForm(RecordForm):
    home: "forms.ModelChoiceField[Portfolio]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Home portfolio",
        empty_label="None",
        help_text="Its leads lead the product too.",
    )
    choices = {"home": portfolios_to_write, **ProductForm.choices}
    beside = (("lifecycle_stage", "posture"), *ProductForm.beside)
    field_order = ["name", "description", "home", "lifecycle_stage", "posture"]

    class Meta(RecordForm.Meta):
        model = Product
        fields = (*ProductForm.Meta.fields, "lifecycle_stage", "posture")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.fields["home"].required = Permission.MAP_WRITE not in access.everywhere
        self.initial["home"] = self.initial.get("portfolio")

    @property
    def has_homes(self) -> bool:
        """Whether there is a portfolio that the product could be at home in."""
        homes: QuerySet[Portfolio] = self.fields["home"].queryset  # type: ignore[attr-defined]
        return homes.exists()


class StanceForm(RecordForm):
    from_date = forms.DateField(label="Since", widget=DayInput)
    note = forms.CharField(
        max_length=240,
        required=False,
        label="Why",
        help_text="One line for those who read the history later.",
    )
    beside = (("lifecycle_stage", "posture"),)

    class Meta(RecordForm.Meta):
        model = Product
        fields = ("lifecycle_stage", "posture")


class HomeForm(forms.Form):
    portfolio: "forms.ModelChoiceField[Portfolio]" = forms.ModelChoiceField(
        queryset=None, label="New home portfolio", empty_label="Choose one"
    )
    from_date = forms.DateField(
        label="From",
        widget=DayInput,
        help_text="The present home ends the day before.",
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["portfolio"].queryset = portfolios_to_write(access)  # type: ignore[attr-defined]

    def rows(self) -> list[list[BoundField]]:
        return [[bound] for bound in self]


class ThemeForm(RecordForm):
    choices = {"portfolio": portfolios_to_write}
    beside = (("starts_on", "ends_on"),)

    class Meta(RecordForm.Meta):
        model = Theme
        fields = ("portfolio", "name", "description", "starts_on", "ends_on")


class TeamForm(RecordForm):
    choices = {"lead": people}
    beside = (("capacity", "cadence"),)

    class Meta(RecordForm.Meta):
        model = Team
        fields = ("name", "description", "lead", "capacity", "cadence")


class NewTeamForm(TeamForm):
    product: "forms.ModelChoiceField[Product]" = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Belongs to product",
        empty_label="None",
        help_text="Its leads lead the team too. Add shared products later.",
    )
    choices = {"product": products_to_write, **TeamForm.choices}
    field_order = ["name", "description", "product", "lead"]

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.fields["product"].required = Permission.MAP_WRITE not in access.everywhere


class TeamCapacityForm(RecordForm):
    month = MonthField(help_text="The usual capacity holds in every other month.")
    choices = {"team": teams_to_write}
    beside = (("month", "people_weeks"),)

    class Meta(RecordForm.Meta):
        model = TeamCapacity
        fields = ("team", "month", "people_weeks")


class TeamMemberForm(RecordForm):
    choices = {"team": teams_to_write, "member": people}
    beside = (("share", "from_date", "until_date"),)

    class Meta(RecordForm.Meta):
        model = TeamMember
        fields = ("team", "member", "share", "from_date", "until_date")
        labels = {"member": "Person"}


class TeamProductForm(RecordForm):
    choices = {"team": visible_teams, "product": visible_products}
    beside = (("share", "from_date", "until_date"),)

    class Meta(RecordForm.Meta):
        model = TeamProduct
        fields = ("team", "product", "tie", "share", "from_date", "until_date")


class PlacementForm(RecordForm):
    choices = {"product": visible_products, "portfolio": portfolios_to_write}
    beside = (("share", "from_date", "until_date"),)

    class Meta(RecordForm.Meta):
        model = ProductPlacement
        fields = ("product", "portfolio", "is_home", "share", "from_date", "until_date")


class RelationForm(RecordForm):
    choices = {"product": products_to_write, "other": visible_products}
    beside = (("product", "other"),)

    class Meta(RecordForm.Meta):
        model = ProductRelation
        fields = ("product", "kind", "other", "note")


class RoleForm(RecordForm):
    """A role on the one unit that is known; with none known, on one of three."""

    choices = {
        "member": everybody,
        "portfolio": portfolios_to_write,
        "product": products_to_write,
        "team": teams_to_write,
    }
    beside = (("member", "role"), ("from_date", "until_date"))

    class Meta(RecordForm.Meta):
        model = RoleAssignment
        fields = ("portfolio", "product", "team", "member", "role", "from_date", "until_date")
        labels = {"member": "Person"}

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        units = ("portfolio", "product", "team")
        known = [name for name in units if self.initial.get(name)]
        for name in units if known else ():
            if name in known:
                self.fields[name].required = True
            else:
                del self.fields[name]


class MeasureUnitForm(RecordForm):
    beside = (("name", "symbol"), ("dimension", "currency"), ("factor", "decimals"))

    class Meta(RecordForm.Meta):
        model = MeasureUnit
        fields = ("name", "symbol", "dimension", "currency", "factor", "decimals")
        field_classes = {"currency": CurrencyField}


class MetricForm(RecordForm):
    choices = {"unit": live_measures, "product": products_to_write}
    beside = (("unit", "product"),)

    class Meta(RecordForm.Meta):
        model = Metric
        fields = ("name", "description", "unit", "product")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.fields["product"].required = Permission.MAP_WRITE not in access.everywhere
