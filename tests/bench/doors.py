"""What the portal is compared with: a bare page with session and user, and Django's own admin."""

from collections.abc import Callable
from functools import cache

from django.contrib import admin
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import DjangoTemplates
from django.urls import path

from apps.tickets.models import Ticket

MIDDLEWARE = [
    "tests.bench.doors.alone",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What `startproject` writes, behind these doors only."""
SESSIONS = "django.contrib.sessions.backends.db"
PEOPLE = "tests.bench.doors.OfDjango"


class OfDjango(BaseBackend):
    """Looks a person up as Django does; permissions are not asked for here."""

    get_user = ModelBackend.get_user
    user_can_authenticate = ModelBackend.user_can_authenticate


def alone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """No address of the portal is known here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return get_response(request)

    return middleware


def hello(request: HttpRequest) -> HttpResponse:
    """A bare page that knows who is signed in."""
    return HttpResponse(f"hello {request.user.pk}")


@cache
def plain_templates() -> DjangoTemplates:
    """Django's own templates, none of the portal's."""
    base = (
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
    )
    messages = "django.contrib.messages.context_processors.messages"
    return DjangoTemplates({
        "NAME": "stock", "DIRS": [], "APP_DIRS": True,
        "OPTIONS": {"context_processors": [*base, messages]},
    })  # fmt: skip


class StockTicketAdmin(admin.ModelAdmin):
    """What one gets by naming columns, filters and search fields."""

    list_display = (
        "id", "subject", "status", "priority", "customer", "contact", "assignee", "queue",
        "reported_at", "due_at",
    )  # fmt: skip
    list_filter = ("status", "priority")
    search_fields = ("subject", "messages__body", "contact__email", "contact__name")
    list_per_page = 50

    @property
    def change_list_template(self) -> object:
        """As a project without templates of its own has it."""
        return plain_templates().get_template("admin/change_list.html")


site = admin.AdminSite(name="stock")
site.register(Ticket, StockTicketAdmin)

urlpatterns = [path("hello/", hello), path("stock/", site.urls)]
