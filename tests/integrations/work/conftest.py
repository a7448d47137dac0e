"""A shop whose work feeds an initiative, and goals above it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.models import Link, Source
from okrs.choices import LinkState
from okrs.models import Initiative, InitiativeKeyResult, KeyResult, Objective, ObjectiveAlignment
from tests.factories.okrs import InitiativeFactory, ObjectiveFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import make_item


@pytest.fixture
def initiative(portal: Portal) -> Initiative:
    return InitiativeFactory.create(product=portal.world.product, owner=portal.admin)


@pytest.fixture
def link(source: Source, initiative: Initiative) -> Link:
    return Link.objects.create(source=source, initiative=initiative)


def below(source: Source, parent: str, *keys: str, **fields: Any) -> None:
    for key in keys:
        make_item(source, key, parent_remote_id=parent, **fields)


@pytest.fixture
def shop(source: Source) -> Source:
    """An epic with two stories, one of them done and with a sub-task, and a story of its own."""
    make_item(source, "E-1", kind="Epic", is_leaf=False)
    below(source, "E-1", "S-1", category="done")
    below(source, "E-1", "S-2")
    below(source, "S-1", "T-1", is_leaf=False, kind="Sub-task")
    make_item(source, "S-3")
    return source


@pytest.fixture
def goals(portal: Portal, initiative: Initiative) -> tuple[KeyResult, Objective]:
    """The initiative drives a key result, whose objective serves one of the portfolio."""
    key_result = portal.key_result("Checkout is done")
    top = ObjectiveFactory.create(
        cycle=portal.cycle, product=None, portfolio=portal.world.portfolio
    )
    ObjectiveAlignment.objects.create(
        child=key_result.objective, parent=top, state=LinkState.AGREED, asked_by=portal.admin
    )
    InitiativeKeyResult.objects.create(initiative=initiative, key_result=key_result)
    return key_result, top


def queries_of(ask: Callable[[], object]) -> int:
    ask()
    with CaptureQueriesContext(database) as captured:
        ask()
    return len(captured)
