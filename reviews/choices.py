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


# --- Reviews ----------------------------------------------------------------------------------
class ReviewAgenda(models.TextChoices):
    """The three meetings: what each asks, and how far each looks."""

    WEEKLY = "weekly", "Weekly product team review"
    PORTFOLIO = "portfolio", "Portfolio review"
    QUARTERLY = "quarterly", "Quarterly review"


class ReviewState(models.TextChoices):
    PLANNED = "planned", "Planned"
    RUNNING = "running", "Running"
    CLOSED = "closed", "Closed"


class Question(models.TextChoices):
    """The four questions; each is answered by a section of the review."""

    ON_TRACK = "on-track", "Are we on track?"
    DEPENDENCIES = "dependencies", "Are dependencies holding?"
    REALLOCATE = "reallocate", "Do we need to reallocate?"
    STRATEGY = "strategy", "Has the strategy changed?"


class SnapshotSection(models.TextChoices):
    """What a closed review keeps: the answers, the money apart, and the meeting."""

    ON_TRACK = "on-track", "On track"
    DEPENDENCIES = "dependencies", "Dependencies"
    REALLOCATE = "reallocate", "Reallocate"
    STRATEGY = "strategy", "Strategy"
    MONEY = "money", "Money"
    MEETING = "meeting", "Meeting"


# What each meeting goes through: a title, and the question whose evidence it looks at.
AGENDAS: dict[str, tuple[tuple[str, str], ...]] = {
    ReviewAgenda.WEEKLY: (
        ("Follow-ups of last week", ""),
        ("What moved, what is stuck", Question.ON_TRACK),
        ("What we wait for, what others wait for", Question.DEPENDENCIES),
        ("What we do differently this week", Question.REALLOCATE),
    ),
    ReviewAgenda.PORTFOLIO: (
        ("Follow-ups of the last review", ""),
        ("Are we on track?", Question.ON_TRACK),
        ("Are dependencies holding?", Question.DEPENDENCIES),
        ("Do we need to reallocate?", Question.REALLOCATE),
        ("Has the strategy changed?", Question.STRATEGY),
        ("Decisions, and who does what by when", ""),
    ),
    ReviewAgenda.QUARTERLY: (
        ("Follow-ups of the last review", ""),
        ("What the quarter came to", Question.ON_TRACK),
        ("Promises kept and broken", Question.DEPENDENCIES),
        ("People and money for the next quarter", Question.REALLOCATE),
        ("Does the strategy still hold?", Question.STRATEGY),
        ("What we learned, and what we change", ""),
        ("Decisions, and who does what by when", ""),
    ),
}
