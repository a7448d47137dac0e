"""How goals read: the checks of the wording, with what they need of stored rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zlib import crc32

from accounts.access import Access
from accounts.models import Organization
from okrs.limits import Finding
from okrs.models import Cycle, KeyResult, LimitOverride, Objective
from okrs.queries.limits import DRAFTING, findings_of_objective, overrides_of
from okrs.queries.objectives import visible_objectives
from okrs.queries.scope import SHOWN_STATES
from okrs.scoring import Shape
from okrs.writing import (
    PROMPT,
    Code,
    KeyResultDraft,
    Period,
    Remark,
    Tone,
    Verdict,
    check_key_result,
    check_objective,
    most_alike,
)

# Enough for the largest organisation; the newest are compared first.
COMPARED = 2000


@dataclass(frozen=True, slots=True)
class Advice:
    """What is said about a draft: remarks on its words, and counts outside their limits."""

    remarks: Sequence[Remark] = ()
    findings: Sequence[Finding] = ()
    verdict: Verdict = Verdict.OUTCOME

    @property
    def question(self) -> str:
        """What to ask about a task; empty for what is none."""
        is_task = any(remark.code in {Code.TASK, Code.ACTIVITY} for remark in self.remarks)
        return PROMPT if is_task or self.verdict == Verdict.TASK else ""

    @property
    def digest(self) -> str:
        """Tells whether the same was said before, so that nothing is read out twice."""
        said = [*(r.seen for r in self.remarks), *(f.reason for f in self.findings)]
        return f"{crc32(' '.join(said).encode()):x}"

    def __bool__(self) -> bool:
        return bool(self.remarks or self.findings)


def period_of(cycle: Cycle, organization: Organization) -> Period:
    return Period(cycle.name, cycle.starts_on, cycle.ends_on, organization.fiscal_year_start)


# --- Objectives -------------------------------------------------------------------------------
def remarks_on_objective(
    access: Access,
    title: str,
    *,
    cycle: Cycle | None,
    unit: UUID | None = None,
    itself: Objective | None = None,
) -> list[Remark]:
    """Remarks on a title in a cycle, with near-duplicates of other owners; one statement.

    `unit` is the owner, None for the organisation; `itself` the stored objective, if it is one.
    """
    if cycle is None:
        return check_objective(title)
    remarks = check_objective(title, period_of(cycle, access.organization))
    return remarks + near_duplicates(access, title, cycle=cycle, unit=unit, itself=itself)


def near_duplicates(
    access: Access, title: str, *, cycle: Cycle, unit: UUID | None, itself: Objective | None = None
) -> list[Remark]:
    """Objectives of other owners in overlapping cycles that say nearly the same.

    Only those that the member may see are compared, so that nobody learns of the others.
    """
    rows = (
        visible_objectives(access)
        .filter(
            archived_at=None,
            state__in=SHOWN_STATES,
            cycle__starts_on__lte=cycle.ends_on,
            cycle__ends_on__gte=cycle.starts_on,
        )
        .order_by("-id")
        .values_list(
            "id", "title", "portfolio_id", "portfolio__name", "product_id", "product__name",
            "team_id", "team__name", "cycle__name",
        )
    )  # fmt: skip
    if itself is not None:
        rows = rows.exclude(pk=itself.pk)
    owned = [other_of(row, access.organization) for row in rows[:COMPARED]]
    others = {other.id: other for other in owned if other.unit != unit}
    found = most_alike(title, [(other.id, other.title) for other in others.values()])
    return [said_alike(others[likeness.key]) for likeness in found]


@dataclass(frozen=True, slots=True)
class Other:
    id: UUID
    title: str
    unit: UUID | None
    owner: str
    cycle: str


def other_of(row: tuple[Any, ...], organization: Organization) -> Other:
    pk, title, portfolio, its_name, product, its, team, name, cycle = row
    owner = its_name or its or name or str(organization)
    return Other(pk, title, portfolio or product or team, owner, cycle)


def said_alike(other: Other) -> Remark:
    return Remark(
        code=Code.NEAR_DUPLICATE,
        tone=Tone.WARNING,
        field="title",
        seen=f"{other.owner} has nearly the same objective in {other.cycle}: “{other.title}”.",
        why="Two owners of one goal work twice, or each waits for the other.",
        suggestion="Contribute to theirs, share its key results, or say what is different here.",
        about=str(other.id),
    )


# --- Key results ------------------------------------------------------------------------------
def advice_on_key_result(key_result: KeyResult, period: Period) -> Advice:
    """What is said about the words and numbers of a stored key result."""
    review = check_key_result(draft_of(key_result), period)
    return Advice(review.remarks, verdict=review.verdict)


def draft_of(key_result: KeyResult) -> KeyResultDraft:
    return KeyResultDraft(
        title=key_result.title,
        shape=Shape(key_result.shape),
        unit=key_result.metric.unit.name,
        baseline=key_result.baseline,
        target=key_result.target,
        lower=key_result.lower,
        upper=key_result.upper,
        condition=key_result.condition,
        starts_on=key_result.starts_on,
        ends_on=key_result.ends_on,
    )


# --- The page of an objective -----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ResultAdvice:
    """What is said about one key result."""

    id: UUID
    title: str
    advice: Advice


@dataclass(frozen=True, slots=True)
class Coaching:
    """What the page of an objective says about its draft, and what was set aside for it."""

    advice: Advice = Advice()
    results: Sequence[ResultAdvice] = ()
    overrides: Sequence[LimitOverride] = ()

    @property
    def question(self) -> str:
        told = [self.advice, *(result.advice for result in self.results)]
        return next((advice.question for advice in told if advice.question), "")

    @property
    def says_something(self) -> bool:
        return bool(self.advice.remarks or self.results)


def coaching_of(access: Access, objective: Objective, *, key_results: int) -> Coaching:
    """What to say about an objective with so many key results; about a closed one nothing new.

    The words are remarked on while it is drafted, counts above their limits until it is closed.
    """
    overrides = list(overrides_of(objective))
    if objective.cycle.is_closed:
        return Coaching(overrides=overrides)
    findings = findings_of_objective(objective, key_results=key_results)
    if objective.state not in DRAFTING:
        return Coaching(Advice(findings=findings), overrides=overrides)
    remarks = remarks_on_objective(
        access,
        objective.title,
        cycle=objective.cycle,
        unit=objective.unit_id,
        itself=objective,
    )
    return Coaching(Advice(remarks, findings), list(advised_results(objective)), overrides)


def advised_results(objective: Objective) -> Iterable[ResultAdvice]:
    """Its own key results about which there is something to say."""
    period = period_of(objective.cycle, objective.organization)
    rows = KeyResult.objects.filter(objective=objective, archived_at=None)
    for row in rows.select_related("metric__unit").order_by("id"):
        advice = advice_on_key_result(row, period)
        if advice:
            yield ResultAdvice(row.pk, row.title, advice)
