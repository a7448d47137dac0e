"""Numbers and moments as people and scripts write them; what could be meant two ways is refused."""

import re
from datetime import date, datetime
from decimal import Decimal

# Twenty digits before the point are what the log of values holds. A power of ten is how programs
# write small numbers, and how spreadsheets lose digits of large ones: those have a "+".
PLAIN = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE]-?\d{1,2})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def number_of(text: str) -> Decimal:
    """A plain decimal number; ValueError with advice for anything else, "1,5" and "5 %" too."""
    if not PLAIN.fullmatch(text.strip()):
        raise ValueError(f"“{text[:40]}” is no plain number; write it as in 1234.5.")
    return Decimal(text.strip())


def moment_of(text: str) -> date | datetime:
    """A day as in 2026-11-20, or a moment as in 2026-11-20T09:30:00Z; ValueError for others."""
    words = text.strip()
    try:
        return date.fromisoformat(words) if DAY.fullmatch(words) else datetime.fromisoformat(words)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no date; write it as in 2026-11-20.") from None
