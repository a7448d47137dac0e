"""What linked work says, on the pages of key results and initiatives."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from accounts.access import Access
from accounts.permissions import Permission
from integrations.queries.figures import inflow_of
from integrations.queries.links import explained_links, frozen_sources
from integrations.queries.overlaps import counted_twice
from lib.panels import Panel, register
from okrs.actions.initiatives import units_of
from okrs.actions.rights import may_on_key_result
from okrs.choices import CycleState, Shape
from okrs.models import Initiative, KeyResult
from okrs.queries.moment import Moment, UnreadableMoment, read_moment
from portfolio.models import Metric


def access_of(request: HttpRequest) -> Access:
    access: Access = request.access  # type: ignore[attr-defined]
    return access


def of_key_result(request: HttpRequest, record: Any) -> Mapping[str, object] | None:
    """Links, observations and items behind the value, and the way to link more.

    Nothing for what is not linked, and cannot be by this member.
    """
    key_result: KeyResult = record
    access = access_of(request)
    moment = asked_moment(request, access.organization.time_zone)
    links = explained_links(access, key_result=key_result.pk, moment=moment)
    adds = not moment.is_past and takes_links(access, key_result)
    told = {
        "links": links,
        "adds": "key_result" if adds else "",
        "rests": rests(key_result),
        "twice": 0 if moment.is_past else counted_twice([it.link for it in links]),
    }
    return told if links or adds else None


def rests(key_result: KeyResult) -> bool:
    """Whether its number stands, for it is archived or what it belongs to is."""
    return key_result.archived_at is not None or key_result.objective.archived_at is not None


def takes_links(access: Access, key_result: KeyResult) -> bool:
    """Whether the member is shown the way to link work to it, which may still tell why not."""
    return (
        key_result.archived_at is None
        and key_result.shape != Shape.MILESTONES
        and key_result.objective.cycle.state != CycleState.CLOSED
        and may_on_key_result(access, Permission.OKR_WRITE, key_result)
    )


def asked_moment(request: HttpRequest, zone: str) -> Moment:
    """The moment that the page shows: now, where the one asked for cannot be read."""
    try:
        return read_moment(request.GET.get("as_of", ""), request.GET.get("known_at", ""), zone)
    except UnreadableMoment:
        return Moment.now()


def of_initiative(request: HttpRequest, record: Any) -> Mapping[str, object] | None:
    initiative: Initiative = record
    access = access_of(request)
    links = explained_links(access, initiative=initiative.pk)
    is_mine = access.allows_on(Permission.OKR_WRITE, units_of(initiative))
    adds = is_mine and initiative.archived_at is None
    told = {
        "links": links,
        "initiative": initiative,
        "adds": "initiative" if adds else "",
        "rests": initiative.archived_at is not None,
        "twice": counted_twice([it.link for it in links]),
    }
    return told if links or adds else None


def frozen(request: HttpRequest, record: Any) -> Mapping[str, object] | None:
    """Beside the score: why it does not move, while a source is out of sight."""
    key_result: KeyResult = record
    sources = frozen_sources(key_result.pk)
    return {"sources": sources} if sources else None


def of_metric(request: HttpRequest, record: Any) -> Mapping[str, object] | None:
    """What delivers values by itself, and where to add something that does."""
    metric: Metric = record
    access = access_of(request)
    inflow = inflow_of(access, metric)
    may_write = access.allows_on(Permission.CHECK_IN_WRITE, [metric.product_id])
    if metric.archived_at or (inflow.is_empty and not may_write):
        return None
    return {"metric": metric, "inflow": inflow, "may_write": may_write}


def register_panels() -> None:
    template = "integrations/panels/links.html"
    register(
        "okrs.key_result.explain",
        Panel(
            name="frozen",
            title="Frozen",
            template="integrations/panels/frozen.html",
            load=frozen,
            order=10,
        ),
    )
    register(
        "okrs.key_result",
        Panel(
            name="linked-work",
            title="Linked work",
            template=template,
            load=of_key_result,
            order=10,
            knows_past=True,
        ),
    )
    register(
        "okrs.initiative",
        Panel(
            name="linked-work", title="Linked work", template=template, load=of_initiative, order=10
        ),
    )
    register(
        "portfolio.metric",
        Panel(
            name="inflow",
            title="Where values come from",
            template="integrations/panels/inflow.html",
            load=of_metric,
            order=10,
        ),
    )
