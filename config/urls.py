from django.urls import include, path

from accounts.views.start import start
from config.observing.views import healthz, metrics, readyz
from integrations.views.hooks import hook
from integrations.views.pushes import push
from integrations.views.sign_ins import sign_in_answer

urlpatterns = [
    path("", start, name="start"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("hooks/<str:token>/", hook, name="hook"),
    path("connections/authorized/", sign_in_answer, name="sign-in-answer"),
    path("push/<str:token>/", push, name="push"),
    path("api/v1/", include("config.api_urls")),
    path("", include("accounts.urls")),
    path("o/<slug:org>/", include("portfolio.urls")),
    path("o/<slug:org>/", include("okrs.urls")),
    path("o/<slug:org>/", include("funding.urls")),
    path("o/<slug:org>/", include("integrations.urls")),
    path("o/<slug:org>/", include("governance.urls")),
    path("o/<slug:org>/", include("reviews.urls")),
]
handler400 = "accounts.views.errors.bad_request"
handler403 = "accounts.views.errors.forbidden"
handler404 = "accounts.views.errors.not_found"
handler500 = "accounts.views.errors.server_error"
