"""What backs an objective."""

from dataclasses import dataclass
from decimal import Decimal

from okrs.choices import CommitmentState
from okrs.models import Commitment, CommitmentMove, CommittedTeam, Objective


@dataclass(frozen=True)
class Backing:
    """A commitment with its teams."""

    commitment: Commitment
    teams: list[CommittedTeam]
    # The latest steps, the newest first.
    moves: list[CommitmentMove]

    @property
    def people_weeks(self) -> Decimal:
        return sum((line.people_weeks for line in self.teams), Decimal(0))

    @property
    def is_standing(self) -> bool:
        return self.commitment.state in {CommitmentState.STANDING, CommitmentState.CONDITIONAL}


def backing_of(objective: Objective) -> Backing | None:
    """The commitment that was not released, in three queries; None for an aspiration."""
    commitment = (
        Commitment.objects.filter(objective=objective, archived_at=None)
        .exclude(state=CommitmentState.RELEASED)
        .select_related("made_by", "objective")
        .first()
    )
    if commitment is None:
        return None
    lines = CommittedTeam.objects.filter(commitment=commitment, archived_at=None)
    moves = CommitmentMove.objects.filter(commitment=commitment)
    return Backing(
        commitment,
        list(lines.select_related("team").order_by("team__name")),
        list(moves.select_related("actor", "dependency__organization")[:10]),
    )
