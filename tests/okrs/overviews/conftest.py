"""A cycle with goals to look at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from okrs.actions.unit_scores import recompute_unit_scores
from okrs.choices import LinkState, TierKind
from okrs.models import Cycle, KeyResult, Objective
from portfolio.models import Portfolio, Product
from tests.factories.okrs import (
    CycleFactory,
    DependencyFactory,
    InitiativeFactory,
    KeyResultFactory,
    ObjectiveAlignmentFactory,
    ObjectiveFactory,
    TierFactory,
)
from tests.factories.portfolio import ProductFactory, ProductPlacementFactory
from tests.personas import World

TOMORROW = timedelta(days=1)


@dataclass
class Goals:
    """The bound world with a running cycle, and ways to grow it."""

    world: World
    cycle: Cycle

    @property
    def portfolio(self) -> Portfolio:
        return Portfolio.objects.get(slug="main")

    @property
    def product(self) -> Product:
        return Product.objects.get(slug="product")

    def objective(self, **fields: object) -> Objective:
        given = {"cycle": self.cycle, "owner": self.world["lead"], "product": self.product}
        made: Objective = ObjectiveFactory.create(**{**given, **fields})
        return made

    def top(self, **fields: object) -> Objective:
        tier = TierFactory.create(kind=TierKind.PORTFOLIO)
        return self.objective(tier=tier, product=None, portfolio=self.portfolio, **fields)

    def key_result(self, objective: Objective, **fields: object) -> KeyResult:
        given = {"pace": "on-track", "outdated_from": timezone.now() + TOMORROW}
        made: KeyResult = KeyResultFactory.create(objective=objective, **{**given, **fields})
        return made

    def rolled_up(self) -> None:
        recompute_unit_scores(Q(), now=timezone.now())

    def grow(self, count: int) -> None:
        """`count` products, each with a goal that serves the portfolio's, work and a promise."""
        top = self.top(title="Above all", score=Decimal("0.5"))
        for _ in range(count):
            product = ProductFactory.create()
            ProductPlacementFactory.create(product=product, portfolio=self.portfolio)
            goal = self.objective(product=product, score=Decimal("0.4"), counted=1, reporting=1)
            row = self.key_result(goal, pace="at-risk", pace_gap=Decimal(30))
            ObjectiveAlignmentFactory.create(child=goal, parent=top, state=LinkState.AGREED)
            work = InitiativeFactory.create(
                product=product,
                owner=self.world["lead"],
                starts_on=self.cycle.starts_on,
                ends_on=self.cycle.ends_on,
            )
            DependencyFactory.create(
                needer_key_result=row, provider_product=product, provider_initiative=work
            )
        self.rolled_up()


@pytest.fixture
def goals(in_acme: World) -> Goals:
    return Goals(in_acme, CycleFactory.create(name="This quarter"))


def reads(client: Client, page: str) -> int:
    """How often a page of Acme reads goals and units; what the frame around it reads is left out.

    The first look, which also writes the session, is not counted.
    """
    client.get(f"/o/acme/{page}")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/o/acme/{page}").status_code == 200
    return sum("okrs_" in q["sql"] or '"portfolio_' in q["sql"] for q in captured)


@pytest.fixture
def look(goals: Goals) -> Callable[..., str]:
    """The text of a page of Acme, as one of its personas."""

    def get(page: str, persona: str = "admin", **query: Any) -> str:
        response = goals.world.client(persona).get(f"/o/acme/{page}", query)
        assert response.status_code == 200
        return response.content.decode()

    return get
