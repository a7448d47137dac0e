from okrs.models.check_ins import (
    CheckInSettings,
    Escalation,
    HiddenAlert,
    Postponement,
    ReminderChoice,
    ReminderTurn,
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
    "CheckIn",
    "CheckInSettings",
    "Commitment",
    "CommitmentMove",
    "CommittedTeam",
    "Contribution",
    "CountedItem",
    "Cycle",
    "Dependency",
    "DependencyMove",
    "Escalation",
    "GoalLimits",
    "HiddenAlert",
    "Initiative",
    "InitiativeKeyResult",
    "KeyResult",
    "KeyResultPattern",
    "KeyResultVersion",
    "LimitOverride",
    "LinkMove",
    "Milestone",
    "Objective",
    "ObjectiveAlignment",
    "ObjectiveCoOwner",
    "ObjectiveMove",
    "ObjectiveSupport",
    "ObjectiveTemplate",
    "Override",
    "Postponement",
    "ReminderChoice",
    "ReminderTurn",
    "ScorePoint",
    "SharedPlacement",
    "Tier",
    "UnitScore",
]
