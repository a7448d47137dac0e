"""Rows of the route table for goals over the API."""

from typing import Any

from accounts.permissions import Permission
from tests.factories.limits import GoalLimitsFactory
from tests.okrs import goals
from tests.okrs.routes_goals import (
    commitment,
    committed_team,
    counted_item,
    cycle,
    dependency,
    initiative,
    key_result,
    milestone,
    objective,
    pattern,
    template,
)
from tests.personas import World
from tests.route_table import Arguments, Route, of

P = Permission
VERSION_MISSING = 428


def reads(name: str, record: Arguments) -> list[Route]:
    return [
        Route(f"api:{name}", "GET", P.ORG_READ),
        Route(f"api:{name}-record", "GET", P.ORG_READ, arguments=record),
    ]


def creates(name: str, permission: Permission = P.OKR_WRITE) -> list[Route]:
    return [Route(f"api:{name}", "POST", permission, 422)]


def edits(name: str, record: Arguments, permission: Permission = P.OKR_WRITE) -> list[Route]:
    return [Route(f"api:{name}-record", "PATCH", permission, VERSION_MISSING, record)]


def archives(name: str, record: Arguments, permission: Permission = P.OKR_WRITE) -> list[Route]:
    return [Route(f"api:{name}-record", "DELETE", permission, VERSION_MISSING, record)]


def removes(name: str, record: Arguments, permission: Permission = P.OKR_WRITE) -> list[Route]:
    """A record that counts no versions is gone at once."""
    return [Route(f"api:{name}-record", "DELETE", permission, 204, record)]


def does(
    name: str,
    record: Arguments,
    permission: Permission = P.OKR_WRITE,
    ok: int = VERSION_MISSING,
) -> list[Route]:
    return [Route(f"api:{name}", "POST", permission, ok, record)]


def explains(name: str, record: Arguments) -> list[Route]:
    return [Route(f"api:{name}-explain", "GET", P.ORG_READ, arguments=record)]


def usual(name: str, record: Arguments, permission: Permission = P.OKR_WRITE) -> list[Route]:
    """Everything that a usual record offers."""
    changes = [*edits(name, record, permission), *archives(name, record, permission)]
    return [*reads(name, record), *creates(name, permission), *changes]


def with_stored_limits(world: World) -> dict[str, Any]:
    """The address names no record: there is one an organisation."""
    GoalLimitsFactory.create()
    return {}


co_owner = of(goals.a_co_owner)
override = of(goals.an_override)
placement = of(goals.a_placement)
alignment = of(goals.an_alignment)
support = of(goals.a_support)
contribution = of(goals.a_contribution)
weighed = of(goals.a_weighed_key_result)
drive = of(goals.a_drive)
tier = of(lambda world: goals.a_tier())

objective_retrospective = of(goals.an_objective_retrospective)
portfolio_retrospective = of(goals.a_portfolio_retrospective)

ROUTES: list[Route] = [
    Route("api:limits", "GET", P.ORG_READ),
    Route("api:limits", "PATCH", P.CYCLE_MANAGE, VERSION_MISSING, with_stored_limits),
    *reads("limit-overrides", of(goals.a_limit_override)),
    Route("api:objectives-check", "POST", P.OKR_WRITE, 422),
    Route("api:key-results-check", "POST", P.OKR_WRITE, 422),
    *does("objectives-carry-over", objective, ok=422),
    *reads("deferred-objectives", of(lambda world: goals.an_objective(world, state="deferred"))),
    *usual("objective-templates", template, P.CYCLE_MANAGE),
    *does("objective-templates-start", template, ok=422),
    *usual("key-result-patterns", pattern, P.CYCLE_MANAGE),
    *reads("tiers", tier),
    *edits("tiers", tier, P.CYCLE_MANAGE),
    *reads("cycles", cycle),
    *creates("cycles", P.CYCLE_MANAGE),
    *edits("cycles", cycle, P.CYCLE_MANAGE),
    *does("cycles-move", cycle, P.CYCLE_MANAGE),
    *usual("objectives", objective),
    *does("objectives-move", objective),
    *does("objectives-assess", objective),
    *explains("objectives", objective),
    *reads("objective-co-owners", co_owner),
    *creates("objective-co-owners"),
    *removes("objective-co-owners", co_owner),
    *reads("objective-moves", of(goals.an_objective_move)),
    *usual("key-results", key_result),
    *explains("key-results", key_result),
    *does("key-results-judge", key_result),
    *does("key-results-correct", key_result, P.CYCLE_MANAGE),
    *does("objectives-correct", objective, P.CYCLE_MANAGE),
    *reads("closing-revisions", of(goals.a_closing_revision)),
    *reads("closed-key-results", of(goals.a_closed_key_result)),
    *reads("closed-objectives", of(goals.a_closed_objective)),
    *reads("closed-units", of(goals.a_closed_unit)),
    *reads("objective-retrospectives", objective_retrospective),
    *creates("objective-retrospectives"),
    *edits("objective-retrospectives", objective_retrospective),
    *reads("portfolio-retrospectives", portfolio_retrospective),
    *creates("portfolio-retrospectives", P.OKR_DECIDE),
    *edits("portfolio-retrospectives", portfolio_retrospective, P.OKR_DECIDE),
    *does("key-results-weigh", weighed, P.OKR_DECIDE, ok=200),
    *reads("key-result-versions", of(goals.a_key_result_version)),
    *reads("check-ins", of(goals.a_check_in)),
    *creates("check-ins", P.CHECK_IN_WRITE),
    *reads("milestones", milestone),
    *creates("milestones", P.CHECK_IN_WRITE),
    *edits("milestones", milestone, P.CHECK_IN_WRITE),
    *archives("milestones", milestone),
    *usual("counted-items", counted_item, P.CHECK_IN_WRITE),
    *reads("overrides", override),
    *creates("overrides"),
    *does("overrides-release", override, ok=200),
    *reads("shared-placements", placement),
    *creates("shared-placements"),
    *archives("shared-placements", placement),
    *reads("score-points", of(goals.a_score_point)),
    *reads("unit-scores", of(goals.a_unit_score)),
    *reads("alignments", alignment),
    *creates("alignments"),
    *does("alignments-answer", alignment),
    *reads("supports", support),
    *creates("supports"),
    *does("supports-answer", support),
    *reads("contributions", contribution),
    *creates("contributions"),
    *does("contributions-answer", contribution),
    *reads("link-moves", of(goals.a_link_move)),
    Route("api:coverage", "GET", P.ORG_READ),
    Route("api:cycle-comparison", "GET", P.ORG_READ),
    Route("api:alignment-gaps", "GET", P.ORG_READ),
    Route("api:dashboard", "GET", P.ORG_READ),
    Route("api:alignment-tree", "GET", P.ORG_READ),
    Route("api:dependency-ranking", "GET", P.ORG_READ),
    *usual("initiatives", initiative),
    *reads("initiative-key-results", drive),
    *creates("initiative-key-results"),
    *archives("initiative-key-results", drive),
    *reads("dependencies", dependency),
    *creates("dependencies"),
    *edits("dependencies", dependency),
    *does("dependencies-move", dependency),
    *reads("dependency-moves", of(goals.a_dependency_move)),
    *reads("commitments", commitment),
    *creates("commitments", P.OKR_DECIDE),
    *edits("commitments", commitment, P.OKR_DECIDE),
    *does("commitments-move", commitment, P.OKR_DECIDE),
    *reads("commitment-moves", of(goals.a_commitment_move)),
    *usual("committed-teams", committed_team, P.OKR_DECIDE),
]
