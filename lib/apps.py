from django.apps import AppConfig


class LibConfig(AppConfig):
    """Home of the template tags; it has no models."""

    name = "lib"
