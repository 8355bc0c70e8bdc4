"""The catalogue is set up here."""

from django.contrib import admin

from .models import Capability, Component, Product


class ComponentInline(admin.TabularInline):
    """The parts of a product, beside it."""

    model = Component
    fields = ("name", "slug", "team", "position", "retired_at")
    prepopulated_fields = {"slug": ["name"]}
    extra = 0


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """What we launched."""

    list_display = ("name", "slug", "owner", "launched_on", "retired_at")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ["name"]}
    raw_id_fields = ("owner",)
    inlines = [ComponentInline]


@admin.register(Component)
class ComponentAdmin(admin.ModelAdmin):
    """What can fail by itself."""

    list_display = ("name", "product", "team", "position", "retired_at")
    list_select_related = ("product", "team")
    list_filter = ("product",)
    search_fields = ("name", "slug", "product__name")
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Capability)
class CapabilityAdmin(admin.ModelAdmin):
    """What a product lets people do."""

    list_display = ("name", "product", "position", "retired_at")
    list_select_related = ("product",)
    list_filter = ("product",)
    search_fields = ("name", "slug", "product__name")
    prepopulated_fields = {"slug": ["name"]}
    filter_horizontal = ("components",)
