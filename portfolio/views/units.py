"""Pages of portfolios, value streams, products and teams."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires
from lib.charts import Column, stacked_columns
from lib.htmx import render_page
from lib.paging import page_of
from lib.panels import LoadedPanel, panels_for
from lib.spreadsheets import csv_answer
from portfolio import actions, queries
from portfolio.forms.lists import OfProductFilterForm, ProductFilterForm
from portfolio.models import Portfolio, Product, Team, ValueStream

CAPACITY_MONTHS = 6
# Panels before this order stand above what a page itself shows.
OWN_CARDS = 30
PRODUCT_COLUMNS = (
    "Product",
    "Home portfolio",
    "Value stream",
    "Lifecycle stage",
    "Investment posture",
    "Market position",
    "Customer segment",
    "Funding stage",
    "Lead",
    "Teams",
)


def panels_around(page: str, request: MemberRequest, unit: object) -> dict[str, list[LoadedPanel]]:
    """Goals and work come first, then what the unit consists of, then what was said about it."""
    loaded = panels_for(page, request, unit)
    return {
        "panels": [each for each in loaded if each.panel.order < OWN_CARDS],
        "panels_below": [each for each in loaded if each.panel.order >= OWN_CARDS],
    }


@requires(Permission.ORG_READ)
def portfolios(request: MemberRequest) -> HttpResponse:
    archived = "archived" in request.GET
    context = {
        "rows": queries.portfolio_rows(request.access, archived=archived),
        "archived": archived,
    }
    return render(request, "portfolio/portfolios.html", context)


@requires(Permission.ORG_READ)
def portfolio(request: MemberRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(queries.visible(Portfolio, request.access), slug=slug)
    context = {
        "portfolio": row,
        "placements": queries.placements_in(request.access, row),
        "themes": queries.themes_of(row),
        "roles": queries.roles_on(request.access, row),
        "may_write": actions.may_write(request.access, row),
        "today": timezone.localdate(),
        **panels_around("portfolio.portfolio", request, row),
    }
    return render(request, "portfolio/portfolio.html", context)


@requires(Permission.ORG_READ)
def value_streams(request: MemberRequest) -> HttpResponse:
    archived = "archived" in request.GET
    rows = queries.value_streams(request.access, archived=archived)
    return render(
        request, "portfolio/value_streams.html", {"rows": list(rows), "archived": archived}
    )


@requires(Permission.ORG_READ)
def value_stream(request: MemberRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(ValueStream.objects.select_related("lead"), slug=slug)
    context = {
        "stream": row,
        "products": list(queries.products_in_stream(request.access, row)),
        "may_write": actions.may_write(request.access, row),
        "panels": panels_for("portfolio.value_stream", request, row),
    }
    return render(request, "portfolio/value_stream.html", context)


@requires(Permission.ORG_READ)
def products(request: MemberRequest) -> HttpResponse:
    form = ProductFilterForm(request.GET, access=request.access)
    rows = queries.product_rows(request.access, form.filters())
    page = page_of(rows, request, by=("name", "id"))
    context = {"form": form, "page": page, "query": request.GET.urlencode()}
    return render_page(
        request, "portfolio/products.html", context, fragment=page.fragment("product-rows")
    )


@requires(Permission.ORG_READ)
def products_export(request: MemberRequest) -> HttpResponse:
    form = ProductFilterForm(request.GET, access=request.access)
    rows = queries.product_rows(request.access, form.filters())
    return csv_answer("products", PRODUCT_COLUMNS, map(product_cells, rows))


def product_cells(row: Product) -> list[object]:
    return [
        row.name,
        row.home_name,  # type: ignore[attr-defined]  # annotated by `product_rows`
        row.value_stream and row.value_stream.name,
        row.get_lifecycle_stage_display(),
        row.get_posture_display(),
        row.get_market_position_display(),
        row.customer_segment,
        row.funding_stage,
        row.lead and row.lead.name,
        row.team_count,  # type: ignore[attr-defined]
    ]


@requires(Permission.ORG_READ)
def product(request: MemberRequest, slug: str) -> HttpResponse:
    rows = queries.visible(Product, request.access).select_related("lead", "value_stream")
    row = get_object_or_404(rows, slug=slug)
    context = {
        "product": row,
        "page": queries.product_page(request.access, row),
        "roles": queries.roles_on(request.access, row),
        "may_write": actions.may_write(request.access, row),
        **panels_around("portfolio.product", request, row),
    }
    return render(request, "portfolio/product.html", context)


@requires(Permission.ORG_READ)
def teams(request: MemberRequest) -> HttpResponse:
    form = OfProductFilterForm(request.GET, access=request.access)
    chosen = form.chosen("product")
    rows = queries.team_queryset(
        request.access,
        text=form.chosen("q") or "",
        product=chosen.pk if chosen else None,
        archived=bool(form.chosen("archived")),
    )
    page = page_of(rows, request, by=("name", "id"))
    context = {"form": form, "page": page, "rows": queries.team_rows(request.access, page.rows)}
    return render_page(
        request, "portfolio/teams.html", context, fragment=page.fragment("team-rows")
    )


@requires(Permission.ORG_READ)
def team(request: MemberRequest, slug: str) -> HttpResponse:
    rows = queries.visible(Team, request.access).select_related("lead")
    row = get_object_or_404(rows, slug=slug)
    months = queries.capacity_by_month([row], first=timezone.localdate(), months=CAPACITY_MONTHS)[
        row.pk
    ]
    columns = [Column(f"{m.month:%b}", [m.people_weeks]) for m in months]
    context = {
        "team": row,
        "members": queries.members_of(row),
        "products": queries.products_of(request.access, row),
        "months": months,
        "chart": stacked_columns(
            columns, ["People-weeks"], unit="people-weeks", name="Capacity by month"
        ),
        "roles": queries.roles_on(request.access, row),
        "may_write": actions.may_write(request.access, row),
        **panels_around("portfolio.team", request, row),
    }
    return render(request, "portfolio/team.html", context)
