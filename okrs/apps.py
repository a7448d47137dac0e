from django.apps import AppConfig


class OkrsConfig(AppConfig):
    name = "okrs"
    verbose_name = "OKRs"

    def ready(self) -> None:
        from accounts.actions import register_set_up
        from accounts.permissions import Permission
        from accounts.settings_pages import SettingsPage, register_settings_page
        from lib import search
        from okrs.actions.cycles import set_up_tiers
        from okrs.actions.metrics import recompute_readers
        from okrs.actions.templates import set_up_templates
        from okrs.palette import SOURCES
        from okrs.panels import register_panels
        from portfolio.actions import on_value_recorded

        register_set_up(set_up_tiers)
        register_set_up(set_up_templates)
        on_value_recorded.append(recompute_readers)
        register_panels()
        register_settings_page(
            SettingsPage(
                label="Cycles and tiers",
                url_name="okrs:cycles",
                permission=Permission.ORG_READ,
                order=40,
            )
        )
        register_settings_page(
            SettingsPage(
                label="Limits",
                url_name="okrs:limits",
                permission=Permission.ORG_READ,
                order=41,
            )
        )
        register_settings_page(
            SettingsPage(
                label="Templates",
                url_name="okrs:templates",
                permission=Permission.ORG_READ,
                order=42,
            )
        )
        for source in SOURCES:
            search.register(source)
