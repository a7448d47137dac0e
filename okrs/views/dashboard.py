"""The portfolio dashboard: where every product stands, what is off pace, what moved."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.http import HttpResponse

from accounts.permissions import MemberRequest, Permission, requires
from lib.decimals import rounded
from lib.display import score_band, show_count, show_score
from lib.htmx import entity_tag, nothing_new, render_page, wants_fragment
from lib.spreadsheets import csv_answer
from okrs.queries import dashboard as queries
from okrs.queries.dashboard import SORTS, Board, BoardWish, ObjectiveLine, UnitLine
from okrs.views.board_rows import Formatter
from okrs.views.filters import (
    Overview,
    given_id,
    no_cycle,
    overview_of,
    read_id,
)

TITLE = "Dashboard"
SINCE_DAYS = (7, 14, 30)
BEHIND_SHOWN = 6
EVERYTHING = 100_000
COLUMNS = (
    "Portfolio", "Product", "Team", "Objective", "Owner", "Score", "Band", "Change", "Confidence",
    "Key results", "On track", "Behind", "At risk", "Outdated", "Last evidence",
)  # fmt: skip

# What was outdated on a past day, and the last evidence of then, are not known.
KNOWN_OF_THE_PAST = COLUMNS.index("Outdated")


@requires(Permission.ORG_READ)
def dashboard(request: MemberRequest) -> HttpResponse:
    asked = overview_of(request, with_moment=True)
    if asked is None:
        return no_cycle(request, TITLE)
    tag = tag_of(request, asked)
    if (unchanged := nothing_new(request, tag)) is not None:
        return unchanged
    context = page_context(request, asked)
    response = render_page(request, "okrs/dashboard.html", context, fragment="overview")
    response["ETag"] = tag
    return response


@requires(Permission.ORG_READ)
def dashboard_csv(request: MemberRequest) -> HttpResponse:
    asked = overview_of(request, with_moment=True)
    if asked is None:
        return csv_answer("dashboard", COLUMNS, [])
    asked.asked.require_readable()
    wish = everything(request, asked)
    found = queries.board(asked.scope, wish, past_of(asked, wish.since))
    rows = csv_rows(found)
    if asked.scope.is_past:
        rows = ((*row[:KNOWN_OF_THE_PAST], "", "") for row in rows)
    return csv_answer(f"dashboard-{asked.scope.today:%Y-%m-%d}", COLUMNS, rows)


def tag_of(request: MemberRequest, asked: Overview) -> str:
    """What the page depends on: the data, the address and the reader."""
    return entity_tag(queries.version_of(asked.scope), request.get_full_path(), request.member.pk)


def page_context(request: MemberRequest, asked: Overview) -> dict[str, object]:
    scope, address = asked.scope, asked.address
    days = since_days(request)
    since = scope.at - timedelta(days=days)
    past = past_of(asked, since)
    found = queries.board(scope, wish_of(request, asked, since), past)
    behind = queries.past_behind(scope, past) if past else queries.furthest_behind(scope)
    shows_all = bool(request.GET.get("behind"))
    elapsed, ago = scope.cycle.elapsed(scope.today), show_count(days, "day")
    rows = Formatter(scope=scope, address=address, elapsed=elapsed, since=ago)
    return {
        "title": TITLE,
        "bar": asked.bar,
        "scope": scope,
        "address": address,
        "board": found,
        "elapsed": elapsed,
        "behind": behind if shows_all else behind[:BEHIND_SHOWN],
        "behind_more": 0 if shows_all else max(0, len(behind) - BEHIND_SHOWN),
        "behind_url": address.having(behind="all"),
        "movers": queries.past_movers(scope, past) if past else queries.movers(scope, since),
        "guessed": past.goals.guessed if past else 0,
        "days": days,
        "since": ago,
        "since_links": [(n, address.having(since=n), n == days) for n in SINCE_DAYS],
        "sort_links": sort_links(request, asked),
        "sections": [*rows.sections(found)],
        "more_url": address.having(after=found.after) if found.after else None,
        "csv_url": address.at(f"{request.path}export.csv"),
        "is_fragment": wants_fragment(request),
        "now_url": asked.now_url,
        "is_live": not scope.is_past and not scope.cycle.is_closed,
    }


def past_of(asked: Overview, since: datetime) -> queries.PastBoard | None:
    return queries.past_board(asked.scope, since) if asked.scope.is_past else None


def wish_of(request: MemberRequest, asked: Overview, since: datetime) -> BoardWish:
    opened = (read_id(text) for text in request.GET.getlist("open"))
    return BoardWish(
        opened=frozenset(pk for pk in opened if pk),
        sort=sort_of(request),
        after=given_id(request, "after"),
        since=since,
        portfolios=asked.choices.portfolios,
    )


def everything(request: MemberRequest, asked: Overview) -> BoardWish:
    """The whole board for a file, with every product unfolded."""
    return BoardWish(
        sort=sort_of(request),
        since=asked.scope.at - timedelta(days=since_days(request)),
        unfold_all=True,
        products=EVERYTHING,
        objectives=EVERYTHING,
        points=1,
        portfolios=asked.choices.portfolios,
    )


def since_days(request: MemberRequest) -> int:
    wanted = request.GET.get("since", "")
    return next((days for days in SINCE_DAYS if str(days) == wanted), SINCE_DAYS[0])


def sort_of(request: MemberRequest) -> str:
    wanted = request.GET.get("sort", "")
    return wanted if wanted in SORTS else "name"


def sort_links(request: MemberRequest, asked: Overview) -> list[tuple[str, object, bool]]:
    wanted = sort_of(request)
    return [
        (label, asked.address.having(sort="" if name == "name" else name), name == wanted)
        for name, label in SORTS.items()
    ]


def csv_rows(found: Board) -> Iterator[tuple[object, ...]]:
    for line in found.organization.objectives:
        yield objective_cells("", "", line)
    for group in found.groups:
        portfolio = group.portfolio.name
        if group.portfolio.id:
            yield unit_cells(portfolio, "", group.portfolio)
        for line in group.portfolio.objectives:
            yield objective_cells(portfolio, "", line)
        for product in group.products:
            yield unit_cells(portfolio, product.name, product)
            for line in product.objectives:
                yield objective_cells(portfolio, product.name, line)


def unit_cells(portfolio: str, product: str, unit: UnitLine) -> tuple[object, ...]:
    confidence = unit.figures.confidence if unit.figures else None
    return (portfolio, product, "", "", unit.lead, *score_cells(unit), confidence, *paces(unit))


def objective_cells(portfolio: str, product: str, line: ObjectiveLine) -> tuple[object, ...]:
    names = (portfolio, product, line.team, line.title, line.owner)
    return (*names, *score_cells(line), line.confidence, *paces(line))


def score_cells(line: UnitLine | ObjectiveLine) -> tuple[object, ...]:
    """As far as the page tells them: those of a past moment have many more places."""
    change = None if line.course.change is None else rounded(line.course.change, 2)
    if line.score is None:
        return ("", "", change)
    return (show_score(line.score), score_band(line.score).value, change)


def paces(line: UnitLine | ObjectiveLine) -> tuple[object, ...]:
    pace = line.pace
    last = pace.evidence_at.isoformat(timespec="minutes") if pace.evidence_at else ""
    return (pace.total, pace.on_track, pace.behind, pace.at_risk, pace.outdated, last)
