from django.apps import AppConfig


class OkrsConfig(AppConfig):
    name = "okrs"
    verbose_name = "OKRs"

    def ready(self) -> None:
        from accounts.actions import register_set_up
        from lib import search
        from okrs.actions.cycles import set_up_tiers
        from okrs.actions.metrics import recompute_readers
        from okrs.actions.rhythm import follow_cadences
        from okrs.actions.templates import set_up_templates
        from okrs.palette import SOURCES
        from okrs.panels import register_panels
        from portfolio.actions import on_map_changed, on_value_recorded

        register_set_up(set_up_tiers)
        register_set_up(set_up_templates)
        on_value_recorded.append(recompute_readers)
        on_map_changed.append(follow_cadences)
        register_panels()
        register_settings_pages()
        register_notification_kinds()
        for source in SOURCES:
            search.register(source)


def register_settings_pages() -> None:
    from accounts.permissions import Permission
    from accounts.settings_pages import SettingsPage, register_settings_page

    for label, name, order in (
        ("Cycles and tiers", "cycles", 40),
        ("Limits", "limits", 41),
        ("Templates", "templates", 42),
        ("Check-ins", "check-in-settings", 45),
    ):
        register_settings_page(
            SettingsPage(
                label=label, url_name=f"okrs:{name}", permission=Permission.ORG_READ, order=order
            )
        )


def register_notification_kinds() -> None:
    from accounts.notifications import NotificationKind, register_kind
    from okrs.actions import escalations, reminders

    register_kind(
        NotificationKind(
            name=reminders.KIND,
            label="Check-ins due",
            icon="clock",
            order=10,
            standing=reminders.standing,
        )
    )
    register_kind(
        NotificationKind(
            name=escalations.KIND, label="Goals without news", icon="bell-alert", order=20
        )
    )
