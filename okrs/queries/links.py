"""Links between goals as their pages show them; goals hidden from the member are left out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access import Access
from okrs import scoring
from okrs.choices import OPEN_LINKS, ContributionMode, LinkState
from okrs.models import (
    Contribution,
    KeyResult,
    Objective,
    ObjectiveAlignment,
    ObjectiveSupport,
    SharedPlacement,
)
from okrs.queries.coverage import coverages
from okrs.queries.key_results import visible_key_results
from okrs.queries.negotiation import Step, histories
from okrs.queries.objectives import of_hidden_units, visible_objectives

GONE = [LinkState.WITHDRAWN]
PLACE = ("tier", "cycle", "portfolio", "product", "team", "owner", "organization")


@dataclass(frozen=True)
class Links:
    """What an objective serves (`above`) and what serves it (`below`), by kind."""

    above: list[ObjectiveAlignment]
    below: list[ObjectiveAlignment]
    supports: list[ObjectiveSupport]
    supported_by: list[ObjectiveSupport]
    # What the last step of an open link put to the other side.
    last: Mapping[UUID, Step]


def links_of(access: Access, objective: Objective) -> Links:
    """Two queries without withdrawn links, a third for other goals, a fourth for open terms."""
    found = links_around(
        access,
        objective,
        ObjectiveAlignment.objects.filter(archived_at=None).exclude(state__in=GONE),
        ObjectiveSupport.objects.filter(archived_at=None).exclude(state__in=GONE),
    )
    return replace(found, last=last_steps([*found.above, *found.below]))


def links_around(
    access: Access,
    objective: Objective,
    alignments: QuerySet[ObjectiveAlignment],
    supports: QuerySet[ObjectiveSupport],
) -> Links:
    """Those that end at the objective and whose other end the member may see, with that end.

    Goals at other ends are read apart: most goals have few links, and it takes longer to plan a
    statement that joins all around both ends than to make the page.
    """
    pk = objective.pk
    ends_here = Q(child=pk) | Q(parent=pk)
    aligned = list(alignments.filter(ends_here).select_related("asked_by").order_by("id"))
    ends_here = Q(child=pk) | Q(key_result__objective=pk)
    supporting = supports.filter(ends_here).select_related("key_result__organization")
    supported = list(supporting.order_by("id"))
    ends = {end for link in aligned for end in (link.child_id, link.parent_id)}
    ends |= {end for link in supported for end in (link.child_id, link.key_result.objective_id)}
    goals = goals_named(access, ends - {pk})
    found = Links(
        above=[link for link in aligned if link.parent_id in goals],
        below=[link for link in aligned if link.child_id in goals],
        supports=[link for link in supported if link.key_result.objective_id in goals],
        supported_by=[link for link in supported if link.child_id in goals],
        last={},
    )
    for above in found.above:
        above.parent = goals[above.parent_id]
    for below in found.below:
        below.child = goals[below.child_id]
    for support in found.supports:
        support.key_result.objective = goals[support.key_result.objective_id]
    for support in found.supported_by:
        support.child = goals[support.child_id]
    return found


def goals_named(access: Access, ids: Collection[UUID]) -> dict[UUID, Objective]:
    """Objectives that the member may see, with their unit; one query, none without ids."""
    if not ids:
        return {}
    units = ("portfolio", "product", "team")
    return visible_objectives(access).select_related("organization", *units).in_bulk(ids)


def alignments_of(access: Access) -> QuerySet[ObjectiveAlignment]:
    """Alignments between goals that the member may see."""
    rows = ObjectiveAlignment.objects.exclude(of_hidden_units(access, "child__"))
    return rows.exclude(of_hidden_units(access, "parent__")).select_related(
        *[f"{side}__{name}" for side in ("child", "parent") for name in PLACE]
    )


def supports_of(access: Access) -> QuerySet[ObjectiveSupport]:
    rows = ObjectiveSupport.objects.exclude(of_hidden_units(access, "child__"))
    return rows.exclude(of_hidden_units(access, "key_result__objective__")).select_related(
        *[f"{side}__{name}" for side in ("child", "key_result__objective") for name in PLACE]
    )


def contributions_of(access: Access) -> QuerySet[Contribution]:
    rows = Contribution.objects.exclude(of_hidden_units(access, "child__objective__"))
    return rows.exclude(of_hidden_units(access, "parent__objective__")).select_related(
        "child__organization",
        "parent__organization",
        "child__metric__unit",
        "parent__metric__unit",
        *[f"{side}__objective__{name}" for side in ("child", "parent") for name in PLACE],
    )


@dataclass(frozen=True)
class Contributions:
    """What a key result gives upwards and takes from below, and whether the promises suffice."""

    given: list[Contribution]
    taken: list[Contribution]
    coverage: scoring.TargetCoverage | None
    last: Mapping[UUID, Step]

    @property
    def can_be_weighed(self) -> bool:
        """Whether weights count, and there are amounts to take them from."""
        agreed = [link for link in self.taken if link.state == LinkState.AGREED]
        return len(agreed) > 1 and all(
            link.amount is not None and link.parent.contribution_mode == ContributionMode.MEAN
            for link in agreed
        )


def contributions_to_and_from(access: Access, key_result: KeyResult) -> Contributions:
    """Three queries, one for other ends, and one for open terms; coverage in its own unit."""
    links = Contribution.objects.filter(archived_at=None).exclude(state__in=GONE)
    given, taken = contributions_around(access, key_result, links)
    covered = coverages(KeyResult.objects.filter(pk=key_result.pk))
    return Contributions(given, taken, covered.get(key_result.pk), last_steps([*given, *taken]))


def contributions_around(
    access: Access, key_result: KeyResult, links: QuerySet[Contribution]
) -> tuple[list[Contribution], list[Contribution]]:
    """Those that it gives and those that it takes, each with both ends; as `links_around`."""
    found = list(links.filter(Q(child=key_result) | Q(parent=key_result)).order_by("id"))
    ends = {end for link in found for end in (link.child_id, link.parent_id)} - {key_result.pk}
    others = key_results_measured(access, ends)
    given = [link for link in found if link.parent_id in others]
    taken = [link for link in found if link.child_id in others]
    for link in given:
        link.child, link.parent = key_result, others[link.parent_id]
    for link in taken:
        link.child, link.parent = others[link.child_id], key_result
    return given, taken


def key_results_measured(access: Access, ids: Collection[UUID]) -> dict[UUID, KeyResult]:
    """Key results that the member may see, with unit and cycle; one query, none without ids."""
    if not ids:
        return {}
    goal = ("objective__cycle", "objective__organization")
    measured = visible_key_results(access).select_related("organization", "metric__unit", *goal)
    return measured.in_bulk(ids)


def last_steps(links: Iterable[Any]) -> dict[UUID, Step]:
    """The latest step of each link that waits for an answer."""
    found = histories([link for link in links if link.state in OPEN_LINKS])
    return {pk: steps[0] for pk, steps in found.items()}


def placements_of(access: Access, objective: Objective) -> QuerySet[SharedPlacement]:
    """Key results of other objectives that are shown under this one."""
    rows = SharedPlacement.objects.filter(objective=objective, archived_at=None)
    return rows.exclude(of_hidden_units(access, "key_result__objective__"))


def placed_elsewhere(access: Access, key_result: KeyResult) -> QuerySet[SharedPlacement]:
    """The objectives under which a key result is shown beside its home."""
    rows = SharedPlacement.objects.filter(key_result=key_result, archived_at=None)
    rows = rows.exclude(of_hidden_units(access, "objective__"))
    return rows.select_related("objective__organization", "objective__cycle")
