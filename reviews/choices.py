"""Enumerations of planning and reviewing; imports nothing of ours."""

from django.db import models


class RoundStep(models.TextChoices):
    """The steps of a planning round, in order."""

    THEMES = "themes", "Themes"
    GOALS = "goals", "Portfolio OKRs"
    PROPOSALS = "proposals", "Proposals"
    NEGOTIATION = "negotiation", "Negotiation"
    COMMITMENT = "commitment", "Commitment"
    PUBLISHED = "published", "Published"

    @property
    def in_words(self) -> str:
        """The step inside a sentence: "on to …"."""
        return PHRASES[self]


PHRASES = {
    RoundStep.THEMES: "the themes",
    RoundStep.GOALS: "the portfolio OKRs",
    RoundStep.PROPOSALS: "the proposals",
    RoundStep.NEGOTIATION: "the negotiation",
    RoundStep.COMMITMENT: "the commitment",
    RoundStep.PUBLISHED: "the published plan",
}
STEPS = tuple(RoundStep)
# The field of a round that holds the last day of each step.
LAST_DAYS = {
    RoundStep.THEMES: "themes_by",
    RoundStep.GOALS: "goals_by",
    RoundStep.PROPOSALS: "proposals_by",
    RoundStep.NEGOTIATION: "negotiation_by",
    RoundStep.COMMITMENT: "commitment_by",
}


class ConstraintKind(models.TextChoices):
    """What leadership holds fixed while teams propose."""

    MONEY = "money", "Money"
    PEOPLE = "people", "People"
    MUST_KEEP = "must-keep", "Must keep"
    OTHER = "other", "Other"


class CounterState(models.TextChoices):
    OPEN = "open", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class TermField(models.TextChoices):
    """What a counter-proposal may change of an objective or of one of its key results."""

    TITLE = "title", "Title"
    TARGET = "target", "Target"
    BASELINE = "baseline", "Baseline"
    ENDS_ON = "ends_on", "Last day"
    WEIGHT = "weight", "Weight"
