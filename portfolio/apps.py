from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "portfolio"
    verbose_name = "The map"

    def ready(self) -> None:
        from accounts.access import register_unit_access
        from accounts.actions import register_set_up
        from accounts.permissions import Permission
        from accounts.settings_pages import SettingsPage, register_settings_page
        from lib import search
        from portfolio.actions import add_measure_units
        from portfolio.palette import SOURCES
        from portfolio.queries import unit_access

        register_unit_access(unit_access)
        register_set_up(add_measure_units)
        register_settings_page(
            SettingsPage(
                label="Units of measure",
                url_name="portfolio:measure-units",
                permission=Permission.ORG_READ,
                order=50,
            )
        )
        for source in SOURCES:
            search.register(source)
