"""Setting the goals of a quarter: objectives, key results, how they are defined and agreed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F

from accounts.models import Member
from config.demo.agreements import ADDITIONS, COUNTERED
from config.demo.book import Book, Unit
from config.demo.calendar import Span
from config.demo.courses import counted, steps_done
from config.demo.places import PORTFOLIOS, PRODUCTS, TEAMS
from config.demo.shapes import Goal, Result
from okrs.choices import KeyResultSource, LinkState, ObjectiveState, Side, TierKind
from okrs.definitions import definition_to_json
from okrs.models import (
    Commitment,
    CommittedTeam,
    Contribution,
    CountedItem,
    Cycle,
    KeyResult,
    KeyResultVersion,
    Milestone,
    Objective,
    ObjectiveAlignment,
    ObjectiveMove,
    Tier,
)
from portfolio.models import Metric, Portfolio, Product, TeamMember

S = ObjectiveState
# Steps to each state, with the days before the quarter on which they were taken.
WAYS: dict[str, list[tuple[str, int]]] = {
    S.DRAFT: [],
    S.PROPOSED: [(S.PROPOSED, -2)],
    S.CHANGES_REQUESTED: [(S.PROPOSED, 50), (S.CHANGES_REQUESTED, 44)],
    S.ACCEPTED: [(S.PROPOSED, 55), (S.ACCEPTED, 48)],
    S.COMMITTED: [(S.PROPOSED, 18), (S.ACCEPTED, 9), (S.COMMITTED, 4)],
}
EUROS_A_WEEK = 2400


def moment(book: Book, day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), book.zone)


def set_goals(book: Book, cycle: Cycle, goals: Sequence[Goal]) -> dict[KeyResult, Result]:
    """Store the goals as they stood when the quarter began; the text of each key result."""
    book.tiers = {tier.kind: tier for tier in Tier.objects.all()}
    for goal in goals:
        book.objectives[goal.title] = objective_of(book, cycle, goal)
    Objective.objects.bulk_create(book.objectives[goal.title] for goal in goals)
    note_moves(book, cycle, goals)
    texts = set_key_results(book, goals)
    align(book, goals)
    for goal in goals:
        if goal.backing:
            back(book, cycle, goal)
    return texts


def objective_of(book: Book, cycle: Cycle, goal: Goal) -> Objective:
    unit = book.units[goal.unit]
    kind = kind_of(unit)
    return Objective(
        title=goal.title,
        description=goal.about,
        tier=book.tiers[kind],
        cycle=cycle,
        theme=book.themes.get(goal.theme),
        owner=lead_of(book, unit),
        state=goal.state,
        roll_up=goal.roll_up,
        continued_from=book.objectives.get(goal.continues),
        **{kind: unit},
    )


def kind_of(unit: Unit) -> str:
    if isinstance(unit, Portfolio):
        return TierKind.PORTFOLIO.value
    return TierKind.PRODUCT.value if isinstance(unit, Product) else TierKind.TEAM.value


def lead_of(book: Book, unit: Unit) -> Member:
    if isinstance(unit, Portfolio):
        return book.members[PORTFOLIOS[unit.name][0]]
    return unit.lead or book.admin.member


def note_moves(book: Book, cycle: Cycle, goals: Sequence[Goal]) -> None:
    rows = []
    for goal in goals:
        objective, before = book.objectives[goal.title], S.DRAFT.value
        for to, days in WAYS[goal.state]:
            at = min(moment(book, cycle.starts_on - timedelta(days=days)), book.now)
            actor = objective.owner if to == S.PROPOSED else book.members["Tobias Lindqvist"]
            rows.append(
                ObjectiveMove(
                    objective=objective, from_state=before, to_state=to, actor=actor, at=at
                )
            )
            before = to
    ObjectiveMove.objects.bulk_create(rows)


def set_key_results(book: Book, goals: Sequence[Goal]) -> dict[KeyResult, Result]:
    texts: dict[KeyResult, Result] = {}
    helpers = people_by_unit(book)
    metrics: list[Metric] = []
    for goal in goals:
        objective = book.objectives[goal.title]
        people = [objective.owner, *helpers[goal.unit][:1]]
        for number, result in enumerate(goal.results):
            metric = metric_of(book, objective, result, metrics)
            owner = people[number % len(people)]
            key_result = key_result_of(objective, metric, owner, result)
            texts[key_result] = result
            book.key_results[result.title] = key_result
    Metric.objects.bulk_create(metrics)
    KeyResult.objects.bulk_create(texts)
    steps = add_parts(book, texts)
    add_versions(book, texts, steps)
    return texts


def people_by_unit(book: Book) -> dict[str, list[Member]]:
    """Who answers for key results beside the lead: the leads of what lies below, or the team."""
    found: dict[str, list[Member]] = {name: [] for name in book.units}
    for place in PRODUCTS:
        found[place.portfolio].append(book.members[place.lead])
    for crew in TEAMS:
        if not crew.shared:
            found[crew.products[0]].append(book.members[crew.lead])
    others = TeamMember.objects.exclude(member=F("team__lead"))
    helpers = others.select_related("team", "member").order_by("id")
    for link in helpers:
        found[link.team.name].append(link.member)
    return found


def metric_of(book: Book, objective: Objective, result: Result, fresh: list[Metric]) -> Metric:
    if result.metric and result.metric in book.metrics:
        return book.metrics[result.metric]
    metric = Metric(
        name=result.metric or result.title[:160],
        unit=book.measures[result.unit or "items"],
        product=objective.product,
        is_silent=not result.metric,
    )
    if result.metric:
        book.metrics[result.metric] = metric
    fresh.append(metric)
    return metric


def key_result_of(objective: Objective, metric: Metric, owner: Member, result: Result) -> KeyResult:
    return KeyResult(
        objective=objective,
        title=result.title,
        metric=metric,
        owner=owner,
        shape=result.shape,
        weight=Decimal(result.weight),
        condition=result.condition,
        **numbers_of(result),
        **source_of(result),
    )


def numbers_of(result: Result) -> dict[str, Decimal | None]:
    first = Decimal(result.start) if result.start else None
    last = Decimal(result.target) if result.target else None
    if result.shape == "within":
        return {"lower": first, "upper": last}
    if result.shape == "milestones":
        return {}
    return {"baseline": first, "target": last}


def source_of(result: Result) -> dict[str, str]:
    kind, _, mode = result.source.partition("-")
    if kind == "contributions":
        return {"source": KeyResultSource.CONTRIBUTIONS, "contribution_mode": mode}
    if result.source in {"pushed", "file"}:
        return {"source": result.source}
    return {"source": KeyResultSource.SYNCED} if ":" in result.source else {}


def add_parts(book: Book, texts: dict[KeyResult, Result]) -> dict[KeyResult, list[Milestone]]:
    """Milestones and counted things, as far as they are done today."""
    steps: dict[KeyResult, list[Milestone]] = {}
    things = []
    for key_result, result in texts.items():
        cycle = key_result.objective.cycle
        gone = min(book.now.date(), cycle.ends_on) - cycle.starts_on
        share = gone.days / ((cycle.ends_on - cycle.starts_on).days + 1)
        done = steps_done(result, 0.1 if result.course == "late" else share)
        steps[key_result] = [
            Milestone(
                key_result=key_result,
                title=title,
                position=number,
                due_on=cycle.starts_on + timedelta(days=20 * (number + 1)),
                done_on=cycle.starts_on + gone * (number + 1) / (done + 1)
                if number < done
                else None,
            )
            for number, title in enumerate(result.steps)
        ]
        met = counted(result, share)
        things += [
            CountedItem(
                key_result=key_result,
                name=name,
                met_on=cycle.starts_on + gone * (number + 1) / (met + 1),
            )
            for number, name in enumerate(result.counted[:met])
        ]
    Milestone.objects.bulk_create(step for of_one in steps.values() for step in of_one)
    CountedItem.objects.bulk_create(things)
    return steps


def add_versions(
    book: Book, texts: dict[KeyResult, Result], steps: dict[KeyResult, list[Milestone]]
) -> None:
    KeyResultVersion.objects.bulk_create(
        KeyResultVersion(
            key_result=k,
            number=1,
            effective_at=moment(book, k.objective.cycle.starts_on, 0),
            recorded_at=moment(book, k.objective.cycle.starts_on - timedelta(days=10)),
            definition=definition_to_json(k, steps[k]),
            actor=k.owner,
        )
        for k in texts
    )


def align(book: Book, goals: Sequence[Goal]) -> None:
    ObjectiveAlignment.objects.bulk_create(
        alignment_of(book, book.objectives[goal.title], book.objectives[title])
        for goal in goals
        for title in goal.serves
    )


def alignment_of(book: Book, child: Objective, parent: Objective) -> ObjectiveAlignment:
    """Agreed before the quarter, unless the goal is still proposed or the terms are open."""
    note = COUNTERED.get((child.title, parent.title), "")
    link = ObjectiveAlignment(child=child, parent=parent, asked_by=child.owner, note=note)
    if child.state == S.COMMITTED:
        link.state = LinkState.COUNTERED if note else LinkState.AGREED
        link.turn = Side.BELOW if note else Side.ABOVE
        link.answered_by = parent.owner
        link.answered_at = moment(book, child.cycle.starts_on - timedelta(days=6))
    return link


def add_contributions(book: Book) -> list[Contribution]:
    """Which key results of this quarter feed others, and on which terms."""
    rows = []
    for addition in ADDITIONS:
        child, parent = book.key_results[addition.child], book.key_results[addition.parent]
        agreed = addition.state == LinkState.AGREED
        at = moment(book, parent.objective.cycle.starts_on - timedelta(days=5))
        rows.append(
            Contribution(
                child=child,
                parent=parent,
                amount=Decimal(addition.amount),
                offered=Decimal(addition.offered or addition.amount),
                state=addition.state,
                asked_by=child.owner,
                answered_by=parent.owner if agreed else None,
                answered_at=at if agreed else None,
            )
        )
    return Contribution.objects.bulk_create(rows)


def back(book: Book, cycle: Cycle, goal: Goal) -> None:
    """People and money behind an objective, and what was given up for it."""
    objective = book.objectives[goal.title]
    weeks = sum(goal.backing.values())
    commitment = Commitment.objects.create(
        objective=objective,
        state="standing",
        trade_off=goal.trade_off,
        amount=Decimal(weeks * EUROS_A_WEEK),
        currency=book.organization.currency,
        made_by=objective.owner,
    )
    CommittedTeam.objects.bulk_create(
        CommittedTeam(
            commitment=commitment,
            team=book.teams[name],
            people_weeks=Decimal(number),
            starts_on=cycle.starts_on,
            ends_on=cycle.ends_on,
        )
        for name, number in goal.backing.items()
    )


def make_cycles(book: Book) -> list[Cycle]:
    """The fiscal year and its quarters: two to be closed, one open, one planned."""
    year = Cycle.objects.create(**dates(book.year), state="open")
    states = ["open", "open", "open", "planned"]
    return [
        Cycle.objects.create(**dates(quarter), parent=year, state=state)
        for quarter, state in zip(book.quarters, states, strict=True)
    ]


def dates(span: Span) -> dict[str, Any]:
    return {"name": span.name, "starts_on": span.starts_on, "ends_on": span.ends_on}
