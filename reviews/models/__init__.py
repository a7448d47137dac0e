from reviews.models.counters import CounteredTerm, CounterProposal
from reviews.models.reviews import (
    AgendaItem,
    FollowUp,
    Review,
    ReviewDecision,
    ReviewSnapshot,
)
from reviews.models.rounds import PlanningRound, RoundConstraint, RoundMove
from reviews.models.updates import TeamUpdate

__all__ = [
    "AgendaItem",
    "CounterProposal",
    "CounteredTerm",
    "FollowUp",
    "PlanningRound",
    "Review",
    "ReviewDecision",
    "ReviewSnapshot",
    "RoundConstraint",
    "RoundMove",
    "TeamUpdate",
]
