"""Everything that the page of a key result shows, at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.access import Access
from lib.display import show_number, show_score
from okrs.choices import Shape
from okrs.definitions import DEFINING_FIELDS
from okrs.models import (
    CheckIn,
    CountedItem,
    Dependency,
    Initiative,
    KeyResult,
    KeyResultVersion,
    Milestone,
    ObjectiveCoOwner,
    Override,
    Postponement,
    SharedPlacement,
)
from okrs.queries.dependencies import around_key_results
from okrs.queries.explain import KeyResultThen, Moment, key_results_at, standing_moment
from okrs.queries.history import History, history_of
from okrs.queries.initiatives import initiatives_for
from okrs.queries.key_results import KeyResultRow, key_result_rows, visible_key_results
from okrs.queries.links import Contributions, contributions_to_and_from, placed_elsewhere
from okrs.queries.objective_page import co_owners_of

CHECK_INS = 20
LABELS = {
    "contribution_mode": "Contributions",
    "lower": "Lower edge",
    "upper": "Upper edge",
    "starts_on": "First day",
    "ends_on": "Last day",
    "curve": "Expected pace",
    "curve_points": "Points of the curve",
    "milestones": "Milestones",
}


@dataclass(frozen=True)
class Changed:
    """One field that a version of the definition changed."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    row: KeyResultVersion
    changes: Sequence[Changed]


@dataclass(frozen=True, kw_only=True)
class KeyResultPage:
    moment: Moment
    row: KeyResultRow
    then: KeyResultThen
    history: History
    check_ins: Sequence[CheckIn]
    postponements: Sequence[Postponement]
    versions: Sequence[Version]
    overrides: Sequence[Override]
    milestones: Sequence[Milestone]
    counted: Sequence[CountedItem]
    contributions: Contributions
    placements: Sequence[SharedPlacement]
    co_owners: Sequence[ObjectiveCoOwner]
    initiatives: Sequence[Initiative]
    dependencies: Sequence[Dependency]

    @property
    def said(self) -> list[CheckIn | Postponement]:
        """Check-ins and postponements, the latest first."""
        words: list[CheckIn | Postponement] = [*self.check_ins, *self.postponements]
        return sorted(words, key=lambda word: word.at, reverse=True)

    @property
    def is_milestones(self) -> bool:
        return self.row.shape == Shape.MILESTONES

    @property
    def is_count(self) -> bool:
        return self.row.shape == Shape.COUNT

    @property
    def arithmetic(self) -> str:
        """How the score comes about; of milestones, by the weights done."""
        score = self.then.score
        if not self.is_milestones or self.moment.is_past or self.then.override or score is None:
            return self.then.arithmetic
        done = sum(step.weight for step in self.milestones if step.done_on)
        total = sum(step.weight for step in self.milestones)
        return f"{show_score(score)} = {show_number(done)} / {show_number(total)}"

    @property
    def target_line(self) -> Any:
        """The level that a chart draws; none where the target is no value of the metric."""
        return self.row.target if self.row.shape in MEASURED else None


MEASURED = frozenset({Shape.FROM_TO, Shape.AT_LEAST, Shape.AT_MOST, Shape.COUNT})


def key_result_page(access: Access, key_result: KeyResult, moment: Moment) -> KeyResultPage:
    own = [key_result.pk]
    moment = standing_moment(key_result, moment)
    [row] = key_result_rows(access, visible_key_results(access).filter(pk=key_result.pk))
    is_known = Q() if not moment.is_past else Q(at__lte=moment.as_of)
    check_ins = CheckIn.objects.filter(is_known, key_result=key_result).select_related("author")
    postponements = Postponement.objects.filter(is_known, key_result=key_result)
    postponements = postponements.select_related("author")
    overrides = Override.objects.filter(key_result=key_result).select_related("author")
    return KeyResultPage(
        moment=moment,
        row=row,
        then=key_results_at([key_result], moment)[key_result.pk],
        history=history_of(key_result, moment),
        check_ins=list(check_ins[:CHECK_INS]),
        postponements=list(postponements[:CHECK_INS]),
        versions=versions_of(key_result),
        overrides=list(overrides[:CHECK_INS]),
        milestones=list(Milestone.objects.filter(key_result=key_result, archived_at=None)),
        counted=list(CountedItem.objects.filter(key_result=key_result, archived_at=None)),
        contributions=contributions_to_and_from(access, key_result),
        placements=list(placed_elsewhere(access, key_result)),
        co_owners=co_owners_of(key_result.objective_id),
        initiatives=list(initiatives_for(access, own)),
        dependencies=list(around_key_results(access, own)),
    )


def versions_of(key_result: KeyResult) -> list[Version]:
    """Versions of the definition, newest first, each with what it changed."""
    rows = list(key_result.versions.select_related("actor"))
    earlier = [*rows[1:], None]
    return [
        Version(row, changed_fields(before.definition if before else {}, row.definition))
        for row, before in zip(rows, earlier, strict=True)
    ]


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[Changed]:
    if not before:
        return []
    return [
        Changed(label_of(name), said(before.get(name)), said(after.get(name)))
        for name in (*DEFINING_FIELDS, "milestones")
        if before.get(name) != after.get(name)
    ]


def label_of(name: str) -> str:
    return LABELS.get(name, name.capitalize())


def said(value: Any) -> str:
    """A stored value as people read it."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(
            f"{item['title']} ({item['weight']})" if isinstance(item, dict) else ": ".join(item)
            for item in value
        )
    return str(value)
