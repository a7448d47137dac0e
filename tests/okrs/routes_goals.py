"""Routes of the pages of goals."""

from typing import Any

from accounts.permissions import Permission
from tests.factories.method import KeyResultPatternFactory, ObjectiveTemplateFactory
from tests.okrs import goals
from tests.personas import World
from tests.route_table import Arguments, Route, no_arguments, of

P = Permission
INVALID = 422
DONE = 302


def reads(name: str, arguments: Arguments = no_arguments) -> list[Route]:
    return [Route(f"okrs:{name}", "GET", P.ORG_READ, 200, arguments)]


def form(
    name: str, permission: Permission = P.OKR_WRITE, arguments: Arguments = no_arguments
) -> list[Route]:
    """A page with a form, which refuses an empty one."""
    return [
        Route(f"okrs:{name}", "GET", permission, 200, arguments),
        Route(f"okrs:{name}", "POST", permission, INVALID, arguments),
    ]


def button(name: str, arguments: Arguments, permission: Permission = P.OKR_WRITE) -> list[Route]:
    return [Route(f"okrs:{name}", "POST", permission, DONE, arguments)]


objective = of(goals.an_objective)
key_result = of(goals.a_key_result)
initiative = of(goals.an_initiative)
dependency = of(goals.a_dependency)
commitment = of(goals.a_commitment)
committed_team = of(goals.a_committed_team)
milestone = of(goals.a_milestone)
counted_item = of(goals.a_counted_item)
cycle = of(lambda world: goals.a_cycle())
template = of(lambda world: ObjectiveTemplateFactory.create())
pattern = of(lambda world: KeyResultPatternFactory.create())


def portfolio_and_cycle(world: World) -> dict[str, Any]:
    return {"pk": world.portfolio.pk, "cycle": goals.a_cycle().pk}


ROUTES = [
    *reads("objectives"),
    *reads("objectives-csv"),
    *form("create-objective"),
    *reads("deferred"),
    *reads("deferred-csv"),
    Route("okrs:earlier-objectives", "GET", P.OKR_WRITE),
    Route("okrs:choose-template", "GET", P.OKR_WRITE),
    Route("okrs:check-objective", "POST", P.OKR_WRITE),
    Route("okrs:check-key-result", "POST", P.OKR_WRITE, arguments=objective),
    *form("continue-objective", arguments=objective),
    *form("start-from-template", arguments=template),
    *reads("objective", objective),
    *reads("objective-results", objective),
    *form("edit-objective", arguments=objective),
    *form("move-objective", arguments=objective),
    *form("assess-objective", arguments=objective),
    *button("archive-objective", objective),
    *button("restore-objective", objective),
    *form("add-co-owner", arguments=objective),
    *button("remove-co-owner", of(goals.a_co_owner)),
    *form("align-objective", arguments=objective),
    *form("support-key-result", arguments=objective),
    *form("share-key-result", arguments=objective),
    *button("unshare-key-result", of(goals.a_placement)),
    *form("answer-alignment", arguments=of(goals.an_alignment)),
    *form("answer-support", arguments=of(goals.a_support)),
    *form("answer-contribution", arguments=of(goals.a_contribution)),
    *form("commitment", P.OKR_DECIDE, objective),
    *form("move-commitment", P.OKR_DECIDE, commitment),
    *form("commit-team", P.OKR_DECIDE, commitment),
    *form("edit-committed-team", P.OKR_DECIDE, committed_team),
    *button("remove-committed-team", committed_team, P.OKR_DECIDE),
    *form("create-key-result", arguments=objective),
    *reads("key-result", key_result),
    *form("edit-key-result", arguments=key_result),
    *button("archive-key-result", key_result),
    *button("restore-key-result", key_result),
    *form("check-in", P.CHECK_IN_WRITE, key_result),
    *form("contribute", arguments=key_result),
    *form("set-override", arguments=key_result),
    *button("release-override", of(goals.an_override)),
    *form("add-milestone", P.CHECK_IN_WRITE, key_result),
    *form("edit-milestone", P.CHECK_IN_WRITE, milestone),
    *button("tick-milestone", milestone, P.CHECK_IN_WRITE),
    *button("archive-milestone", milestone),
    *button("weigh-contributions", of(goals.a_weighed_key_result), P.OKR_DECIDE),
    *form("add-counted-item", P.CHECK_IN_WRITE, key_result),
    *form("edit-counted-item", P.CHECK_IN_WRITE, counted_item),
    *button("archive-counted-item", counted_item, P.CHECK_IN_WRITE),
    *form("judge-key-result", arguments=key_result),
    *form("correct-key-result", P.CYCLE_MANAGE, key_result),
    *form("correct-objective", P.CYCLE_MANAGE, objective),
    *form("objective-retrospective", arguments=objective),
    *reads("portfolio-learned", portfolio_and_cycle),
    *form("write-portfolio-learned", P.OKR_DECIDE, portfolio_and_cycle),
    *reads("initiatives"),
    *reads("initiatives-csv"),
    *form("create-initiative"),
    *reads("initiative", initiative),
    *form("edit-initiative", arguments=initiative),
    *button("archive-initiative", initiative),
    *button("restore-initiative", initiative),
    *form("drive-key-result", arguments=initiative),
    *button("stop-driving", of(goals.a_drive)),
    *reads("dependencies"),
    *form("ask-dependency"),
    *reads("dependency", dependency),
    *form("edit-dependency", arguments=dependency),
    *form("answer-dependency", arguments=dependency),
    *reads("cycles"),
    *form("create-cycle", P.CYCLE_MANAGE),
    Route("okrs:compare-cycles", "GET", P.ORG_READ),
    Route("okrs:compare-cycles-csv", "GET", P.ORG_READ),
    *form("edit-cycle", P.CYCLE_MANAGE, cycle),
    Route("okrs:move-cycle", "POST", P.CYCLE_MANAGE, INVALID, cycle),
    *reads("close-cycle", cycle),
    Route("okrs:limits", "GET", P.ORG_READ),
    Route("okrs:limits", "POST", P.CYCLE_MANAGE, INVALID),
    *reads("templates"),
    *reads("template", template),
    *form("create-template", P.CYCLE_MANAGE),
    *form("edit-template", P.CYCLE_MANAGE, template),
    *button("archive-template", template, P.CYCLE_MANAGE),
    *button("restore-template", template, P.CYCLE_MANAGE),
    *form("add-pattern", P.CYCLE_MANAGE, template),
    *form("edit-pattern", P.CYCLE_MANAGE, pattern),
    *button("archive-pattern", pattern, P.CYCLE_MANAGE),
    *form("edit-tier", P.CYCLE_MANAGE, of(lambda world: goals.a_tier())),
]
