"""Links between goals and their lines as they were at a past moment."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from accounts.access import Access
from okrs.definitions import definition_from_json
from okrs.models import (
    Contribution,
    ContributionPast,
    KeyResult,
    Objective,
    ObjectiveAlignment,
    ObjectiveSupport,
    SupportPast,
)
from okrs.models.past import Past
from okrs.queries.coverage import coverages_then
from okrs.queries.explain import KeyResultThen, key_results_at
from okrs.queries.key_results import KeyResultRow
from okrs.queries.links import GONE, Contributions, Links, contributions_around, links_around
from okrs.queries.moment import Moment
from okrs.queries.remembered import said_at
from okrs.queries.replay import PastGoals
from okrs.wording import Measured, definition_in_words

TERMS = ("state", "kind", "weight", "amount")


def links_then(access: Access, objective: Objective, goals: PastGoals) -> Links:
    """What it served and what served it, with the scores of then; five statements."""
    pk = objective.pk
    alignments = [row for row in goals.links if pk in {row.child_id, row.parent_id}]
    supports = supports_at(goals.moment, child_id__in=[pk])
    supported_by = supports_at(goals.moment, key_result_id__in=list(goals.own.get(pk, ())))
    terms = terms_by_link([*alignments, *supports, *supported_by])
    found = links_around(
        access,
        objective,
        ObjectiveAlignment.objects.filter(pk__in=terms),
        ObjectiveSupport.objects.filter(pk__in=terms),
    )
    for link in [*found.above, *found.below, *found.supports, *found.supported_by]:
        set_to(link, terms)
    for other in [*(link.parent for link in found.above), *(link.child for link in found.below)]:
        other.score = goals.score(other.pk)
    return found


def supports_at(moment: Moment, **wanted: Any) -> list[SupportPast]:
    rows = said_at(SupportPast, moment.decided_by, **wanted)
    return [row for row in rows if row.is_there]


def terms_by_link(past: Iterable[Any]) -> dict[UUID, Past]:
    return {row.row_id: row for row in past if row.state not in GONE}


def set_to(link: Any, terms: Mapping[UUID, Past]) -> None:
    """Have a link say what its history says; it is not meant to be stored."""
    for name in TERMS:
        if hasattr(terms[link.pk], name):
            setattr(link, name, getattr(terms[link.pk], name))


def contributions_then(
    access: Access, key_result: KeyResult, then: KeyResultThen, moment: Moment
) -> Contributions:
    """What it gave upwards and took from below, and whether the promises sufficed then."""
    pk = key_result.pk
    terms = terms_by_link(
        [*contributed(moment, child_id__in=[pk]), *contributed(moment, parent_id__in=[pk])]
    )
    links = Contribution.objects.filter(pk__in=terms)
    given, taken = contributions_around(access, key_result, links)
    for link in [*given, *taken]:
        set_to(link, terms)
    children = [link.child for link in taken]
    values = key_results_at(children, moment) if children else {}
    for child in children:
        child.current_value = values[child.pk].current
    coverage = coverages_then([key_result], {pk: then}, moment)
    return Contributions(given, taken, coverage.get(pk), {})


def contributed(moment: Moment, **wanted: Any) -> list[ContributionPast]:
    rows = said_at(ContributionPast, moment.decided_by, **wanted)
    return [row for row in rows if row.is_there]


def row_then(row: KeyResultRow, then: KeyResultThen) -> KeyResultRow:
    """The line of a key result as it was set then; nobody checks in to the past."""
    title = then.said.title if then.said else row.title
    is_closed = then.frozen is not None
    same = replace(row, title=title, is_closed=is_closed, can_check_in=False, last_note="")
    if then.version is None:
        return same
    definition = definition_from_json(then.version.definition)
    measured = Measured(
        shape=definition.shape.value,
        baseline=definition.baseline,
        target=definition.target,
        lower=definition.lower,
        upper=definition.upper,
        condition=then.version.definition.get("condition", ""),
        unit=row.unit,
        ends_on=row.ends_on,
    )
    return replace(
        same,
        shape=definition.shape.value,
        words=definition_in_words(measured),
        target=definition.target,
        weight=then.weight,
        current_value=then.current,
        score=then.score,
        raw=then.raw,
        expected=then.expected,
        pace=then.pace,
        pace_gap=then.pace_gap,
        final_score=None,
    )
