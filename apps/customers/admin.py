"""Customers and contacts are set up here; what they wrote is in the portal."""

from django.contrib import admin

from .models import Contact, Customer


class LargeTable(admin.ModelAdmin):
    """Never counts the whole table to show one page of it."""

    show_full_result_count = False
    list_per_page = 50


class ContactInline(admin.TabularInline):
    """The people at a customer."""

    model = Contact
    fields = ("name", "email", "phone", "timezone", "language")
    extra = 0
    show_change_link = True


@admin.register(Customer)
class CustomerAdmin(LargeTable):
    """Organisations."""

    list_display = ("name", "tier", "plan", "status", "arr", "currency", "renews_at", "owner")
    list_select_related = ("owner",)
    list_filter = ("status", "tier", "is_placeholder")
    search_fields = ("name", "external_id", "domain")
    raw_id_fields = ("owner",)
    readonly_fields = ("created_at",)
    ordering = ("-pk",)
    inlines = [ContactInline]


@admin.register(Contact)
class ContactAdmin(LargeTable):
    """People at customers."""

    list_display = ("name", "email", "customer", "phone", "timezone")
    list_select_related = ("customer",)
    search_fields = ("name", "email")
    raw_id_fields = ("customer",)
    readonly_fields = ("merged_into", "created_at")
    ordering = ("-pk",)
