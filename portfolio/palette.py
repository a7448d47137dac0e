"""Units and metrics of the map in the command palette."""

from collections.abc import Callable, Iterator

from django.http import HttpRequest
from django.urls import reverse

from accounts.access import Access
from lib.search import SHOWN_PER_SOURCE, Found, SearchSource
from portfolio.models import Metric, Portfolio, Product, Team, Unit
from portfolio.queries import live

Find = Callable[[HttpRequest, str], Iterator[Found]]


def finder(model: type[Unit], icon: str) -> Find:
    def find(request: HttpRequest, words: str) -> Iterator[Found]:
        access: Access = request.access  # type: ignore[attr-defined]  # set by the view's gate
        slug = access.organization.slug
        rows = live(model, access).filter(name__icontains=words).order_by("name")
        for name, key in rows.values_list("name", "slug")[:SHOWN_PER_SOURCE]:
            yield Found(name, reverse(model.page_name, args=[slug, key]), icon=icon)

    return find


def find_metrics(request: HttpRequest, words: str) -> Iterator[Found]:
    access: Access = request.access  # type: ignore[attr-defined]  # set by the view's gate
    rows = live(Metric, access).filter(name__icontains=words, is_silent=False).order_by("name")
    columns = rows.values_list("pk", "name", "product__name")
    for pk, name, product in columns[:SHOWN_PER_SOURCE]:
        url = reverse("portfolio:metric", args=[access.organization.slug, pk])
        yield Found(name, url, hint=product or "", icon="chart-bar")


SOURCES = (
    SearchSource(name="products", label="Products", find=finder(Product, "cube"), order=40),
    SearchSource(name="teams", label="Teams", find=finder(Team, "user-group"), order=50),
    SearchSource(
        name="portfolios", label="Portfolios", find=finder(Portfolio, "rectangle-stack"), order=60
    ),
    SearchSource(name="metrics", label="Metrics", find=find_metrics, order=70),
)
