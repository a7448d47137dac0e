"""What people say about goals, decide about them, fear for them, and hear from outside."""

from governance.models.comments import Comment, CommentMention
from governance.models.decisions import Decision, DecisionTouch
from governance.models.records import AboutGoals
from governance.models.risks import Risk, RiskMove
from governance.models.signals import Signal, SignalTouch

__all__ = [
    "AboutGoals",
    "Comment",
    "CommentMention",
    "Decision",
    "DecisionTouch",
    "Risk",
    "RiskMove",
    "Signal",
    "SignalTouch",
]
