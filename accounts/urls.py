from django.urls import include, path

from accounts.views import (
    audit,
    health,
    invitations,
    notifications,
    organization,
    palette,
    people,
    profile,
    tokens,
)

app_name = "accounts"
settings_urls = [
    path("", organization.organization, name="organization"),
    path("people/", people.people, name="people"),
    path("people/invite/", invitations.invite, name="invite"),
    path("people/<uuid:pk>/", people.member, name="member"),
    path("people/<uuid:pk>/remove/", people.remove_member, name="remove-member"),
    path("invitations/<uuid:pk>/renew/", invitations.renew_invitation, name="renew-invitation"),
    path(
        "invitations/<uuid:pk>/withdraw/",
        invitations.withdraw_invitation,
        name="withdraw-invitation",
    ),
    path("service-accounts/new/", people.create_service_account, name="create-service-account"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", tokens.revoke_token, name="revoke-token"),
    path("audit/", audit.audit_log, name="audit-log"),
    path("audit.csv", audit.audit_csv, name="audit-csv"),
    path("health/", health.system_health, name="health"),
]
notification_urls = [
    path("", notifications.notifications, name="notifications"),
    path("read/", notifications.read_all, name="read-notifications"),
    path("<uuid:pk>/open/", notifications.open_one, name="open-notification"),
    path("<uuid:pk>/read/", notifications.read_one, name="read-notification"),
    path("<uuid:pk>/unread/", notifications.unread_one, name="unread-notification"),
]
urlpatterns = [
    path("organizations/new/", organization.create_organization, name="create-organization"),
    path("invitations/<str:token>/", invitations.accept_invitation, name="accept-invitation"),
    path("profile/", profile.profile, name="profile"),
    path("o/<slug:org>/palette/", palette.palette, name="palette"),
    path("o/<slug:org>/notifications/", include(notification_urls)),
    path("o/<slug:org>/settings/", include(settings_urls)),
]
