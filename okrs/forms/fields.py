"""Fields of forms about goals, and the base that makes them from the columns of a model."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import BoundField
from django.forms.models import fields_for_model

from accounts.access import Access
from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from okrs.definitions import plain
from portfolio.forms.fields import form_field

Choices = Callable[[Access], QuerySet[Any]]


class PlainDecimalField(forms.DecimalField):
    """A decimal without the zeros that its column pads it with: 40, not 40.0000000000."""

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value


class TenthsField(forms.TypedChoiceField):
    """A probability in tenths, chosen from a list."""

    def __init__(self, **options: Any) -> None:
        tenths = [f"{Decimal(n) / 10:.1f}" for n in range(10, -1, -1)]
        choices = [("", "–"), *((tenth, tenth) for tenth in tenths)]
        super().__init__(choices=choices, coerce=Decimal, empty_value=None, **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.1f}" if isinstance(value, Decimal) else value


class LinesField(forms.CharField):
    """Several entries, one a line, with semicolons between their parts."""

    widget = forms.Textarea(attrs={"rows": 4})

    def lines(self, text: str) -> Iterator[list[str]]:
        for line in text.splitlines():
            if line.strip():
                yield [part.strip() for part in line.split(";")]


class CurvePointsField(LinesField):
    """Days and the share expected by then: "2026-02-01; 20%"."""

    def to_python(self, value: Any) -> Any:
        points = []
        for parts in self.lines(super().to_python(value) or ""):
            try:
                day, share = parts
                points.append([date.fromisoformat(day).isoformat(), plain(read_share(share))])
            except (ValueError, InvalidOperation):
                message = f"“{'; '.join(parts)}” is not a day and a share, as in 2026-02-01; 20%."
                raise ValidationError(message) from None
        return points

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{day}; {plain(Decimal(share) * 100)}%" for day, share in value)


class MilestonesField(LinesField):
    """Steps with an optional weight and day: "Pilot live; 2; 2026-02-01"."""

    def to_python(self, value: Any) -> Any:
        return [read_milestone(parts) for parts in self.lines(super().to_python(value) or "")]


def read_share(text: str) -> Decimal:
    """ "20%" and "0.2" alike."""
    return Decimal(text.removesuffix("%")) / 100 if text.endswith("%") else Decimal(text)


def read_milestone(parts: Sequence[str]) -> dict[str, Any]:
    title, weight, due = [*parts, "", ""][:3]
    try:
        return {
            "title": title,
            "weight": Decimal(weight or 1),
            "due_on": date.fromisoformat(due) if due else None,
        }
    except (ValueError, InvalidOperation):
        message = f"“{'; '.join(parts)}” is not a step, as in Pilot live; 2; 2026-02-01."
        raise ValidationError(message) from None


class UnitField(forms.ChoiceField):
    """One portfolio, product or team, or the organisation, out of one list."""

    def offer(self, groups: Mapping[str, Iterable[TenantModel]], *, first: str = "") -> None:
        """Let people choose from `groups` (label to rows); `first` names the organisation."""
        self.rows = {str(row.pk): row for rows in groups.values() for row in rows}
        offered: list[Any] = [("", "Choose one")]
        if first:
            offered.append(("organization", first))
        offered += [
            (label, [(str(row.pk), str(row)) for row in rows]) for label, rows in groups.items()
        ]
        self.choices = offered

    def clean(self, value: Any) -> TenantModel | None:
        """The row; None for the organisation itself."""
        chosen = super().clean(value)
        return self.rows.get(chosen)


def chooser(**options: Any) -> forms.Field:
    """A choice among rows, which the form sets for each request."""
    return forms.ModelChoiceField(queryset=None, **options)


def goal_field(column: "models.Field[Any, Any]", **options: Any) -> forms.Field | None:
    if isinstance(column, models.DecimalField) and not isinstance(column, TenantForeignKey):
        return column.formfield(form_class=PlainDecimalField, **options)
    return form_field(column, **options)


def people(_: Access) -> QuerySet[Member]:
    return Member.objects.filter(left_at=None, person__isnull=False).order_by("name")


class GoalForm(forms.Form):
    """The columns that one action sets, as fields; `version` is what the editor read.

    Named `columns` of `model` become fields; declared ones come after them unless `order` says
    otherwise. `row` is the record at hand, whose values fill the form.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    model: ClassVar[type[TenantModel]]
    columns: ClassVar[Sequence[str]] = ()
    choices: ClassVar[Mapping[str, Choices]] = {}
    order: ClassVar[Sequence[str]] = ()
    # Fields that stand side by side; the others have a row each.
    beside: ClassVar[Sequence[tuple[str, ...]]] = ()

    def __init__(
        self, *args: Any, access: Access, row: TenantModel | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.access, self.row = access, row
        if self.columns:
            made = fields_for_model(self.model, self.columns, formfield_callback=goal_field)
            self.fields = {**made, **self.fields}
        self.order_fields(self.order or None)
        if row is not None:
            self.initial = {**stored_values(row, self.fields), **self.initial}
        for name, choices in self.choices.items():
            if name in self.fields:
                self.fields[name].queryset = self._with_present(name, choices(access))  # type: ignore[attr-defined]

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    @property
    def expected_version(self) -> int:
        """The version that was read; 0, which no row has, when the form came without one."""
        return self.cleaned_data.get("version") or 0

    def rows(self) -> Iterator[list[BoundField]]:
        """Visible fields as the page arranges them."""
        return self.arranged([bound.name for bound in self.visible_fields()])

    def arranged(self, names: Iterable[str]) -> Iterator[list[BoundField]]:
        groups = {name: group for group in self.beside for name in group}
        wanted = [name for name in names if name in self.fields]
        done: set[str] = set()
        for name in wanted:
            if name not in done:
                group = [n for n in groups.get(name, (name,)) if n in wanted]
                done.update(group)
                yield [self[n] for n in group]

    def _with_present(self, name: str, rows: QuerySet[Any]) -> QuerySet[Any]:
        """What the record refers to now stays a choice, although it may be archived."""
        present: UUID | None = getattr(self.row, f"{name}_id", None)
        if present is None:
            return rows
        manager = rows.model._default_manager  # noqa: SLF001 (Django's documented attribute)
        offered: QuerySet[Any] = rows | manager.filter(pk=present)
        return offered


def stored_values(row: TenantModel, names: Iterable[str]) -> dict[str, Any]:
    """What the record holds for the fields that are columns of it."""
    columns = {column.name: column for column in row._meta.concrete_fields}
    stored = {
        name: getattr(row, columns[name].attname)
        for name in names
        if name in columns and name != "version"
    }
    if isinstance(row, EditableModel):
        stored["version"] = row.version
    return stored
