from reviews.models.counters import CounteredTerm, CounterProposal
from reviews.models.rounds import PlanningRound, RoundConstraint, RoundMove

__all__ = ["CounterProposal", "CounteredTerm", "PlanningRound", "RoundConstraint", "RoundMove"]
