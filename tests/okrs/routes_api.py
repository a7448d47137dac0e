"""Rows of the route table for goals over the API."""

from typing import Any
from uuid import UUID

from accounts.permissions import Permission
from okrs.models import GoalLimits
from tests.personas import World
from tests.route_table import Route

P = Permission
NOBODY = UUID(int=0)


def of_no_record(world: World) -> dict[str, Any]:
    """A record that does not exist: 404 shows that the gate opened."""
    return {"pk": NOBODY}


def with_stored_limits(world: World) -> dict[str, Any]:
    """The address names no record: there is one an organisation."""
    GoalLimits.objects.get_or_create()
    return {}


def reads(name: str) -> list[Route]:
    return [
        Route(f"api:{name}", "GET", P.ORG_READ),
        Route(f"api:{name}-record", "GET", P.ORG_READ, ok=404, arguments=of_no_record),
    ]


def creates(name: str, permission: Permission = P.OKR_WRITE) -> list[Route]:
    return [Route(f"api:{name}", "POST", permission, ok=422)]


def changes(name: str, method: str, permission: Permission = P.OKR_WRITE) -> list[Route]:
    return [Route(f"api:{name}-record", method, permission, ok=404, arguments=of_no_record)]


def does(name: str, permission: Permission = P.OKR_WRITE, method: str = "POST") -> list[Route]:
    return [Route(f"api:{name}", method, permission, ok=404, arguments=of_no_record)]


def record(name: str, permission: Permission = P.OKR_WRITE) -> list[Route]:
    """Everything that a usual record offers."""
    edited = [*changes(name, "PATCH", permission), *changes(name, "DELETE", permission)]
    return [*reads(name), *creates(name, permission), *edited]


ROUTES: list[Route] = [
    Route("api:limits", "GET", P.ORG_READ),
    Route("api:limits", "PATCH", P.CYCLE_MANAGE, ok=428, arguments=with_stored_limits),
    *reads("limit-overrides"),
    *reads("tiers"),
    *changes("tiers", "PATCH", P.CYCLE_MANAGE),
    *reads("cycles"),
    *creates("cycles", P.CYCLE_MANAGE),
    *changes("cycles", "PATCH", P.CYCLE_MANAGE),
    *does("cycles-move", P.CYCLE_MANAGE),
    *record("objectives"),
    *does("objectives-move"),
    *does("objectives-assess"),
    *does("objectives-explain", P.ORG_READ, "GET"),
    *reads("objective-co-owners"),
    *creates("objective-co-owners"),
    *changes("objective-co-owners", "DELETE"),
    *reads("objective-moves"),
    *record("key-results"),
    *does("key-results-explain", P.ORG_READ, "GET"),
    *does("key-results-judge"),
    *reads("key-result-versions"),
    *reads("check-ins"),
    *creates("check-ins", P.CHECK_IN_WRITE),
    *reads("milestones"),
    *creates("milestones", P.CHECK_IN_WRITE),
    *changes("milestones", "PATCH", P.CHECK_IN_WRITE),
    *changes("milestones", "DELETE"),
    *record("counted-items", P.CHECK_IN_WRITE),
    *reads("overrides"),
    *creates("overrides"),
    *does("overrides-release"),
    *reads("shared-placements"),
    *creates("shared-placements"),
    *changes("shared-placements", "DELETE"),
    *reads("score-points"),
    *reads("unit-scores"),
    *reads("alignments"),
    *creates("alignments"),
    *does("alignments-answer"),
    *reads("supports"),
    *creates("supports"),
    *does("supports-answer"),
    *reads("contributions"),
    *creates("contributions"),
    *does("contributions-answer"),
    *reads("link-moves"),
    Route("api:coverage", "GET", P.ORG_READ),
    Route("api:alignment-gaps", "GET", P.ORG_READ),
    Route("api:dependency-ranking", "GET", P.ORG_READ),
    *record("initiatives"),
    *reads("initiative-key-results"),
    *creates("initiative-key-results"),
    *changes("initiative-key-results", "DELETE"),
    *reads("dependencies"),
    *creates("dependencies"),
    *changes("dependencies", "PATCH"),
    *does("dependencies-move"),
    *reads("dependency-moves"),
    *reads("commitments"),
    *creates("commitments", P.OKR_DECIDE),
    *changes("commitments", "PATCH", P.OKR_DECIDE),
    *does("commitments-move", P.OKR_DECIDE),
    *reads("commitment-moves"),
    *record("committed-teams", P.OKR_DECIDE),
]
