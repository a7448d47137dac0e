"""Enumerations of governance; imports nothing of ours."""

from django.db import models


class DecisionKind(models.TextChoices):
    TRADE_OFF = "trade-off", "Trade-off"
    REALLOCATION = "reallocation", "Reallocation"
    SCOPE = "scope", "Scope"
    PRICING = "pricing", "Pricing"
    PACKAGING = "packaging", "Packaging"
    STRATEGY = "strategy", "Strategy"
    OTHER = "other", "Other"


# What a product costs, and what is sold together.
COMMERCIAL = (DecisionKind.PRICING, DecisionKind.PACKAGING)


class DecisionState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    DECIDED = "decided", "Decided"
    SUPERSEDED = "superseded", "Superseded"


class Likelihood(models.IntegerChoices):
    RARE = 1, "1 Rare"
    UNLIKELY = 2, "2 Unlikely"
    POSSIBLE = 3, "3 Possible"
    LIKELY = 4, "4 Likely"
    NEARLY_CERTAIN = 5, "5 Nearly certain"


class Impact(models.IntegerChoices):
    NEGLIGIBLE = 1, "1 Negligible"
    MINOR = 2, "2 Minor"
    MODERATE = 3, "3 Moderate"
    MAJOR = 4, "4 Major"
    SEVERE = 5, "5 Severe"


class RiskResponse(models.TextChoices):
    AVOID = "avoid", "Avoid"
    REDUCE = "reduce", "Reduce"
    TRANSFER = "transfer", "Transfer"
    ACCEPT = "accept", "Accept"


class RiskState(models.TextChoices):
    OPEN = "open", "Open"
    MITIGATED = "mitigated", "Mitigated"
    OCCURRED = "occurred", "Occurred"
    CLOSED = "closed", "Closed"


R = RiskState
RISK_MOVES: dict[str, frozenset[str]] = {
    R.OPEN: frozenset({R.MITIGATED, R.OCCURRED, R.CLOSED}),
    R.MITIGATED: frozenset({R.OPEN, R.OCCURRED, R.CLOSED}),
    R.OCCURRED: frozenset({R.OPEN, R.CLOSED}),
    R.CLOSED: frozenset({R.OPEN}),
}
# Risks that somebody must still look at.
LIVE_RISKS = (R.OPEN, R.MITIGATED, R.OCCURRED)


class SignalKind(models.TextChoices):
    """What it is about."""

    COMPETITOR = "competitor", "Competitor"
    MARKET = "market", "Market"
    REGULATION = "regulation", "Regulation"
    CUSTOMER = "customer", "Customers"
    OTHER = "other", "Other"


class Assessment(models.TextChoices):
    """What a signal means for the strategy, once somebody has judged it."""

    NO_CHANGE = "no-change", "No change"
    WATCH = "watch", "Watch"
    STRATEGY = "strategy", "Strategy affected"
