from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401 (registers the system checks)
        from config.navigation import PAGES
        from lib import search

        search.register(PAGES)
