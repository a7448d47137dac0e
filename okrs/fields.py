"""Decimal columns of one kind each, so that every table keeps a number the same way."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models


class FixedDecimalField(models.DecimalField):  # type: ignore[type-arg]  # generic in the stubs only
    """A decimal whose size is the kind's, not the model's to choose."""

    size: dict[str, Any] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**self.size, **options})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Migrations keep the plain field, so that this module may change."""
        name, _, args, options = super().deconstruct()
        return name or "", "django.db.models.DecimalField", args, options


class AmountField(FixedDecimalField):
    """A value, baseline or target in the unit of its metric."""

    size = {"max_digits": 30, "decimal_places": 10}


class ScoreField(FixedDecimalField):
    """A score of 0..1."""

    size = {"max_digits": 12, "decimal_places": 10}


class RawScoreField(FixedDecimalField):
    """A score before clamping: 1.3 for 130 %, below 0 for the wrong way."""

    size = {"max_digits": 24, "decimal_places": 10}


class WeightField(FixedDecimalField):
    """A relative weight, above 0."""

    size = {
        "max_digits": 9,
        "decimal_places": 3,
        "default": Decimal(1),
        "validators": [MinValueValidator(Decimal("0.001"), "A weight must be greater than 0.")],
    }


class ConfidenceField(FixedDecimalField):
    """A probability in tenths, 0.0..1.0."""

    size = {"max_digits": 2, "decimal_places": 1}


class PeopleWeeksField(FixedDecimalField):
    """What a team is to work, in people-weeks, above 0."""

    size = {
        "max_digits": 7,
        "decimal_places": 1,
        "validators": [MinValueValidator(Decimal("0.1"))],
    }
