from django.apps import AppConfig


class LibConfig(AppConfig):
    """Home of the template tags; it has no models."""

    name = "lib"

    def ready(self) -> None:
        # Django registers a way of its own when it is first asked for a database.
        from django.db.backends.postgresql import base  # noqa: F401

        from lib.ids import read_ids_fast

        read_ids_fast()
