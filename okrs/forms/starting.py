"""Starting an objective with key results: those of an earlier one, or those of a template."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict

from okrs.actions.starting import Start, numbers_to_begin_with, steps_left
from okrs.choices import Shape
from okrs.continuing import Numbers
from okrs.forms.fields import MilestonesField, PlainDecimalField
from okrs.forms.key_results import NEEDED, REQUIRED
from okrs.forms.objectives import ObjectiveForm
from okrs.models import KeyResult, KeyResultPattern
from okrs.wording import Measured, aim_in_words

NUMBERS = ("baseline", "target", "lower", "upper")
LINE = "key_results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A key result that is offered: what it comes from, and the numbers that it begins with.

    `told` says in words what it was, or where its numbers come from.
    """

    source: KeyResult | KeyResultPattern
    numbers: Numbers
    told: str
    milestones: Sequence[dict[str, Any]] = ()

    @property
    def unit(self) -> str:
        source = self.source
        unit = source.unit if isinstance(source, KeyResultPattern) else source.metric.unit
        shown: str = unit.symbol or unit.name
        return shown


def seed_of_result(key_result: KeyResult) -> Seed:
    """What a key result of an earlier cycle goes on with; steps that are done stay behind."""
    return Seed(
        source=key_result,
        numbers=numbers_to_begin_with(key_result),
        told=told_of(key_result),
        milestones=steps_left(key_result) if key_result.shape == Shape.MILESTONES else (),
    )


def seed_of_pattern(pattern: KeyResultPattern) -> Seed:
    return Seed(source=pattern, numbers=numbers_to_begin_with(pattern), told=pattern.advice)


def told_of(key_result: KeyResult) -> str:
    """What an earlier key result aimed at, as people say it."""
    unit = key_result.metric.unit
    measured = Measured(
        shape=key_result.shape,
        condition=key_result.condition,
        unit=unit.symbol or unit.name,
        **{name: getattr(key_result, name) for name in NUMBERS},
    )
    return f"Was {aim_in_words(measured)}."


class ResultLineForm(forms.Form):
    """One key result to start with, or to leave behind."""

    keep = forms.BooleanField(required=False, initial=True, label="Take it over")
    title = forms.CharField(max_length=240)
    baseline = PlainDecimalField(max_digits=30, decimal_places=10, required=False)
    target = PlainDecimalField(max_digits=30, decimal_places=10, required=False)
    lower = PlainDecimalField(max_digits=30, decimal_places=10, required=False, label="Lower edge")
    upper = PlainDecimalField(max_digits=30, decimal_places=10, required=False, label="Upper edge")
    condition = forms.CharField(max_length=240, required=False)
    milestones = MilestonesField(
        required=False, help_text="One a line; weight and day may follow: Pilot live; 2; 2026-02-01"
    )

    def __init__(self, data: QueryDict | None, *, seed: Seed, place: int) -> None:
        self.seed, self.place = seed, place
        super().__init__(
            data,
            prefix=f"{LINE}-{place}",
            initial=self._initial(),
            # A browser would insist on what is left behind.
            use_required_attribute=False,
        )
        needed = NEEDED[self.shape]
        for name in set(self.fields) - {"keep", "title", *needed}:
            del self.fields[name]
        wanted = {"title", *REQUIRED.get(self.shape, ())}
        wanted |= {"target"} if self.shape == Shape.FROM_TO else set()
        for name, field in self.fields.items():
            field.required = self.is_kept and name in wanted
        self.fields["title"].label = "Key result"

    def _initial(self) -> dict[str, Any]:
        numbers = {name: getattr(self.seed.numbers, name) for name in NUMBERS}
        steps = "\n".join(str(step["title"]) for step in self.seed.milestones)
        source = self.seed.source
        return {"title": source.title, "condition": source.condition, "milestones": steps} | numbers

    @property
    def shape(self) -> str:
        return self.seed.numbers.shape.value

    @property
    def is_kept(self) -> bool:
        """Whether it is taken over, as far as was said."""
        return not self.is_bound or bool(self.data.get(self.add_prefix("keep")))

    def number_fields(self) -> Iterator[BoundField]:
        yield from (self[name] for name in (*NUMBERS, "condition") if name in self.fields)

    @property
    def start(self) -> Start:
        changes = {name: value for name, value in self.cleaned_data.items() if name != "keep"}
        return Start(self.seed.source, {"shape": self.shape, **changes})


class StartForm(ObjectiveForm):
    """A new objective together with the key results that it starts with."""

    def __init__(
        self, data: QueryDict | None = None, *args: Any, seeds: Sequence[Seed], **kwargs: Any
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.lines = [
            ResultLineForm(data, seed=seed, place=place) for place, seed in enumerate(seeds)
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        incomplete = [line for line in self.lines if line.is_kept and not line.is_valid()]
        if incomplete:
            raise ValidationError("Complete the key results below, or leave them out.")
        return data

    @property
    def starts(self) -> list[Start]:
        return [line.start for line in self.lines if line.is_kept]

    def sorted_out(self, error: ValidationError) -> ValidationError:
        """What an action refused, with the errors of key results put beside their fields."""
        kept = [line for line in self.lines if line.is_kept]
        rest: dict[str, list[str]] = {}
        for name, messages in error.message_dict.items():
            head, _, tail = name.partition(".")
            if head != LINE:
                rest[name] = messages
                continue
            place, _, field = tail.partition(".")
            line = kept[int(place)]
            line.add_error(field if field in line.fields else None, messages)
        if LINE in "".join(error.message_dict):
            rest.setdefault("__all__", []).append("Complete the key results below.")
        return ValidationError(rest)
