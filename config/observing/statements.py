"""Statements to the database: how many, how long, and which of them were slow."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.conf import settings

slow = logging.getLogger("flotilla.slow")
LONGEST_LOGGED = 1000


@dataclass
class Statements:
    """Counts and times what `asker` sends; logs the slow ones by its name, never their values."""

    asker: Callable[[], str]
    count: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        began = perf_counter()
        try:
            return execute(sql, *given)
        finally:
            took = perf_counter() - began
            self.count += 1
            self.seconds += took
            if took * 1000 >= settings.SLOW_QUERY_MS:
                words = " ".join(str(sql).split())[:LONGEST_LOGGED]
                slow.warning("%s: %.0f ms: %s", self.asker(), took * 1000, words)
