"""What goals add to the pages of the map."""

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import Q
from django.http import HttpRequest

from accounts.access import Access
from accounts.permissions import MemberRequest
from lib.panels import Panel, register
from okrs.choices import ENDED_WORK, CycleState, InitiativeState, TierKind
from okrs.models import Initiative, UnitScore
from okrs.queries.cadences import cadence_of
from okrs.queries.dashboard import RollUp, UnitLine
from okrs.queries.key_results import key_result_rows, visible_key_results
from okrs.queries.limits import findings_of_unit
from okrs.queries.objectives import ObjectiveFilters, list_objectives
from okrs.queries.roadmap import progress_of
from okrs.wording import cadence_in_words
from portfolio.models import Portfolio, Product, Team

SHOWN = 10
Context = Mapping[str, object]


def access_of(request: HttpRequest) -> Access:
    return cast("MemberRequest", request).access


def objectives_of_unit(request: HttpRequest, unit: Any) -> Context:
    """Objectives of a portfolio, product or team in cycles that are not closed."""
    page = list_objectives(access_of(request), ObjectiveFilters(unit=unit.pk), limit=SHOWN)
    found = running_score(unit)
    return {
        "rows": page.rows,
        "unit": unit,
        "has_more": page.after is not None,
        "standing": found and standing_of(unit, found),
        "cycle": found and found.cycle,
    }


def running_score(unit: Portfolio | Product | Team) -> UnitScore | None:
    """The stored roll-up of the unit in the shortest cycle that runs; None without one."""
    kind = {Portfolio: "portfolio", Product: "product", Team: "team"}[type(unit)]
    running = UnitScore.objects.filter(
        **{kind: unit}, cycle__state__in=[CycleState.OPEN, CycleState.CLOSING]
    )
    return running.select_related("cycle").order_by("-cycle__starts_on").first()


def standing_of(unit: Portfolio | Product | Team, found: UnitScore) -> UnitLine:
    return UnitLine(id=unit.pk, name=unit.name, figures=RollUp.of(found), score=found.score)


def limits_of_unit(request: HttpRequest, unit: Portfolio | Product | Team) -> Context | None:
    """What lies outside the limits in the unit's cycles; nothing when all is well."""
    kind = TierKind(type(unit).__name__.lower())
    findings = findings_of_unit(kind, unit.pk, unit.name)
    return {"findings": findings} if findings else None


def initiatives_of_unit(_request: HttpRequest, unit: Product | Team) -> Context:
    """Work that is not finished, in the order in which it ends."""
    condition = Q(product=unit) if isinstance(unit, Product) else Q(team=unit)
    rows = Initiative.objects.filter(condition, archived_at=None).exclude(state__in=ENDED_WORK)
    found = rows.order_by("ends_on", "title", "id").values(
        "id", "title", "state", "starts_on", "ends_on", "items_done", "items_total", "owner__name"
    )[:SHOWN]
    labels = dict(InitiativeState.choices)
    return {
        "rows": [
            {**row, "progress": progress_of(row), "state_label": labels[row["state"]]}
            for row in found
        ]
    }


def readers_of_metric(request: HttpRequest, metric: Any) -> Context:
    """The key results that read a metric, the newest cycle first."""
    access = access_of(request)
    rows = visible_key_results(access).filter(metric=metric, archived_at=None)
    newest = rows.order_by("-objective__cycle__starts_on", "title", "id")[:SHOWN]
    return {"rows": key_result_rows(access, newest)}


def cadence_of_unit(_request: HttpRequest, unit: Portfolio | Product | Team) -> Context:
    """How often the unit checks in, and who decided it."""
    held = cadence_of(**{type(unit).__name__.lower(): unit.pk})
    return {"unit": unit, "cadence": held.cadence, "why": cadence_in_words(held)}


def register_panels() -> None:
    for page in ("portfolio.portfolio", "portfolio.product", "portfolio.team"):
        register(
            page,
            Panel(
                name="cadence",
                title="Check-ins",
                template="okrs/overview_panel_cadence.html",
                load=cadence_of_unit,
                order=30,
            ),
        )
    for page in ("portfolio.portfolio", "portfolio.product", "portfolio.team"):
        register(
            page,
            Panel(
                name="objectives",
                title="Objectives",
                template="okrs/overview_panel_objectives.html",
                load=objectives_of_unit,
                order=10,
            ),
        )
        register(
            page,
            Panel(
                name="limits",
                title="Limits",
                template="okrs/overview_panel_limits.html",
                load=limits_of_unit,
                order=11,
            ),
        )
    for page in ("portfolio.product", "portfolio.team"):
        register(
            page,
            Panel(
                name="initiatives",
                title="Initiatives",
                template="okrs/overview_panel_initiatives.html",
                load=initiatives_of_unit,
                order=20,
            ),
        )
    register(
        "portfolio.metric",
        Panel(
            name="key-results",
            title="Key results that read it",
            template="okrs/overview_panel_key_results.html",
            load=readers_of_metric,
            order=10,
        ),
    )
