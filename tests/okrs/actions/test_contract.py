"""Negotiation as a contract: whatever people do in whatever order, no promise is in two minds.

A machine proposes goals and links, counters, agrees, declines and withdraws; it asks, promises,
breaks and delivers; it commits, lets commitments stand, and may close the cycle. After each step
it looks at what is stored.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from okrs.actions import alignments, commitments, dependencies, objectives
from okrs.actions.cycles import move_cycle
from okrs.alignment import would_close_circle
from okrs.choices import (
    DEPENDENCY_MOVES,
    LINK_MOVES,
    OBJECTIVE_MOVES,
    CommitmentState,
    CycleState,
    DependencyState,
    LinkState,
    ObjectiveState,
)
from okrs.models import (
    Commitment,
    CommitmentMove,
    CommittedTeam,
    Contribution,
    Cycle,
    Dependency,
    DependencyMove,
    KeyResult,
    LinkMove,
    Objective,
    ObjectiveAlignment,
    ObjectiveMove,
)
from okrs.queries.resting import failures_of
from okrs.queries.team_loads import team_loads
from portfolio.models import Team
from tests.factories.okrs import KeyResultFactory, ObjectiveFactory
from tests.factories.portfolio import MetricFactory
from tests.okrs.goals import a_cycle, product
from tests.personas import World

C, D, L, O = CommitmentState, DependencyState, LinkState, ObjectiveState  # noqa: E741
PEOPLE = st.sampled_from(["admin", "lead", "contributor", "viewer"])
PLACES = st.integers(0, 2)
WEEKS = st.sampled_from([None, Decimal(1), Decimal(5)])
REFUSALS = (ValidationError, PermissionDenied)


class Contract(RuleBasedStateMachine):
    """Three key results of one product, each with a commitment of a team that can keep one."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.begun = transaction.atomic()
        self.begun.__enter__()
        cycle = self.cycle = a_cycle()
        self.at_the_close: list[Any] | None = None
        team = Team.objects.get(slug="team")
        # Two weeks in three months are less than one a month, and four are more.
        Team.objects.filter(pk=team.pk).update(capacity=Decimal(1))
        metric = MetricFactory.create()
        self.results: list[KeyResult] = []
        for _ in range(3):
            goal = ObjectiveFactory.create(
                cycle=cycle, product=product(), owner=self.world["lead"], state=O.DRAFT
            )
            unit = MetricFactory.create(unit=metric.unit)
            self.results.append(KeyResultFactory.create(objective=goal, metric=unit))
            made = Commitment.objects.create(objective=goal, made_by=self.world["lead"])
            CommittedTeam.objects.create(commitment=made, team=team, people_weeks=2)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.begun.__exit__(None, None, None)

    def attempt(self, act: Any, *args: Any, **given: Any) -> None:
        """What is refused leaves everything as it was."""
        try:
            with transaction.atomic():
                act(*args, **given)
        except REFUSALS:
            pass

    @rule(who=PEOPLE, child=PLACES, parent=PLACES, amount=st.integers(-5, 20))
    def offer(self, who: str, child: int, parent: int, amount: int) -> None:
        self.attempt(
            alignments.propose_contribution,
            self.world.access(who),
            child=self.results[child],
            parent=self.results[parent],
            amount=Decimal(amount),
        )

    @rule(who=PEOPLE, place=PLACES, to=st.sampled_from(list(L)), amount=st.integers(1, 20))
    def answer(self, who: str, place: int, to: str, amount: int) -> None:
        links = list(Contribution.objects.order_by("id"))
        if place < len(links):
            terms = {"amount": Decimal(amount)} if to == L.COUNTERED else {}
            act = alignments.answer_link
            self.attempt(act, self.world.access(who), links[place], to=to, note="n", **terms)

    @rule(who=PEOPLE, child=PLACES, parent=PLACES)
    def align(self, who: str, child: int, parent: int) -> None:
        self.attempt(
            alignments.propose_alignment,
            self.world.access(who),
            child=self.results[child].objective,
            parent=self.results[parent].objective,
        )

    @rule(who=PEOPLE, place=PLACES, to=st.sampled_from(list(L)))
    def answer_alignment(self, who: str, place: int, to: str) -> None:
        links = list(ObjectiveAlignment.objects.order_by("id"))
        if place < len(links):
            act = alignments.answer_link
            self.attempt(act, self.world.access(who), links[place], to=to, note="n")

    @rule(who=PEOPLE, place=PLACES, to=st.sampled_from(list(O)))
    def decide(self, who: str, place: int, to: str) -> None:
        row = Objective.objects.get(pk=self.results[place].objective_id)
        given = {"to": to, "reason": "Because", "condition": "If they come"}
        self.attempt(objectives.move_objective, self.world.access(who), row, **given)

    @rule(who=PEOPLE)
    def go_on(self, who: str) -> None:
        """Take the cycle a step towards its close."""
        cycle = Cycle.objects.get(pk=self.cycle.pk)
        following = {
            CycleState.OPEN: CycleState.CLOSING,
            CycleState.CLOSING: CycleState.CLOSED,
        }.get(CycleState(cycle.state))
        if following:
            given = {"to": following, "expected_version": None}
            self.attempt(move_cycle, self.world.access(who), cycle, **given)
        if Cycle.objects.get(pk=self.cycle.pk).is_closed and self.at_the_close is None:
            self.at_the_close = self.what_is_closed()

    def what_is_closed(self) -> list[Any]:
        return [
            *Objective.objects.order_by("id").values_list("id", "state", "score"),
            *Contribution.objects.order_by("id").values_list("id", "state", "amount"),
            *ObjectiveAlignment.objects.order_by("id").values_list("id", "state"),
            *Commitment.objects.order_by("id").values_list("id", "state", "condition"),
            *Dependency.objects.order_by("id").values_list(
                "id", "needed_by", "people_weeks", "promised_by", "promised_weeks"
            ),
        ]

    @rule(who=PEOPLE, place=PLACES, weeks=WEEKS)
    def ask(self, who: str, place: int, weeks: Decimal | None) -> None:
        """Something of the product, or people-weeks of the team."""
        provider: dict[str, Any] = {"provider_product": product()}
        if weeks is not None:
            provider = {"provider_team": Team.objects.get(slug="team"), "people_weeks": weeks}
        if Dependency.objects.count() < 4:
            self.attempt(
                dependencies.ask_dependency,
                self.world.access(who),
                title="Something",
                needer_key_result=self.results[place],
                needed_by=timezone.localdate() + timedelta(days=10),
                **provider,
            )

    @rule(
        who=PEOPLE,
        place=PLACES,
        to=st.sampled_from(list(D)),
        days=st.integers(1, 20),
        promised=PLACES,
        weeks=WEEKS,
    )
    def move(
        self, who: str, place: int, to: str, days: int, promised: int, weeks: Decimal | None
    ) -> None:
        rows = list(Dependency.objects.order_by("id"))
        if place < len(rows):
            terms: dict[str, Any] = {}
            if to in {D.ACCEPTED, D.COUNTERED} and rows[place].state != D.COUNTERED:
                terms["promised_by"] = timezone.localdate() + timedelta(days=days)
                terms["provider_key_result"] = self.results[promised]
                if rows[place].provider_team_id is not None:
                    terms["promised_weeks"] = weeks
            act = dependencies.move_dependency
            self.attempt(act, self.world.access(who), rows[place], to=to, note="n", **terms)

    @rule(who=PEOPLE, place=PLACES, days=st.integers(-5, 20), weeks=WEEKS)
    def need_it_by(self, who: str, place: int, days: int, weeks: Decimal | None) -> None:
        rows = list(Dependency.objects.order_by("id"))
        if place < len(rows):
            self.attempt(
                dependencies.edit_dependency,
                self.world.access(who),
                rows[place],
                expected_version=None,
                needed_by=timezone.localdate() + timedelta(days=days),
                people_weeks=weeks,
            )

    @rule(who=PEOPLE, place=PLACES, to=st.sampled_from([C.STANDING, C.STANDING, *C]))
    def commit(self, who: str, place: int, to: str) -> None:
        row = Commitment.objects.get(objective=self.results[place].objective)
        act = commitments.move_commitment
        self.attempt(act, self.world.access(who), row, to=to, condition="If they come")

    @invariant()
    def no_commitment_stands_on_a_failing_promise(self) -> None:
        standing = Commitment.objects.filter(state=C.STANDING)
        objectives = set(standing.values_list("objective_id", flat=True))
        assert not objectives & set(failures_of(None, timezone.localdate()))

    @invariant()
    def a_closed_cycle_stays_as_it_was_closed(self) -> None:
        assert self.at_the_close in (None, self.what_is_closed())

    @invariant()
    def no_team_has_promised_more_than_it_can_do(self) -> None:
        """Unless what was broken was delivered after all: nobody refuses what has happened."""
        if DependencyMove.objects.filter(from_state=D.BROKEN, to_state=D.DELIVERED).exists():
            return
        for load in team_loads(self.world.access("admin"), self.cycle):
            assert [month.promised_over for month in load.months if month.promised_over] == []

    @invariant()
    def every_condition_says_since_when(self) -> None:
        rows = Commitment.objects.filter(state=C.CONDITIONAL)
        assert all(row.conditional_at and row.condition for row in rows)

    @invariant()
    def nothing_waits_for_itself(self) -> None:
        edges = dependencies.waiting_edges(exclude=self.world["admin"].pk)
        for lower, upper in edges:
            others = [edge for edge in edges if edge != (lower, upper)]
            assert would_close_circle(others, (lower, upper)) is None

    @invariant()
    def every_history_ends_where_the_record_stands(self) -> None:
        for link in Contribution.objects.all():
            last = LinkMove.objects.filter(contribution=link).first()
            assert last is not None
            assert (last.to_state, last.amount) == (link.state, link.amount)
        for goal in Objective.objects.exclude(state=O.CLOSED):
            moved = ObjectiveMove.objects.filter(objective=goal).order_by("-id").first()
            assert goal.state == (moved.to_state if moved else O.DRAFT)
        for row in Dependency.objects.all():
            step = DependencyMove.objects.filter(dependency=row).first()
            assert step is not None
            assert (step.to_state, step.promised_by) == (row.state, row.promised_by)
            weeks = (row.people_weeks, row.promised_weeks)
            assert (step.people_weeks, step.promised_weeks) == weeks

    @invariant()
    def every_step_is_one_of_the_table(self) -> None:
        for first, then in LinkMove.objects.values_list("from_state", "to_state"):
            assert then in {*LINK_MOVES[first], L.PROPOSED}
        for first, then in DependencyMove.objects.values_list("from_state", "to_state"):
            assert then == first or then in DEPENDENCY_MOVES[first]
        for first, then in ObjectiveMove.objects.values_list("from_state", "to_state"):
            assert then in OBJECTIVE_MOVES[first]
        for first, then in CommitmentMove.objects.values_list("from_state", "to_state"):
            assert then in commitments.MOVES[first]

    @invariant()
    def who_agreed_is_not_who_set_the_terms(self) -> None:
        for link in Contribution.objects.filter(state=L.AGREED):
            steps = list(LinkMove.objects.filter(contribution=link)[:2])
            assert {step.side for step in steps} == {"below", "above"}


@pytest.mark.parametrize("steps", [12])
def test_no_order_of_steps_leads_to_an_impossible_state(steps: int, in_acme: World) -> None:
    run_state_machine_as_test(
        type("Contract", (Contract,), {"world": in_acme}),
        settings=settings(
            max_examples=25,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
