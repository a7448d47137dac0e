from django.urls import path

from portfolio.views import measures, product_changes, units
from portfolio.views.kinds import KINDS
from portfolio.views.records import pages_of

app_name = "portfolio"
urlpatterns = [
    *(pattern for kind in KINDS for pattern in pages_of(kind)),
    path("portfolios/", units.portfolios, name="portfolios"),
    path("portfolios/<slug:slug>/", units.portfolio, name="portfolio"),
    path("value-streams/", units.value_streams, name="value-streams"),
    path("value-streams/<slug:slug>/", units.value_stream, name="value-stream"),
    path("products/", units.products, name="products"),
    path("products/export/", units.products_export, name="products-export"),
    path("products/<slug:slug>/", units.product, name="product"),
    path("products/<slug:slug>/stance/", product_changes.stance, name="product-stance"),
    path("products/<slug:slug>/home/", product_changes.home, name="product-home"),
    path("teams/", units.teams, name="teams"),
    path("teams/<slug:slug>/", units.team, name="team"),
    path("metrics/", measures.metrics, name="metrics"),
    path("metrics/<uuid:pk>/", measures.metric, name="metric"),
    path(
        "metrics/<uuid:pk>/values/<uuid:value>/withdraw/",
        measures.value_withdraw,
        name="value-withdraw",
    ),
    path(
        "metrics/<uuid:pk>/values/<uuid:value>/correct/",
        measures.value_correct,
        name="value-correct",
    ),
    path("settings/units/", measures.measure_units, name="measure-units"),
]
