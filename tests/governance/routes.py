"""Every route of governance."""

from typing import Any

from accounts.permissions import Permission
from governance.models import Comment, Decision, Risk, RiskMove, Signal
from portfolio.models import Product
from tests.factories.governance import (
    CommentFactory,
    DecisionFactory,
    RiskFactory,
    RiskMoveFactory,
    SignalFactory,
)
from tests.okrs.goals import an_objective
from tests.personas import World
from tests.route_table import Route

P = Permission


def the_product() -> Product:
    return Product.objects.earliest("created_at")


def a_comment(world: World) -> dict[str, Any]:
    """What the admin said about an objective of the product."""
    found = Comment.objects.first() or CommentFactory.create(
        objective=an_objective(world), author=world["admin"]
    )
    return {"pk": found.pk}


def a_product(world: World) -> dict[str, Any]:
    return {"pk": the_product().pk}


def a_decision(world: World) -> dict[str, Any]:
    decision = Decision.objects.first()
    if decision is None:
        decision = DecisionFactory.create(outcome="Wait.")
        decision.touches.create(product=the_product())
    return {"pk": decision.pk}


def a_risk(world: World) -> dict[str, Any]:
    found = Risk.objects.first()
    return {"pk": (found or RiskFactory.create(objective=None, product=the_product())).pk}


def a_move(world: World) -> dict[str, Any]:
    found = RiskMove.objects.first()
    return {"pk": (found or RiskMoveFactory.create(risk_id=a_risk(world)["pk"])).pk}


def a_signal(world: World) -> dict[str, Any]:
    """One about the product, filed by the bystander."""
    signal = Signal.objects.first()
    if signal is None:
        signal = SignalFactory.create(filed_by=world["bystander"])
        signal.touches.create(product=the_product())
    return {"pk": signal.pk}


def nothing(world: World) -> dict[str, Any]:
    """No record: what only its author may change is tried beside the pages."""
    return {"pk": world.organization.pk}


READ = P.ORG_READ
COMMENT, PROPOSE, DECIDE = P.COMMENT_WRITE, P.DECISION_WRITE, P.DECISION_DECIDE
OF_PRODUCTS = {"kind": "products"}
RISK, SIGNAL, ASSESS = P.RISK_WRITE, P.SIGNAL_WRITE, P.SIGNAL_ASSESS
PAGES = [
    Route("governance:discussion", "GET", READ, arguments=a_product, words=OF_PRODUCTS),
    Route("governance:discussion", "POST", COMMENT, 422, a_product, OF_PRODUCTS),
    Route("governance:edit-comment", "GET", COMMENT, 404, nothing),
    Route("governance:edit-comment", "POST", COMMENT, 404, nothing),
    Route("governance:delete-comment", "GET", COMMENT, 404, nothing),
    Route("governance:delete-comment", "POST", COMMENT, 404, nothing),
    Route("governance:mentions", "GET", READ, arguments=a_product, words=OF_PRODUCTS),
    Route("governance:records", "GET", READ, words={"form": "decision"}),
    Route("governance:decisions", "GET", READ),
    Route("governance:decisions-export", "GET", READ),
    Route("governance:create-decision", "GET", PROPOSE),
    Route("governance:create-decision", "POST", PROPOSE, 422),
    Route("governance:decision", "GET", READ, arguments=a_decision),
    Route("governance:edit-decision", "GET", PROPOSE, arguments=a_decision),
    Route("governance:edit-decision", "POST", PROPOSE, 422, a_decision),
    Route("governance:decide", "GET", DECIDE, arguments=a_decision),
    Route("governance:decide", "POST", DECIDE, 422, a_decision),
    Route("governance:withdraw-decision", "POST", PROPOSE, 302, a_decision),
    Route("governance:restore-decision", "POST", PROPOSE, 302, a_decision),
    Route("governance:risks", "GET", READ),
    Route("governance:risks-export", "GET", READ),
    Route("governance:create-risk", "GET", RISK),
    Route("governance:create-risk", "POST", RISK, 422),
    Route("governance:risk", "GET", READ, arguments=a_risk),
    Route("governance:edit-risk", "GET", RISK, arguments=a_risk),
    Route("governance:edit-risk", "POST", RISK, 422, a_risk),
    Route("governance:move-risk", "GET", RISK, arguments=a_risk),
    Route("governance:move-risk", "POST", RISK, 422, a_risk),
    Route("governance:archive-risk", "POST", RISK, 302, a_risk),
    Route("governance:restore-risk", "POST", RISK, 302, a_risk),
    Route("governance:signals", "GET", READ),
    Route("governance:signals-export", "GET", READ),
    Route("governance:file-signal", "GET", SIGNAL),
    Route("governance:file-signal", "POST", SIGNAL, 422),
    Route("governance:signal", "GET", READ, arguments=a_signal),
    Route("governance:edit-signal", "GET", SIGNAL, 404, nothing),
    Route("governance:edit-signal", "POST", SIGNAL, 404, nothing),
    Route("governance:archive-signal", "POST", SIGNAL, 404, nothing),
    Route("governance:restore-signal", "POST", SIGNAL, 404, nothing),
    Route("governance:assess-signal", "GET", ASSESS, arguments=a_signal),
    Route("governance:assess-signal", "POST", ASSESS, 422, a_signal),
]
API = [
    Route("api:comments", "GET", READ),
    Route("api:comments", "POST", COMMENT, 422),
    Route("api:comments-record", "GET", READ, arguments=a_comment),
    Route("api:comments-record", "PATCH", COMMENT, 428, a_comment),
    Route("api:comments-record", "DELETE", COMMENT, 428, a_comment),
    Route("api:decisions", "GET", READ),
    Route("api:decisions", "POST", PROPOSE, 422),
    Route("api:decisions-record", "GET", READ, arguments=a_decision),
    Route("api:decisions-record", "PATCH", PROPOSE, 428, a_decision),
    Route("api:decisions-record", "DELETE", PROPOSE, 428, a_decision),
    Route("api:decisions-decide", "POST", DECIDE, 428, a_decision),
    Route("api:risks", "GET", READ),
    Route("api:risks", "POST", RISK, 422),
    Route("api:risks-record", "GET", READ, arguments=a_risk),
    Route("api:risks-record", "PATCH", RISK, 428, a_risk),
    Route("api:risks-record", "DELETE", RISK, 428, a_risk),
    Route("api:risks-move", "POST", RISK, 428, a_risk),
    Route("api:risk-moves", "GET", READ),
    Route("api:risk-moves-record", "GET", READ, arguments=a_move),
    Route("api:signals", "GET", READ),
    Route("api:signals", "POST", SIGNAL, 422),
    Route("api:signals-record", "GET", READ, arguments=a_signal),
    Route("api:signals-record", "PATCH", SIGNAL, 428, a_signal),
    Route("api:signals-record", "DELETE", SIGNAL, 428, a_signal),
    Route("api:signals-assess", "POST", ASSESS, 428, a_signal),
]
ROUTES = [*PAGES, *API]
