from okrs.models.check_ins import (
    CheckInSettings,
    Escalation,
    HiddenAlert,
    Postponement,
    ReminderChoice,
    ReminderTurn,
)
from okrs.models.closing import (
    ClosedKeyResult,
    ClosedObjective,
    ClosedUnit,
    ClosingRevision,
    ObjectiveRetrospective,
    PortfolioRetrospective,
)
from okrs.models.cycles import Cycle, Tier
from okrs.models.key_results import (
    CheckIn,
    CountedItem,
    KeyResult,
    KeyResultVersion,
    Milestone,
    Override,
)
from okrs.models.limits import GoalLimits, LimitOverride
from okrs.models.links import (
    Contribution,
    LinkMove,
    ObjectiveAlignment,
    ObjectiveSupport,
    SharedPlacement,
)
from okrs.models.objectives import Objective, ObjectiveCoOwner, ObjectiveMove
from okrs.models.past import (
    AlignmentPast,
    ContributionPast,
    HistoryStart,
    KeyResultPast,
    ObjectivePast,
    PlacementPast,
    SupportPast,
)
from okrs.models.promises import (
    Commitment,
    CommitmentMove,
    CommittedTeam,
    Dependency,
    DependencyMove,
)
from okrs.models.scores import ScorePoint, UnitScore
from okrs.models.templates import KeyResultPattern, ObjectiveTemplate
from okrs.models.work import Initiative, InitiativeKeyResult

__all__ = [
    "AlignmentPast",
    "CheckIn",
    "CheckInSettings",
    "ClosedKeyResult",
    "ClosedObjective",
    "ClosedUnit",
    "ClosingRevision",
    "Commitment",
    "CommitmentMove",
    "CommittedTeam",
    "Contribution",
    "ContributionPast",
    "CountedItem",
    "Cycle",
    "Dependency",
    "DependencyMove",
    "Escalation",
    "GoalLimits",
    "HiddenAlert",
    "HistoryStart",
    "Initiative",
    "InitiativeKeyResult",
    "KeyResult",
    "KeyResultPast",
    "KeyResultPattern",
    "KeyResultVersion",
    "LimitOverride",
    "LinkMove",
    "Milestone",
    "Objective",
    "ObjectiveAlignment",
    "ObjectiveCoOwner",
    "ObjectiveMove",
    "ObjectivePast",
    "ObjectiveRetrospective",
    "ObjectiveSupport",
    "ObjectiveTemplate",
    "Override",
    "PlacementPast",
    "PortfolioRetrospective",
    "Postponement",
    "ReminderChoice",
    "ReminderTurn",
    "ScorePoint",
    "SharedPlacement",
    "SupportPast",
    "Tier",
    "UnitScore",
]
