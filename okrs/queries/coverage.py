"""Whether what is promised from below reaches each target above; set-based."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from okrs import scoring
from okrs.choices import OPEN_LINKS, ContributionMode, KeyResultSource, LinkState
from okrs.definitions import definition_from_json
from okrs.models import (
    Contribution,
    ContributionPast,
    KeyResult,
    KeyResultPast,
    ObjectivePast,
)
from okrs.queries.explain import KeyResultThen
from okrs.queries.moment import Moment
from okrs.queries.remembered import said_at
from okrs.queries.scope import SHOWN_STATES

COLUMNS = (
    "id", "shape", "baseline", "target", "lower", "upper", "metric__unit__dimension",
    "metric__unit__currency", "metric__unit__factor",
)  # fmt: skip


def living_contributions() -> QuerySet[Contribution]:
    """Contributions that are agreed or on offer, of goals that were not given up."""
    return Contribution.objects.filter(
        archived_at=None,
        state__in=[*OPEN_LINKS, LinkState.AGREED],
        child__archived_at=None,
        child__objective__archived_at=None,
        child__objective__state__in=SHOWN_STATES,
    )


def coverages(key_results: QuerySet[KeyResult]) -> dict[UUID, scoring.TargetCoverage]:
    """By key result, where something is added up towards a target; two queries however many.

    Those are the key results made of contributions, unless by a mean, and those to which one was
    offered. Every contribution counts, as in the score, also one from a goal that is hidden.
    """
    added = living_contributions().filter(parent=OuterRef("pk"))
    made_of = Q(source=KeyResultSource.CONTRIBUTIONS)
    mean = made_of & Q(contribution_mode=ContributionMode.MEAN)
    summed = key_results.filter(made_of | Exists(added), archived_at=None).exclude(mean)
    rows = list(summed.values(*COLUMNS))
    pledges = pledges_to([row["id"] for row in rows])
    found = {row["id"]: coverage_of(row, pledges.get(row["id"], ())) for row in rows}
    return {pk: coverage for pk, coverage in found.items() if coverage is not None}


def pledges_to(parents: Iterable[UUID]) -> Mapping[UUID, list[tuple[Decimal, bool]]]:
    """(amount in the parent's unit, whether agreed) of every living contribution."""
    rows = living_contributions().filter(parent__in=list(parents))
    found: dict[UUID, list[tuple[Decimal, bool]]] = {}
    for parent, amount, state in rows.values_list("parent_id", "amount", "state"):
        if amount is not None:
            found.setdefault(parent, []).append((amount, state == LinkState.AGREED))
    return found


def coverages_then(
    key_results: Collection[KeyResult], then: Mapping[UUID, KeyResultThen], moment: Moment
) -> dict[UUID, scoring.TargetCoverage]:
    """As `coverages`, of the definitions and the promises of a past moment; four queries.

    The definitions come in `then`.
    """
    defined = {k.pk: version.definition for k in key_results if (version := then[k.pk].version)}
    links = contributions_at(moment, parent_id__in=list(defined))
    pledges: dict[UUID, list[tuple[Decimal, bool]]] = {}
    for link in links:
        if link.amount is not None:
            agreed = link.state == LinkState.AGREED
            pledges.setdefault(link.parent_id, []).append((link.amount, agreed))
    given = {link.parent_id for link in links}
    summed = [
        pk
        for pk, stored in defined.items()
        if (stored["source"] == KeyResultSource.CONTRIBUTIONS or pk in given)
        and stored["contribution_mode"] != ContributionMode.MEAN
    ]
    rows = KeyResult.objects.filter(pk__in=summed).values(*COLUMNS)
    found = {
        row["id"]: coverage_of(row | bounds_of(defined[row["id"]]), pledges.get(row["id"], ()))
        for row in rows
    }
    return {pk: coverage for pk, coverage in found.items() if coverage is not None}


def bounds_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    definition = definition_from_json(dict(stored))
    names = ("shape", "baseline", "target", "lower", "upper")
    return {name: getattr(definition, name) for name in names}


def contributions_at(moment: Moment, **wanted: Any) -> list[ContributionPast]:
    """Contributions agreed or on offer then, of goals that were not given up; four queries."""
    at = moment.decided_by
    links = [
        link
        for link in said_at(ContributionPast, at, **wanted)
        if link.is_there and link.state in {*OPEN_LINKS, LinkState.AGREED}
    ]
    children = KeyResult.objects.filter(pk__in=[link.child_id for link in links])
    homes = dict(children.values_list("id", "objective_id"))
    gone = {r.row_id for r in said_at(KeyResultPast, at, row_id__in=list(homes)) if not r.is_there}
    shown = {
        row.row_id
        for row in said_at(ObjectivePast, at, row_id__in=list(set(homes.values())))
        if row.is_there and row.state in SHOWN_STATES
    }
    return [
        link for link in links if link.child_id not in gone and homes.get(link.child_id) in shown
    ]


def coverage_of(
    row: Mapping[str, Any], pledges: Iterable[tuple[Decimal, bool]]
) -> scoring.TargetCoverage | None:
    """None where nothing lies between baseline and target."""
    bounds = {name: row[name] for name in ("baseline", "target", "lower", "upper")}
    needed = scoring.change_needed(scoring.Definition(shape=scoring.Shape(row["shape"]), **bounds))
    if needed is None:
        return None
    unit = scoring.Unit(
        scoring.Dimension(row["metric__unit__dimension"]),
        row["metric__unit__currency"] or None,
        row["metric__unit__factor"],
    )
    return scoring.cover(
        needed, [scoring.Pledge(amount, unit, agreed) for amount, agreed in pledges], unit
    )
