"""Linking as an administrator does it, to key results of their own or of a shared metric."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from integrations.actions.links import create_link
from integrations.models import Link, Source
from okrs.models import KeyResult
from portfolio.models import Metric
from tests.factories.okrs import KeyResultFactory
from tests.integrations.conftest import Portal
from tests.okrs.goals import an_objective


def link(portal: Portal, source: Source, **fields: Any) -> Link:
    return create_link(portal.world.access("admin"), source, **fields)


def reader(portal: Portal, metric: Metric, **fields: Any) -> KeyResult:
    """A key result of the quarter that reads a series which others may read, too."""
    objective = fields.pop("objective", None) or an_objective(portal.world, cycle=portal.cycle)
    made: KeyResult = KeyResultFactory.create(objective=objective, metric=metric, **fields)
    return made


def refusal(portal: Portal, source: Source, key_result: KeyResult) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        link(portal, source, key_result=key_result)
    return refused.value.message_dict
