"""Links between goals as their pages show them; goals hidden from the member are left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

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
from okrs.queries.negotiation import Step, histories
from okrs.queries.objectives import of_hidden_units

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
    """Four queries, without withdrawn links, and a fifth while terms are open."""
    alignments = ObjectiveAlignment.objects.filter(archived_at=None).exclude(state__in=GONE)
    supports = ObjectiveSupport.objects.filter(archived_at=None).exclude(state__in=GONE)
    above = list(shown(access, alignments.filter(child=objective), "parent"))
    below = list(shown(access, alignments.filter(parent=objective), "child"))
    return Links(
        above=above,
        below=below,
        last=last_steps([*above, *below]),
        supports=list(
            shown(access, supports.filter(child=objective), "key_result__objective").select_related(
                "key_result__organization"
            )
        ),
        supported_by=list(
            shown(access, supports.filter(key_result__objective=objective), "child").select_related(
                "key_result"
            )
        ),
    )


def shown(access: Access, rows: QuerySet[Any], other: str) -> QuerySet[Any]:
    """Links whose other side the member may see, with that side and who asked."""
    places = [f"{other}__{name}" for name in PLACE]
    visible = rows.exclude(of_hidden_units(access, f"{other}__"))
    return visible.select_related("asked_by", "answered_by", *places).order_by("id")


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
    """Four queries, and a fifth while terms are open. Coverage is in the unit of `key_result`."""
    links = contributions_of(access).filter(archived_at=None).exclude(state__in=GONE)
    covered = coverages(KeyResult.objects.filter(pk=key_result.pk))
    given = list(links.filter(child=key_result).order_by("id"))
    taken = list(links.filter(parent=key_result).order_by("id"))
    return Contributions(given, taken, covered.get(key_result.pk), last_steps([*given, *taken]))


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
