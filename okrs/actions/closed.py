"""Whether a cycle still takes changes: asked in one place, and only once it is our turn."""

from uuid import UUID

from django.core.exceptions import ValidationError

from okrs.actions.recompute import lock_scores
from okrs.choices import CycleState
from okrs.models import Cycle


def is_closed_now(*cycles: UUID) -> bool:
    """Whether any of `cycles` is closed; none closes any more before this transaction ends.

    What was read before the turn was taken may be out of date: a cycle may have been closed while
    this waited.
    """
    lock_scores()
    return Cycle.objects.filter(pk__in=cycles, state=CycleState.CLOSED).exists()


def refuse_closed(*cycles: UUID, stands: str = "its scores stand", field: str = "") -> None:
    """Raise `ValidationError` in one sentence if any of `cycles` is closed.

    `stands` says what a change would have touched; `field` names the answer that chose the cycle.
    """
    if is_closed_now(*cycles):
        raise closed_error(stands, field)


def closed_error(stands: str = "its scores stand", field: str = "") -> ValidationError:
    """The refusal of `refuse_closed`, for those who learn by themselves that a cycle is closed."""
    error = ValidationError(f"The cycle is closed: {stands}.", code="closed")
    return ValidationError({field: error}) if field else error
