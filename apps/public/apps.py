from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "apps.public"

    def ready(self) -> None:
        """Let the checks register themselves."""
        from . import checks  # noqa: F401, PLC0415
