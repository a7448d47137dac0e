from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "portfolio"
    verbose_name = "The map"

    def ready(self) -> None:
        from accounts.access import register_unit_access
        from accounts.actions import register_set_up
        from portfolio.actions import add_measure_units
        from portfolio.queries import unit_access

        register_unit_access(unit_access)
        register_set_up(add_measure_units)
