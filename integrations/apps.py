from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        from accounts.permissions import Permission
        from accounts.settings_pages import SettingsPage, register_settings_page
        from integrations.actions.writers import feeds, refusal_of
        from integrations.panels import register_panels
        from okrs.actions.feeds import register_feeds
        from portfolio.actions import written_by_others

        register_settings_page(
            SettingsPage(
                label="Connections",
                url_name="integrations:connections",
                permission=Permission.ORG_READ,
                order=60,
            )
        )
        register_kinds()
        register_panels()
        register_feeds(feeds)
        written_by_others.append(refusal_of)


def register_kinds() -> None:
    """What the owners of connections and pulls are told."""
    from accounts.notifications import NotificationKind, register_kind
    from integrations.actions import alerts

    register_kind(
        NotificationKind(name="integrations.pull", label="Numbers that fail", icon="link", order=90)
    )
    of_connections = {
        alerts.BROKEN: "Connections that broke",
        alerts.FAILING: "Connections that fail",
        alerts.UNSEEN: "Sources out of sight",
    }
    for order, (name, label) in enumerate(of_connections.items(), start=91):
        register_kind(
            NotificationKind(
                name=name, label=label, icon="link", order=order, standing=alerts.standing
            )
        )
