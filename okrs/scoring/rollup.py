"""The score of an objective, and figures over many of them."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from okrs.scoring.bands import Band, band_of
from okrs.scoring.basis import Basis, Term, Weakest, WeightedMean
from okrs.scoring.exact import ONE, ZERO, is_share
from okrs.scoring.reporting import Coverage, NoNumber, Spread


class Mode(StrEnum):
    """How an objective gets its score; only one way takes aligned objectives into it."""

    OWN = "own"
    OWN_AND_ALIGNED = "own-and-aligned"
    WEAKEST = "weakest"
    BY_HAND = "by-hand"


class ChildKind(StrEnum):
    KEY_RESULT = "key-result"
    OBJECTIVE = "objective"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """An own or placed key result, or an aligned objective.

    `score` is 0..1 or None for no data. `counts` is false for what is only shown: a supporting
    link, an abandoned or archived row. Raises ValueError for a raw attainment or a weight of 0.
    """

    id: Hashable
    score: Decimal | None
    weight: Decimal = ONE
    kind: ChildKind = ChildKind.KEY_RESULT
    counts: bool = True

    def __post_init__(self) -> None:
        _require_score(self.score)
        if not self.weight.is_finite() or self.weight <= 0:
            raise ValueError(f"A weight is above 0, not {self.weight}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveScore:
    """`score` is the one in use, of `computed` and `assessed`, which stand side by side.

    `basis`, `coverage` and `spread` belong to `computed`. `reason` is set when `score` is None.
    """

    score: Decimal | None
    computed: Decimal | None
    assessed: Decimal | None
    mode: Mode
    basis: Basis | None
    coverage: Coverage
    spread: Spread | None
    reason: NoNumber | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A key result or objective as a portfolio counts it; objectives name their tier."""

    id: Hashable
    score: Decimal | None
    tier: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioFigure:
    mean: Decimal | None
    coverage: Coverage
    spread: Spread | None
    bands: Mapping[Band, int]


def roll_up(
    children: Iterable[Child],
    mode: Mode = Mode.OWN,
    *,
    assessed: Decimal | None = None,
    closed: bool = False,
) -> ObjectiveScore:
    """Score an objective from its children.

    Children without data are left out and reported as coverage; at close they count 0. Judged by
    hand, the mean of the own key results is still computed to stand beside it.
    """
    _require_score(assessed)
    counted = [child for child in children if _counts(child, mode)]
    terms = _terms(counted, closed=closed)
    basis = _arithmetic(terms, mode)
    computed = basis.result if basis else None
    score = assessed if mode is Mode.BY_HAND else computed
    return ObjectiveScore(
        score=score,
        computed=computed,
        assessed=assessed,
        mode=mode,
        basis=basis,
        coverage=_coverage([child.score for child in counted]),
        spread=Spread.of([term.value for term in terms]),
        reason=_why_no_score(mode, counted) if score is None else None,
    )


def portfolio_figure(items: Iterable[Scored], *, closed: bool = False) -> PortfolioFigure:
    """The plain mean over distinct rows, so a shared one counts once however often it is placed.

    Raises ValueError when one row comes with two scores, or rows of two tiers are mixed.
    """
    distinct = _distinct(items)
    missing = ZERO if closed else None
    scores = [missing if score is None else score for score in distinct.values()]
    reported = [score for score in scores if score is not None]
    tally = Counter(map(band_of, reported))
    return PortfolioFigure(
        mean=WeightedMean(tuple(map(Term, reported))).result if reported else None,
        coverage=_coverage(list(distinct.values())),
        spread=Spread.of(reported),
        bands={band: tally[band] for band in Band},
    )


def _require_score(score: Decimal | None) -> None:
    if score is not None and not is_share(score):
        raise ValueError(f"A score lies between 0 and 1, {score} does not.")


def _counts(child: Child, mode: Mode) -> bool:
    is_own = child.kind is ChildKind.KEY_RESULT
    return child.counts and (is_own or mode is Mode.OWN_AND_ALIGNED)


def _terms(children: Iterable[Child], *, closed: bool) -> tuple[Term, ...]:
    missing = ZERO if closed else None
    scores = [(missing if child.score is None else child.score, child) for child in children]
    return tuple(
        Term(score, child.weight, child.id) for score, child in scores if score is not None
    )


def _arithmetic(terms: tuple[Term, ...], mode: Mode) -> Basis | None:
    if not terms:
        return None
    return Weakest(terms) if mode is Mode.WEAKEST else WeightedMean(terms)


def _why_no_score(mode: Mode, counted: Sequence[Child]) -> NoNumber:
    if mode is Mode.BY_HAND:
        return NoNumber.NOT_ASSESSED
    return NoNumber.NOTHING_REPORTED if counted else NoNumber.NO_CHILDREN


def _coverage(scores: Sequence[Decimal | None]) -> Coverage:
    return Coverage(sum(score is not None for score in scores), len(scores))


def _distinct(items: Iterable[Scored]) -> dict[Hashable, Decimal | None]:
    scores: dict[Hashable, Decimal | None] = {}
    tiers: set[Hashable] = set()
    for item in items:
        _require_score(item.score)
        tiers.add(item.tier)
        if scores.setdefault(item.id, item.score) != item.score:
            raise ValueError(f"{item.id} comes with two scores.")
    if len(tiers) > 1:
        raise ValueError("A portfolio figure is over one tier.")
    return scores
