"""What a close fixed, and what was corrected since."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.access import Access
from okrs.models import ClosedKeyResult, ClosedObjective, ClosingRevision, KeyResult, Objective
from okrs.queries.key_results import visible_key_results


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One revision: the score that counted before and the one that counts since.

    `about` is the record that was corrected, None when the reader may not see it.
    """

    revision: ClosingRevision
    before: Decimal | None
    after: Decimal | None
    judged_before: Decimal | None
    judged_after: Decimal | None
    about: KeyResult | Objective | None
    is_own: bool


@dataclass(frozen=True)
class ClosingRecord:
    """`first` is what the close itself fixed; corrections follow, the latest first."""

    first: ClosedKeyResult | ClosedObjective
    corrections: Sequence[Correction]


def record_of_key_result(key_result: KeyResult) -> ClosingRecord | None:
    """None before the close, and for what no close has fixed; one query."""
    rows = list(in_order(ClosedKeyResult.objects.filter(key_result=key_result)))
    if not rows:
        return None
    found = [correction(before, after, "judged", key_result) for before, after in pairwise(rows)]
    return ClosingRecord(rows[0], found[::-1])


def record_of_objective(access: Access, objective: Objective) -> ClosingRecord | None:
    """As of a key result; what was corrected below it moves its score as well. Two queries."""
    rows = list(in_order(ClosedObjective.objects.filter(objective=objective)))
    if not rows:
        return None
    below = {row.revision.key_result_id for row in rows} - {None}
    seen = set(visible_key_results(access).filter(pk__in=below).values_list("id", flat=True))
    found = [
        correction(before, after, "assessed", about_of(after.revision, objective, seen))
        for before, after in pairwise(rows)
    ]
    return ClosingRecord(rows[0], found[::-1])


def in_order(rows: QuerySet[Any]) -> QuerySet[Any]:
    people = ("revision__actor", "revision__key_result__organization", "revision__objective")
    return rows.select_related(*people).order_by("revision__number")


def about_of(
    revision: ClosingRevision, objective: Objective, seen: Collection[UUID]
) -> KeyResult | Objective | None:
    if revision.objective_id == objective.pk:
        return objective
    return revision.key_result if revision.key_result_id in seen else None


def correction(
    before: Any, after: Any, judged: str, about: KeyResult | Objective | None
) -> Correction:
    own = {after.revision.key_result_id, after.revision.objective_id} - {None}
    is_own = bool(own & {getattr(after, "key_result_id", None), getattr(after, "objective_id", 0)})
    return Correction(
        revision=after.revision,
        before=before.score,
        after=after.score,
        judged_before=getattr(before, judged),
        judged_after=getattr(after, judged),
        about=about,
        is_own=is_own,
    )
