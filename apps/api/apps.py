from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "apps.api"

    def ready(self) -> None:
        """Tell OpenAPI about our tokens."""
        from . import schema  # noqa: F401, PLC0415  (registers itself when imported)
