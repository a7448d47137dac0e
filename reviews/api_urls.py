"""Addresses of planning and reviewing in the API."""

from lib.api_routes import resource
from reviews import api

urlpatterns = [
    *resource("planning-rounds", api.PlanningRounds, move={"post": "move"}),
    *resource("round-moves", api.RoundMoves),
    *resource("round-constraints", api.RoundConstraints),
    *resource(
        "counter-proposals",
        api.CounterProposals,
        answer={"post": "answer_to"},
        withdraw={"post": "withdraw"},
    ),
    *resource("countered-terms", api.CounteredTerms),
    *resource(
        "reviews",
        api.Reviews,
        start={"post": "start"},
        close={"post": "close"},
        evidence={"get": "evidence"},
    ),
    *resource("agenda-items", api.AgendaItems),
    *resource("follow-ups", api.FollowUps, finish={"post": "finish"}),
    *resource("review-decisions", api.ReviewDecisions),
    *resource("team-updates", api.TeamUpdates, send={"post": "send"}),
]
