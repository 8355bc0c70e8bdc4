"""How often is promised to write is set up here; incidents are led in the portal."""

from django.contrib import admin

from .models import Cadence


@admin.register(Cadence)
class CadenceAdmin(admin.ModelAdmin):
    """Severity × audience → minutes."""

    list_display = ("severity", "audience", "minutes")
    list_editable = ("minutes",)
    list_filter = ("severity", "audience")
