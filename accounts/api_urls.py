from typing import Any

from django.urls import URLPattern, path

from accounts import api
from lib.api_routes import resource

ORGANIZATION: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns: list[URLPattern] = [
    path("organization/", api.Organizations.as_view(ORGANIZATION), name="organization"),
    *resource("members", api.Members),
    *resource("service-accounts", api.ServiceAccounts),
    *resource("invitations", api.Invitations),
    *resource("tokens", api.Tokens),
    *resource("notifications", api.Notifications, read={"post": "read"}, unread={"post": "unread"}),
    path(
        "notifications/read-all/",
        api.ReadNotifications.as_view({"post": "read_all"}),
        name="notifications-read-all",
    ),
    *resource("audit-entries", api.AuditEntries),
]
