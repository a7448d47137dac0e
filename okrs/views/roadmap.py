"""The road map: objectives and initiatives by product over months."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires
from lib.charts import Bar, Lane, Needs
from lib.htmx import render_page
from okrs.queries import roadmap as queries
from okrs.queries.roadmap import KINDS, Piece, Roadmap, Window, roadmap_of
from okrs.queries.scope import CycleChoice
from okrs.views.filters import (
    Overview,
    given_id,
    no_cycle,
    overview_of,
)

TITLE = "Roadmap"
ZOOMS = {"quarter": ("Quarter", 3), "half": ("Half a year", 6), "year": ("Year", 12)}
USUAL_ZOOM = "half"
VIEWS = {"timeline": "Timeline", "table": "Table"}
TABLE_BARS = 1000
FLAG = "\N{BLACK FLAG} "


@requires(Permission.ORG_READ)
def roadmap(request: MemberRequest) -> HttpResponse:
    asked = overview_of(request)
    if asked is None:
        return no_cycle(request, TITLE)
    context = page_context(request, asked)
    return render_page(request, "okrs/roadmap.html", context, fragment="overview")


def page_context(request: MemberRequest, asked: Overview) -> dict[str, object]:
    address = asked.address
    window = window_of(request, asked)
    found = roadmap_of(asked.scope, window)
    zoom, view = zoom_of(request), view_of(request)
    step = 3 if zoom == "quarter" else 6
    return {
        "title": TITLE,
        "bar": asked.bar,
        "scope": asked.scope,
        "address": address,
        "view": view,
        "window": window,
        "roadmap": found,
        "lanes": [chart_lane(request, lane) for lane in found.lanes],
        "needs": chart_needs(found),
        "is_cut": any(lane.hidden for lane in found.lanes),
        "flag": FLAG,
        "zoom_links": [
            (label, address.having(zoom=name), name == zoom) for name, (label, _) in ZOOMS.items()
        ],
        "kind_links": [
            (label, address.having(show="" if name == "all" else name), name == window.kind)
            for name, label in KINDS.items()
        ],
        "view_links": [
            (label, address.having(view="" if name == "timeline" else name), name == view)
            for name, label in VIEWS.items()
        ],
        "earlier_url": address.having(**{"from": f"{months_on(window.first, -step):%Y-%m}"}),
        "later_url": address.having(**{"from": f"{months_on(window.first, step):%Y-%m}"}),
        "more_url": address.having(after=found.after) if found.after else None,
    }


def window_of(request: MemberRequest, asked: Overview) -> Window:
    months = ZOOMS[zoom_of(request)][1]
    first = given_month(request.GET.get("from", "")) or usual_start(request, asked)
    view, kind = view_of(request), request.GET.get("show", "")
    window = Window(
        first=first,
        last=months_on(first, months) - timedelta(days=1),
        kind=kind if kind in KINDS else "all",
        after=given_id(request, "after"),
    )
    if view == "timeline":
        return window
    return Window(
        first=window.first, last=window.last, kind=window.kind, after=window.after, bars=TABLE_BARS
    )


def zoom_of(request: MemberRequest) -> str:
    wanted = request.GET.get("zoom", "")
    return wanted if wanted in ZOOMS else USUAL_ZOOM


def view_of(request: MemberRequest) -> str:
    return "table" if request.GET.get("view") == "table" else "timeline"


def given_month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def usual_start(request: MemberRequest, asked: Overview) -> date:
    """The quarter of the fiscal year in which today lies, or the start of a cycle elsewhere."""
    cycle, today = asked.scope.cycle, asked.scope.today
    day = today if runs_on(cycle, today) else cycle.starts_on
    into_quarter = (day.month - request.org.fiscal_year_start) % 3
    return months_on(day.replace(day=1), -into_quarter)


def runs_on(cycle: CycleChoice, day: date) -> bool:
    return cycle.starts_on <= day <= cycle.ends_on


def months_on(day: date, months: int) -> date:
    """The first day of the month that lies `months` after that of `day`."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(min(max(day.year + years, 1), 9999), month + 1, 1)


def chart_lane(request: MemberRequest, lane: queries.Lane) -> Lane:
    more = f" (+{lane.hidden})" if lane.hidden else ""
    return Lane(lane.title + more, [chart_bar(request, piece) for piece in lane.pieces])


def chart_bar(request: MemberRequest, piece: Piece) -> Bar:
    return Bar(
        id=str(piece.id),
        title=FLAG + piece.title if piece.is_objective else piece.title,
        first=piece.first,
        last=piece.last,
        progress=piece.progress,
        url=reverse(f"okrs:{piece.kind}", args=[request.org.slug, piece.id]),
        note=f"{piece.kind} of {piece.owner}",
    )


def chart_needs(found: Roadmap) -> list[Needs]:
    """Arrows for late promises only: the others would hide them."""
    return [
        Needs(str(promise.provider), str(promise.needer), late=True)
        for promise in found.late
        if promise.provider and promise.needer
    ]
