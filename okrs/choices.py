"""Enumerations of the OKR engine that the database stores; the arithmetic has its own."""

from django.db import models


class TierKind(models.TextChoices):
    """What owns the objectives of a tier."""

    ORGANIZATION = "organization", "The organisation"
    PORTFOLIO = "portfolio", "Portfolios"
    PRODUCT = "product", "Products"
    TEAM = "team", "Teams"


class CycleState(models.TextChoices):
    PLANNED = "planned", "Planned"
    OPEN = "open", "Open"
    CLOSING = "closing", "Closing"
    CLOSED = "closed", "Closed"


class ObjectiveState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PROPOSED = "proposed", "Proposed"
    CHANGES_REQUESTED = "changes-requested", "Changes requested"
    ACCEPTED = "accepted", "Accepted"
    COMMITTED = "committed", "Committed"
    CLOSED = "closed", "Closed"
    DECLINED = "declined", "Declined"
    DEFERRED = "deferred", "Deferred"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ABANDONED = "abandoned", "Abandoned"
    OBSOLETE = "obsolete", "Obsolete"


S = ObjectiveState
# Where an objective may go from each state (design, "Proposal").
OBJECTIVE_MOVES: dict[str, frozenset[str]] = {
    S.DRAFT: frozenset({S.PROPOSED, S.WITHDRAWN}),
    S.PROPOSED: frozenset({S.CHANGES_REQUESTED, S.ACCEPTED, S.DECLINED, S.DEFERRED, S.WITHDRAWN}),
    S.CHANGES_REQUESTED: frozenset({S.PROPOSED, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.COMMITTED, S.CHANGES_REQUESTED, S.DECLINED, S.DEFERRED, S.WITHDRAWN}),
    S.COMMITTED: frozenset({S.CLOSED, S.ABANDONED, S.OBSOLETE}),
    S.DECLINED: frozenset({S.DRAFT}),
    S.DEFERRED: frozenset({S.DRAFT}),
    S.WITHDRAWN: frozenset({S.DRAFT}),
    S.ABANDONED: frozenset({S.COMMITTED}),
    S.OBSOLETE: frozenset({S.COMMITTED}),
    S.CLOSED: frozenset(),
}
# States whose scores count in portfolio figures.
LIVE_STATES = (S.ACCEPTED, S.COMMITTED, S.CLOSED)
NEEDS_REASON = frozenset({S.CHANGES_REQUESTED, S.DECLINED, S.DEFERRED, S.ABANDONED, S.OBSOLETE})
# Moves that the side above decides; the others are the owner's.
DECIDED_ABOVE = frozenset(
    {S.CHANGES_REQUESTED, S.ACCEPTED, S.COMMITTED, S.DECLINED, S.DEFERRED, S.CLOSED}
)


class LimitRule(models.TextChoices):
    """What there may be too many of; the arithmetic is `okrs.limits`."""

    THEMES = "themes", "Themes of a portfolio"
    THEME_OBJECTIVES = "theme-objectives", "Portfolio objectives of a theme"
    PORTFOLIO_OBJECTIVES = "portfolio-objectives", "Objectives of a portfolio"
    LEVEL_OBJECTIVES = "level-objectives", "Objectives of one owner"
    KEY_RESULTS = "key-results", "Key results of an objective"


class RollUpMode(models.TextChoices):
    OWN = "own", "Own key results"
    OWN_AND_ALIGNED = "own-and-aligned", "Own key results and contributing objectives"
    WEAKEST = "weakest", "The weakest key result"
    BY_HAND = "by-hand", "Assessed by hand"


class Shape(models.TextChoices):
    FROM_TO = "from-to", "From a baseline to a target"
    AT_LEAST = "at-least", "At least"
    AT_MOST = "at-most", "At most"
    WITHIN = "within", "Within a band"
    MILESTONES = "milestones", "Milestones"
    YES_NO = "yes-no", "Yes or no"
    BASELINE = "baseline", "Establish a baseline"
    COUNT = "count", "Count with a condition"


class KeyResultSource(models.TextChoices):
    BY_HAND = "by-hand", "By hand"
    SYNCED = "synced", "Synced from linked work"
    PUSHED = "pushed", "Pushed by a script"
    FILE = "file", "From a file"
    CONTRIBUTIONS = "contributions", "From contributing key results"


def takes_value(source: str, shape: str) -> bool:
    """Whether a check-in may carry a value; a number that comes by itself is only confirmed.

    That of milestones and counts follows from what is ticked or listed on the key result's page.
    """
    comes_by_itself = source in {KeyResultSource.SYNCED, KeyResultSource.CONTRIBUTIONS}
    return not comes_by_itself and shape not in {Shape.MILESTONES, Shape.COUNT}


class ContributionMode(models.TextChoices):
    SUM = "sum", "Sum of changes"
    MEAN = "mean", "Weighted mean of scores"


class PaceCurve(models.TextChoices):
    LINEAR = "linear", "Straight line"
    STEPPED = "stepped", "In steps"
    CUSTOM = "custom", "Own curve"
    NONE = "none", "No expectation"


class LinkState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    COUNTERED = "countered", "Countered"
    AGREED = "agreed", "Agreed"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Side(models.TextChoices):
    """Of a link between goals: who offers to serve, and who is served."""

    BELOW = "below", "The side below"
    ABOVE = "above", "The side above"

    @property
    def other(self) -> "Side":
        return Side.ABOVE if self is Side.BELOW else Side.BELOW


L = LinkState
# Links whose terms one side has put to the other.
OPEN_LINKS = (L.PROPOSED, L.COUNTERED)
LINK_MOVES: dict[str, frozenset[str]] = {
    L.PROPOSED: frozenset({L.COUNTERED, L.AGREED, L.DECLINED, L.WITHDRAWN}),
    L.COUNTERED: frozenset({L.COUNTERED, L.AGREED, L.DECLINED, L.WITHDRAWN}),
    L.AGREED: frozenset({L.WITHDRAWN, L.COUNTERED}),
    L.DECLINED: frozenset({L.PROPOSED}),
    L.WITHDRAWN: frozenset({L.PROPOSED}),
}


class AlignmentKind(models.TextChoices):
    CONTRIBUTES = "contributes", "Contributes"
    SUPPORTS = "supports", "Supports"


class DependencyState(models.TextChoices):
    ASKED = "asked", "Asked"
    ACCEPTED = "accepted", "Accepted"
    COUNTERED = "countered", "Countered"
    DECLINED = "declined", "Declined"
    DELIVERED = "delivered", "Delivered"
    BROKEN = "broken", "Broken"
    WITHDRAWN = "withdrawn", "Withdrawn"


D = DependencyState
DEPENDENCY_MOVES: dict[str, frozenset[str]] = {
    D.ASKED: frozenset({D.ACCEPTED, D.COUNTERED, D.DECLINED, D.WITHDRAWN}),
    D.COUNTERED: frozenset({D.ACCEPTED, D.COUNTERED, D.DECLINED, D.WITHDRAWN, D.ASKED}),
    # To itself: the same promise for another day.
    D.ACCEPTED: frozenset({D.ACCEPTED, D.DELIVERED, D.BROKEN, D.WITHDRAWN}),
    D.DECLINED: frozenset({D.ASKED, D.WITHDRAWN}),
    D.DELIVERED: frozenset({D.ACCEPTED}),
    D.BROKEN: frozenset({D.ACCEPTED, D.DELIVERED, D.WITHDRAWN}),
    D.WITHDRAWN: frozenset({D.ASKED}),
}


class InitiativeState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    IN_PROGRESS = "in-progress", "In progress"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"


ENDED_WORK = (InitiativeState.DONE, InitiativeState.STOPPED)


class ReportedStatus(models.TextChoices):
    ON_TRACK = "on-track", "On track"
    BEHIND = "behind", "Behind"
    AT_RISK = "at-risk", "At risk"


class AlertKind(models.TextChoices):
    """What is worth a second look at a key result."""

    NOT_STARTED = "not-started", "Not started"
    EARLY_HIGH = "early-high", "Nearly there early"
    PAST_DUE = "past-due", "Past its last day"
    NO_OWNER = "no-owner", "Without an owner"
    OUTSIDE_CYCLE = "outside-cycle", "Outside its cycle"
    NOT_READ = "not-read", "Not read any more"


class ScoreBand(models.TextChoices):
    """The bands of `okrs.scoring.bands`, as snapshots keep them."""

    SIGNIFICANT_MISS = "significant-miss", "Significant miss"
    FELL_SHORT = "fell-short", "Fell short"
    STRONG = "strong", "Strong"
    FULL = "full", "Full"


class Outcome(models.TextChoices):
    """What becomes of an objective once its cycle is over."""

    CARRY_OVER = "carry-over", "Carry it over"
    DROP = "drop", "Drop it"
    DONE = "done", "It is done"


class CommitmentState(models.TextChoices):
    DRAFT = "draft", "Draft"
    STANDING = "standing", "Standing"
    CONDITIONAL = "conditional", "Conditional"
    RELEASED = "released", "Released"
