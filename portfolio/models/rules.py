"""Conditions that several tables of the map share."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


def exactly_one(*names: str) -> Q:
    """A condition that holds when exactly one of the nullable columns is set."""
    condition = Q()
    for chosen in names:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in names})
    return condition


def unique_live_name(table: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        "organization",
        Lower("name"),
        condition=Q(archived_at=None),
        name=f"{table}_name_once",
        violation_error_code="name",
        violation_error_message="This name is taken.",
    )
