from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        from accounts.notifications import NotificationKind, register_kind
        from accounts.permissions import Permission
        from accounts.settings_pages import SettingsPage, register_settings_page
        from integrations.actions.writers import feeds
        from integrations.panels import register_panels
        from okrs.actions.feeds import register_feeds

        register_settings_page(
            SettingsPage(
                label="Connections",
                url_name="integrations:connections",
                permission=Permission.ORG_READ,
                order=60,
            )
        )
        register_kind(
            NotificationKind(
                name="integrations.pull", label="Numbers that fail", icon="link", order=90
            )
        )
        register_panels()
        register_feeds(feeds)
