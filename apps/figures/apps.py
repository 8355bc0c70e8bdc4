from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FiguresConfig(AppConfig):
    name = "apps.figures"

    def ready(self) -> None:
        """Read every app's `figures.py`, which enter their definitions."""
        autodiscover_modules("figures")
