"""Links between goals and their lines as they were at a past moment."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.access import Access
from okrs.definitions import definition_from_json
from okrs.models import (
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
from okrs.queries.links import GONE, Contributions, Links, contributions_of, shown
from okrs.queries.moment import Moment
from okrs.queries.remembered import said_at
from okrs.queries.replay import PastGoals
from okrs.wording import Measured, definition_in_words

TERMS = ("state", "kind", "weight", "amount")


def links_then(access: Access, objective: Objective, goals: PastGoals) -> Links:
    """What it served and what served it, with the scores of then; six statements."""
    alignments = [row for row in goals.links if row.state not in GONE]
    above = [row for row in alignments if row.child_id == objective.pk]
    below = [row for row in alignments if row.parent_id == objective.pk]
    found = Links(
        above=remade(access, ObjectiveAlignment.objects.all(), "parent", above),
        below=remade(access, ObjectiveAlignment.objects.all(), "child", below),
        last={},
        supports=remade(
            access,
            ObjectiveSupport.objects.select_related("key_result__organization"),
            "key_result__objective",
            supports_at(goals.moment, child_id__in=[objective.pk]),
        ),
        supported_by=remade(
            access,
            ObjectiveSupport.objects.select_related("key_result"),
            "child",
            supports_at(goals.moment, key_result_id__in=list(goals.own.get(objective.pk, ()))),
        ),
    )
    for other in [*(link.parent for link in found.above), *(link.child for link in found.below)]:
        other.score = goals.score(other.pk)
    return found


def supports_at(moment: Moment, **wanted: Any) -> list[SupportPast]:
    rows = said_at(SupportPast, moment.decided_by, **wanted)
    return [row for row in rows if row.is_there and row.state not in GONE]


def remade(access: Access, rows: QuerySet[Any], other: str, past: Collection[Past]) -> list[Any]:
    """The links whose other side the member may see, on their terms of then; one statement."""
    terms = {row.row_id: row for row in past}
    return [on_terms(row, terms) for row in shown(access, rows.filter(pk__in=terms), other)]


def on_terms(row: Any, terms: Mapping[UUID, Past]) -> Any:
    """A link that says what its history says; it is not meant to be stored."""
    for name in TERMS:
        if hasattr(terms[row.pk], name):
            setattr(row, name, getattr(terms[row.pk], name))
    return row


def contributions_then(
    access: Access, key_result: KeyResult, then: KeyResultThen, moment: Moment
) -> Contributions:
    """What it gave upwards and took from below, and whether the promises sufficed then."""
    pk = key_result.pk
    given = contributed(access, moment, child_id__in=[pk])
    taken = contributed(access, moment, parent_id__in=[pk])
    children = [link.child for link in taken]
    values = key_results_at(children, moment) if children else {}
    for child in children:
        child.current_value = values[child.pk].current
    coverage = coverages_then([key_result], {pk: then}, moment)
    return Contributions(given, taken, coverage.get(pk), {})


def contributed(access: Access, moment: Moment, **wanted: Any) -> list[Any]:
    rows = said_at(ContributionPast, moment.decided_by, **wanted)
    terms = {row.row_id: row for row in rows if row.is_there and row.state not in GONE}
    links = contributions_of(access).filter(pk__in=terms).order_by("id")
    return [on_terms(link, terms) for link in links]


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
