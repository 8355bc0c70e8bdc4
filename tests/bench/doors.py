"""What the portal is compared with: a bare page with session and user, and Django's own admin."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.tickets.models import Ticket

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What `startproject` writes."""


def hello(request: HttpRequest) -> HttpResponse:
    """A bare page that knows who is signed in."""
    return HttpResponse(f"hello {request.user.pk}")


class StockTicketAdmin(admin.ModelAdmin):
    """What one gets by naming columns, filters and search fields."""

    list_display = (
        "id", "subject", "status", "priority", "customer", "contact", "assignee", "queue",
        "reported_at", "due_at",
    )  # fmt: skip
    list_filter = ("status", "priority")
    search_fields = ("subject", "messages__body", "contact__email", "contact__name")
    list_per_page = 50


site = admin.AdminSite(name="stock")
site.register(Ticket, StockTicketAdmin)

urlpatterns = [path("hello/", hello), path("stock/", site.urls)]
