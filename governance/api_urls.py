"""Addresses of governance in the API."""

from governance import api
from lib.api_routes import resource

urlpatterns = [
    *resource("comments", api.Comments),
    *resource("decisions", api.Decisions, decide={"post": "decide"}),
    *resource("risks", api.Risks, move={"post": "move"}),
    *resource("risk-moves", api.RiskMoves),
    *resource("signals", api.Signals, assess={"post": "assess"}),
]
