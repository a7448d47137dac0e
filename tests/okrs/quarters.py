"""A quarter that was closed, and one that runs, to look back on."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from okrs.actions.ancestors import recompute_ancestors
from okrs.actions.check_ins import check_in
from okrs.actions.closing import correct_key_result
from okrs.actions.cycles import judge_key_result, move_cycle
from okrs.choices import CycleState, LinkState, RollUpMode
from okrs.models import ClosingRevision, Cycle, KeyResult, Objective
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveAlignmentFactory
from tests.okrs.overviews.conftest import Goals
from tests.personas import World

D = Decimal


@dataclass
class Quarter:
    """A portfolio's goal over a product's, closed with 0.40, 0.90 and nothing; then corrected."""

    world: World
    cycle: Cycle
    top: Objective
    goal: Objective
    silent: KeyResult

    @property
    def client(self) -> Client:
        return self.world.client("viewer")

    def moment(self, revision: int) -> dict[str, str]:
        """The end of the quarter, as known when a revision was made."""
        known = ClosingRevision.objects.get(number=revision).recorded_at.isoformat()
        return {"as_of": known, "known_at": known, "cycle": str(self.cycle.pk)}

    def page(self, path: str, **query: str) -> str:
        response = self.client.get(f"/o/acme/{path}", query)
        assert response.status_code == 200
        return response.content.decode()

    def api(self, path: str, **query: str) -> Any:
        response = self.client.get(f"/api/v1/orgs/acme/{path}", query)
        assert response.status_code == 200, response.content
        return response.json()


def closed_quarter(in_acme: World) -> Quarter:
    today = timezone.localdate()
    cycle = CycleFactory.create(starts_on=today - timedelta(days=90), ends_on=today)
    goals = Goals(in_acme, cycle)
    top = goals.top(title="Above", roll_up=RollUpMode.OWN_AND_ALIGNED)
    goal = goals.objective(title="Below")
    ObjectiveAlignmentFactory.create(child=goal, parent=top, state=LinkState.AGREED)
    results = [KeyResultFactory.create(objective=goal, title=t) for t in ("Told", "Judged", "Mute")]
    admin = in_acme.access("admin")
    for row in results[:2]:
        check_in(admin, row, value=D(40), confidence=D("0.6"), status="", note="")
    move_cycle(admin, cycle, to=CycleState.CLOSING, expected_version=None)
    judge_key_result(admin, results[1], final_score=D("0.9"))
    move_cycle(admin, cycle, to=CycleState.CLOSED, expected_version=None)
    return Quarter(in_acme, cycle, top, goal, results[2])


def correct(quarter: Quarter, score: str = "0.5") -> None:
    correct_key_result(
        quarter.world.access("facilitator"),
        KeyResult.objects.select_related("objective__cycle").get(pk=quarter.silent.pk),
        final_score=D(score),
        reason="The survey came in late.",
    )


def running_quarter(in_acme: World) -> Quarter:
    """A running quarter in which the portfolio's goal takes in a product's at 0.40."""
    goals = Goals(in_acme, CycleFactory.create())
    top = goals.top(title="Above", roll_up=RollUpMode.OWN_AND_ALIGNED)
    goal = goals.objective(title="Below")
    ObjectiveAlignmentFactory.create(child=goal, parent=top, state=LinkState.AGREED)
    own = KeyResultFactory.create(objective=top, title="Own")
    below = KeyResultFactory.create(objective=goal, title="Told")
    admin = in_acme.access("admin")
    check_in(admin, own, value=D(80), confidence=None, status="", note="")
    check_in(admin, below, value=D(40), confidence=None, status="", note="")
    recompute_ancestors([], [goal.pk])
    return Quarter(in_acme, goals.cycle, top, goal, below)


def first_after(page: str, title: str) -> str:
    found = re.search(r">([01]\.\d\d)<", page.partition(title)[2])
    assert found is not None
    return found[1]
