"""Every address of the API. Each app lists its resources; this file only gathers them."""

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from accounts.views.api_docs import api_docs

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
    path("orgs/<slug:org>/", include("accounts.api_urls")),
    path("orgs/<slug:org>/", include("portfolio.api_urls")),
    path("orgs/<slug:org>/", include("okrs.api_urls")),
    path("orgs/<slug:org>/", include("funding.api_urls")),
    path("orgs/<slug:org>/", include("integrations.api_urls")),
    path("orgs/<slug:org>/", include("governance.api_urls")),
    path("orgs/<slug:org>/", include("reviews.api_urls")),
]
