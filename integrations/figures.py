"""The second seam: services and people that deliver numbers instead of work items.

A tracker is asked what changed and counted by rules (`integrations.ports`). Here there is nothing
to count: a figure arrives in something that was sent (`Reader`), or is fetched from where it
stands (`FigureSource`), and becomes the value of a metric as it is.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Protocol

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A number as it was delivered. A day without a time stands for its beginning.

    at is None where the delivery does not say; metric names one where the delivery holds figures
    of several; line is where it stood in a file.
    """

    value: Decimal
    at: date | datetime | None = None
    note: str = ""
    metric: str = ""
    line: int = 0


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong in a delivery, in words for whoever sent it. line 0 is the whole of it."""

    reason: str
    line: int = 0

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}" if self.line else self.reason


class Unreadable(ValueError):
    """A delivery of which nothing is taken, with everything that is wrong about it."""

    def __init__(self, *flaws: Flaw) -> None:
        self.flaws = flaws
        super().__init__(" ".join(str(flaw) for flaw in flaws))


class UnfitHeader(ValueError):
    """A header that no request could carry, or that is not for a person to set."""


# Takes a body and its content type, without parameters; raises Unreadable.
Reader = Callable[[bytes, str], list[Figure]]


class FigureSource(Protocol):
    """One number of one service. It may raise any ProviderError of `integrations.ports`."""

    name: ClassVar[str]

    def read(self) -> Decimal:
        """The number as the service says it now; SelectionRefused when there is none."""
