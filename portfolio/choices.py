"""Enumerations of the map; imports nothing of ours."""

from django.db import models


class LifecycleStage(models.TextChoices):
    EXPLORATION = "exploration", "Exploration"
    INTRODUCTION = "introduction", "Introduction"
    GROWTH = "growth", "Growth"
    MATURITY = "maturity", "Maturity"
    DECLINE = "decline", "Decline"


class MarketPosition(models.TextChoices):
    LEADER = "leader", "Leader"
    CHALLENGER = "challenger", "Challenger"
    FOLLOWER = "follower", "Follower"
    NICHE = "niche", "Niche"
    NEW = "new", "New to the market"


class Posture(models.TextChoices):
    GROW = "grow", "Grow"
    SUSTAIN = "sustain", "Sustain"
    MAINTAIN = "maintain", "Maintain"
    SUNSET = "sunset", "Sunset"


class Cadence(models.TextChoices):
    WEEKLY = "weekly", "Weekly"
    BIWEEKLY = "biweekly", "Every two weeks"
    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"


class CadenceRule(models.TextChoices):
    """What the cadence of a unit means to the units below it."""

    FREE = "free", "Leave free"
    SUGGESTED = "suggested", "Suggest"
    FORCED = "forced", "Set for all"


# How often a product checks in unless it says otherwise: the younger, the more often.
CADENCE_BY_STAGE: dict[str, Cadence] = {
    LifecycleStage.EXPLORATION: Cadence.WEEKLY,
    LifecycleStage.INTRODUCTION: Cadence.WEEKLY,
    LifecycleStage.GROWTH: Cadence.BIWEEKLY,
    LifecycleStage.MATURITY: Cadence.MONTHLY,
    LifecycleStage.DECLINE: Cadence.MONTHLY,
}
CADENCE_DAYS: dict[str, int] = {
    Cadence.WEEKLY: 7,
    Cadence.BIWEEKLY: 14,
    Cadence.MONTHLY: 31,
    Cadence.QUARTERLY: 92,
}


class RelationKind(models.TextChoices):
    PLATFORM = "platform", "Shared platform"
    CUSTOMERS = "customers", "Shared customers"
    CHANNEL = "channel", "Shared channel"
    BRAND = "brand", "Shared brand"
    PRICING = "pricing", "Linked pricing"


class TeamTie(models.TextChoices):
    OWNED = "owned", "Belongs to the product"
    SHARED = "shared", "Shared with other products"


class Dimension(models.TextChoices):
    PERCENT = "percent", "Percent"
    MONEY = "money", "Money"
    COUNT = "count", "Count"
    DURATION = "duration", "Duration"
    SCORE = "score", "Score"


class ValueSource(models.TextChoices):
    PERSON = "person", "By hand"
    SYNC = "sync", "Synced"
    PUSH = "push", "Pushed"
    FILE = "file", "From a file"
    API = "api", "Over the API"
    ROLL_UP = "roll-up", "From contributions"
