from django.apps import AppConfig


class OkrsConfig(AppConfig):
    name = "okrs"
    verbose_name = "OKRs"

    def ready(self) -> None:
        from accounts.actions import register_set_up
        from okrs.actions.cycles import set_up_tiers
        from okrs.actions.metrics import recompute_readers
        from okrs.panels import register_panels
        from portfolio.actions import on_value_recorded

        register_set_up(set_up_tiers)
        on_value_recorded.append(recompute_readers)
        register_panels()
